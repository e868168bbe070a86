"""Action plugins as Ansible makes them for a task, without a play around."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, TypeVar

from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction

Action = TypeVar("Action", bound=StepAction)


def action_of(
    action: type[Action],
    loader: DataLoader,
    args: dict[str, Any] | None = None,
    *,
    transport: str = "local",
    become: bool = False,
    delegate_to: str | None = None,
    environment: list[Any] | None = None,
    check_mode: bool = False,
    diff: bool = False,
) -> Action:
    """The action for a task with these arguments; templates are not rendered."""
    task = SimpleNamespace(
        action=action.__module__,
        args=args or {},
        check_mode=check_mode,
        diff=diff,
        environment=environment,
        delegate_to=delegate_to,
        async_val=0,
        become=become,
    )
    return action(
        task=task,
        connection=SimpleNamespace(transport=transport, become=None, _shell=SimpleNamespace(tmpdir="/nowhere")),
        play_context=SimpleNamespace(become=become, check_mode=check_mode, diff=diff, no_log=False),
        loader=loader,
        templar=SimpleNamespace(template=lambda value, **_options: value),
        shared_loader_obj=None,
    )
