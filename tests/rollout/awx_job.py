"""Jobs as AWX 24.6 runs them: its private data directory, sent by ansible-runner into a pod and back.

AWX writes inventory, answers, command line and credentials into a directory, has ansible-runner transmit it, a worker
in the pod run it, and reads events from the worker's output: the same three steps are taken here, by the same library.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ansible_runner
import yaml

from . import awx_pod
from .playbook import ROOT, Run

#: What AWX removes where it gives a job's output as text.
COLOURS = re.compile(r"\x1b\[[0-9;]*m")

#: The settings that AWX gives to each job, as it comes.
SETTINGS = {
    "ANSIBLE_FORCE_COLOR": "True",
    "ANSIBLE_HOST_KEY_CHECKING": "False",
    "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
    "ANSIBLE_PARAMIKO_RECORD_HOST_KEYS": "False",
    "ANSIBLE_RETRY_FILES_ENABLED": "False",
    "ANSIBLE_SSH_CONTROL_PATH_DIR": f"{awx_pod.RUNNER}/cp",
    # Its own places, then those of the project's ansible.cfg, then Ansible's.
    "ANSIBLE_COLLECTIONS_PATH": f"{awx_pod.RUNNER}/requirements_collections:collections:~/.ansible/collections:"
    "/usr/share/ansible/collections",
    "ANSIBLE_ROLES_PATH": f"{awx_pod.RUNNER}/requirements_roles:~/.ansible/roles:/usr/share/ansible/roles",
    "MAX_EVENT_RES": "700000",
    "AWX_PRIVATE_DATA_DIR": str(awx_pod.RUNNER),
    "AWX_HOST": "https://awx.example",
    "INVENTORY_ID": "2",
    "PROJECT_REVISION": "0" * 40,
}


class _Unsafe(yaml.SafeDumper):
    """Writes extra variables as AWX does: no text of a survey is ever a template."""

    def represent_data(self, data: Any) -> yaml.Node:
        return self.represent_scalar("!unsafe", data) if isinstance(data, str) else super().represent_data(data)


def credential_file(name: str) -> str:
    """Where a job finds a file that a credential type has AWX write."""
    return f"{awx_pod.RUNNER}/env/tmp_{name}"


@dataclass(frozen=True)
class Job:
    """A launch of a job template.

    :ivar hosts: variables of the inventory, by host of the group data_planes; vaulted ones with `__ansible_vault`.
    :ivar answers: of surveys, and prompts for extra variables.
    :ivar injected: extra variables that credentials give.
    :ivar files: content of files that credentials give, by name; :func:`credential_file` tells where.
    :ivar environment: variables that credentials give, and settings of AWX itself.
    :ivar vault_passwords: of Vault credentials by id; AWX types them at prompts.
    :ivar arguments: of ansible-playbook, as the template's fields become.
    """

    hosts: Mapping[str, Mapping[str, Any]]
    playbook: str = "site.yml"
    answers: Mapping[str, Any] = field(default_factory=dict)
    injected: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    vault_passwords: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome(Run):
    """A job that ended.

    :ivar code: ansible-playbook's, as the runner tells it.
    :ivar output: as AWX gives it as text.
    :ivar coloured: the same as the runner sent it.
    :ivar status: as AWX shows it.
    :ivar artifacts: what workflows hand to the next node.
    :ivar folder: all that the job wrote or read: AWX's side and the pod's.
    """

    coloured: str
    status: str
    artifacts: dict[str, Any]
    folder: Path


class Launched:
    """A job that runs."""

    def __init__(self, job: Job, folder: Path, project: Path, helm: Path, number: int) -> None:
        """
        :param folder: for this job alone.
        :param project: a copy of the checkout.
        """
        self.folder = folder
        self._number = number
        self._events: list[dict[str, Any]] = []
        self._private = folder / "awx"
        self._artifacts = self._private / "artifacts" / str(number)
        _write_private_data(job, self._private, number)
        command = ("ansible-runner", "worker", f"--private-data-dir={awx_pod.RUNNER}")
        self.pod = awx_pod.start(folder / "pod", project, helm, *command)
        self._result: Any = None
        self._reader = threading.Thread(target=self._run, args=(job,))
        self._reader.start()

    @property
    def output(self) -> str:
        """What it has printed so far, as it was sent."""
        return "\n".join(event["stdout"] for event in list(self._events) if event.get("stdout"))

    def started(self, task: str) -> bool:
        """Whether it came to a task."""
        tasks = [event for event in list(self._events) if event["event"] == "playbook_on_task_start"]
        return any(task in event["event_data"]["name"] for event in tasks)

    def until(self, seen: Callable[[], bool]) -> bool:
        """Wait for something to be seen, or for the job's end; whether it was seen."""
        while not (there := seen()) and self._reader.is_alive():
            time.sleep(0.02)
        return there

    def wait(self, seconds: float) -> None:
        """Let it go on for a while."""
        self._reader.join(seconds)

    def cancel(self) -> Outcome:
        """As somebody who presses the button: the pod is deleted."""
        awx_pod.delete(self.pod)
        return self.ended("canceled")

    def ended(self, status: str = "") -> Outcome:
        """Wait for its end.

        :param status: what AWX decided itself.
        """
        self._reader.join()
        self.pod.wait()
        coloured = self.output
        # Seen when a test fails.
        print(coloured[-20000:])
        artifacts = [event["event_data"].get("artifact_data") for event in self._events if "event_data" in event]
        return Outcome(
            code=int(code.read_text()) if (code := self._artifacts / "rc").exists() else -1,
            output=COLOURS.sub("", coloured).replace("\r\n", "\n"),
            coloured=coloured,
            status=status or self._result.status,
            artifacts=next((data for data in artifacts if data), {}),
            folder=self.folder,
        )

    def _run(self, job: Job) -> None:
        """Send it and read what comes back, until the worker says that it is done or its pod is gone."""
        sending = threading.Thread(target=self._transmit, args=(job,))
        sending.start()
        self._result = ansible_runner.interface.run(
            streamer="process",
            _input=self.pod.stdout,
            private_data_dir=str(self._private),
            ident=str(self._number),
            event_handler=self._keep,
            quiet=True,
        )
        sending.join()

    def _transmit(self, job: Job) -> None:
        assert self.pod.stdin
        with suppress(BrokenPipeError), self.pod.stdin as stream:
            ansible_runner.interface.run(
                streamer="transmit",
                _output=stream,
                private_data_dir=str(self._private),
                ident=str(self._number),
                playbook=job.playbook,
                inventory=str(self._private / "inventory" / "hosts"),
                passwords=_prompts(job.vault_passwords),
                envvars={**SETTINGS, "JOB_ID": str(self._number), **job.environment},
                suppress_env_files=True,
                fact_cache_type="jsonfile",
            )

    def _keep(self, event: dict[str, Any]) -> bool:
        self._events.append(event)
        return True


def copied_checkout(folder: Path) -> Path:
    """The checkout as AWX has a project of it: what is committed or to be, without .git."""
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(argv, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in names:
        if name and (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return folder


def _write_private_data(job: Job, private: Path, number: int) -> None:
    inventory, env = private / "inventory", private / "env"
    for folder in (inventory, env, private / "cp"):
        folder.mkdir(parents=True, mode=0o700)
    variables = {
        name: {**given, "remote_tower_enabled": "true", "remote_tower_id": place}
        for place, (name, given) in enumerate(job.hosts.items(), 1)
    }
    listed = {
        "all": {"children": ["data_planes"]},
        "data_planes": {"hosts": list(variables)},
        "_meta": {"hostvars": variables},
    }
    _write(inventory / "hosts", f"#! /usr/bin/env python3\nprint({json.dumps(listed)!r})\n", 0o700)
    told = {"job_id": number, "job_launch_type": "manual", "job_template_id": 7, "job_template_name": "Roll out"}
    meta = {f"{prefix}_{name}": value for prefix in ("awx", "tower") for name, value in told.items()}
    _write(env / "extravars", yaml.dump({**job.answers, **meta}, Dumper=_Unsafe))
    _write(env / "settings", json.dumps({"job_timeout": 0, "suppress_ansible_output": True,
                                         "suppress_output_file": True, "pexpect_timeout": 0.2}))  # fmt: skip
    for name, content in job.files.items():
        _write(private / Path(credential_file(name)).relative_to(awx_pod.RUNNER), content)
    arguments = ["-u", "root", *(word for name in job.vault_passwords for word in _vault_arguments(name))]
    arguments += job.arguments
    if job.injected:
        _write(env / "tmp_injected", yaml.dump(dict(job.injected), Dumper=_Unsafe))
        arguments += ["-e", f"@{awx_pod.RUNNER}/env/tmp_injected"]
    _write(env / "cmdline", shlex.join(arguments))


def _vault_arguments(name: str) -> list[str]:
    return ["--vault-id", f"{name}@prompt"] if name else ["--ask-vault-pass"]


def _prompts(passwords: Mapping[str, str]) -> dict[str, str]:
    """What is typed at which prompt."""
    return {
        rf"Vault password \({re.escape(name)}\):\s*?$" if name else r"Vault password:\s*?$": password
        for name, password in passwords.items()
    }


def _write(file: Path, content: str, mode: int = 0o600) -> None:
    file.touch(mode=mode)
    file.write_text(content)
