"""What the stand-in chart tells the data plane, version by version."""

from __future__ import annotations

import pytest

from tests.unit.lab import helm
from tests.unit.lab.conftest import Render, at
from tests.unit.lab.test_chart_build import NUMBERS, Table, since, until, within


@pytest.mark.parametrize(("number", "there"), until(133))
def test_admin_fallback(render: Render, number: int, there: bool) -> None:
    manifest = render(number, {"adminCredentials": {"username": "", "password": ""}})
    login = "admin" if there else ""
    secret = manifest.secret("popsink-data-plane-admin-credentials")
    assert secret == {"admin-username": login, "admin-password": login}


@pytest.mark.parametrize(("number", "fast"), until(71))
def test_heartbeat_interval(render: Render, number: int, fast: bool) -> None:
    told = render(number).environment("popsink-data-plane")["HEARTBEAT_INTERVAL_SECONDS"]
    assert told == ("20" if fast else "600")


@pytest.mark.parametrize(
    ("variable", "table"),
    [
        ("LEADER_ELECTION", since(63)),
        ("HEARTBEAT_REPORTS_VERSION", since(67)),
        ("LICENCE_GRACE_SECONDS", since(117)),
        ("WORKER_REQUIRES_REGISTRY_LOGIN", within(60, 64)),
    ],
)
def test_variables_by_version(render: Render, variable: str, table: Table) -> None:
    assert [(number, variable in render(number).environment("popsink-data-plane")) for number, _told in table] == table


@pytest.mark.parametrize(("number", "on"), until(44))
def test_pipeline_mode(render: Render, number: int, on: bool) -> None:
    assert render(number).environment("popsink-data-plane")["PIPELINE_MODE"] == str(on).lower()


@pytest.mark.parametrize(
    ("number", "told"), [(112, "postgres"), (113, "oracle"), (127, "oracle"), (128, "postgres"), (205, "postgres")]
)
def test_database_of_another_kind(render: Render, number: int, told: str) -> None:
    external = {"backend": "oracle", "host": "db", "password": "x"}
    manifest = render(number, {"postgresql": {"enabled": False}, "externalDatabase": external})
    assert manifest.environment("popsink-data-plane")["DB_BACKEND"] == told


@pytest.mark.parametrize("number", NUMBERS)
def test_changed_secret_rolls_the_pods(render: Render, number: int) -> None:
    assert checksum(render(number, {"jwt": {"secret": "x" * 32}})) != checksum(render(number))


@pytest.mark.parametrize("number", [60, 205])
def test_random_passwords_do_not_roll_the_pods(render: Render, number: int) -> None:
    values = at("postgresql.auth", {"password": ""})
    # Two calls that differ in nothing that matters, so that both are rendered.
    calls = (values, values | {"podLabels": {"a": "b"}})
    first, second = (render(number, call) for call in calls)
    assert checksum(first) == checksum(second)


def checksum(manifest: helm.Manifest) -> str:
    pod = manifest.get("Deployment", "popsink-data-plane")["spec"]["template"]["metadata"]
    return str(pod["annotations"]["checksum/secrets"])
