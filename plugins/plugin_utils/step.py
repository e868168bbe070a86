# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one way in which the collection's steps run: inside the controller where that is the same, else as a module.

A module file holds its ``ARGUMENT_SPEC`` and ``run(params, context)``; an action plugin names that file. On a plain
local connection the action calls ``run`` itself, which saves a Python process and the import of the Kubernetes client
for each task; anywhere else Ansible executes the module on the host, with the same parameters and the same redaction.
"""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from types import ModuleType
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import forget_credentials
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.outside import OUTSIDE_ARGUMENT_SPEC, going_out
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext

from .answers import as_meant
from .cluster_access import with_access
from .inventory_secrets import InventorySecrets, names_in
from .plain import plain

display = Display()

# Ansible forks a process for each task, and in each the garbage collector would walk over all that was loaded before,
# above all the Kubernetes client. Python's documentation advises this before a fork: what is there stays shared.
gc.freeze()

#: Options for access to the cluster that are secrets.
_ACCESS_SECRETS = ("api_key", "password", "proxy_headers")


#: Of a failed step's result: what is said otherwise, and what the step printed, which may hold what it read.
_NO_DETAILS = ("failed", "msg", "changed", "module_stdout", "module_stdout_lines")


class StepAction(ActionBase):
    """Base of the action plugins. Subclasses name their module's file and may add to its arguments."""

    #: The imported module file; imported at the top of the action plugin, so that it is loaded once a play,
    #: by the process from which Ansible forks its workers.
    MODULE: ModuleType
    #: Arguments that carry secret values: they need a connection that writes no file for them.
    SECRET_ARGUMENTS: tuple[str, ...] = ()
    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the step for the task's host."""
        result: dict[str, Any] = super().run(tmp, task_vars) or {}
        variables = task_vars or {}
        try:
            result.update(self.step(variables))
        except PopsinkError as error:
            result.update(failed=True, msg=str(error), **error.details)
        # What changed, and why, is worth a line each without -v; Ansible itself prints only "changed".
        note = " (check mode: not done)" if self._task.check_mode and result.get("changed") else ""
        for line in result.get("report") or ():
            display.display(f"[{variables.get('inventory_hostname')}] {line}{note}")
        return result

    def step(self, variables: dict[str, Any]) -> dict[str, Any]:
        """What the action does; subclasses with more than one call override it."""
        return self.call(self.MODULE, self.arguments(variables), variables)

    def arguments(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The module's arguments; subclasses resolve references here."""
        module = getattr(self, "MODULE", None)
        return as_meant(self._task.args, module.ARGUMENT_SPEC if module else {})

    def inventory(self, variables: dict[str, Any]) -> InventorySecrets:
        """The secrets of the task's host."""
        return InventorySecrets(variables, self._loader, self._templar.template)

    def outside(self, variables: dict[str, Any]) -> dict[str, Any]:
        """How servers outside of the cluster are reached, by the inventory's inputs."""
        inventory = self.inventory(variables)
        options = OUTSIDE_ARGUMENT_SPEC["outside"]["options"]
        given = as_meant({name: inventory.variable(f"popsink_{name}") for name in options}, options)
        return {name: value for name, value in given.items() if value not in (None, "", [])}

    def secret_values(self, variables: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
        """The known values of secrets, by name."""
        return self.inventory(variables).values(names)

    def call(
        self, module: ModuleType, arguments: dict[str, Any], variables: dict[str, Any], *, hide_result: bool = False
    ) -> dict[str, Any]:
        """Run a module for the task's host and give its result, secret inputs censored.

        :param hide_result: whether the connection must not print what the module returns, however talkative it is.
        :raises AnsibleActionFail: an argument is wrong, or the connection would leave secrets in a file.
        """
        name = module.__name__.rpartition(".")[2]
        if "kubeconfig" in module.ARGUMENT_SPEC:
            arguments = with_access(arguments, self.inventory(variables).variable)
        if "outside" in module.ARGUMENT_SPEC and "outside" not in arguments:
            arguments = {**arguments, "outside": self.outside(variables)}
        if self._runs_inside():
            return run_inside(module, arguments, StepContext(self._task.check_mode, self._task.diff))
        secret = (*self.SECRET_ARGUMENTS, *_ACCESS_SECRETS)
        if any(arguments.get(argument) for argument in secret) and not self._keeps_arguments_in_memory():
            raise AnsibleActionFail(
                f"{name} has secret values for {variables.get('inventory_hostname')}, and this connection would write "
                "them to a file there. Set ansible_pipelining: true for the host (for become, requiretty must be off)."
            )
        with self._talking_less() if hide_result else nullcontext():
            answer: dict[str, Any] = self._execute_module(
                module_name=f"popsink.data_plane.{name}", module_args=arguments, task_vars=variables
            )
        return answer

    def asked(
        self, module: ModuleType, arguments: dict[str, Any], variables: dict[str, Any], *, hide_result: bool = False
    ) -> dict[str, Any]:
        """The result of :meth:`call` where it is a step within another: its failure ends that one.

        :raises PopsinkError: it failed; what Ansible says of a crash goes along.
        """
        result = self.call(module, arguments, variables, hide_result=hide_result)
        if result.get("failed"):
            details = {name: value for name, value in result.items() if name not in _NO_DETAILS}
            raise PopsinkError(str(result.get("msg")), details=details)
        return result

    @contextmanager
    def _talking_less(self) -> Iterator[None]:
        """Keep the connection from printing at -vvv what a module returns; it has a context of its own."""
        contexts = [self._play_context, getattr(self._connection, "_play_context", self._play_context)]
        before = [context.no_log for context in contexts]
        for context in contexts:
            context.no_log = True
        try:
            yield
        finally:
            for context, value in zip(contexts, before, strict=True):
                context.no_log = value

    def _runs_inside(self) -> bool:
        """Whether a module would run in this very place and environment anyway."""
        environment = [entry for entry in self._task.environment or () if entry]
        return (
            getattr(self._connection, "transport", "") == "local"
            and not self._play_context.become
            and not self._task.delegate_to
            and not environment
        )

    def _keeps_arguments_in_memory(self) -> bool:
        return bool(self._is_pipelining_enabled(module_style="new"))


class SecretsAction(StepAction):
    """Base of the action plugins whose module puts planned Secrets into the cluster."""

    SECRET_ARGUMENTS = ("known",)

    def arguments(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The module's arguments with the values of the secrets that it names."""
        arguments = super().arguments(variables)
        return {**arguments, "known": self.secret_values(variables, names_in(arguments.get("secrets") or []))}


def _worded(error: Exception) -> str:
    """A validation error as a module words it."""
    prefix = "Unsupported parameters: " if isinstance(error, UnsupportedError) else ""
    return f"{prefix}{error}"


def run_inside(module: ModuleType, arguments: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Run a step in this process, validated and censored as Ansible does for a module."""
    if missing := module.missing_library():
        return {"failed": True, "msg": missing}
    validated = ArgumentSpecValidator(module.ARGUMENT_SPEC).validate(plain(arguments))
    if validated.error_messages:
        return {"failed": True, "msg": "; ".join(_worded(error) for error in validated.errors)}
    run: Callable[[dict[str, Any], StepContext], dict[str, Any]] = module.run
    try:
        with going_out(validated.validated_parameters):
            result = run(validated.validated_parameters, context)
    except PopsinkError as error:
        result = {"failed": True, "msg": str(error), **error.details}
    except Exception as error:
        # A defect. Ansible would show the error as it is; the values in it must go through the redaction first.
        result = {"failed": True, "msg": f"{type(error).__name__}: {error}", "exception": traceback.format_exc()}
    finally:
        forget_credentials()
    censored: dict[str, Any] = remove_values(result, validated._no_log_values)
    return censored
