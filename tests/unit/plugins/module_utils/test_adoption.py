"""A release that was made by hand is described so that the next roll-out renders exactly what is there.

Helm renders the hand-made values, which gives the Secrets that the cluster would have. The release is taken over from
both, planned anew, and rendered once more.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.adoption import Adoption, Found, adopt
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import failures
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.inputs import Inputs, OwnValues
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import with_literals
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import dig, merged, nested, without
from cryptography.fernet import Fernet

from tests.unit.plugins.rendering import objects_of, render
from tests.unit.plugins.samples import inputs, service_account, snippet

Charts = Callable[[str], ChartFacts]
Values = dict[str, Any]

EVERY = ("60", "91", "132", "205", "205-renamed")
#: The schema registry is Karapace in the first and Kora in the second, whose keys and broker have other names.
BOTH = ("60", "205-renamed")
LATE = ("205-renamed",)
ROLE = "arn:aws:iam::123:role/popsink"
PULL_SECRET = "popsink-regcred"


def is_late(chart: ChartFacts) -> bool:
    return chart.has("kora")


def broker(chart: ChartFacts) -> str:
    """The broker's block as a guide of the chart's time calls it."""
    return "kodansu" if chart.has("kodansu") else "tansu"


def random() -> str:
    return secrets.token_urlsafe(24)


def guide(chart: ChartFacts) -> Values:
    """Values as an integrator fills them in, every secret among them."""
    password = random()
    aws = {"region": "eu-west-1", "accessKeyId": secrets.token_hex(10), "secretAccessKey": random()}
    values: Values = {
        **snippet(),
        "imagePullSecret": {"create": True, "token": json.dumps(service_account())},
        "global": {"imagePullSecrets": [PULL_SECRET]},
        "adminCredentials": {"username": "operator", "password": random()},
        "jwt": {"secret": secrets.token_urlsafe(48)},
        "connectorConfigEncryptionKey": {"key": Fernet.generate_key().decode()},
        "postgresql": {"auth": {"password": password, "postgresPassword": random()}},
        broker(chart): {"storage": {"engine": "s3://records/kafka/", "aws": aws}},
    }
    if is_late(chart):
        database = {"host": "popsink-postgresql", "port": 5432, "user": "popsink", "database": "popsink"}
        values["kora"] = {"database": {**database, "password": password}}
    return values


@dataclass
class Form:
    """Values in one form, and the Secrets that somebody made for them beside the chart."""

    values: Values
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)

    def set(self, path: str, value: Any) -> Form:
        return Form(merged(self.values, nested(path, value)), self.secrets)

    def drop(self, *paths: str) -> Form:
        return Form(without(self.values, paths), self.secrets)


#: Gives a form for a chart; what it starts from is the guide's.
Make = Callable[[Form, ChartFacts], Form]

#: Purposes of ``secretKeys`` that are called otherwise than the value itself.
_LITERALS = {"adminPasswordKey": "postgresPassword", "userPasswordKey": "password"}


def in_secrets(own_keys: bool, *only: str) -> Make:
    """Each block names a Secret in place of its values."""

    def make(form: Form, chart: ChartFacts) -> Form:
        for block in only or chart.secret_blocks():
            # The defaults of the broker stand under its former name.
            here = block.replace("tansu.", f"{broker(chart)}.", 1)
            given = dig(form.values, here, {})
            held, keys = {}, {}
            for purpose, key in chart.secret_keys(block).items():
                if value := given.get(_LITERALS.get(purpose, purpose)):
                    keys[purpose] = f"my-{purpose.lower()}" if own_keys else key
                    held[keys[purpose]] = value
                    form = form.drop(f"{here}.{_LITERALS.get(purpose, purpose)}")
            if held:
                name = f"my-{block.lower().replace('.', '-')}"
                form = form.set(f"{here}.existingSecret", name)
                form.secrets[name] = held
                if own_keys:
                    form = form.set(f"{here}.secretKeys", keys)
        return form

    return make


def external_database(form: Form, chart: ChartFacts) -> Form:
    database = {"host": "db.example", "port": 6432, "user": "dp", "database": "data", "password": random()}
    form = form.drop("postgresql").set("postgresql.enabled", False).set("externalDatabase", database)
    return form.set("kora.database", database) if is_late(chart) else form


def external_registry(**login: str) -> Make:
    def make(form: Form, chart: ChartFacts) -> Form:
        block = "kora" if is_late(chart) else "karapace"
        return form.drop("kora").set(f"{block}.enabled", False).set("schemaRegistry", {"url": "https://r.ex", **login})

    return make


def own_kafka(form: Form, chart: ChartFacts) -> Form:
    kafka = {
        "bootstrapServer": "kafka.example:9093",
        "securityProtocol": "SASL_SSL",
        "saslMechanism": "PLAIN",
        "saslUsername": "popsink",
        "saslPassword": random(),
        "caCert": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
    }
    form = external_registry()(form.drop(broker(chart)), chart)
    return form.set(f"{broker(chart)}.enabled", False).set("defaultKafka", kafka)


def changed(*changes: tuple[str, Any]) -> Make:
    """The guide's with values set at paths; None removes what is there, ``broker`` is the broker's block."""

    def make(form: Form, chart: ChartFacts) -> Form:
        for path, value in changes:
            here = path.replace("broker.", f"{broker(chart)}.", 1)
            form = form.drop(here) if value is None else form.set(here, value)
        return form

    return make


def former_name(form: Form, chart: ChartFacts) -> Form:
    return form.drop("kodansu").set("tansu", form.values["kodansu"])


def both_names(form: Form, chart: ChartFacts) -> Form:
    return former_name(form, chart).set("kodansu.podLabels", {"team": "data"})


def in_base64(form: Form, chart: ChartFacts) -> Form:
    token = form.values["imagePullSecret"]["token"]
    return form.set("imagePullSecret.token", base64.b64encode(token.encode()).decode())


IRSA = changed(
    ("broker.storage.aws", None),
    ("broker.storage.aws", {"region": "eu-west-1", "irsaRoleArn": ROLE, "assumedRoleArn": ROLE}),
)
AZURE: tuple[tuple[str, Any], ...] = (
    ("broker.storage", None),
    ("broker.storage", {"engine": "abfss://rec@acc.dfs.core.windows.net/kafka/", "aws": {"region": "unused"}}),
)
WORKLOAD = "azure.workload.identity"
IDENTITY: tuple[tuple[str, Any], ...] = (
    ("broker.podLabels", {f"{WORKLOAD}/use": "true"}),
    ("broker.serviceAccount.annotations", {f"{WORKLOAD}/client-id": "an-id"}),
)
STANDALONE = changed(
    ("deploymentMode", "STANDALONE"),
    *((name, None) for name in ("controlPlaneUrl", "controlPlaneFrontendUrl", "deploymentId", "deploymentJwtToken")),
)
CHART_INGRESS = {
    "enabled": True,
    "hostname": "popsink.example.com",
    "ingressClassName": "nginx",
    "tls": True,
    "existingSecret": "popsink-tls",
    "annotations": {"example.com/a": "b"},
}

#: How somebody may have made a release, and on which charts that is tried.
SAME: dict[str, tuple[tuple[str, ...], Make]] = {
    "literals": (EVERY, changed()),
    "Secrets": (BOTH, in_secrets(own_keys=False)),
    "Secrets with keys of their own": (EVERY, in_secrets(own_keys=True)),
    "one Secret beside literals": (LATE, in_secrets(False, "jwt")),
    "token in a Secret": (LATE, in_secrets(True, "deploymentJwtToken")),
    "external database": (EVERY, external_database),
    "external database in a Secret": (
        LATE,
        lambda form, chart: in_secrets(True)(external_database(form, chart), chart),
    ),
    "external registry": (BOTH, external_registry()),
    "external registry with login": (LATE, external_registry(username="u", password=random())),
    "external registry with login in a Secret": (
        LATE,
        lambda form, chart: in_secrets(True, "schemaRegistry")(
            external_registry(username="u", password=random())(form, chart), chart
        ),
    ),
    "own Kafka": (BOTH, own_kafka),
    "Kafka's login beside the broker": (LATE, changed(("defaultKafka.saslPassword", random()))),
    "role": (BOTH, IRSA),
    "role beside keys": (LATE, changed(("broker.storage.aws.irsaRoleArn", ROLE))),
    "rights of the nodes": (
        LATE,
        changed(("broker.storage.aws.accessKeyId", None), ("broker.storage.aws.secretAccessKey", None)),
    ),
    "endpoint": (
        LATE,
        changed(("broker.storage.aws.endpoint", "http://s3.example"), ("broker.storage.aws.allowHttp", True)),
    ),
    "endpoint without allowHttp": (LATE, changed(("broker.storage.aws.endpoint", "http://s3.example"))),
    "engine without a slash": (LATE, changed(("broker.storage.engine", "s3://records/kafka"))),
    "engine without a path": (LATE, changed(("broker.storage.engine", "s3://records"))),
    "records in PostgreSQL": (("60",), changed(("broker.storage.engine", "postgres://u:p@db.example/kafka"))),
    "Azure by identity": (LATE, changed(*AZURE, *IDENTITY)),
    "Azure with labels of one's own": (
        LATE,
        changed(*AZURE, *IDENTITY, ("broker.podLabels.team", "data"), ("broker.serviceAccount.annotations.a", "b")),
    ),
    "Azure by environment": (LATE, changed(*AZURE, ("broker.extraEnvVarsSecret", "azure-login"))),
    "broker's former name": (LATE, former_name),
    "both names of the broker": (LATE, both_names),
    "broker's former name and a Secret": (
        LATE,
        lambda form, chart: former_name(in_secrets(True, "tansu.storage.aws")(form, chart), chart),
    ),
    "pull secret of one's own": (
        BOTH,
        changed(("imagePullSecret", None), ("global.imagePullSecrets", ["mine"])),
    ),
    "several pull secrets": (
        LATE,
        changed(("imagePullSecret", None), ("global.imagePullSecrets", ["mine", "other"])),
    ),
    "no pull secret": (LATE, changed(("imagePullSecret", None), ("global", None))),
    "pull secret that no pod has": (LATE, changed(("global", None))),
    "chart's pull secret and another": (LATE, changed(("global.imagePullSecrets", [PULL_SECRET, "other"]))),
    "pull token in base64": (LATE, in_base64),
    "pull token for a mirror": (LATE, changed(("imagePullSecret.registry", "mirror.example/popsink"))),
    "chart's Ingress": (BOTH, changed(("ingress", CHART_INGRESS))),
    "no control plane": (LATE, STANDALONE),
    "Kora with a role of its own": (
        LATE,
        changed(
            ("kora.database.user", "kora"), ("kora.database.database", "kora"), ("kora.database.password", random())
        ),
    ),
    "Kora with a database of its own": (LATE, changed(("kora.database.database", "kora"))),
    "Kora elsewhere": (
        LATE,
        changed(("kora.database.host", "other.example"), ("kora.database.port", 6000)),
    ),
    "Kora with another password": (LATE, changed(("kora.database.password", random()))),
    "Kora by URL": (
        LATE,
        changed(("kora.database", None), ("kora.database.url", "postgres://k:p@db.example/kora")),
    ),
    "Kora by URL, and PostgreSQL left to the chart": (
        LATE,
        changed(("postgresql", None), ("kora.database", None), ("kora.database.url", "postgres://k:p@db.example/kora")),
    ),
    "PostgreSQL left to the chart": (("60",), changed(("postgresql", None))),
    "PostgreSQL's administrator left to the chart": (BOTH, changed(("postgresql.auth.postgresPassword", None))),
    "PostgreSQL's names": (
        ("60",),
        changed(("postgresql.auth.username", "dp"), ("postgresql.auth.database", "data")),
    ),
    "PostgreSQL on a claim": (LATE, changed(("postgresql.primary.persistence.existingClaim", "mine"))),
    "administrator's name left to the chart": (("60",), changed(("adminCredentials.username", None))),
    "sizing": (
        LATE,
        changed(
            ("replicaCount", 1),
            ("broker.replicaCount", 1),
            ("broker.resources", {"limits": {"cpu": "1"}}),
            ("extraEnvVars", [{"name": "A", "value": "b"}]),
        ),
    ),
    "switches of development": (LATE, changed(("allowDesignLogin", True), ("pipelineMode", True))),
    "values that the chart does not read": (
        LATE,
        changed(("metadata.deploymentName", "x"), ("global.fqdn", "x"), ("postgresql.nonsense", {"a": 1})),
    ),
}
Row = tuple[str, str]
ROWS: list[Row] = [(name, title) for title, (charts, _make) in SAME.items() for name in charts]


@dataclass(frozen=True)
class Taken:
    """A release that was taken over.

    :ivar before: its objects, by kind and name.
    :ivar after: those of the next roll-out.
    :ivar refused: what would end that one.
    """

    adoption: Adoption
    before: dict[tuple[str, str], Any]
    after: dict[tuple[str, str], Any]
    refused: list[str]

    @property
    def differing(self) -> set[str]:
        """Kind and name of objects that are not the same."""
        names = self.before.keys() | self.after.keys()
        return {" ".join(name) for name in names if self.before.get(name) != self.after.get(name)}


def make_inputs(given: Mapping[str, Any], onboarding: Mapping[str, Any], own: Mapping[str, Any]) -> Inputs:
    # What the samples need and a release may be without.
    nothing: dict[str, Any] = {"bucket": "", "bucket_region": "", **given}
    values = (OwnValues("popsink_values", dict(own)),)
    return inputs(onboarding, **{**nothing, "own_values": values})


def objects(helm: str, chart: ChartFacts, values: Values) -> dict[tuple[str, str], Any]:
    return {
        (item["kind"], item["metadata"]["name"]): item for item in objects_of(render(helm, chart.archive, dict(values)))
    }


def decoded(item: Mapping[str, Any]) -> dict[str, str]:
    data = {key: base64.b64decode(value).decode() for key, value in item.get("data", {}).items()}
    return {**data, **item.get("stringData", {})}


def take_over(helm: str, chart: ChartFacts, form: Form) -> Taken:
    before = objects(helm, chart, form.values)
    made = {name: decoded(item) for (kind, name), item in before.items() if kind == "Secret"}
    adoption = adopt(Found(form.values, {**made, **form.secrets}), chart, make_inputs)
    token = (adoption.snippet.get("deploymentJwtToken") or {}).get("token")
    known = {**adoption.secrets, **({"deployment_token": token} if token else {})}
    given = {name: value for name, value in adoption.inputs.items() if name != "values"}
    plan = build_plan(make_inputs(given, adoption.snippet, adoption.inputs.get("values", {})), chart, known)
    after = objects(helm, chart, with_literals(plan.values, known, partly=True))
    return Taken(adoption, before, after, [finding.found for finding in failures(plan.findings)])


Take = Callable[[str, str], Taken]


@pytest.fixture(scope="module")
def taken(helm: str, chart_of: Charts) -> Take:
    """Each form on each chart, taken over once."""
    done: dict[Row, Taken] = {}

    def take(name: str, title: str) -> Taken:
        if (name, title) not in done:
            chart = chart_of(name)
            done[name, title] = take_over(helm, chart, SAME[title][1](Form(guide(chart)), chart))
        return done[name, title]

    return take


def label(row: Row) -> str:
    return f"{row[0]}-{row[1]}"


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_the_next_roll_out_renders_what_is_there(taken: Take, row: Row) -> None:
    assert taken(*row).differing == set()


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_the_next_roll_out_is_not_refused(taken: Take, row: Row) -> None:
    assert taken(*row).refused == []


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_no_secret_is_told_or_becomes_an_input(taken: Take, row: Row) -> None:
    """Chart values that no input stands for are another matter: they are encrypted where they are written."""
    adoption = taken(*row).adoption
    token = (adoption.snippet.get("deploymentJwtToken") or {}).get("token", "")
    hidden = [value for name, value in {**adoption.secrets, "token": token}.items() if name != "admin_username"]
    shown = json.dumps([{**adoption.inputs, "values": None}, adoption.notes, adoption.changes])
    assert [value[:3] for value in hidden if len(value) > 3 and value in shown] == []


#: Where something must change: what is changed by hand, the objects that are another, and what is told.
CHANGED: dict[str, tuple[str, Make, set[str], str]] = {
    "administrator is admin/admin": (
        "60",
        changed(("adminCredentials", None)),
        {
            "Deployment popsink-data-plane",
            "Deployment popsink-metrics-exporter",
            "Secret popsink-data-plane-admin-credentials",
        },
        "adminCredentials: popsink_admin_password has fewer than 8 characters, and cannot be kept",
    ),
    "no administrator": (
        "205",
        changed(("adminCredentials", None)),
        {"Deployment popsink-data-plane", "Secret popsink-data-plane-admin-credentials"},
        "adminCredentials: popsink_admin_username is missing",
    ),
    "weak administrator": (
        "205",
        changed(("adminCredentials.password", "admin")),
        {"Deployment popsink-data-plane", "Secret popsink-data-plane-admin-credentials"},
        "adminCredentials: popsink_admin_password has fewer than 8 characters",
    ),
    "weak signing secret": (
        "205",
        changed(("jwt.secret", "x" * 20)),
        {"Deployment popsink-data-plane", "Secret popsink-data-plane-jwt"},
        "jwt: popsink_jwt_secret has fewer than 32 characters",
    ),
}


@pytest.mark.parametrize(("name", "make", "objects", "note"), CHANGED.values(), ids=CHANGED)
def test_what_cannot_stay_is_told_and_changes_nothing_else(
    helm: str, chart_of: Charts, name: str, make: Make, objects: set[str], note: str
) -> None:
    chart = chart_of(name)
    taken = take_over(helm, chart, make(Form(guide(chart)), chart))
    assert (taken.differing, taken.refused) == (objects, [])
    assert [line for line in taken.adoption.notes if note in line] != []


#: Adoption alone, without Helm.
def adopted(chart: ChartFacts, make: Make = lambda form, _chart: form, **further: dict[str, str]) -> Adoption:
    form = make(Form(guide(chart)), chart)
    return adopt(Found(form.values, {**form.secrets, **further}), chart, make_inputs)


@pytest.mark.parametrize(
    ("path", "name"), [("adminCredentials.password", "admin_password"), ("jwt.secret", "jwt_secret")]
)
def test_a_value_that_is_made_anew_does_not_go_into_the_inventory(chart_205: ChartFacts, path: str, name: str) -> None:
    """There it would end the next roll-out."""
    assert name not in adopted(chart_205, changed((path, "weak"))).secrets


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("postgresql.auth.password", "database_password"),
        ("connectorConfigEncryptionKey.key", "connector_config_encryption_key"),
    ],
)
def test_a_value_that_data_depends_on_is_never_dropped(chart_205: ChartFacts, path: str, name: str) -> None:
    adoption = adopted(chart_205, changed((path, "weak"), ("kora.database.password", "weak")))
    assert adoption.secrets[name] == "weak"
    assert [note for note in adoption.notes if "the next roll-out is refused" in note] != []


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (changed(*AZURE), "popsink_azure_client_id"),
        (changed(("postgresql.enabled", "false")), "postgresql.enabled"),
    ],
    ids=["Azure without identity", "a text for a switch"],
)
def test_what_would_end_the_next_roll_out_is_told(chart_205: ChartFacts, make: Make, words: str) -> None:
    told = [note for note in adopted(chart_205, make).notes if note.startswith("the next roll-out ends")]
    assert [words in note for note in told] == [True]


@pytest.mark.parametrize(
    ("name", "path", "left"),
    [
        ("60", "kora", "kora"),
        ("60", "metadata.deploymentName", "metadata"),
        ("205", "karapace.enabled", "karapace"),
        ("205", "global.fqdn", "global.fqdn"),
        ("205", "kodansu.nonsense", "kodansu.nonsense"),
        ("205", "postgresql.primary.nonsense", "postgresql.primary.nonsense"),
    ],
)
def test_what_the_chart_does_not_read_is_left_out_and_told(chart_of: Charts, name: str, path: str, left: str) -> None:
    adoption = adopted(chart_of(name), changed((path, {"a": 1})))
    assert dig(adoption.inputs.get("values"), path) is None
    assert [note for note in adoption.notes if note.startswith(f"{left} is left out")] != []


def test_the_token_of_a_secret_stands_in_the_snippet(chart_205: ChartFacts) -> None:
    token = {"my-token": "a token"}
    make = changed(
        ("deploymentJwtToken", None),
        ("deploymentJwtToken", {"existingSecret": "mine", "secretKeys": {"token": "my-token"}}),
    )
    assert adopted(chart_205, make, mine=token).snippet["deploymentJwtToken"] == {"token": "a token"}


@pytest.mark.parametrize(
    ("others", "password"),
    [
        ({}, None),
        ({"a": {"postgres-password": "one" * 5, "password": "two" * 5}}, "two" * 5),
        ({"a": {"password": "two" * 5}}, None),
        ({name: {"postgres-password": "one" * 5, "password": f"{name}-two" * 5} for name in "ab"}, None),
    ],
    ids=["nothing", "one Secret", "half a Secret", "two that differ"],
)
def test_what_the_chart_made_is_taken_where_that_is_clear(
    chart_of: Charts, others: dict[str, dict[str, str]], password: str | None
) -> None:
    adoption = adopted(chart_of("60"), changed(("postgresql", None)), **others)
    assert adoption.secrets.get("database_password") == password


@pytest.mark.parametrize("values", [{}, {"replicaCount": 1}, {"controlPlaneUrl": ""}], ids=str)
def test_a_release_that_says_nothing_of_itself_is_refused(chart_205: ChartFacts, values: Values) -> None:
    with pytest.raises(PopsinkError, match="popsink_release and popsink_namespace"):
        adopt(Found(values, {}), chart_205, make_inputs)


def test_the_public_url_stays_with_whoever_saw_to_it(chart_205: ChartFacts) -> None:
    assert adopted(chart_205).inputs["ingress_mode"] == "none"


def test_what_is_found_is_not_changed(chart_205: ChartFacts) -> None:
    values = guide(chart_205)
    before = json.dumps(values)
    adopt(Found(values, {}), chart_205, make_inputs)
    assert json.dumps(values) == before


def test_no_representation_shows_a_secret() -> None:
    found = Found({"jwt": {"secret": "hidden-a"}}, {"mine": {"key": "hidden-b"}})
    adoption = Adoption({}, {"jwt_secret": "hidden-c"}, {"deploymentJwtToken": {"token": "hidden-d"}}, [], [])
    assert "hidden" not in repr([found, adoption])
