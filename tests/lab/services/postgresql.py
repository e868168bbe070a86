"""A PostgreSQL server outside the cluster: `python -m tests.lab.services.postgresql LAB_FOLDER`."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

from .. import inside
from .. import lab as labs

PROGRAMS = "/usr/lib/postgresql/15/bin"
DATA = Path(inside.POSTGRESQL)
AS_POSTGRES = ("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--")


def main() -> None:
    root = Path(sys.argv[1])
    lab = labs.at(root)
    # What is elsewhere belongs to root alone, and the server cannot go through it.
    os.chdir(DATA)
    if not (DATA / "PG_VERSION").exists():
        _initialise(lab.secret("postgresql admin"))
    # Left by a kill; its process number may by now be that of another program of the lab.
    (DATA / "postmaster.pid").unlink(missing_ok=True)
    (DATA / "pg_hba.conf").write_text(
        "local all all peer\n"
        f"host all all {lab.network.link} scram-sha-256\n"
        f"host all all {lab.network.pods} scram-sha-256\n"
    )
    _certificate(lab)
    settings = {
        # Also unencrypted, as long as nobody asks for more: stand-ins and tests do both.
        "ssl": "on",
        "listen_addresses": lab.network.node,
        "unix_socket_directories": inside.POSTGRESQL,
        "max_connections": "200",
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    command = [*AS_POSTGRES, f"{PROGRAMS}/postgres", "-D", str(DATA), *options]
    os.execvp(command[0], command)  # noqa: S606 (there is no shell on purpose)


def _certificate(lab: labs.Lab) -> None:
    """The server takes a key only where it belongs to it, and nobody else reads it."""
    for name, source in (("server.crt", "postgresql.crt"), ("server.key", "postgresql.key")):
        (DATA / name).write_bytes((lab.pki / source).read_bytes())
        (DATA / name).chmod(0o600)
        shutil.chown(DATA / name, "postgres", "postgres")


def _initialise(password: str) -> None:
    reader, writer = os.pipe()
    os.write(writer, password.encode() + b"\n")
    os.close(writer)
    os.fchown(reader, pwd.getpwnam("postgres").pw_uid, -1)
    options = ["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    # The password through a pipe: a file or an argument could be read by others.
    subprocess.run(
        [*AS_POSTGRES, f"{PROGRAMS}/initdb", "-D", str(DATA), f"--pwfile=/dev/fd/{reader}", *options],
        pass_fds=[reader],
        check=True,
    )


if __name__ == "__main__":
    main()
