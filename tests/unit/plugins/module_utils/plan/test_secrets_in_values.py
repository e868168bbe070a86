"""Blocks whose secrets stay chart values, as in a release that was made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import WARN, failures
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import Plan, literal, literals_in
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import dig

from tests.unit.plugins.samples import ALL, inputs

Charts = Callable[[str], ChartFacts]

EXTERNAL = {"database_mode": "external", "database_host": "db.example"}
LOGIN = {
    "schema_registry_mode": "external",
    "schema_registry_url": "https://registry.example",
    "schema_registry_auth": "basic",
}
#: Block, further inputs, and key of the block to the secret.
BLOCKS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "deploymentJwtToken": ({}, {"token": "deployment_token"}),
    "adminCredentials": ({}, {"username": "admin_username", "password": "admin_password"}),
    "jwt": ({}, {"secret": "jwt_secret"}),
    "connectorConfigEncryptionKey": ({}, {"key": "connector_config_encryption_key"}),
    "postgresql.auth": ({}, {"password": "database_password", "postgresPassword": "database_admin_password"}),
    "kora.database": ({}, {"password": "database_password"}),
    "kodansu.storage.aws": ({}, {"accessKeyId": "s3_access_key_id", "secretAccessKey": "s3_secret_access_key"}),
    "externalDatabase": (EXTERNAL, {"password": "database_password"}),
    "schemaRegistry": (LOGIN, {"username": "schema_registry_username", "password": "schema_registry_password"}),
}


def planned(chart: ChartFacts, block: str, known: frozenset[str] = ALL, **changes: Any) -> Plan:
    return build_plan(inputs(secrets_in_values=[block], **changes), chart, known)


@pytest.mark.parametrize(("block", "changes", "keys"), [(block, *row) for block, row in BLOCKS.items()])
def test_the_block_has_placeholders(
    chart_205: ChartFacts, block: str, changes: dict[str, Any], keys: dict[str, str]
) -> None:
    values = dig(planned(chart_205, block, **changes).values, block)
    assert {key: values[key] for key in keys} == {key: literal(secret) for key, secret in keys.items()}


@pytest.mark.parametrize(("block", "changes"), [(block, row[0]) for block, row in BLOCKS.items()])
def test_no_secret_is_named_or_planned_for_it(chart_205: ChartFacts, block: str, changes: dict[str, Any]) -> None:
    plan = planned(chart_205, block, **changes)
    assert (dig(plan.values, f"{block}.existingSecret"), block in plan.blocks) == (None, False)


@pytest.mark.parametrize(("block", "changes", "keys"), [(block, *row) for block, row in BLOCKS.items()])
def test_the_others_stay_secrets(
    chart_205: ChartFacts, block: str, changes: dict[str, Any], keys: dict[str, str]
) -> None:
    assert literals_in(planned(chart_205, block, **changes).values) == set(keys.values())


@pytest.mark.parametrize(("block", "changes"), [(block, row[0]) for block, row in BLOCKS.items()])
def test_it_is_warned_about(chart_205: ChartFacts, block: str, changes: dict[str, Any]) -> None:
    found = planned(chart_205, block, **changes).findings
    assert [finding.status for finding in found if f"{block} is named in popsink_secrets" in finding.found] == [WARN]


@pytest.mark.parametrize(("block", "changes", "keys"), [(block, *row) for block, row in BLOCKS.items()])
def test_its_secrets_must_be_there(
    chart_205: ChartFacts, block: str, changes: dict[str, Any], keys: dict[str, str]
) -> None:
    """No Secret keeps a value that would be made."""
    wrong = failures(planned(chart_205, block, ALL - set(keys.values()), **changes).findings)
    assert sorted(finding.id for finding in wrong) == sorted(f"secrets.{name}" for name in keys.values())


@pytest.mark.parametrize(
    ("name", "block", "remedy"),
    [
        ("205", "jtw", "Did you mean jwt?"),
        ("205", "kora.databse", "Did you mean kora.database?"),
        ("205", "defaultKafka", "Remove it."),
        ("60", "kora.database", ""),
    ],
)
def test_a_block_that_takes_no_secret_is_refused(chart_of: Charts, name: str, block: str, remedy: str) -> None:
    (wrong,) = failures(planned(chart_of(name), block).findings)
    assert (wrong.id, block in wrong.found, remedy in wrong.remedy) == ("inputs.secrets_in_values", True, True)


def test_a_block_in_values_and_in_a_secret_at_once_is_refused(chart_205: ChartFacts) -> None:
    (wrong,) = failures(planned(chart_205, "jwt", existing_secrets={"jwt": "mine"}).findings)
    assert "popsink_existing_secrets['jwt']" in wrong.found


@pytest.mark.parametrize("block", ["tansu.storage.aws", "kodansu.storage.aws"])
@pytest.mark.parametrize("name", ["60", "205"])
def test_both_names_of_the_broker_mean_it(chart_of: Charts, name: str, block: str) -> None:
    """What was taken over under the former name stays as it is when a later chart calls it otherwise."""
    plan = planned(chart_of(name), block)
    assert (literals_in(plan.values), failures(plan.findings)) == ({"s3_access_key_id", "s3_secret_access_key"}, [])


@pytest.mark.parametrize("block", ["tansu.storage.aws", "kodansu.storage.aws"])
@pytest.mark.parametrize("name", ["60", "205"])
def test_both_names_do_for_secrets_of_somebody_else_and_their_keys(chart_of: Charts, name: str, block: str) -> None:
    keys = {block: {"accessKeyId": "my-id"}}
    plan = build_plan(inputs(existing_secrets={block: "mine"}, secret_keys=keys), chart_of(name), ALL)
    (secret,) = plan.secrets_of("storage")
    assert (secret["name"], secret["data"]["my-id"], failures(plan.findings)) == ("mine", "s3_access_key_id", [])
