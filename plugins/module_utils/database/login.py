# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logging in at a PostgreSQL server: as whom, how encrypted, and what is said where it fails."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ..errors import PopsinkError
from ..tls_files import in_memory

#: A path that no file can have: libpq would otherwise take what lies in the home directory, and for instance verify
#: the server's certificate against an authority that the deployment knows nothing of.
NOWHERE = f"{os.devnull}/none"

#: SQLSTATE by what a server says at the login, how it begins and how it ends. libpq gives no code there, only words, in
#: the server's language: what is not here is shown as it is.
_CODES = (
    ("password authentication failed", "", "28P01"),
    ("no pg_hba.conf entry", "", "28000"),
    ("pg_hba.conf rejects", "", "28000"),
    ("role ", "is not permitted to log in.", "28000"),
    ("connection requires a valid client certificate", "", "28000"),
    ("database ", "does not exist.", "3D000"),
    ("permission denied for database", "", "42501"),
    ("sorry, too many clients", "", "53300"),
    ("remaining connection slots", "", "53300"),
    ("too many connections for", "", "53300"),
)

#: What libpq itself says of a connection that is not encrypted as it was asked for.
_TLS_WORDS = (
    "SSL error",
    "does not support SSL",
    "server certificate for",
    "certificate verify",
    "sslmode",
    "SSL SYSCALL",
    "certificate file",
    "private key file",
)


class LoginError(PopsinkError):
    """The server did not let a role in.

    :ivar said: the server's own words, a sentence.
    :ivar code: SQLSTATE; empty where it cannot be told.
    """

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said
        codes = (code for begin, end, code in _CODES if said.startswith(begin) and said.endswith(end))
        self.code = next(codes, "")


class TlsError(PopsinkError):
    """The connection was not encrypted as it must be.

    :ivar said: libpq's own words, a sentence.
    """

    def __init__(self, place: str, said: str) -> None:
        super().__init__(f"No connection to {place} that is encrypted as popsink_database_sslmode asks: {said}")
        self.said = said


@dataclass(frozen=True)
class Tls:
    """How a connection is encrypted.

    :ivar mode: as libpq calls it; with ``prefer`` it is where the server can.
    :ivar ca_cert: PEM of the authority that must have signed the server's certificate.
    :ivar client_cert: PEM, with its key.
    """

    mode: str = "prefer"
    ca_cert: str = ""
    client_cert: str = ""
    client_key: str = field(default="", repr=False)

    @contextmanager
    def parameters(self) -> Iterator[dict[str, Any]]:
        """libpq's, while the context lasts."""
        files = {"sslrootcert": self.ca_cert, "sslcert": self.client_cert, "sslkey": self.client_key}
        with in_memory(**files) as paths:
            yield {"sslmode": self.mode, "gssencmode": "disable", **dict.fromkeys(files, NOWHERE), **paths}


@dataclass(frozen=True)
class Login:
    """A role at a database."""

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    tls: Tls = field(default_factory=Tls)


def is_about_tls(said: str) -> bool:
    """Whether what libpq says is that a connection is not encrypted as it should be."""
    return any(words in said for words in _TLS_WORDS)


def said_of(error: Exception) -> str:
    """The server's own words in what libpq says, which begins with the address once for each try."""
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return line.rpartition(" failed: ")[2].removeprefix("FATAL:").strip().rstrip(".") + "."
