"""What the release would become, found out before anything is changed."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import literal, with_literals
from ansible_collections.popsink.data_plane.plugins.module_utils.release.outlook import Outlook, outlook
from ansible_collections.popsink.data_plane.plugins.module_utils.release.wanted import Wanted
from ansible_collections.popsink.data_plane.plugins.module_utils.upgrade.one_way import Consent

from tests.unit.plugins.fakes import FakeCluster, as_manifest, helm_record, secret_path
from tests.unit.plugins.rendering import LITERALS, objects_of, render
from tests.unit.plugins.samples import ALL, inputs

ChartOf = Callable[[str], ChartFacts]

PASSWORD = "sunflower"
VALUES: dict[str, Any] = {"replicaCount": 2, "adminCredentials": {"existingSecret": "login"}}
PROXY = "/api/v1/namespaces/popsink/services/http:popsink-karapace:8081/proxy"


def workload(component: str, tag: str = "1") -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"popsink-{component}", "labels": {"app.kubernetes.io/component": component}},
        "spec": {"template": {"spec": {"containers": [{"name": "c", "image": f"r/{component}:{tag}"}]}}},
    }


KARAPACE = [
    workload("karapace"),
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "popsink-karapace", "labels": {"app.kubernetes.io/component": "karapace"}},
        "spec": {"ports": [{"port": 8081}]},
    },
]


def put(
    cluster: FakeCluster,
    number: str = "205",
    *objects: dict[str, Any],
    revision: int = 1,
    defaults: dict[str, Any] | None = None,
    values: dict[str, Any] | None = None,
    status: str = "deployed",
) -> None:
    """Let a revision be there, with its chart's defaults as Helm keeps them, and without its objects."""
    chart = number if "." in number else f"0.1.0-alpha.{number}"
    record = helm_record(
        revision, status=status, chart=chart, values=values or VALUES, manifest=as_manifest(*objects), deployed=""
    )
    content = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(record["data"]["release"]))))
    content["chart"]["values"] = defaults
    packed = base64.b64encode(gzip.compress(json.dumps(content).encode()))
    record["data"]["release"] = base64.b64encode(packed).decode()
    cluster.namespace("popsink")
    cluster.put(secret_path(record["metadata"]["name"]), **record)


def live(cluster: FakeCluster, *objects: dict[str, Any]) -> None:
    """Let Deployments run."""
    for item in objects:
        content = {name: item[name] for name in ("metadata", "spec")}
        cluster.put(f"/apis/apps/v1/namespaces/popsink/deployments/{item['metadata']['name']}", **content)


class Renders:
    """Helm that renders what it is given, or refuses.

    :ivar values: those of each rendering.
    """

    def __init__(self, *objects: dict[str, Any], refusal: str = "") -> None:
        self._objects, self._refusal = list(objects), refusal
        self.values: list[Any] = []

    def render(self, name: str, namespace: str, archive: Path, values: dict[str, Any]) -> list[dict[str, Any]]:
        self.values.append(values)
        if self._refusal:
            raise PopsinkError(self._refusal)
        return self._objects


@pytest.fixture
def wanted_of(chart_of: ChartOf) -> Callable[..., Wanted]:
    """What a release is to be, by chart."""

    def make(number: str = "205", **changes: Any) -> Wanted:
        chart = chart_of(number)
        whole: dict[str, Any] = {
            "name": "popsink",
            "namespace": "popsink",
            "chart_version": chart.version,
            "archive": Path(chart.archive),
            "values": VALUES,
            "literals": {},
            "pending_after": 600,
            **changes,
        }
        return Wanted(**whole)

    return make


WantedOf = Callable[..., Wanted]


def look(cluster: FakeCluster, wanted: Wanted, *rendered: dict[str, Any], helm: Renders | None = None) -> Outlook:
    found: Outlook = outlook(cluster, helm or Renders(*rendered), wanted)  # type: ignore[arg-type]
    assert cluster.writes == []
    return found


def statuses(found: Outlook) -> dict[str, str]:
    return {finding.id: finding.status for finding in found.findings}


def text(found: Outlook, id: str) -> str:
    (finding,) = (finding for finding in found.findings if finding.id == id)
    return f"{finding.found} {finding.remedy}"


def test_a_release_as_planned_is_neither_rendered_nor_judged(cluster: FakeCluster, wanted_of: WantedOf) -> None:
    put(cluster)
    helm = Renders()
    found = look(cluster, wanted_of(), helm=helm)
    assert (statuses(found), helm.values, found.lines) == ({"release.outlook": PASS}, [], ())


def test_a_first_installation_is_judged_and_held_against_nothing(cluster: FakeCluster, wanted_of: WantedOf) -> None:
    cluster.namespace("default")
    found = look(cluster, wanted_of(), workload("tansu"))
    assert (statuses(found), found.lines) == ({"release.objects": PASS}, ())


def test_helm_renders_with_the_secrets_that_are_known(cluster: FakeCluster, wanted_of: WantedOf) -> None:
    cluster.namespace("default")
    helm = Renders()
    given = {"a": literal("jwt_secret"), "b": literal("storage_postgresql_url")}
    look(cluster, wanted_of(values=given, literals={"jwt_secret": "hidden"}), helm=helm)
    assert helm.values == [{"a": "hidden", "b": literal("storage_postgresql_url")}]


def test_what_helm_refuses_is_a_failure(cluster: FakeCluster, wanted_of: WantedOf) -> None:
    put(cluster, "60")
    found = look(cluster, wanted_of(), helm=Renders(refusal="kora.database must be provided"))
    assert (statuses(found), text(found, "release.render").strip()) == (
        {"release.render": FAIL},
        "kora.database must be provided",
    )


@pytest.mark.parametrize(
    ("status", "verdict"), [(422, FAIL), (403, NOT_CHECKED)], ids=["the server would refuse it", "may not be asked"]
)
def test_what_the_server_says(cluster: FakeCluster, wanted_of: WantedOf, status: int, verdict: str) -> None:
    cluster.namespace("popsink")
    path = "/apis/apps/v1/namespaces/popsink/deployments/popsink-tansu"
    cluster.answers["PATCH", path] = ApiError(status, "The Kubernetes API refused it.")
    assert statuses(look(cluster, wanted_of(), workload("tansu"))) == {"release.objects": verdict}


def test_what_the_server_does_not_say_is_a_sentence(cluster: FakeCluster, wanted_of: WantedOf) -> None:
    cluster.namespace("popsink")
    path = "/apis/apps/v1/namespaces/popsink/deployments/popsink-tansu"
    cluster.answers["PATCH", path] = ApiError(403, "The Kubernetes API refused it.")
    found = look(cluster, wanted_of(), workload("tansu"))
    assert found.findings[0].found == "Not validated by the server: The Kubernetes API refused it."


def encryption(**block: str) -> dict[str, Any]:
    return {**VALUES, "connectorConfigEncryptionKey": block}


@pytest.mark.parametrize(
    ("before", "after", "secrets", "refused"),
    [
        (encryption(key="a"), encryption(key="b"), {}, True),
        (encryption(key="a"), encryption(existingSecret="ours"), {"ours": {"k": "b"}}, True),
        (encryption(key="a"), encryption(existingSecret="ours"), {"ours": {"k": "a"}}, False),
        (encryption(key="a"), encryption(existingSecret="ours"), {}, False),
    ],
    ids=["another key", "another key in its Secret", "its Secret", "its Secret is not made yet"],
)
def test_what_may_not_change_is_a_failure(
    cluster: FakeCluster,
    wanted_of: WantedOf,
    before: dict[str, Any],
    after: dict[str, Any],
    secrets: dict[str, dict[str, str]],
    refused: bool,
) -> None:
    put(cluster, values=before)
    for name, content in secrets.items():
        cluster.secret(name, content)
    found = statuses(look(cluster, wanted_of(values=after)))
    assert found == {"release.objects": PASS, **({"release.guard": FAIL} if refused else {})}


@pytest.mark.parametrize(("number", "told"), [("178", True), ("205", False)], ids=["another chart", "another value"])
def test_lines_are_told_where_the_chart_changes(
    cluster: FakeCluster, wanted_of: WantedOf, number: str, told: bool
) -> None:
    put(cluster, number, workload("tansu"), values={**VALUES, "replicaCount": 3})
    assert bool(look(cluster, wanted_of(), workload("tansu", "2")).lines) == told


def test_the_charts_defaults_are_those_that_helm_keeps(
    cluster: FakeCluster, wanted_of: WantedOf, chart_of: ChartOf
) -> None:
    put(cluster, "132", defaults=chart_of("132").values)
    assert "default kotatsu.enabled is off, was on" in look(cluster, wanted_of("162")).lines


def test_a_record_without_the_charts_defaults_is_no_obstacle(cluster: FakeCluster, wanted_of: WantedOf) -> None:
    put(cluster, "132")
    found = look(cluster, wanted_of("162"))
    assert (statuses(found), found.lines) == (
        {"release.objects": PASS},
        ("chart 0.1.0-alpha.132 becomes 0.1.0-alpha.162",),
    )


@pytest.mark.parametrize(("accepted", "status"), [((), FAIL), (("storage",), WARN)], ids=["without consent", "with it"])
def test_a_step_that_cannot_be_taken_back(
    cluster: FakeCluster, wanted_of: WantedOf, accepted: tuple[str, ...], status: str
) -> None:
    put(cluster, values={**VALUES, "kodansu": {"storage": {"engine": "s3://a/"}}})
    after = {**VALUES, "kodansu": {"storage": {"engine": "s3://b/"}}}
    found = look(cluster, wanted_of(values=after, consent=Consent(accepted=accepted)))
    assert statuses(found) == {"release.objects": PASS, "upgrade.storage": status}


def test_no_password_of_an_engine_is_told(cluster: FakeCluster, wanted_of: WantedOf, chart_of: ChartOf) -> None:
    engine = {"tansu": {"storage": {"engine": f"postgres://u:{PASSWORD}@db.example/records"}}}
    put(cluster, "127", workload("tansu"), values={**VALUES, **engine}, defaults=chart_of("127").values)
    after = {**VALUES, "tansu": {"storage": {"engine": "s3://a/"}}}
    found = look(cluster, wanted_of("132", values=after), workload("tansu", "2"))
    assert (statuses(found)["upgrade.storage"], PASSWORD in str(found)) == (FAIL, False)


def hold(cluster: FakeCluster, **ids: int) -> None:
    """Let Karapace have subjects of one version each, all with the same content."""
    cluster.answers["GET", f"{PROXY}/subjects"] = sorted(ids)
    for subject, number in ids.items():
        path = f"{PROXY}/subjects/{subject}/versions"
        cluster.answers["GET", path] = [1]
        cluster.answers["GET", f"{path}/1"] = {"subject": subject, "version": 1, "id": number, "schema": '"string"'}


@pytest.fixture
def karapace(cluster: FakeCluster, chart_of: ChartOf) -> FakeCluster:
    """A cluster with a release in which Karapace is."""
    put(cluster, "74", *KARAPACE, defaults=chart_of("74").values)
    hold(cluster, orders=1)
    return cluster


@pytest.mark.parametrize("way", ["", "discard", "migrate"])
def test_what_karapace_holds_is_kept_whatever_becomes_of_it(
    karapace: FakeCluster, wanted_of: WantedOf, way: str
) -> None:
    found = look(karapace, wanted_of("91", consent=Consent(way)), workload("kora"))
    assert found.audit is not None
    assert [subject["subject"] for subject in found.audit["subjects"]] == ["orders"]


def test_what_karapace_holds_is_told(karapace: FakeCluster, wanted_of: WantedOf) -> None:
    found = look(karapace, wanted_of("91"), workload("kora"))
    assert text(found, "upgrade.audit").strip() == "Karapace holds 1 subject, 1 version, 1 schema id."


def test_the_audit_says_of_what_it_is(karapace: FakeCluster, wanted_of: WantedOf) -> None:
    found = look(karapace, wanted_of("91"), workload("kora"))
    assert found.audit is not None
    assert found.audit["registry"] == "popsink/popsink-karapace"


@pytest.mark.parametrize(("way", "status"), [("", FAIL), ("discard", WARN), ("migrate", WARN), ("external", FAIL)])
def test_the_loss_of_karapace_needs_consent(karapace: FakeCluster, wanted_of: WantedOf, way: str, status: str) -> None:
    found = look(karapace, wanted_of("91", consent=Consent(way)), workload("kora"))
    assert statuses(found) == {"release.objects": PASS, "upgrade.karapace": status, "upgrade.audit": WARN}


@pytest.mark.parametrize("number", ["60", "74"], ids=["another chart", "the same chart"])
def test_where_karapace_stays_nothing_is_audited(karapace: FakeCluster, wanted_of: WantedOf, number: str) -> None:
    found = look(karapace, wanted_of(number, values={**VALUES, "replicaCount": 1}), *KARAPACE)
    assert (found.audit, "upgrade.audit" in statuses(found)) == (None, False)


def test_karapace_goes_with_the_chart_as_it_is_too(karapace: FakeCluster, wanted_of: WantedOf) -> None:
    """Switched off in the same chart, for a registry of one's own."""
    values = {**VALUES, "karapace": {"enabled": False}, "schemaRegistry": {"url": "https://r.example"}}
    found = look(karapace, wanted_of("74", values=values))
    assert (statuses(found).get("upgrade.karapace"), found.audit is None) == (FAIL, False)


@pytest.mark.parametrize(
    ("way", "status"), [("", WARN), ("discard", WARN), ("migrate", FAIL)], ids=["none", "given up", "moved later"]
)
def test_one_content_under_two_ids_cannot_be_moved(
    karapace: FakeCluster, wanted_of: WantedOf, way: str, status: str
) -> None:
    hold(karapace, orders=1, payments=2)
    found = look(karapace, wanted_of("91", consent=Consent(way)), workload("kora"))
    assert statuses(found)["upgrade.audit"] == status


def test_what_could_not_be_moved_is_kept_as_well(karapace: FakeCluster, wanted_of: WantedOf) -> None:
    hold(karapace, orders=1, payments=2)
    found = look(karapace, wanted_of("91", consent=Consent("migrate")), workload("kora"))
    assert found.audit is not None
    assert [collision["ids"] for collision in found.audit["collisions"]] == [[1, 2]]


@pytest.mark.parametrize(("way", "status"), [("", FAIL), ("migrate", FAIL), ("external", FAIL), ("discard", WARN)])
def test_a_karapace_that_cannot_be_read_goes_only_where_its_schemas_are_given_up(
    karapace: FakeCluster, wanted_of: WantedOf, way: str, status: str
) -> None:
    karapace.answers["GET", f"{PROXY}/subjects"] = ApiError(503, "no endpoints available", by_server=True)
    found = look(karapace, wanted_of("91", consent=Consent(way)), workload("kora"))
    assert (statuses(found)["upgrade.audit"], found.audit) == (status, None)


def test_a_karapace_without_a_service_cannot_be_read(karapace: FakeCluster, wanted_of: WantedOf) -> None:
    put(karapace, "74", workload("karapace"))
    found = look(karapace, wanted_of("91"), workload("kora"))
    assert "the release has no Service for it" in text(found, "upgrade.audit")


def test_where_a_later_revision_failed_karapace_counts_as_long_as_it_runs(
    karapace: FakeCluster, wanted_of: WantedOf
) -> None:
    put(karapace, "91", workload("kora"), revision=2, status="failed")
    live(karapace, workload("karapace"))
    found = look(karapace, wanted_of("91"), workload("kora"))
    assert (statuses(found).get("upgrade.karapace"), found.audit is None) == (FAIL, False)


def test_where_a_later_revision_failed_and_karapace_runs_no_longer_it_is_gone(
    karapace: FakeCluster, wanted_of: WantedOf
) -> None:
    """Its loss was consented to, and a run that was ended goes on."""
    put(karapace, "91", workload("kora"), revision=2, status="failed")
    found = look(karapace, wanted_of("91"), workload("kora"))
    assert (statuses(found).get("upgrade.karapace"), found.audit) == (None, None)


def test_where_a_later_revision_is_pending_karapace_is_audited_as_well(
    karapace: FakeCluster, wanted_of: WantedOf
) -> None:
    put(karapace, "74", *KARAPACE, revision=2, status="pending-upgrade")
    live(karapace, workload("karapace"))
    helm = Renders(workload("kora"))
    found = look(karapace, wanted_of("91", consent=Consent("migrate")), helm=helm)
    assert (statuses(found), found.audit is None, helm.values) == (
        {"release.outlook": NOT_CHECKED, "upgrade.karapace": WARN, "upgrade.audit": WARN},
        False,
        [],
    )


def test_karapace_is_found_among_other_services(karapace: FakeCluster, wanted_of: WantedOf) -> None:
    other = {**KARAPACE[1], "metadata": {"name": "popsink-tansu", "labels": {"app.kubernetes.io/component": "tansu"}}}
    put(karapace, "74", other, *KARAPACE)
    assert look(karapace, wanted_of("91"), workload("kora")).audit is not None


def test_where_a_revision_is_pending_and_the_chart_has_karapace_it_stays(
    karapace: FakeCluster, wanted_of: WantedOf
) -> None:
    put(karapace, "74", *KARAPACE, revision=2, status="pending-upgrade")
    live(karapace, workload("karapace"))
    found = look(karapace, wanted_of("74"))
    assert (statuses(found), found.audit) == ({"release.outlook": NOT_CHECKED}, None)


def test_what_was_not_rendered_is_not_told_in_lines(cluster: FakeCluster, wanted_of: WantedOf) -> None:
    put(cluster, "178", workload("tansu"), status="pending-upgrade")
    assert look(cluster, wanted_of("205")).lines == ()


@pytest.mark.parametrize("status", ["pending-install", "pending-upgrade", "pending-rollback"])
def test_a_pending_revision_is_not_rendered(cluster: FakeCluster, wanted_of: WantedOf, status: str) -> None:
    put(cluster, "205", workload("tansu"), status=status)
    helm = Renders()
    found = look(cluster, wanted_of(), helm=helm)
    assert (statuses(found), helm.values) == ({"release.outlook": NOT_CHECKED}, [])


def test_the_way_back_from_a_later_revision_that_failed_is_a_downgrade(
    cluster: FakeCluster, wanted_of: WantedOf
) -> None:
    """It may have come so far that the database is migrated."""
    put(cluster, "178")
    put(cluster, "205", revision=2, status="failed")
    assert statuses(look(cluster, wanted_of("178")))["upgrade.downgrade"] == FAIL


def test_a_chart_of_another_form_that_becomes_a_known_one_is_a_downgrade(
    cluster: FakeCluster, wanted_of: WantedOf
) -> None:
    put(cluster, "1.0.0")
    assert statuses(look(cluster, wanted_of("205"))) == {"release.objects": PASS, "upgrade.downgrade": FAIL}


@pytest.mark.parametrize(
    ("before", "after", "number", "told"),
    [
        ([workload("tansu")], [workload("tansu", "2")], "178", True),
        ([workload("tansu")], [workload("tansu")], "178", False),
        ([workload("tansu")], [workload("tansu", "2")], "205", True),
        ([], [workload("tansu", "2")], "178", False),
        ([workload("tansu")], [], "178", False),
        ([workload("kora")], [workload("kora", "2")], "178", False),
    ],
    ids=["another image", "the same image", "the same chart", "it comes", "it goes", "another component"],
)
def test_a_change_of_the_brokers_image(
    cluster: FakeCluster,
    wanted_of: WantedOf,
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
    number: str,
    told: bool,
) -> None:
    put(cluster, number, *before, values={**VALUES, "replicaCount": 3})
    assert (statuses(look(cluster, wanted_of(), *after)).get("upgrade.broker") == WARN) == told


@pytest.mark.parametrize(
    ("stops", "said"),
    [(True, "All brokers are stopped before the first new one"), (False, "brokers are replaced one after the other")],
)
def test_how_brokers_are_replaced_is_told(cluster: FakeCluster, wanted_of: WantedOf, stops: bool, said: str) -> None:
    put(cluster, "178", workload("tansu"))
    found = look(cluster, wanted_of(stops_broker=stops), workload("tansu", "2"))
    assert said in text(found, "upgrade.broker")


def test_the_vendors_notes_on_the_brokers_image_are_told(cluster: FakeCluster, wanted_of: WantedOf) -> None:
    put(cluster, "178", workload("tansu"))
    found = look(cluster, wanted_of(), workload("tansu", "2"))
    assert "Two tags change the layout of the objects in the bucket." in text(found, "upgrade.broker")


def test_an_upgrade_from_one_chart_to_another_with_helms_own_objects(
    helm: str, cluster: FakeCluster, wanted_of: WantedOf, chart_of: ChartOf
) -> None:
    """All at once, as the control plane's wizard had it installed."""
    old, new = chart_of("74"), chart_of("205")
    plans = {chart.version: build_plan(inputs(), chart, ALL).values for chart in (old, new)}
    objects = {chart.version: objects_of(render(helm, chart.archive, plans[chart.version])) for chart in (old, new)}
    values = with_literals(plans[old.version], LITERALS)
    put(cluster, "74", *objects[old.version], values=values, defaults=old.values)
    service = next(
        item["metadata"]["name"] for item in objects[old.version]
        if item["kind"] == "Service" and item["metadata"]["name"].endswith("karapace")
    )  # fmt: skip
    cluster.answers["GET", f"/api/v1/namespaces/popsink/services/http:{service}:8081/proxy/subjects"] = []
    known = [item for item in objects[new.version] if item["kind"] in ("Deployment", "Service", "Secret")]
    found = look(cluster, wanted_of("205", values=plans[new.version], literals=LITERALS), *known)
    assert statuses(found) == {
        "release.objects": PASS,
        "upgrade.karapace": FAIL,
        "upgrade.audit": WARN,
        "upgrade.broker": WARN,
    }
