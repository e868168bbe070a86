"""PostgreSQL as Bitnami's image runs it: passwords are read when the volume is empty, and never again."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from standin import environment, log, process
from standin.process import Refusal

BINARIES = Path("/usr/lib/postgresql/15/bin")
SYSTEM_USER = "postgres"
ADMINISTRATOR = "postgres"
HBA = "host all all 0.0.0.0/0 scram-sha-256\nhost all all ::/0 scram-sha-256\n"
#: Little memory, and no wait for the disk: nothing in the lab outlives a crash of the machine.
OPTIONS = {"shared_buffers": "16MB", "max_connections": "100", "fsync": "off", "jit": "off"}


def drop_privileges(data: Path) -> None:
    """PostgreSQL refuses to run as root, and a host-path volume belongs to root."""
    if os.getuid() != 0:
        return
    user = pwd.getpwnam(SYSTEM_USER)
    data.parent.mkdir(parents=True, exist_ok=True)
    os.chown(data.parent, user.pw_uid, user.pw_gid)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.environ["HOME"] = user.pw_dir


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def statements(user: str, database: str, password: str) -> str:
    lines = []
    if user and user != ADMINISTRATOR:
        lines.append(f"CREATE ROLE {identifier(user)} LOGIN PASSWORD {literal(password)};")
    if database and database != "postgres":
        lines.append(f"CREATE DATABASE {identifier(database)} OWNER {identifier(user or ADMINISTRATOR)};")
    return "\n".join(lines)


def initialise(data: Path) -> None:
    """Fills an empty volume. The folder gets its name last, so that a kill leaves nothing half made."""
    user = environment.optional("POSTGRES_USER")
    password = environment.required("POSTGRES_PASSWORD")
    administrator = environment.optional("POSTGRES_POSTGRES_PASSWORD") or password
    started = data.with_name(f"{data.name}.new")
    shutil.rmtree(started, ignore_errors=True)
    secret = Path(f"/tmp/pwfile-{os.getpid()}")
    descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, administrator.encode() + b"\n")
        os.close(descriptor)
        initdb = ["initdb", "-D", str(started), "-U", ADMINISTRATOR, f"--pwfile={secret}", "-E", "UTF8"]
        call(*initdb, "--locale=C.UTF-8", "--auth=scram-sha-256", "--no-sync")
    finally:
        secret.unlink()
    with (started / "pg_hba.conf").open("a") as hba:
        hba.write(HBA)
    call("pg_ctl", "-D", str(started), "-w", "-o", "-c listen_addresses='' -k /tmp", "start")
    script = statements(user, environment.optional("POSTGRES_DATABASE"), password)
    psql = ["psql", "-h", "/tmp", "-U", ADMINISTRATOR, "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-q"]
    call(*psql, given=script, PGPASSWORD=administrator)
    call("pg_ctl", "-D", str(started), "-w", "-m", "fast", "stop")
    started.rename(data)
    log.info("the volume was empty: initialised")


def call(program: str, *arguments: str, given: str = "", **extra: str) -> None:
    done = subprocess.run(
        [str(BINARIES / program), *arguments],
        input=given,
        text=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, **extra},
        check=False,
    )
    if done.returncode:
        raise Refusal(f"{program} failed")


def serve(data: Path, port: str) -> int:
    options = [part for name, value in OPTIONS.items() for part in ("-c", f"{name}={value}")]
    server = subprocess.Popen(
        [str(BINARIES / "postgres"), "-D", str(data), "-p", port, "-h", "*", "-k", "/tmp", *options]
    )

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # On SIGTERM itself PostgreSQL would wait for its clients to leave.
        server.send_signal(signal.SIGINT)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return server.wait()


def main() -> None:
    data = Path(environment.required("PGDATA"))
    drop_privileges(data)
    if not (data / "PG_VERSION").exists():
        initialise(data)
    sys.exit(serve(data, environment.optional("POSTGRESQL_PORT_NUMBER", "5432")))


if __name__ == "__main__":
    process.run(main)
