"""PostgreSQL of another version than the lab's, and a pooler before it, for as long as a test wants one."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import binaries
from . import lab as labs
from .errors import LabError
from .lab import Lab

#: It refuses to run as root. It ends, with all its sessions, where the process that started it ends, by whatever.
_AS_POSTGRES = ("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig=INT", "--")
_SECONDS = 20
#: What a program's log says when it takes connections.
_READY = {"postgres": "ready to accept connections", "pgbouncer": "process up"}


@dataclass(frozen=True)
class Server:
    """A server, reached by its superuser ``postgres``."""

    host: str
    port: int
    password: str

    @property
    def dsn(self) -> str:
        """The superuser's connection string."""
        return f"postgresql://postgres:{self.password}@{self.host}:{self.port}/postgres"


@contextmanager
def postgresql(lab_folder: Path, major: int) -> Iterator[Server]:
    """A server of a major version, empty, with TLS by a certificate of the lab's authority, at the lab's address."""
    lab = labs.at(lab_folder)
    server = Server(lab.network.host, _free_port(lab), secrets.token_hex(16))
    with _folder() as folder:
        # Where it is kept belongs to root alone.
        shutil.copytree(binaries.POSTGRESQL[major].unpack(), folder / "postgresql", symlinks=True)
        (folder / "postgresql").chmod(0o755)
        programs = folder / "postgresql" / "bin"
        _initialise(programs, folder, server.password)
        (folder / "data/pg_hba.conf").write_text("host all all 0.0.0.0/0 scram-sha-256\n")
        _certificate(lab, folder / "data")
        settings = {
            "listen_addresses": server.host,
            "port": server.port,
            "unix_socket_directories": "",
            "ssl": "on",
            # From 14 on it is so by default.
            "password_encryption": "scram-sha-256",
            "fsync": "off",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with _running([str(programs / "postgres"), "-D", str(folder / "data"), *options], folder):
            yield server


@contextmanager
def pgbouncer(lab_folder: Path, host: str, port: int, user: str, password: str, mode: str) -> Iterator[Server]:
    """PgBouncer before a server, for one role.

    :param mode: ``session`` or ``transaction``.
    """
    lab = labs.at(lab_folder)
    server = Server(lab.network.host, _free_port(lab), password)
    with _folder() as folder:
        users, config = folder / "users.txt", folder / "pgbouncer.ini"
        users.write_text(f'"{user}" "{password}"\n')
        config.write_text(
            f"[databases]\n* = host={host} port={port}\n[pgbouncer]\nlisten_addr = {server.host}\n"
            f"listen_port = {server.port}\nunix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {users}\n"
            f"pool_mode = {mode}\nserver_tls_sslmode = require\n"
        )
        for file in (users, config):
            shutil.chown(file, "postgres", "postgres")
            file.chmod(0o600)
        with _running(["/usr/sbin/pgbouncer", str(config)], folder):
            yield server


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="popsink-postgresql-") as name:
        shutil.chown(name, "postgres", "postgres")
        yield Path(name)


def _initialise(programs: Path, folder: Path, password: str) -> None:
    reader, writer = os.pipe()
    os.write(writer, password.encode() + b"\n")
    os.close(writer)
    os.fchown(reader, pwd.getpwnam("postgres").pw_uid, -1)
    options = ["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
    command = [str(programs / "initdb"), "-D", str(folder / "data"), f"--pwfile=/dev/fd/{reader}", *options]
    done = subprocess.run(
        [*_AS_POSTGRES, *command], pass_fds=[reader], cwd=folder, capture_output=True, text=True, check=False
    )
    os.close(reader)
    if done.returncode:
        raise LabError(f"initdb of {programs} failed: {done.stderr}")


def _certificate(lab: Lab, data: Path) -> None:
    for name, source in (("server.crt", "postgresql.crt"), ("server.key", "postgresql.key")):
        (data / name).write_bytes((lab.pki / source).read_bytes())
        (data / name).chmod(0o600)
        shutil.chown(data / name, "postgres", "postgres")


@contextmanager
def _running(command: list[str], folder: Path) -> Iterator[None]:
    log = folder / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen([*_AS_POSTGRES, *command], cwd=folder, stdout=output, stderr=output) as process,
    ):
        try:
            end = time.monotonic() + _SECONDS
            while _READY[Path(command[0]).name] not in log.read_text():
                if process.poll() is not None or time.monotonic() > end:
                    raise LabError(f"{command[0]} does not answer: {log.read_text()[-2000:]}")
                time.sleep(0.05)
            yield
        finally:
            # On SIGTERM PostgreSQL would wait for its clients to leave, and on SIGINT PgBouncer.
            process.send_signal(signal.SIGINT if command[0].endswith("postgres") else signal.SIGTERM)
            process.wait(_SECONDS)


def _free_port(lab: Lab) -> int:
    with socket.socket() as free:
        free.bind((lab.network.host, 0))
        return int(free.getsockname()[1])
