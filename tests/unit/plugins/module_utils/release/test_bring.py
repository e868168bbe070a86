"""When Helm runs, and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import literal
from ansible_collections.popsink.data_plane.plugins.module_utils.release import wanted as wanted_release
from ansible_collections.popsink.data_plane.plugins.module_utils.release.bring import bring
from ansible_collections.popsink.data_plane.plugins.module_utils.release.state import find_release
from ansible_collections.popsink.data_plane.plugins.module_utils.release.wanted import Wanted
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext
from ansible_collections.popsink.data_plane.plugins.module_utils.upgrade.one_way import Consent

from tests.unit.plugins.fakes import FakeCluster, FakeHelm, as_manifest, put_release, secret_path
from tests.unit.plugins.pods import put_pod, put_stateful_set

VALUES = {"replicaCount": 2, "kora": {"enabled": True}}
SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "popsink-data-plane"}, "spec": {"port": 80}}
RENDERED = "/api/v1/namespaces/popsink/services/popsink-rendered"
RECORD = secret_path("sh.helm.release.v1.popsink.v1")


def make_wanted(**changes: Any) -> Wanted:
    whole: dict[str, Any] = {
        "name": "popsink",
        "namespace": "popsink",
        "chart_version": "0.1.0-alpha.205",
        "archive": Path("chart.tgz"),
        "values": VALUES,
        "literals": {},
        "pending_after": 600,
        **changes,
    }
    return Wanted(**whole)


@pytest.fixture(autouse=True)
def _chart(monkeypatch: pytest.MonkeyPatch, chart_205: ChartFacts) -> None:
    """The archive is none."""
    monkeypatch.setattr(wanted_release, "read_chart", lambda _archive: chart_205)


@pytest.fixture
def wanted() -> Wanted:
    return make_wanted()


def ago(seconds: float) -> str:
    return (datetime.now(timezone.utc) - timedelta(seconds=seconds)).isoformat()


def run(cluster: FakeCluster, wanted: Wanted, **context: bool) -> tuple[dict[str, Any], FakeHelm]:
    helm = FakeHelm(cluster)
    return bring(cluster, helm, wanted, StepContext(**context)), helm  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("there", "reasons"),
    [
        pytest.param(None, ["not installed yet"], id="nothing"),
        pytest.param({}, [], id="as planned"),
        pytest.param({"status": "failed"}, ["revision 1 is failed"], id="failed"),
        pytest.param({"chart": "0.1.0-alpha.60"}, ["chart 0.1.0-alpha.60 becomes 0.1.0-alpha.205"], id="another chart"),
        pytest.param(
            {"values": {"replicaCount": 3, "kora": {"enabled": True}}},
            ["value replicaCount changes"],
            id="another value",
        ),
        pytest.param(
            {"values": {**VALUES, "of": {"someone": 1}}}, ["value of.someone changes"], id="a value that is not planned"
        ),
        pytest.param({"manifest": as_manifest(SERVICE)}, ["Service/popsink-data-plane: missing"], id="an object gone"),
    ],
)
def test_reasons(cluster: FakeCluster, wanted: Wanted, there: dict[str, Any] | None, reasons: list[str]) -> None:
    if there is not None:
        put_release(cluster, **{"values": VALUES, **there})
    result, helm = run(cluster, wanted)
    assert result["reasons"] == reasons
    assert len(helm.calls) == (1 if reasons else 0)


def test_nothing_to_do_writes_nothing(cluster: FakeCluster, wanted: Wanted) -> None:
    put_release(cluster, 4, values=VALUES)
    result, _helm = run(cluster, wanted)
    assert (result["changed"], result["revision"], cluster.writes) == (False, 4, [])


def test_an_installation_makes_the_namespace(cluster: FakeCluster, wanted: Wanted) -> None:
    result, _helm = run(cluster, wanted)
    assert (result["changed"], result["revision"]) == (True, 1)
    assert "/api/v1/namespaces/popsink" in cluster.objects


def test_helm_gets_the_values_of_literals(cluster: FakeCluster) -> None:
    wanted = make_wanted(values={"jwt": {"secret": literal("jwt_secret")}}, literals={"jwt_secret": "hidden"})
    _result, helm = run(cluster, wanted)
    assert helm.calls == [{"jwt": {"secret": "hidden"}}]


def test_a_changed_literal_is_named_by_its_path(cluster: FakeCluster) -> None:
    put_release(cluster, values={"jwt": {"secret": "former"}})
    wanted = make_wanted(values={"jwt": {"secret": literal("jwt_secret")}}, literals={"jwt_secret": "hidden"})
    assert run(cluster, wanted)[0]["reasons"] == ["value jwt.secret changes"]


@pytest.mark.parametrize(
    "former",
    [
        {"jwt": {"secret": "plain"}},
        {"adminCredentials": {"username": "admin", "password": "plain"}},
        {"deploymentJwtToken": {"token": "plain"}},
        {"connectorConfigEncryptionKey": {"key": "plain"}},
        {"kora": {"database": {"password": "plain"}}},
        {"postgresql": {"auth": {"postgresPassword": "plain"}}},
        {"imagePullSecret": {"create": True, "token": "plain"}},
        {"kodansu": {"storage": {"aws": {"secretAccessKey": "plain"}}}},
        {"defaultKafka": {"saslPassword": "plain"}},
    ],
    ids=lambda former: next(iter(former)),
)
def test_the_diff_shows_no_secret_of_a_release_made_by_hand(cluster: FakeCluster, former: dict[str, Any]) -> None:
    put_release(cluster, values={**former, "replicaCount": 2})
    result, _helm = run(cluster, make_wanted(), diff=True, check=True)
    assert "replicaCount: 2" in result["diff"]["before"]
    assert "plain" not in str(result)


def test_the_diff_shows_what_changes(cluster: FakeCluster, wanted: Wanted) -> None:
    put_release(cluster, values={**VALUES, "replicaCount": 7}, chart="0.1.0-alpha.60")
    diff = run(cluster, wanted, diff=True)[0]["diff"]
    assert ("replicaCount: 7" in diff["before"], "replicaCount: 2" in diff["after"]) == (True, True)
    assert ("alpha.60" in diff["before"], "alpha.205" in diff["after"]) == (True, True)


def test_the_diff_shows_nothing_but_what_changes(cluster: FakeCluster) -> None:
    """Helm keeps values by name, the plan has them in its own order."""
    values = {"replicaCount": 2, "kora": {"enabled": True}, "adminCredentials": {"existingSecret": "x"}}
    put_release(cluster, values={**values, "replicaCount": 3})
    diff = run(cluster, make_wanted(values=values), diff=True)[0]["diff"]
    before, after = diff["before"].splitlines(), diff["after"].splitlines()
    assert [line for line in after if line not in before] == ["  replicaCount: 2"]
    assert [line for line in before if line not in after] == ["  replicaCount: 3"]
    assert before == [line.replace("2", "3") if "replicaCount" in line else line for line in after]


def test_the_diff_shows_what_was_changed_by_hand(cluster: FakeCluster, wanted: Wanted) -> None:
    put_release(cluster, values=VALUES, manifest=as_manifest(SERVICE))
    cluster.put("/api/v1/namespaces/popsink/services/popsink-data-plane", **{**SERVICE, "spec": {"port": 81}})
    diff = run(cluster, wanted, diff=True, check=True)[0]["diff"]
    assert ("spec.port: 81" in diff["before"], "spec.port: 80" in diff["after"]) == (True, True)


def test_no_diff_where_nothing_changes(cluster: FakeCluster, wanted: Wanted) -> None:
    put_release(cluster, values=VALUES)
    assert "diff" not in run(cluster, wanted, diff=True)[0]


def test_check_mode_asks_the_server(cluster: FakeCluster, wanted: Wanted) -> None:
    cluster.namespace("popsink")
    result, helm = run(cluster, wanted, check=True)
    assert (result["changed"], result["validated"]) == (True, "validated by the server")
    assert (helm.rendered, helm.calls, cluster.writes) == ([VALUES], [], [])
    # The server is asked for each object.
    assert [path for method, path, _body in cluster.requests if method == "DRY"] == [RENDERED]


@pytest.mark.parametrize(("status", "fails"), [(422, True), (403, False)], ids=["invalid", "may not be asked"])
def test_check_mode_says_what_the_server_would_refuse(
    cluster: FakeCluster, wanted: Wanted, status: int, fails: bool
) -> None:
    cluster.namespace("popsink")
    cluster.answers["PATCH", RENDERED] = ApiError(status, "spec.ports is required")
    if fails:
        with pytest.raises(
            PopsinkError, match=r"would refuse of the release: .*spec\.ports is required.*popsink_values"
        ):
            run(cluster, wanted, check=True)
    else:
        result, _helm = run(cluster, wanted, check=True)
        assert result["validated"].startswith("not validated by the server: ")


def test_check_mode_on_an_empty_cluster_has_the_server_judge_in_another_namespace(
    cluster: FakeCluster, wanted: Wanted
) -> None:
    cluster.namespace("default")
    result, helm = run(cluster, wanted, check=True)
    assert result["validated"] == "validated by the server, in namespace default"
    assert (helm.calls, cluster.writes) == ([], [])
    assert len(helm.rendered) == 1


def test_a_pending_revision_is_somebody_at_work(cluster: FakeCluster, wanted: Wanted) -> None:
    put_release(cluster, status="pending-upgrade", deployed=ago(10))
    for check in (False, True):
        with pytest.raises(PopsinkError, match=r"pending-upgrade since 1\d seconds: another Helm may be at it"):
            run(cluster, wanted, check=check)
    assert RECORD in cluster.objects


def test_an_uninstallation_is_left_to_end(cluster: FakeCluster, wanted: Wanted) -> None:
    put_release(cluster, status="uninstalling", deployed=ago(10_000))
    with pytest.raises(PopsinkError, match=r"is being uninstalled.*helm --namespace popsink uninstall popsink"):
        run(cluster, wanted)


@pytest.mark.parametrize("there", [{}, {"popsink-vault-jwt": {"other": "x"}}], ids=["no Secret", "no such key"])
def test_helm_does_not_start_without_the_secrets_that_the_values_name(
    cluster: FakeCluster, there: dict[str, dict[str, str]]
) -> None:
    cluster.namespace("popsink")
    for name, values in there.items():
        cluster.secret(name, values)
    helm = FakeHelm(cluster)
    wanted = make_wanted(requires={"popsink-vault-jwt": ["secret"]})
    with pytest.raises(PopsinkError, match=r"popsink-vault-jwt\.secret.*Run without --tags"):
        bring(cluster, helm, wanted, StepContext())  # type: ignore[arg-type]
    assert (helm.calls, cluster.writes) == ([], [])


def test_helm_starts_with_the_secrets_there(cluster: FakeCluster) -> None:
    cluster.namespace("popsink")
    cluster.secret("popsink-vault-jwt", {"secret": "x"})
    _result, helm = run(cluster, make_wanted(requires={"popsink-vault-jwt": ["secret"]}))
    assert len(helm.calls) == 1


def test_an_abandoned_revision_makes_room(cluster: FakeCluster, wanted: Wanted) -> None:
    put_release(cluster, status="pending-install", deployed=ago(601), values=VALUES)
    result, helm = run(cluster, wanted)
    assert (result["reasons"], len(helm.calls)) == (["revision 1 is pending-install"], 1)


def test_check_mode_goes_through_with_an_abandoned_revision(cluster: FakeCluster, wanted: Wanted) -> None:
    put_release(cluster, status="pending-install", deployed=ago(601), values=VALUES)
    result, _helm = run(cluster, wanted, check=True)
    assert (result["changed"], RECORD in cluster.objects, cluster.writes) == (True, True, [])


def workload(component: str, tag: str = "1") -> dict[str, Any]:
    labels = {"app.kubernetes.io/component": component}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"popsink-{component}", "labels": labels},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": labels},
            "template": {"spec": {"containers": [{"name": "c", "image": f"r/{component}:{tag}"}]}},
        },
    }


def path_of(component: str) -> str:
    return f"/apis/apps/v1/namespaces/popsink/deployments/popsink-{component}"


def live(cluster: FakeCluster, *items: dict[str, Any]) -> None:
    """Let Deployments run."""
    for item in items:
        content = {name: item[name] for name in ("metadata", "spec")}
        cluster.put(f"/apis/apps/v1/namespaces/popsink/deployments/{item['metadata']['name']}", **content)


class Upgrades(FakeHelm):
    """Helm that renders what it is given, and refuses to while a revision is pending, as the real one does.

    :ivar brokers: how many brokers were asked for when it was started.
    """

    def __init__(self, cluster: FakeCluster, *objects: dict[str, Any]) -> None:
        super().__init__(cluster)
        self._objects = objects
        self.brokers: list[int] = []

    def render(self, name: str, namespace: str, archive: Path, values: Any) -> list[dict[str, Any]]:
        current = find_release(self._cluster, namespace, name)
        if current is not None and current.pending:
            raise PopsinkError("another operation (install/upgrade/rollback) is in progress")
        super().render(name, namespace, archive, values)
        return list(self._objects)

    def upgrade(self, name: str, namespace: str, archive: Path, values: Any) -> None:
        found = self._cluster.find(path_of("tansu"))
        self.brokers += [found["spec"]["replicas"]] if found else []
        super().upgrade(name, namespace, archive, values)


def to_kora(cluster: FakeCluster, wanted: Wanted, **context: bool) -> Upgrades:
    """Bring a release in which Kora is, and Karapace is not."""
    helm = Upgrades(cluster, workload("kora"))
    bring(cluster, helm, wanted, StepContext(**context))  # type: ignore[arg-type]
    return helm


def karapace(cluster: FakeCluster, revision: int = 1, **content: Any) -> None:
    """Let a release with Karapace be there, and let that run."""
    live(cluster, workload("karapace"))
    content = {"values": VALUES, "chart": "0.1.0-alpha.90", **content}
    put_release(cluster, revision, manifest=as_manifest(workload("karapace")), **content)


@pytest.mark.parametrize("check", [False, True], ids=["in earnest", "in check mode"])
def test_a_step_that_cannot_be_taken_back_is_refused(cluster: FakeCluster, wanted: Wanted, check: bool) -> None:
    karapace(cluster)
    with pytest.raises(
        PopsinkError, match=r"The release was not changed(?s:.)*upgrade\.karapace(?s:.)*popsink_karapace_schemas"
    ):
        to_kora(cluster, wanted, check=check)
    assert cluster.writes == []


def test_a_step_that_is_consented_to_is_taken(cluster: FakeCluster) -> None:
    karapace(cluster)
    assert len(to_kora(cluster, make_wanted(consent=Consent("discard"), audited=True)).calls) == 1


def test_karapace_does_not_go_before_what_it_holds_is_written_down(cluster: FakeCluster) -> None:
    karapace(cluster)
    with pytest.raises(PopsinkError, match="--tags prerequisites,release"):
        to_kora(cluster, make_wanted(consent=Consent("discard")))
    assert cluster.writes == []


def test_a_drifted_release_is_mended_without_a_look_ahead(cluster: FakeCluster, wanted: Wanted) -> None:
    """Nothing is planned to change: rendering would cost a start of Helm."""
    put_release(cluster, values=VALUES, manifest=as_manifest(SERVICE))
    _result, helm = run(cluster, wanted)
    assert (helm.rendered, len(helm.calls)) == ([], 1)


def test_a_step_is_refused_behind_a_revision_that_failed(cluster: FakeCluster, wanted: Wanted) -> None:
    """Somebody's own upgrade that did not get to the end: Karapace still runs, and Helm would remove it."""
    karapace(cluster)
    put_release(cluster, 2, values=VALUES, status="failed", manifest=as_manifest(workload("kora")))
    with pytest.raises(PopsinkError, match=r"upgrade\.karapace"):
        to_kora(cluster, wanted)


def test_a_step_that_was_taken_before_a_revision_failed_is_not_asked_about_again(
    cluster: FakeCluster, wanted: Wanted
) -> None:
    karapace(cluster)
    put_release(cluster, 2, values=VALUES, status="failed", manifest=as_manifest(workload("kora")))
    del cluster.objects[path_of("karapace")]
    assert len(to_kora(cluster, wanted).calls) == 1


@pytest.mark.parametrize("check", [False, True], ids=["in earnest", "in check mode"])
def test_a_step_is_refused_behind_an_abandoned_revision_before_that_makes_room(
    cluster: FakeCluster, wanted: Wanted, check: bool
) -> None:
    karapace(cluster)
    karapace(cluster, 2, status="pending-upgrade", deployed=ago(601))
    with pytest.raises(PopsinkError, match=r"upgrade\.karapace"):
        to_kora(cluster, wanted, check=check)
    assert cluster.writes == []


def test_an_abandoned_revision_of_a_later_chart_makes_a_downgrade(cluster: FakeCluster) -> None:
    put_release(cluster, values=VALUES, chart="0.1.0-alpha.178")
    put_release(cluster, 2, values=VALUES, status="pending-upgrade", deployed=ago(601))
    with pytest.raises(PopsinkError, match=r"upgrade\.downgrade"):
        run(cluster, make_wanted(chart_version="0.1.0-alpha.178"))


def test_what_the_rendered_objects_lose_is_refused_behind_an_abandoned_revision(
    cluster: FakeCluster, chart_of: Callable[[str], ChartFacts], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Karapace is switched off within a chart that has it: only Helm tells."""
    monkeypatch.setattr(wanted_release, "read_chart", lambda _archive: chart_of("74"))
    karapace(cluster, chart="0.1.0-alpha.74")
    karapace(cluster, 2, chart="0.1.0-alpha.74", status="pending-upgrade", deployed=ago(601))
    helm = Upgrades(cluster)
    with pytest.raises(PopsinkError, match=r"upgrade\.karapace"):
        bring(cluster, helm, make_wanted(chart_version="0.1.0-alpha.74"), StepContext())  # type: ignore[arg-type]
    assert helm.calls == []


def new_brokers(cluster: FakeCluster, *, tag: str = "2", **changes: Any) -> tuple[dict[str, Any], Upgrades]:
    """Bring a release whose broker has another image."""
    helm = Upgrades(cluster, workload("tansu", tag))
    wanted = make_wanted(broker_seconds=-1.0, **changes)
    return bring(cluster, helm, wanted, StepContext()), helm  # type: ignore[arg-type]


@pytest.fixture
def brokers(cluster: FakeCluster) -> FakeCluster:
    """A cluster in which brokers of an earlier chart run."""
    put_release(cluster, values=VALUES, chart="0.1.0-alpha.178", manifest=as_manifest(workload("tansu")))
    live(cluster, workload("tansu"))
    return cluster


def test_brokers_are_stopped_before_helm_starts(brokers: FakeCluster) -> None:
    assert new_brokers(brokers)[1].brokers == [0]


def test_brokers_are_stopped_also_where_only_a_value_changes_their_image(brokers: FakeCluster) -> None:
    changes: dict[str, Any] = {
        "chart_version": "0.1.0-alpha.178",
        "values": {**VALUES, "kodansu": {"image": {"tag": "2"}}},
    }
    assert new_brokers(brokers, **changes)[1].brokers == [0]


def test_that_brokers_were_stopped_is_told(brokers: FakeCluster) -> None:
    assert any("popsink-tansu: stopped" in line for line in new_brokers(brokers)[0]["report"])


@pytest.mark.parametrize(
    "changes",
    [
        {"stops_broker": False},
        {"tag": "1"},
    ],
    ids=["where they are replaced one by one", "of the same image"],
)
def test_brokers_run_on(brokers: FakeCluster, changes: dict[str, Any]) -> None:
    assert new_brokers(brokers, **changes)[1].brokers == [3]


@pytest.mark.parametrize(
    "newest",
    [{"status": "failed"}, {"status": "pending-upgrade", "deployed": ago(601)}],
    ids=["that failed", "that was ended"],
)
@pytest.mark.parametrize("chart", ["0.1.0-alpha.178", "0.1.0-alpha.205"], ids=["earlier chart", "wanted chart"])
def test_brokers_are_stopped_behind_a_revision(brokers: FakeCluster, newest: dict[str, Any], chart: str) -> None:
    """What runs counts, and not what the record says."""
    put_release(brokers, 2, values=VALUES, chart=chart, manifest=as_manifest(workload("tansu", "2")), **newest)
    assert new_brokers(brokers)[1].brokers == [0]


def test_brokers_of_a_revision_that_failed_are_stopped_on_the_way_back(brokers: FakeCluster) -> None:
    put_release(brokers, 2, values=VALUES, status="failed", manifest=as_manifest(workload("tansu", "2")))
    live(brokers, workload("tansu", "2"))
    consent = Consent(accepted=("downgrade",))
    _result, helm = new_brokers(brokers, tag="1", chart_version="0.1.0-alpha.178", consent=consent)
    assert helm.brokers == [0]


@pytest.fixture
def stuck(brokers: FakeCluster) -> FakeCluster:
    """The same, and one of them does not end."""
    labels = {"app.kubernetes.io/component": "tansu"}
    brokers.put("/api/v1/namespaces/popsink/pods/popsink-tansu-0", metadata={"labels": labels})
    return brokers


def test_brokers_that_do_not_end_keep_helm_from_starting(stuck: FakeCluster) -> None:
    with pytest.raises(PopsinkError, match="1 pods of popsink-tansu did not end"):
        new_brokers(stuck)
    assert [path for path in stuck.objects if "sh.helm.release" in path] == [RECORD]


def test_the_next_run_goes_on_where_brokers_did_not_end(stuck: FakeCluster) -> None:
    with pytest.raises(PopsinkError):
        new_brokers(stuck)
    del stuck.objects["/api/v1/namespaces/popsink/pods/popsink-tansu-0"]
    assert len(new_brokers(stuck)[1].calls) == 1


def test_check_mode_stops_no_broker(brokers: FakeCluster) -> None:
    bring(brokers, Upgrades(brokers, workload("tansu", "2")), make_wanted(), StepContext(check=True))  # type: ignore[arg-type]
    assert brokers.writes == []


def test_check_mode_goes_through_where_the_encryption_keys_secret_is_not_made_yet(cluster: FakeCluster) -> None:
    """An earlier role would have made it, from the same key."""
    put_release(cluster, values={"connectorConfigEncryptionKey": {"key": "same"}})
    planned = make_wanted(values={"connectorConfigEncryptionKey": {"existingSecret": "popsink-vault-encryption"}})
    assert run(cluster, planned, check=True)[0]["changed"]


def test_in_earnest_an_encryption_key_whose_secret_is_not_there_is_refused(cluster: FakeCluster) -> None:
    put_release(cluster, values={"connectorConfigEncryptionKey": {"key": "same"}})
    planned = make_wanted(values={"connectorConfigEncryptionKey": {"existingSecret": "popsink-vault-encryption"}})
    with pytest.raises(PopsinkError, match="another encryption key"):
        run(cluster, planned)


@pytest.mark.parametrize("check", [False, True], ids=["in earnest", "in check mode"])
def test_another_encryption_key_is_refused(cluster: FakeCluster, check: bool) -> None:
    put_release(cluster, values={"connectorConfigEncryptionKey": {"key": "old"}})
    cluster.secret("popsink-vault-encryption", {"key": "new"})
    planned = make_wanted(values={"connectorConfigEncryptionKey": {"existingSecret": "popsink-vault-encryption"}})
    with pytest.raises(PopsinkError, match="another encryption key"):
        run(cluster, planned, check=check)


def test_the_encryption_key_is_that_of_the_revision_that_worked(cluster: FakeCluster) -> None:
    """What a revision that failed was given has encrypted nothing."""
    put_release(cluster, values={"connectorConfigEncryptionKey": {"key": "old"}})
    put_release(cluster, 2, values={"connectorConfigEncryptionKey": {"key": "new"}}, status="failed")
    with pytest.raises(PopsinkError, match="another encryption key"):
        run(cluster, make_wanted(values={"connectorConfigEncryptionKey": {"key": "new"}}))


def test_no_password_of_an_engine_stands_in_a_refusal(cluster: FakeCluster) -> None:
    engines = [{"kodansu": {"storage": {"engine": f"postgres://u:sunflower@{host}/r"}}} for host in ("a", "b")]
    put_release(cluster, values=engines[0])
    wanted = make_wanted(
        values={"kodansu": {"storage": {"engine": literal("storage_postgresql_url")}}},
        literals={"storage_postgresql_url": engines[1]["kodansu"]["storage"]["engine"]},
    )
    with pytest.raises(PopsinkError, match=r"postgres://b/r, not in postgres://a/r") as error:
        run(cluster, wanted)
    assert "sunflower" not in str(error.value)


def test_check_mode_asks_the_server_about_a_drifted_release(cluster: FakeCluster, wanted: Wanted) -> None:
    put_release(cluster, values=VALUES, manifest=as_manifest(SERVICE))
    run(cluster, wanted, check=True)
    assert [path for method, path, _body in cluster.requests if method == "DRY"] == [RENDERED]


@pytest.mark.parametrize("changed", [False, True], ids=["a release as planned", "a release that is changed"])
def test_a_pod_that_never_got_ready_is_replaced(
    cluster: FakeCluster, wanted: Wanted, monkeypatch: pytest.MonkeyPatch, changed: bool
) -> None:
    name = "popsink-postgresql"
    live = put_stateful_set(cluster, name, "old", "new")
    live["spec"]["template"] = {"spec": {"containers": []}}
    there = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name},
             "spec": {"replicas": 1, "template": {"spec": {"containers": []}}}}  # fmt: skip
    put_release(cluster, values={} if changed else VALUES, manifest=as_manifest(there))
    put_pod(cluster, f"{name}-0", ("StatefulSet", name), waiting="ErrImagePull", revision="old")
    looked, _helm = run(cluster, wanted, check=True)
    assert (looked["changed"], cluster.writes) == (True, [])
    monkeypatch.setattr(FakeHelm, "manifest", as_manifest(there))
    result, helm = run(cluster, wanted)
    assert (result["changed"], len(helm.calls)) == (True, changed)
    assert result["report"][-1].startswith(f"Pod {name}-0: replaced")
    assert run(cluster, wanted)[0]["changed"] is False
