# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running a program: argument lists, text in and out, and an error that says what it printed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence

from .errors import PopsinkError


def find_program(name: str, *, remedy: str) -> str:
    """The path of a program.

    :raises PopsinkError: it is not there.
    """
    path = shutil.which(name)
    if path is None:
        raise PopsinkError(f"The program {name} was not found on this host.", remedy=remedy)
    return path


def run(
    argv: Sequence[str], *, stdin: str = "", env: Mapping[str, str] | None = None, timeout: float = 300.0
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and give what it printed, whatever its exit code.

    :param argv: program and arguments; no secrets, since a process list shows them.
    :param stdin: text for its standard input: the place for what must not be seen.
    :param env: the whole environment; None keeps this process's own.
    :param timeout: seconds.
    :raises PopsinkError: it could not be started or did not end in time.
    """
    try:
        # AnsibleModule.run_command is not to be had within the controller.
        return subprocess.run(  # pylint: disable=ansible-bad-function
            list(argv), input=stdin, env=env, timeout=timeout, capture_output=True, text=True, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise PopsinkError(f"{argv[0]} did not end within {timeout:g} seconds.") from error
    except OSError as error:
        raise PopsinkError(f"{argv[0]} could not be started: {error}.") from error
