"""When Helm runs, and why."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import literal
from ansible_collections.popsink.data_plane.plugins.module_utils.release import outlook
from ansible_collections.popsink.data_plane.plugins.module_utils.release.bring import bring
from ansible_collections.popsink.data_plane.plugins.module_utils.release.wanted import Wanted
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext

from tests.unit.plugins.fakes import FakeCluster, FakeHelm, as_manifest, put_release, secret_path

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
    monkeypatch.setattr(outlook, "read_chart", lambda _archive: chart_205)


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
