"""What an earlier installation, or another one, left in the way."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import SecretSpec
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.labels import MANAGER
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import leftovers as checks
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import Database, Store
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import BOUND_TO_DATA

from tests.unit.plugins.fakes import FakeCluster, put_release, secret_path
from tests.unit.plugins.sites import listed, site

KEY = SecretSpec("popsink-key", {"key": "connector_config_encryption_key"})
LOGINS = SecretSpec("popsink-pg", {"password": "database_password", "admin": "database_admin_password"})
CLAIMS = "/api/v1/namespaces/popsink/persistentvolumeclaims"
PODS = "/api/v1/pods"
ID = "00000000-0000-4000-8000-000000000001"
S3 = "http://s3.example:9000"
S3_OTHERWISE = "http://S3.Example.:9000/"
AWS = "https://s3.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("status", "verdict", "words", "remedy"),
    [
        ("deployed", PASS, "revision 3 of the release is deployed", ""),
        ("failed", WARN, "Revision 3 of release popsink is failed.", "next run brings it to the plan"),
        ("pending-upgrade", WARN, "is pending-upgrade since ", "popsink_pending_after"),
        ("pending-install", WARN, "another Helm is at it", "takes it over"),
        ("uninstalling", FAIL, "is being uninstalled", "helm --namespace popsink uninstall popsink"),
        ("uninstalled", WARN, "is uninstalled.", "next run"),
    ],
)
def test_release(cluster: FakeCluster, status: str, verdict: str, words: str, remedy: str) -> None:
    put_release(cluster, 3, status=status)
    finding = checks.release.run(site(cluster))
    assert finding.status == verdict
    assert words in finding.found
    assert remedy in finding.remedy


def test_no_release(cluster: FakeCluster) -> None:
    assert checks.release.run(site(cluster)).found == "no release of that name is there"


def claim(name: str, **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": {key.replace("_", "/"): value for key, value in labels.items()}}}


OWN = claim("data-popsink-postgresql-0")
ALL_KNOWN = dict.fromkeys(BOUND_TO_DATA, "hush")


@pytest.mark.parametrize(
    ("claims", "known", "live", "changes", "status", "words"),
    [
        ([OWN], {}, {}, {"storage_class": None}, PASS, "popsink_database_mode"),
        ([], {}, {}, {}, PASS, "no volume of an earlier"),
        ([claim("data-other-postgresql-0"), claim("x", **{"app.kubernetes.io_instance": "other"})], {}, {}, {}, PASS,
         "no volume of an earlier"),
        ([OWN], ALL_KNOWN, {}, {}, PASS, "volume data-popsink-postgresql-0: the secrets"),
        ([OWN], {}, {"popsink-key": {"key": "k"}, "popsink-pg": {"password": "p", "admin": "a"}}, {}, PASS, "known"),
        ([OWN], {"database_password": "hush"}, {"popsink-key": {"key": "k"}}, {}, FAIL,
         "popsink_database_admin_password are"),
        ([OWN], {}, {"popsink-key": {"key": ""}, "popsink-pg": {"password": "p", "admin": "a"}}, {}, FAIL,
         "popsink_connector_config_encryption_key are"),
        ([claim("x", **{"app.kubernetes.io_instance": "popsink"})], {}, {}, {}, FAIL, "and the volume x of an earlier"),
        ([OWN], {}, {}, {"secrets": []}, PASS, "known"),
        ([OWN], {}, {}, {"secrets": [SecretSpec("theirs", KEY.data, variable="popsink_x")]}, PASS, "known"),
    ],
)  # fmt: skip
def test_volume(
    cluster: FakeCluster,
    claims: list[dict[str, Any]],
    known: dict[str, str],
    live: dict[str, dict[str, str]],
    changes: dict[str, Any],
    status: str,
    words: str,
) -> None:
    listed(cluster, CLAIMS, *claims)
    for name, values in live.items():
        cluster.secret(name, values)
    finding = checks.volume.run(site(cluster, known=known, **{"secrets": [KEY, LOGINS], **changes}))
    assert finding.status == status
    assert words in finding.found
    assert "hush" not in finding.found
    assert status == PASS or "playbooks/restore.yml" in finding.remedy


def test_secrets_that_cannot_be_read_are_not_lost(cluster: FakeCluster) -> None:
    listed(cluster, CLAIMS, OWN)
    cluster.answers["GET", secret_path("popsink-key")] = ApiError(403, "no")
    assert checks.volume.run(site(cluster, secrets=[KEY])).status == NOT_CHECKED


SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "popsink-api"}}
ROLE = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "popsink"}}
SERVICE_PATH = "/api/v1/namespaces/popsink/services/popsink-api"
ROLE_PATH = "/apis/rbac.authorization.k8s.io/v1/clusterroles/popsink"
HELM = {"app.kubernetes.io/managed-by": "Helm"}
RELEASE = {"meta.helm.sh/release-name": "popsink", "meta.helm.sh/release-namespace": "popsink"}


@pytest.mark.parametrize(
    ("metadata", "status"),
    [
        ({}, FAIL),
        ({"labels": HELM}, FAIL),
        ({"annotations": RELEASE}, FAIL),
        ({"labels": HELM, "annotations": RELEASE}, PASS),
        ({"labels": HELM, "annotations": {**RELEASE, "meta.helm.sh/release-namespace": "other"}}, FAIL),
        ({"labels": HELM, "annotations": {**RELEASE, "meta.helm.sh/release-name": "other"}}, FAIL),
        ({"labels": None, "annotations": None}, FAIL),
    ],
)
def test_objects_that_helm_would_not_take_over(cluster: FakeCluster, metadata: dict[str, Any], status: str) -> None:
    cluster.namespace("popsink")
    cluster.put(SERVICE_PATH, metadata=metadata)
    finding = checks.secrets.run(site(cluster, objects=[SERVICE, ROLE]))
    assert finding.status == status
    assert status == PASS or finding.found == "In the way, and not made by this release: Service popsink-api."


def test_objects_of_a_release_that_is_there_are_its_own(cluster: FakeCluster) -> None:
    put_release(cluster)
    cluster.put(SERVICE_PATH)
    assert checks.secrets.run(site(cluster, objects=[SERVICE])).status == PASS
    assert SERVICE_PATH not in [path for _method, path, _body in cluster.requests]


def test_without_a_namespace_only_the_cluster_s_own_objects_are_asked_for(cluster: FakeCluster) -> None:
    cluster.put(ROLE_PATH)
    finding = checks.secrets.run(site(cluster, objects=[SERVICE, ROLE]))
    assert "ClusterRole popsink" in finding.found
    assert SERVICE_PATH not in [path for _method, path, _body in cluster.requests]


@pytest.mark.parametrize(
    ("values", "manager", "changes", "status"),
    [
        ({"key": "k"}, "somebody", {}, PASS),
        ({"other": "k"}, "somebody", {}, FAIL),
        ({"other": "k"}, MANAGER, {}, PASS),
        ({"other": "k"}, "somebody", {"variable": "popsink_existing_secrets"}, PASS),
    ],
)
def test_secrets_that_are_not_ours_to_complete(
    cluster: FakeCluster, values: dict[str, str], manager: str, changes: dict[str, str], status: str
) -> None:
    cluster.secret("popsink-key", values, {"app.kubernetes.io/managed-by": manager})
    spec = SecretSpec("popsink-key", KEY.data, **changes)
    finding = checks.secrets.run(site(cluster, objects=[SERVICE], secrets=[spec]))
    assert finding.status == status
    assert status == PASS or "Secret popsink-key (without key)" in finding.found


def test_what_will_be_made_is_not_known(cluster: FakeCluster) -> None:
    assert checks.secrets.run(site(cluster)).status == NOT_CHECKED


def container(**env: str | None) -> dict[str, Any]:
    return {"env": [{"name": name, "value": value} for name, value in env.items()]}


def workload(*containers: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "Deployment", "metadata": {"name": "x"}, "spec": {"template": {"spec": {"containers": containers}}}}


def pod(*containers: dict[str, Any], namespace: str = "other", name: str = "p", **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace, "labels": labels}, "spec": {"containers": containers}}


OURS = workload(
    {"name": "no variables"},
    container(THE_ID=ID, DB_HOST="db.example", DB_NAME="popsink", DB_PORT="5432", PASSWORD=None),
    container(ENGINE="s3://records/kafka/", ENDPOINT=S3),
)
DATABASE = Database("the data plane", "db.example", 5432, "popsink", "app", "database_password", "popsink_database_")
STORE = Store("records", "eu-west-1", S3, "kafka/")


def twin(cluster: FakeCluster, *pods: dict[str, Any], **changes: Any) -> Finding:
    listed(cluster, PODS, *pods)
    given = {"objects": [OURS], "store": STORE, "databases": [DATABASE], **changes}
    return checks.twin.run(site(cluster, **given))


@pytest.mark.parametrize(
    ("there", "found"),
    [
        (pod(container(THE_ID=ID)), "other/p (deployment id)"),
        (pod(container(THE_ID=ID), **{"app.kubernetes.io/instance": "web"}), "other/web (deployment id)"),
        (pod(container(ENGINE="s3://records/kafka", ENDPOINT=f"{S3}/")), "other/p (bucket and prefix)"),
        (pod(container(ENGINE="s3://records/kafka", ENDPOINT=S3_OTHERWISE)), "other/p (bucket and prefix)"),
        (pod(container(DB_HOST="db.example", DB_NAME="popsink")), "other/p (database popsink)"),
        (
            pod(container(THE_ID=ID, DB_HOST="db.example", DB_NAME="popsink")),
            "other/p (deployment id, database popsink)",
        ),
        (pod(container(THE_ID=ID), namespace="popsink"), ""),
        (pod(container(OTHER=ID)), ""),
        (pod(container(THE_ID="another")), ""),
        (pod(container(ENGINE="s3://records/kafka/", ENDPOINT="http://other.example")), ""),
        (pod(container(ENGINE="s3://records/other/", ENDPOINT=S3)), ""),
        (pod(container(DB_HOST="db.example", DB_NAME="other")), ""),
        (pod(container(DB_HOST="db.example"), container(DB_NAME="popsink")), ""),
        (pod({}), ""),
        ({"metadata": {"namespace": "other", "name": "p", "labels": None}, "spec": None}, ""),
    ],
)
def test_twin(cluster: FakeCluster, there: dict[str, Any], found: str) -> None:
    finding = twin(cluster, there)
    assert finding.status == (FAIL if found else PASS)
    assert found in finding.found


def test_pods_of_one_deployment_are_named_once(cluster: FakeCluster) -> None:
    labels = {"app.kubernetes.io/instance": "web"}
    found = twin(cluster, *(pod(container(THE_ID=ID), name=name, **labels) for name in "ab")).found
    assert found.count("other/web") == 1


@pytest.mark.parametrize("own", [None, AWS], ids=["left out", "named"])
@pytest.mark.parametrize(("endpoint", "status"), [(None, FAIL), (AWS, FAIL), (S3, PASS)])
def test_a_bucket_of_aws_is_another_than_one_of_its_name_elsewhere(
    cluster: FakeCluster, own: str | None, endpoint: str | None, status: str
) -> None:
    ours = workload(container(THE_ID=ID, ENGINE="s3://records/kafka/", ENDPOINT=own))
    there = pod(container(ENGINE="s3://records/kafka/", ENDPOINT=endpoint))
    store = Store("records", "eu-west-1", own or "", "kafka/")
    assert twin(cluster, there, objects=[ours], store=store, databases=[]).status == status


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"objects": [workload(container(X="y"))]}, "deployment id, bucket and prefix, database popsink."),
        ({"objects": [workload(container(THE_ID=ID))], "databases": []}, "compared: bucket and prefix."),
    ],
)
def test_what_the_chart_does_not_tell_openly_is_not_compared(
    cluster: FakeCluster, changes: dict[str, Any], words: str
) -> None:
    finding = twin(cluster, pod(container(DB_HOST="db.example", DB_NAME="popsink")), **changes)
    assert finding.status == NOT_CHECKED
    assert words in finding.found


@pytest.mark.parametrize(
    "changes",
    [
        {"store": Store("records", "x", "http://minio:9000", "kafka/")},
        {"store": None},
        {"databases": [Database("o", "postgres", 5432, "popsink", "app", "database_password", "popsink_database_")]},
    ],
)
def test_a_server_of_the_namespace_is_no_other_s(cluster: FakeCluster, changes: dict[str, Any]) -> None:
    ours = workload(
        container(THE_ID=ID, DB_HOST="postgres", DB_NAME="popsink"),
        container(ENGINE="s3://records/kafka/", ENDPOINT="http://minio:9000"),
    )
    there = pod(
        container(DB_HOST="postgres", DB_NAME="popsink"),
        container(ENGINE="s3://records/kafka/", ENDPOINT="http://minio:9000"),
    )
    given = {"objects": [ours], "store": None, "databases": [], **changes}
    assert twin(cluster, there, **given).status == PASS


def test_what_comes_from_a_secret_is_not_told_openly() -> None:
    spec = {"containers": [container(A="1", B=None)], "initContainers": [container(C="")]}
    assert list(checks.environments(spec)) == [{"A": "1"}, {"C": ""}]


def test_a_deployment_with_nothing_of_its_own_has_no_twin(cluster: FakeCluster) -> None:
    assert twin(cluster, deployment="", store=None, databases=[]).status == PASS


def test_pods_that_may_not_be_listed(cluster: FakeCluster) -> None:
    listed(cluster, PODS)
    cluster.answers["GET", PODS] = ApiError(403, "no")
    assert checks.twin.run(site(cluster, objects=[OURS], store=STORE)).status == NOT_CHECKED
