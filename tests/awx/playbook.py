"""Runs playbooks/awx.yml, with the real modules of awx.awx, against a stand-in."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.awx.standin.server import Request, Server
from tests.tools.environment import ROOT

NEEDED: dict[str, Any] = {
    "popsink_awx_project_url": "https://git.example.com/popsink/data-plane.git",
    "popsink_awx_image": "registry.example.com/popsink/data-plane-ee:1",
}
_RECAP = re.compile(r"ok=(?P<ok>\d+)\s+changed=(?P<changed>\d+).*failed=(?P<failed>\d+)")


@dataclass(frozen=True)
class Run:
    """What a run said, and what it asked of AWX."""

    code: int
    output: str
    changed: int
    requests: tuple[Request, ...]

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [(request.method, request.path) for request in self.requests if request.is_write]


def run(server: Server, *options: str, **variables: Any) -> Run:
    """One run.

    :param variables: of the role, beside those that are needed.
    """
    before = len(server.requests)
    extra = json.dumps({**NEEDED, **variables})
    command = ("ansible-playbook", "playbooks/awx.yml", "--extra-vars", extra, *options)
    done = subprocess.run(
        command, cwd=ROOT, env=_environment(server.environment), capture_output=True, text=True, check=False
    )
    output = done.stdout + done.stderr
    recap = _RECAP.search(done.stdout)
    changed = int(recap["changed"]) if recap else -1
    return Run(done.returncode, output, changed, tuple(server.requests[before:]))


def _environment(further: Mapping[str, str]) -> dict[str, str]:
    # awx.awx imports a part of Ansible that is to go; that is not what is looked at here.
    return {**os.environ, **further, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_DEPRECATION_WARNINGS": "0"}
