"""Running site.yml against the lab, the way a user does, and reading what it printed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LAB = ROOT / os.environ.get("LAB_DIRECTORY", ".lab")

_TASK = re.compile(r"^TASK \[(?:popsink\.data_plane\.)?(.*?)\] \*+$")
_CHANGED = re.compile(r"^changed: \[(.*?)\]")
_RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """A finished run.

    :ivar output: everything that it printed.
    :ivar changed_tasks: role and name of the tasks that changed something, in order.
    """

    code: int
    output: str

    @property
    def changed_tasks(self) -> list[str]:
        found, task = [], ""
        for line in self.output.splitlines():
            if match := _TASK.match(line):
                task = match.group(1)
            elif _CHANGED.match(line):
                found.append(task)
        return found

    @property
    def changed_roles(self) -> set[str]:
        return {task.partition(" : ")[0] for task in self.changed_tasks}

    @property
    def changed(self) -> int:
        """The number in the recap."""
        return sum(int(row[2]) for row in _RECAP.findall(self.output))

    def words(self) -> str:
        """The output with its line breaks and indents as single spaces: messages are wrapped."""
        return " ".join(self.output.split())


class Playbook:
    """Runs of site.yml for one deployment."""

    def __init__(self, name: str, folder: Path, variables: Mapping[str, Any], environment: str = ".venv") -> None:
        self.name = name
        self.environment = ROOT / environment / "bin"
        self.inventory = folder / "hosts.json"
        self.inventory.write_text(json.dumps({"data_planes": {"hosts": {name: dict(variables)}}}))

    def run(
        self,
        *arguments: str,
        playbook: str = "site.yml",
        vault: bool = True,
        settings: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> Run:
        """Run it to its end.

        :param settings: environment variables for Ansible.
        :param extra: variables that win over the inventory's.
        """
        return finished(self.start(*arguments, playbook=playbook, vault=vault, settings=settings, **extra))

    def start(
        self,
        *arguments: str,
        playbook: str = "site.yml",
        vault: bool = True,
        settings: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> subprocess.Popen[str]:
        """Start it, with the parameters of :meth:`run`; :func:`finished` gives the run."""
        argv = [
            str(self.environment / "ansible-playbook"),
            *("-i", str(LAB / "inventory"), "-i", str(self.inventory), "--limit", self.name),
            *("--extra-vars", json.dumps(extra)),
            *(("--vault-id", f"lab@{LAB / 'vault-password'}") if vault else ()),
            *(playbook, *arguments),
        ]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTEST_"))},
            "PATH": f"{self.environment}:{os.environ['PATH']}",
            "ANSIBLE_NOCOLOR": "1",
            "COLUMNS": "100",
            **(settings or {}),
        }
        print(f"$ {' '.join(argv)}")
        return subprocess.Popen(
            argv, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True,
        )  # fmt: skip


def finished(process: subprocess.Popen[str]) -> Run:
    """Wait for the end of a run that was started."""
    try:
        output, _nothing = process.communicate()
    except BaseException:
        process.kill()
        raise
    # Seen when a test fails.
    print(output[-20000:])
    return Run(process.returncode, output)


def eventually(seen: Callable[[], bool], seconds: float) -> bool:
    """Whether it is seen within so many seconds, for what comes a moment later."""
    end = time.monotonic() + seconds
    while not (there := seen()) and time.monotonic() < end:
        time.sleep(0.5)
    return there


def hand_out(name: str) -> None:
    """Have the lab make what an integrator is handed for a deployment."""
    subprocess.run([sys.executable, "-m", "tests.lab", "deployment", name], cwd=ROOT, check=True, capture_output=True)
