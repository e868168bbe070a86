"""A step gives the same result inside the controller and as a module, with the same redaction."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible.module_utils import basic
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction, run_inside

from tests.unit.plugins.actions import action_of

#: Long enough that no other text holds it by chance.
SECRET = "s3cr3t-of-this-test"
SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "count": {"type": "int", "default": 1},
    "mode": {"type": "str", "choices": ["a", "b"], "default": "a"},
    "access": {"type": "dict", "options": {"token": {"type": "str", "no_log": True}}},
    "known": {"type": "dict", "default": {}, "no_log": True},
}


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Says what it was told; some names make it fail."""
    values = params["known"]
    if params["name"] == "wrong":
        raise PopsinkError(f"The value {SECRET} is wrong.", remedy="Mend it.", details={"found": [SECRET], "other": 1})
    return {
        "changed": not context.check,
        "count": params["count"],
        "mode": params["mode"],
        "diff": context.diff,
        "text": f"before {SECRET} after",
        "list": [SECRET, {"deep": SECRET}],
        "names": sorted(values),
    }


@pytest.fixture
def module() -> ModuleType:
    """A module's file as the actions name it."""
    made: Any = ModuleType("popsink_fake")
    made.ARGUMENT_SPEC = SPEC
    made.run = run
    made.missing_library = lambda: ""
    return made  # type: ignore[no-any-return]


def as_module(
    module: Any,
    arguments: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    **flags: bool,
) -> dict[str, Any]:
    """What the module prints when Ansible starts it."""
    internal = {f"_ansible_{name}": value for name, value in flags.items()}
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": {**arguments, **internal}}).encode())
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    with pytest.raises(SystemExit):
        run_as_module(module.ARGUMENT_SPEC, module.run, module.missing_library)
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    # How the module was called is Ansible's own addition.
    return {name: value for name, value in printed.items() if name not in ("invocation", "exception")}


KNOWN = {"jwt_secret": SECRET}
TABLE: dict[str, tuple[dict[str, Any], dict[str, bool]]] = {
    "plain": ({"name": "x", "known": KNOWN}, {}),
    "check mode": ({"name": "x", "known": KNOWN}, {"check_mode": True}),
    "diff mode": ({"name": "x", "known": KNOWN}, {"diff": True}),
    "coerced": ({"name": 7, "count": "3", "known": KNOWN}, {}),
    "secret below another option": ({"name": "x", "access": {"token": SECRET}}, {}),
    "expected error": ({"name": "wrong", "known": KNOWN}, {}),
    "missing argument": ({"known": KNOWN}, {}),
    "wrong type": ({"name": "x", "count": "three", "known": KNOWN}, {}),
    "wrong choice": ({"name": "x", "mode": "c", "known": KNOWN}, {}),
}


def inside(module: Any, arguments: dict[str, Any], flags: dict[str, bool]) -> dict[str, Any]:
    return run_inside(module, arguments, StepContext(flags.get("check_mode", False), flags.get("diff", False)))


@pytest.mark.parametrize(("arguments", "flags"), TABLE.values(), ids=TABLE)
def test_both_ways_give_the_same(
    module: ModuleType,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: dict[str, Any],
    flags: dict[str, bool],
) -> None:
    assert inside(module, arguments, flags) == as_module(module, arguments, capsys, monkeypatch, **flags)


@pytest.mark.parametrize(("arguments", "flags"), TABLE.values(), ids=TABLE)
def test_no_result_shows_a_secret(module: ModuleType, arguments: dict[str, Any], flags: dict[str, bool]) -> None:
    assert SECRET not in json.dumps(inside(module, arguments, flags))


@pytest.mark.parametrize("way", ["inside", "as a module"])
def test_a_missing_library_is_told(
    module: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    module.missing_library = lambda: "Failed to import x"
    result = (
        inside(module, {"name": "x"}, {}) if way == "inside" else as_module(module, {"name": "x"}, capsys, monkeypatch)
    )
    assert (result["failed"], result["msg"]) == (True, "Failed to import x")


@pytest.mark.parametrize("way", ["inside", "as a module"])
def test_an_option_that_there_is_not_is_named_as_such(
    module: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    arguments = {"name": "x", "nmae": "y"}
    result = inside(module, arguments, {}) if way == "inside" else as_module(module, arguments, capsys, monkeypatch)
    assert result["failed"]
    assert "nmae" in result["msg"]
    assert "nsupported parameters" in result["msg"]


def test_an_unexpected_error_shows_no_secret(module: Any) -> None:
    def broken(params: dict[str, Any], _context: StepContext) -> dict[str, Any]:
        raise ValueError(f"cannot use {params['known']['jwt_secret']}")

    module.run = broken
    result = inside(module, {"name": "x", "known": KNOWN}, {})
    assert result["failed"]
    assert "ValueError" in result["msg"]
    assert SECRET not in json.dumps(result)


def test_arguments_reach_the_step_as_pythons_own(module: Any) -> None:
    class Text(str):
        """Text with something of Ansible's added."""

    seen: list[Any] = []

    def run(params: dict[str, Any], _context: StepContext) -> dict[str, Any]:
        seen.append(params["name"])
        return {}

    module.run = run
    inside(module, {"name": Text("x")}, {})
    assert seen[0].__class__ is str


class Fake(StepAction):
    """An action of the fake module."""

    SECRET_ARGUMENTS = ("known",)


LOCAL: dict[str, Any] = {}
WAYS: dict[str, tuple[dict[str, Any], bool]] = {
    "local": (LOCAL, True),
    "over SSH": ({"transport": "ssh"}, False),
    "as another user": ({"become": True}, False),
    "delegated": ({"delegate_to": "bastion"}, False),
    "with environment": ({"environment": [{"HTTPS_PROXY": "x"}]}, False),
    "with empty environment": ({"environment": [{}, None]}, True),
}


def called(
    module: ModuleType, loader: DataLoader, arguments: dict[str, Any], **task: Any
) -> tuple[dict[str, Any], list[Any]]:
    """The result of the action's call, and what was handed to Ansible to execute."""
    pipelining = task.pop("pipelining", True)
    action: Any = action_of(Fake, loader, **task)
    executed: list[Any] = []

    def execute(**given: Any) -> dict[str, Any]:
        executed.append(given)
        return {"by": "a module"}

    action._execute_module = execute
    action._is_pipelining_enabled = lambda **_options: pipelining
    return action.call(module, arguments, {"inventory_hostname": "host-1"}), executed


@pytest.mark.parametrize(("task", "runs_inside"), WAYS.values(), ids=WAYS)
def test_where_it_runs(module: ModuleType, loader: DataLoader, task: dict[str, Any], runs_inside: bool) -> None:
    _result, executed = called(module, loader, {"name": "x"}, **task)
    assert bool(executed) != runs_inside


def test_elsewhere_it_is_the_module_with_the_same_arguments(module: ModuleType, loader: DataLoader) -> None:
    _result, (execution,) = called(module, loader, {"name": "x", "known": KNOWN}, transport="ssh")
    assert execution["module_name"] == "popsink.data_plane.popsink_fake"
    assert execution["module_args"] == {"name": "x", "known": KNOWN}


def test_a_connection_that_would_write_secrets_to_a_file_is_refused(module: ModuleType, loader: DataLoader) -> None:
    with pytest.raises(AnsibleActionFail, match=r"host-1.*ansible_pipelining: true"):
        called(module, loader, {"name": "x", "known": KNOWN}, transport="ssh", pipelining=False)


def test_without_secrets_any_connection_will_do(module: ModuleType, loader: DataLoader) -> None:
    _result, executed = called(module, loader, {"name": "x", "known": {}}, transport="ssh", pipelining=False)
    assert len(executed) == 1


@pytest.mark.parametrize("flags", [{}, {"check_mode": True}, {"diff": True}], ids=["plain", "check", "diff"])
def test_the_modes_of_the_play_reach_the_step(module: ModuleType, loader: DataLoader, flags: dict[str, bool]) -> None:
    result, _executed = called(module, loader, {"name": "x"}, **flags)
    assert (result["changed"], result["diff"]) == (not flags.get("check_mode"), bool(flags.get("diff")))


def test_an_expected_error_is_a_failed_result(loader: DataLoader) -> None:
    class Failing(StepAction):
        def step(self, variables: dict[str, Any]) -> dict[str, Any]:
            raise PopsinkError("the reason", remedy="Mend it.", details={"findings": [1]})

    result = action_of(Failing, loader).run(task_vars={})
    assert (result["failed"], result["msg"], result["findings"]) == (True, "the reason Mend it.", [1])
