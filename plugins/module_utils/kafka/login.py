# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a client comes to another Kafka, and who it is there."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Any

from ..errors import PopsinkError
from ..memory_files import in_memory

#: SASL mechanisms that take a name and a password.
PASSWORD_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


class UntrustedError(PopsinkError):
    """The broker's certificate is not trusted, or is for another name."""


class ClientCertificateError(PopsinkError):
    """The broker does not take the client's certificate, or the client's certificate and key are none."""


@dataclass(frozen=True)
class Server:
    """A broker's address."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Login:
    """How a client comes in.

    :ivar protocol: ``PLAINTEXT``, ``SSL``, ``SASL_PLAINTEXT`` or ``SASL_SSL``.
    :ivar tls: None where the protocol has none.
    """

    protocol: str
    mechanism: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = None

    @property
    def sasl(self) -> bool:
        """Whether a login belongs to it."""
        return self.protocol.startswith("SASL_")

    @property
    def options(self) -> dict[str, Any]:
        """As the library takes it."""
        given: dict[str, Any] = {"security_protocol": self.protocol}
        if self.tls is not None:
            given["ssl_context"] = self.tls
        if self.sasl:
            given |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return given


def servers_in(text: str) -> list[Server] | None:
    """Bootstrap servers, ``HOST:PORT`` separated by commas; None where one is none."""
    found = []
    for part in text.split(","):
        host, _colon, port = part.strip().rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536 or "/" in host:
            return None
        found.append(Server(host, int(port)))
    return found


def tls_of(ca_cert: str, client_cert: str, client_key: str) -> ssl.SSLContext:
    """What a client trusts, and who it is.

    :param ca_cert: PEM, empty for the host's own authorities.
    :param client_cert: PEM, empty for none.
    :raises UntrustedError: the authority is none.
    :raises ClientCertificateError: certificate and key are none, or do not belong together.
    :raises PopsinkError: this system has no files in memory.
    """
    try:
        context = ssl.create_default_context(cadata=ca_cert or None)
    except (ssl.SSLError, ValueError) as error:
        raise UntrustedError(f"The CA's certificate is none ({type(error).__name__}).") from None
    if client_cert:
        # Python loads them from files only.
        with in_memory(client=f"{client_cert.strip()}\n{client_key.strip()}\n") as paths:
            try:
                # The password keeps it from asking for one on a terminal.
                context.load_cert_chain(paths["client"], password="")
            except (ssl.SSLError, ValueError, OSError):
                raise ClientCertificateError(
                    "The client's certificate and key are none, do not belong together, or have a passphrase."
                ) from None
    return context
