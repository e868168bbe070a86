# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates, keys and logins for what takes them as files only: kept in memory, on no disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from .errors import PopsinkError


@contextmanager
def in_memory(**contents: str) -> Iterator[dict[str, str]]:
    """Paths of files that hold these contents, by the same names, while the context lasts; empty ones are left out.

    :raises PopsinkError: this system has no files in memory.
    """
    given = {name: content for name, content in contents.items() if content}
    if given and not hasattr(os, "memfd_create"):
        raise PopsinkError(
            "Certificates of a database or of Kafka's clients can only be used on Linux, which keeps them in memory.",
            remedy="Run from one, or leave popsink_database_ca_cert, popsink_database_client_cert and "
            "popsink_kafka_client_cert out.",
        )
    descriptors: dict[str, int] = {}
    try:
        for name, content in given.items():
            descriptors[name] = descriptor = os.memfd_create(name)
            # libpq refuses a key that others could read.
            os.fchmod(descriptor, 0o600)
            os.write(descriptor, content.encode())
        # By this process's number, so that a program that is started reads them too, from the beginning each time.
        yield {name: f"/proc/{os.getpid()}/fd/{descriptor}" for name, descriptor in descriptors.items()}
    finally:
        for descriptor in descriptors.values():
            os.close(descriptor)
