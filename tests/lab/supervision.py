"""The process supervisor: its configuration, and questions to the running one."""

from __future__ import annotations

import shlex
import sys
import xmlrpc.client
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from . import inside
from .lab import CHECKOUT, Lab, write
from .programs import Program


@dataclass(frozen=True)
class Process:
    """A program as the supervisor sees it."""

    name: str
    pid: int
    state: str
    description: str

    @property
    def stopped(self) -> bool:
        """Whether nobody started it, or somebody stopped it."""
        return self.state == "STOPPED"

    @property
    def dead(self) -> bool:
        return self.state not in ("STARTING", "RUNNING", "STOPPING", "STOPPED")


def configure(lab: Lab, programs: Sequence[Program]) -> Path:
    """Write its configuration. Nothing is restarted by itself: a program that dies shall be seen."""
    addresses = {program.name: program.ready for program in programs}
    text = f"""[supervisord]
nodaemon=true
user=root
logfile={lab.logs}/supervisor.log
logfile_maxbytes=5MB
logfile_backups=1
pidfile={inside.RUN}/supervisor.pid
[unix_http_server]
file={inside.SUPERVISOR}
chmod=0700
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
    for place, program in enumerate(programs):
        command = list(program.argv)
        if program.after:
            needed = [addresses[name] for name in program.after]
            command = [sys.executable, "-m", "tests.lab.gate", f"{lab.pki}/ca.crt", *needed, "--", *command]
        variables = ",".join(f'{name}="{value}"' for name, value in program.environment.items())
        text += f"""[program:{program.name}]
command={_escaped(shlex.join(command))}
environment={_escaped(variables)}
directory={_escaped(str(CHECKOUT))}
priority={place + 1}
autostart={str(not program.on_demand).lower()}
autorestart=false
startsecs=0
stopwaitsecs=5
redirect_stderr=true
stdout_logfile={_escaped(str(lab.logs / program.name))}.log
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=1
"""
    file = lab.config / "supervisor.conf"
    write(file, text)
    return file


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


class Supervisor:
    """The running supervisor, asked through its own view of the file system, where its socket is."""

    def __init__(self, init: int) -> None:
        transport = SupervisorTransport(None, None, f"unix:///proc/{init}/root{inside.SUPERVISOR}")
        self._server: Any = xmlrpc.client.ServerProxy("http://lab", transport=transport)

    def processes(self) -> list[Process]:
        """Raises OSError while it does not answer yet, or no longer."""
        said = self._server.supervisor.getAllProcessInfo()
        return [Process(str(p["name"]), int(p["pid"]), str(p["statename"]), str(p["description"])) for p in said]

    def start(self, name: str) -> None:
        self._server.supervisor.startProcess(name, False)

    def add(self, name: str) -> None:
        """Take over a program that the configuration file got since the start."""
        self._server.supervisor.reloadConfig()
        self._server.supervisor.addProcessGroup(name)

    def stop(self, name: str) -> None:
        self._server.supervisor.stopProcess(name)

    def restart(self, name: str) -> None:
        self.stop(name)
        self.start(name)
