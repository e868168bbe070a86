"""A Kafka outside of the chart, for as long as a test wants one: in memory, of one broker, with one user."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import binaries
from . import lab as labs


@contextmanager
def kafka(
    lab_folder: Path,
    *,
    mechanism: str = "",
    user: str = "popsink",
    password: str = "",
    encrypted: bool = False,
    reader: bool = False,
) -> Iterator[str]:
    """Its bootstrap server, ``HOST:PORT``, at this machine's address in the lab, which pods reach.

    :param mechanism: of SASL; empty for no login.
    :param encrypted: whether it speaks TLS, with a certificate of the lab's authority.
    :param reader: whether the user may make no topics.
    """
    lab = labs.at(lab_folder)
    argv = [str(binaries.KAFKA.build()), f"-address={lab.network.host}"]
    if mechanism:
        argv += [f"-mechanism={mechanism}", f"-user={user}", f"-password={password}", f"-reader={str(reader).lower()}"]
    if encrypted:
        argv += [f"-certificate={lab.pki / 'kafka.crt'}", f"-key={lab.pki / 'kafka.key'}"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout
        try:
            yield server.stdout.readline().strip()
        finally:
            # It ends with its standard input, also where this process is killed.
            server.stdin.close()
            server.wait(10)
