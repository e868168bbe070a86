"""A release that was made by hand is written into the inventory, and the inventory leaves it as it is."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.action.popsink_adopt import ActionModule
from ansible_collections.popsink.data_plane.plugins.action.popsink_plan import ActionModule as PlanAction
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import literals_in, with_literals
from ansible_collections.popsink.data_plane.plugins.modules import popsink_chart_info
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import plain

from tests.unit.plugins.actions import action_of
from tests.unit.plugins.conftest import Play
from tests.unit.plugins.fakes import FakeCluster, as_manifest, put_release
from tests.unit.plugins.guide import later_guide
from tests.unit.plugins.rendering import objects_of, render
from tests.unit.plugins.samples import defaults, inline_vault, snippet

Run = Callable[..., dict[str, Any]]

RELEASE = {"name": "popsink", "namespace": "popsink"}
ADOPTED = "adopted.yml"
SECRETS = "popsink_secrets.yml"
SNIPPET = "snippet.yaml"


@pytest.fixture
def values() -> dict[str, Any]:
    """The guide's, and secrets for which there is no input."""
    kafka = {"defaultKafka": {"saslPassword": secrets.token_urlsafe(20)}}
    extra = {"extraEnvVars": [{"name": "LICENCE", "value": secrets.token_urlsafe(20)}]}
    return {**later_guide(), **kafka, **extra, "podLabels": {"team": "data"}, "karapace": {"enabled": True}}


@pytest.fixture
def given(tmp_path: Path) -> dict[str, Any]:
    """Variables of a host of which nothing is known yet."""
    return {
        "inventory_hostname": "data-plane-1",
        **defaults(),
        "popsink_onboarding_file": str(tmp_path / SNIPPET),
        "popsink_image_pull_token_file": str(tmp_path / "pull-token.json"),
        "popsink_secrets_file": str(tmp_path / SECRETS),
    }


@pytest.fixture
def pulled() -> list[str]:
    """Versions of the chart that were pulled."""
    return []


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    cluster: FakeCluster,
    chart_205: ChartFacts,
    loader: DataLoader,
    given: dict[str, Any],
    values: dict[str, Any],
    tmp_path: Path,
    pulled: list[str],
) -> Run:
    """The task of the role; the release is there, its administrator of PostgreSQL made by the chart."""
    monkeypatch.setattr(Cluster, "connect", lambda _auth: cluster)
    made = {"postgres-password": secrets.token_urlsafe(20), "password": values["postgresql"]["auth"]["password"]}
    cluster.secret("popsink-postgresql", made)
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "popsink-postgresql"}}
    put_release(cluster, values=values, manifest=as_manifest(secret))

    def run(check: bool = False, play: DataLoader | None = None, **changes: Any) -> dict[str, Any]:
        arguments = {**RELEASE, "inputs_file": str(tmp_path / ADOPTED)}
        action: Any = action_of(ActionModule, play or loader, arguments, check_mode=check)
        call = action.call

        def asked(module: Any, arguments: dict[str, Any], *rest: Any, **how: Any) -> Any:
            if module is not popsink_chart_info:
                return call(module, arguments, *rest, **how)
            pulled.append(arguments["version"])
            return {"chart": chart_205.as_dict()}

        action.call = asked
        result: dict[str, Any] = action.run(task_vars={**given, **changes})
        return result

    return run


def names(folder: Path) -> list[str]:
    """Files, less the lock that a run takes."""
    return sorted(file.name for file in folder.rglob("*") if file.is_file() and not file.name.endswith(".lock"))


def texts(value: Any) -> list[str]:
    """All texts in a tree."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


def hidden_of(values: dict[str, Any]) -> list[str]:
    """What is a secret in the release."""
    blocks = (
        *("adminCredentials", "jwt", "connectorConfigEncryptionKey", "deploymentJwtToken", "defaultKafka"),
        "extraEnvVars",
    )
    found = texts([values[block] for block in blocks])
    found += [values["postgresql"]["auth"]["password"], values["kora"]["database"]["password"]]
    return [text for text in found if text not in ("admin", "LICENCE")]


def test_three_files_are_written_for_their_owner_alone(run: Run, tmp_path: Path) -> None:
    assert run()["changed"]
    assert names(tmp_path) == sorted([ADOPTED, SECRETS, SNIPPET])
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in names(tmp_path)} == {0o600}


def test_no_file_has_a_secret_in_the_open(run: Run, tmp_path: Path, values: dict[str, Any]) -> None:
    run()
    written = "".join((tmp_path / name).read_text("utf-8") for name in names(tmp_path))
    assert [text[:3] for text in hidden_of(values) if text in written] == []


@pytest.mark.parametrize("check", [False, True])
def test_no_result_shows_a_secret(run: Run, values: dict[str, Any], check: bool) -> None:
    shown = json.dumps(run(check))
    assert [text[:3] for text in hidden_of(values) if text in shown] == []


def test_what_is_no_secret_can_be_read(run: Run, tmp_path: Path, loader: DataLoader) -> None:
    run()
    text = (tmp_path / ADOPTED).read_text("utf-8")
    assert yaml.safe_load(text.partition("popsink_values:")[0])["popsink_chart_version"] == "0.1.0-alpha.205"
    assert "team: data" in text


def plan_of(
    given: dict[str, Any], tmp_path: Path, loader: DataLoader, chart: ChartFacts
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Result of the next roll-out's plan, and its chart values with the secrets put in."""
    files = {
        name: value
        for file in (ADOPTED, SECRETS)
        for name, value in loader.load_from_file(str(tmp_path / file)).items()
    }
    variables = {**given, **files}
    action: Any = action_of(PlanAction, loader)
    action.call = lambda *_arguments, **_how: {"chart": chart.as_dict()}
    result = action.run(task_vars=variables)
    planned = result.get("chart_values", {})
    return result, with_literals(planned, action.secret_values(variables, literals_in(planned)))


def test_the_next_roll_out_is_planned_from_what_was_written(
    run: Run, given: dict[str, Any], tmp_path: Path, loader: DataLoader, chart_205: ChartFacts
) -> None:
    run()
    assert plan_of(given, tmp_path, loader, chart_205)[0].get("msg") is None


def test_the_next_roll_out_renders_what_is_there(
    run: Run,
    given: dict[str, Any],
    tmp_path: Path,
    loader: DataLoader,
    chart_205: ChartFacts,
    helm: str,
    values: dict[str, Any],
    cluster: FakeCluster,
) -> None:
    before = objects_of(render(helm, chart_205.archive, values))
    cluster.objects.clear()
    made = [item for item in before if item["kind"] == "Secret"]
    for item in made:
        cluster.put(f"/api/v1/namespaces/popsink/secrets/{item['metadata']['name']}", **json.loads(json.dumps(item)))
    put_release(cluster, values=values, manifest=as_manifest(*made))
    run()
    _result, planned = plan_of(given, tmp_path, loader, chart_205)
    assert objects_of(render(helm, chart_205.archive, planned)) == before


def test_the_secrets_file_has_what_the_chart_made_too(
    run: Run, tmp_path: Path, loader: DataLoader, cluster: FakeCluster
) -> None:
    run()
    held = plain(loader.load_from_file(str(tmp_path / SECRETS)))
    assert len(held["popsink_database_admin_password"]) > 20


def test_what_was_written_is_told(run: Run, tmp_path: Path) -> None:
    report = run()["report"]
    assert [line for line in report if str(tmp_path / ADOPTED) in line or "encrypted" in line] == report[:3]
    assert [line for line in report if line.startswith("karapace is left out")] != []


def test_check_mode_tells_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    result = run(check=True)
    assert (result["changed"], bool(result["secrets"]), names(tmp_path)) == (True, True, [])


def test_a_job_of_awx_only_looks(run: Run, tmp_path: Path) -> None:
    job = {"awx_job_id": 7, "popsink_secrets_store": "cluster"}
    result = run(check=True, **job)
    assert result["report"][0].startswith("inputs: popsink_")
    assert result["report"][1].startswith("secrets: popsink_")
    refused = run(**job)
    assert "would vanish with the files of AWX job 7" in refused["msg"]
    assert names(tmp_path) == []


def test_the_cluster_is_not_changed(run: Run, cluster: FakeCluster) -> None:
    run()
    assert cluster.writes == []


def test_a_release_is_taken_over_once(run: Run, tmp_path: Path) -> None:
    run()
    before = {name: (tmp_path / name).read_bytes() for name in names(tmp_path)}
    result = run()
    assert (result["failed"], "taken over before" in result["msg"]) == (True, True)
    assert {name: (tmp_path / name).read_bytes() for name in names(tmp_path)} == before


@pytest.mark.parametrize("left", [[SECRETS], [SECRETS, SNIPPET]], ids=["secrets", "secrets and snippet"])
def test_what_an_ended_run_left_is_completed(run: Run, tmp_path: Path, left: list[str]) -> None:
    run()
    for name in {ADOPTED, SECRETS, SNIPPET} - set(left):
        (tmp_path / name).unlink()
    assert "failed" not in run()
    assert names(tmp_path) == sorted([ADOPTED, SECRETS, SNIPPET])


def test_other_secrets_of_the_inventory_are_not_overwritten(run: Run, tmp_path: Path, vault_password: bytes) -> None:
    kept = inline_vault("popsink_jwt_secret", secrets.token_urlsafe(48), vault_password)
    (tmp_path / SECRETS).write_text(kept, "utf-8")
    result = run()
    assert "other values than the release for popsink_jwt_secret; nothing was written" in result["msg"]
    assert ((tmp_path / SECRETS).read_text("utf-8"), names(tmp_path)) == (kept, [SECRETS])


def test_another_deployments_snippet_is_not_overwritten(run: Run, tmp_path: Path) -> None:
    (tmp_path / SNIPPET).write_text(yaml.safe_dump(snippet()), "utf-8")
    result = run()
    assert (f"popsink_onboarding_file ({tmp_path / SNIPPET})" in result["msg"], ADOPTED in names(tmp_path)) == (
        True,
        False,
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"popsink_secrets_store": "cluster"}, "popsink_secrets_store: file"),
        ({"awx_job_id": 42}, "AWX job 42"),
        ({"awx_job_id": 42, "popsink_secrets_store": "cluster"}, "once outside AWX"),
        ({"popsink_vault_id": "other"}, "vault password with the id other"),
        ({"popsink_secrets_file": "/proc/nowhere/secrets.yml"}, "popsink_secrets_file"),
    ],
    ids=["no file for secrets", "files that vanish", "vanishing, cluster", "another label", "no place"],
)
def test_what_cannot_be_kept_is_not_written(run: Run, tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    result = run(**changes)
    assert (result["failed"], words in result["msg"], names(tmp_path)) == (True, True, [])


def test_without_vault_password_nothing_is_written(run: Run, play: Play, tmp_path: Path) -> None:
    result = run(play=play())
    assert ("--ask-vault-pass" in result["msg"], names(tmp_path)) == (True, [])


@pytest.mark.parametrize(
    ("status", "words"), [("failed", "is failed"), ("pending-upgrade", "is pending-upgrade"), ("uninstalled", "is un")]
)
def test_a_release_in_between_is_left_alone(
    run: Run, cluster: FakeCluster, values: dict[str, Any], tmp_path: Path, status: str, words: str
) -> None:
    put_release(cluster, 2, values=values, status=status)
    result = run()
    assert (words in result["msg"], names(tmp_path)) == (True, [])


def test_a_release_that_is_not_there_is_named(run: Run, cluster: FakeCluster) -> None:
    cluster.objects.clear()
    assert "There is no release popsink in namespace popsink" in run()["msg"]


def test_the_chart_is_that_of_the_release(
    run: Run, cluster: FakeCluster, values: dict[str, Any], tmp_path: Path, pulled: list[str]
) -> None:
    put_release(cluster, 2, values=values, chart="0.1.0-alpha.178")
    run(popsink_chart_version="0.1.0-alpha.205")
    assert pulled == ["0.1.0-alpha.178"]
    assert "popsink_chart_version: 0.1.0-alpha.178\n" in (tmp_path / ADOPTED).read_text("utf-8")
