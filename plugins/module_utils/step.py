# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step is told besides its parameters, and how a module's main() runs it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from .errors import PopsinkError
from .outside import going_out


@dataclass(frozen=True)
class StepContext:
    """How the task was started.

    :ivar check: change nothing, say what would change.
    :ivar diff: show before and after.
    """

    check: bool = False
    diff: bool = False


Run = Callable[[dict[str, Any], StepContext], dict[str, Any]]


def run_as_module(argument_spec: dict[str, Any], run: Run, missing_library: Callable[[], str]) -> None:
    """A module's whole main(): its spec, one call, one except."""
    module = AnsibleModule(argument_spec=argument_spec, supports_check_mode=True)
    if missing := missing_library():
        module.fail_json(msg=missing)
    try:
        with going_out(module.params):
            result = run(module.params, StepContext(module.check_mode, module._diff))
        module.exit_json(**result)
    except PopsinkError as error:
        module.fail_json(msg=str(error), **error.details)
    except Exception as error:
        # A defect. As a result its text goes through the module's redaction, which a bare traceback does not.
        module.fail_json(msg=f"{type(error).__name__}: {error}", exception=traceback.format_exc())
