"""The preflight's action: which secrets it hands over, and what of its answer becomes a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.action.popsink_preflight import ActionModule
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import literal, own_value
from ansible_collections.popsink.data_plane.plugins.module_utils.upgrade.veil import veiled
from ansible_collections.popsink.data_plane.plugins.modules import popsink_preflight

from tests.unit.plugins.actions import action_of
from tests.unit.plugins.samples import snippet, token_for, variables

Run = Callable[..., dict[str, Any]]

AUDIT = {"subjects": {"orders-value": [1, 2]}}
OTHER = "5f1e7c1a-8d43-4c57-b7f2-93a0d6f3e8b4"


@pytest.fixture
def answer() -> dict[str, Any]:
    """What the module finds."""
    return {"changed": False, "report": [], "findings": [], "failed_checks": [], "verdict": ""}


@pytest.fixture
def asked() -> list[dict[str, Any]]:
    """Arguments that the module was given."""
    return []


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    loader: DataLoader,
    answer: dict[str, Any],
    asked: list[dict[str, Any]],
) -> Run:
    def found(params: dict[str, Any], _context: Any) -> dict[str, Any]:
        asked.append(params)
        kept = {"audit": veiled(answer["audit"])} if "audit" in answer else {}
        if answer.get("wrong"):
            told = {**answer, "failed_checks": ["a.failure"], "verdict": "1 of 3 checks failed", **kept}
            raise PopsinkError("1 of 3 checks failed", details=told)
        return {**answer, **kept}

    monkeypatch.setattr(popsink_preflight, "run", found)

    def run(
        check: bool = False,
        release: Any = None,
        audit_file: str = "",
        enforce: Any = True,
        managed_bucket: Any = None,
        **changes: Any,
    ) -> dict[str, Any]:
        requirements = {"control_plane": {"url": "x"}, "store": {"auth": "keys"}, "managed_bucket": managed_bucket}
        arguments = {"requirements": requirements, "release": release, "audit_file": audit_file, "enforce": enforce}
        action = action_of(ActionModule, loader, arguments, check_mode=check)
        result: dict[str, Any] = action.run(task_vars=variables(tmp_path, **changes))
        return result

    return run


def test_control_plane_and_store_are_asked_with_their_own_secrets(run: Run, asked: list[dict[str, Any]]) -> None:
    token = token_for(OTHER)
    run(popsink_onboarding=snippet(deploymentJwtToken={"token": token}), popsink_s3_access_key_id="an-id")
    known = {name: value for name, value in asked[0]["known"].items() if value}
    assert sorted(known) == [
        "deployment_token",
        "image_pull_docker_config",
        "s3_access_key_id",
        "s3_secret_access_key",
    ]
    assert (known["deployment_token"], known["s3_access_key_id"]) == (token, "an-id")


@pytest.mark.parametrize(
    ("managed_bucket", "handed_over"), [(None, {}), ({"name": "records"}, {"access_key_id": "admin"})]
)
def test_a_managed_bucket_is_asked_about_as_who_looks_after_it(
    run: Run, asked: list[dict[str, Any]], managed_bucket: Any, handed_over: dict[str, str]
) -> None:
    run(managed_bucket=managed_bucket, popsink_bucket_admin_access_key_id="admin")
    assert {name: value for name, value in asked[0]["bucket_admin"].items() if value} == handed_over


@pytest.mark.parametrize(
    ("values", "literals"),
    [
        ({}, {}),
        ({"jwt": {"existingSecret": "mine"}}, {}),
        ({"jwt": {"secret": literal("jwt_secret")}}, {"jwt_secret": "of the user" * 5}),
        (
            {"a": [{"value": literal(own_value("popsink_values", ["a", "0", "value"]))}]},
            {own_value("popsink_values", ["a", "0", "value"]): "own"},
        ),
    ],
    ids=["nothing", "a Secret", "of the catalogue", "of the user's values"],
)
def test_only_literals_that_the_release_has_are_handed_over(
    run: Run, asked: list[dict[str, Any]], values: dict[str, Any], literals: dict[str, str]
) -> None:
    given = {"popsink_jwt_secret": "of the user" * 5, "popsink_values": {"a": [{"value": "own"}]}}
    run(release={"name": "popsink", "namespace": "popsink", "chart": {}, "values": values}, **given)
    assert asked[0]["literals"] == literals


def test_without_a_release_there_are_none(run: Run, asked: list[dict[str, Any]]) -> None:
    run()
    assert asked[0]["literals"] == {}


def test_an_answer_without_audit_is_given_as_it_is(run: Run, answer: dict[str, Any], tmp_path: Path) -> None:
    result = run(audit_file=str(tmp_path / "audit.json"))
    assert ({name: result[name] for name in answer}, list(tmp_path.iterdir())) == (answer, [])


def test_the_audit_becomes_a_file_and_no_result(run: Run, answer: dict[str, Any], tmp_path: Path) -> None:
    answer["audit"] = AUDIT
    path = tmp_path / "new" / "folder" / "audit.json"
    result = run(audit_file=str(path))
    assert (json.loads(path.read_text("utf-8")), "audit" in result) == (AUDIT, False)
    assert result["report"][-1] == f"the registry's content is written to {path}"


@pytest.mark.parametrize(
    ("before", "aside"),
    [
        (
            {"taken_at": "2026-01-02T03:04:05+00:00", "subjects": {"orders-value": [1]}},
            ["audit-20260102T0304050000.json"],
        ),
        ({"taken_at": "2026-01-02T03:04:05+00:00", **AUDIT}, []),
    ],
    ids=["of something else", "of the same"],
)
def test_an_earlier_audit_stays_beside_a_later_one(
    run: Run, answer: dict[str, Any], tmp_path: Path, before: dict[str, Any], aside: list[str]
) -> None:
    """A registry that just came up again may answer with nothing."""
    answer["audit"] = AUDIT
    path = tmp_path / "audit.json"
    path.write_text(json.dumps(before), "utf-8")
    run(audit_file=str(path))
    assert json.loads(path.read_text("utf-8")) == AUDIT
    assert sorted(file.name for file in tmp_path.iterdir() if file != path) == aside


def test_no_secret_is_cut_out_of_an_audit(run: Run, answer: dict[str, Any], tmp_path: Path) -> None:
    """Ansible masks each secret input wherever it stands in a result."""
    answer["audit"] = {"subjects": {"admin-value": [1], "an-id": [2]}}
    run(audit_file=str(tmp_path / "audit.json"), popsink_admin_username="admin", popsink_s3_access_key_id="an-id")
    assert json.loads((tmp_path / "audit.json").read_text("utf-8")) == answer["audit"]


@pytest.mark.parametrize(
    ("found", "audited"),
    [({}, False), ({"registry_given_up": True}, True), ({"audit": AUDIT}, True)],
    ids=["nothing", "given up", "written down"],
)
def test_whether_karapace_may_go_is_said(
    run: Run, answer: dict[str, Any], tmp_path: Path, found: dict[str, Any], audited: bool
) -> None:
    answer.update(found)
    assert run(audit_file=str(tmp_path / "audit.json"))["registry_audited"] is audited


@pytest.mark.parametrize("text", ["downgrade,storage", "downgrade\nstorage"])
def test_text_is_taken_as_the_list_that_it_means(run: Run, asked: list[dict[str, Any]], text: str) -> None:
    """As surveys and extra variables give it."""
    release = {"name": "popsink", "namespace": "popsink", "chart": {}, "values": {}, "accept": text}
    run(release=release)
    assert asked[0]["release"]["accept"] == ["downgrade", "storage"]


def test_the_audit_is_kept_where_a_check_fails_as_well(run: Run, answer: dict[str, Any], tmp_path: Path) -> None:
    answer.update(audit=AUDIT, wrong=True)
    path = tmp_path / "audit.json"
    result = run(audit_file=str(path))
    assert (result["failed"], json.loads(path.read_text("utf-8"))) == (True, AUDIT)


@pytest.mark.parametrize("check", [False, True])
def test_no_audit_is_kept_where_it_would_vanish_with_an_awx_job(
    run: Run, answer: dict[str, Any], tmp_path: Path, check: bool
) -> None:
    answer["audit"] = AUDIT
    folder = tmp_path / "runner"
    here = {"awx_job_id": 7, "inventory_dir": str(folder / "inventory")}
    vanishing = run(check, audit_file=str(folder / "project" / "audit.json"), **here)
    assert "would vanish with the files of AWX job 7" in vanishing["msg"]
    assert not folder.exists()
    assert not run(check, audit_file=str(tmp_path / "mounted" / "audit.json"), **here).get("failed")


def test_check_mode_tells_and_writes_nothing(run: Run, answer: dict[str, Any], tmp_path: Path) -> None:
    answer["audit"] = AUDIT
    result = run(True, audit_file=str(tmp_path / "audit.json"))
    assert (list(tmp_path.iterdir()), "would be written" in result["report"][-1]) == ([], True)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("", "popsink_registry_audit_file is not set"),
        ("taken/audit.json", "cannot be written"),
        (".", "cannot be written"),
    ],
    ids=["none", "below a file", "a folder"],
)
def test_an_audit_that_cannot_be_kept_ends_it(
    run: Run, answer: dict[str, Any], tmp_path: Path, file: str, words: str
) -> None:
    """The registry goes away afterwards."""
    answer["audit"] = AUDIT
    (tmp_path / "taken").touch()
    result = run(audit_file=str(tmp_path / file) if file else "")
    assert [result["failed"], words in result["msg"], "popsink_registry_audit_file" in result["msg"]] == [True] * 3


def test_an_audit_that_cannot_be_kept_is_one_failure_of_those_that_are_told_later(
    run: Run, answer: dict[str, Any], tmp_path: Path
) -> None:
    answer["audit"] = AUDIT
    (tmp_path / "taken").touch()
    result = run(audit_file=str(tmp_path / "taken" / "audit.json"), enforce=False)
    assert (result.get("failed", False), result["failed_checks"]) == (False, ["upgrade.audit_file"])
    assert ("popsink_registry_audit_file" in result["verdict"], result["registry_audited"]) == (True, False)
