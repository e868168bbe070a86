"""What Helm, or the schema of values, refuses of the stand-in chart, version by version."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.lab.conftest import KOTATSU, NO_KEYS, POSTGRES_ENGINE, Render, at
from tests.unit.lab.helm import RenderError
from tests.unit.lab.test_chart_build import NUMBERS, Table, since, until, within

MISSING = {
    "deploymentId": "",
    "controlPlaneUrl": "",
    "ingressUrl": "",
    "deploymentJwtToken": {"token": ""},
    "jwt": {"secret": ""},
    "connectorConfigEncryptionKey": {"key": ""},
    "tansu": {"storage": {"engine": "", "aws": {"region": ""}}},
    "postgresql": {"enabled": False},
}
MISSING_WORDS = (
    "deploymentId must be provided",
    "controlPlaneUrl must be provided",
    "ingressUrl must be provided",
    "deploymentJwtToken.token or deploymentJwtToken.existingSecret must be provided",
    "jwt.secret or jwt.existingSecret must be provided",
    "connectorConfigEncryptionKey.key or connectorConfigEncryptionKey.existingSecret must be provided",
    "Tansu enabled but no S3 retention",
    "tansu.storage.aws.region must be provided",
    "externalDatabase.host must be provided",
    "externalDatabase.password or externalDatabase.existingSecret must be provided",
)


@pytest.mark.parametrize("number", NUMBERS)
def test_missing_values_are_named_together(render: Render, number: int) -> None:
    with pytest.raises(RenderError) as refused:
        render(number, MISSING)
    assert [words for words in MISSING_WORDS if words not in str(refused.value)] == []


@pytest.mark.parametrize(
    ("number", "changes", "words"),
    [
        (60, {"tansu": {"enabled": False}}, "defaultKafka.bootstrapServer must be provided"),
        (205, at("kora.database", {"password": ""}), "kora.database must be provided"),
        (
            205,
            {"kotatsu": {"enabled": True}} | at("tansu.storage", {"engine": "abfss://c@a.dfs.core.windows.net/p/"}),
            "kotatsu.s3.bucket must be provided when kotatsu is enabled",
        ),
        (
            38,
            at("tansu.storage.aws", NO_KEYS),
            "tansu.storage.aws needs irsaRoleArn",
        ),
    ],
)
def test_render_errors(render: Render, number: int, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(RenderError, match=words):
        render(number, changes)


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        (44, at("tansu.storage.aws", NO_KEYS)),
        (205, at("tansu.storage.aws", NO_KEYS)),
        (132, {"kotatsu": {"enabled": False}} | at("tansu.storage", {"engine": POSTGRES_ENGINE})),
        (205, {"kora": {"enabled": False}, "schemaRegistry": {"url": "https://registry"}}),
        (205, {"deploymentMode": "STANDALONE", "deploymentJwtToken": {"token": ""}, "controlPlaneUrl": ""}),
        # Neither user nor database is looked at.
        (
            205,
            {"postgresql": {"enabled": False}, "externalDatabase": {"host": "db", "password": "x"}},
        ),
    ],
)
def test_no_render_error(render: Render, number: int, changes: dict[str, Any]) -> None:
    assert render(number, changes).workloads()


def test_empty_database_user_reaches_the_pod(render: Render) -> None:
    external = {"postgresql": {"enabled": False}, "externalDatabase": {"host": "db", "password": "x"}}
    found = render(205, external).environment("popsink-data-plane")
    assert (found["DB_HOST"], found["DB_USER"], found["DB_DATABASE"]) == ("db", "", "")


def outcome(render: Render, number: int, changes: dict[str, Any]) -> str:
    """What Helm says against these values; empty when it renders them."""
    try:
        render(number, changes)
    except RenderError as refused:
        return str(refused)
    return ""


EVERY_CHART = since(NUMBERS[0])
#: Changes, the words of the error, and the charts that abort with them; all others render.
ABORTS: dict[str, tuple[dict[str, Any], str, Table]] = {
    "kora without database": (
        at("kora.database", {"host": "", "user": "", "database": "", "password": ""}),
        "kora.database must be provided",
        since(162),
    ),
    "kora off": (
        {"kora": {"enabled": False}},
        "Kora must be enabled, or schemaRegistry.url must be provided",
        since(91),
    ),
    "karapace off": (
        {"karapace": {"enabled": False}},
        "Karapace must be enabled, or schemaRegistry.url must be provided",
        until(90),
    ),
    "storage of the old wizard": (
        at("tansu.storage", {"engine": ""}) | {"retention": {"s3": {"bucket": "bucket", "region": "eu-west-1"}}},
        "Tansu enabled but no S3 retention",
        EVERY_CHART,
    ),
    "no broker": ({"tansu": {"enabled": False}}, "defaultKafka.bootstrapServer must be provided", EVERY_CHART),
    "postgresql engine": (
        at("tansu.storage", {"engine": POSTGRES_ENGINE}),
        "kotatsu.s3.bucket must be provided when kotatsu is enabled",
        within(71, 161),
    ),
    "postgresql engine with kotatsu": (
        at("tansu.storage", {"engine": POSTGRES_ENGINE}) | KOTATSU,
        "kotatsu.s3.bucket must be provided when kotatsu is enabled",
        since(71),
    ),
    "no hostname": ({"ingress": {"enabled": True}}, "ingress.hostname must be provided", until(61)),
    "flat token": ({"deploymentJwtToken": "flat"}, "can't evaluate field", EVERY_CHART),
    "wrong mode": ({"deploymentMode": "SELF HOSTED"}, "deploymentMode", EVERY_CHART),
    "replicas as text": ({"replicaCount": "two"}, "don't meet the specifications of the schema", since(162)),
    "kodansu as text": ({"kodansu": "on"}, "don't meet the specifications of the schema", since(178)),
}


@pytest.mark.parametrize(("changes", "words", "aborting"), ABORTS.values(), ids=ABORTS)
def test_which_charts_abort(render: Render, changes: dict[str, Any], words: str, aborting: Table) -> None:
    said = {number: outcome(render, number, changes) for number, _aborts in aborting}
    found = {number: words if words in error else error for number, error in said.items()}
    assert found == {number: words if aborts else "" for number, aborts in aborting}


@pytest.mark.parametrize(
    "changes",
    [
        {"replicaCount": -1},
        {"image": "popsink/data-plane"},
        {"ingressUrl": ["https://popsink.your-company.com"]},
        {"tansu": {"replicaCount": "2"}},
        {"tansu": {"replicaCount": 1.5}},
        {"kotatsu": {"enabled": "false"}},
        {"postgresql": {"enabled": "true"}},
    ],
)
def test_values_schema_refuses_other_types(render: Render, changes: dict[str, Any]) -> None:
    with pytest.raises(RenderError, match="don't meet the specifications of the schema"):
        render(205, changes)


@pytest.mark.parametrize("number", [91, 127, 132])
def test_kora_without_database_reaches_the_pod(render: Render, number: int) -> None:
    unset = at("kora.database", {"host": "", "user": "", "database": "", "password": ""})
    found = render(number, unset).environment("popsink-kora")
    assert (found["KORA_DB_HOST"], found["KORA_DB_USER"], found["KORA_DB_DATABASE"]) == ("", "", "")
