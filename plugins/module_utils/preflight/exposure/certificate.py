# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A certificate with its key, as an Ingress serves it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

CRYPTOGRAPHY_IMPORT_ERROR: ImportError | None
try:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
except ImportError as error:
    CRYPTOGRAPHY_IMPORT_ERROR = error
else:
    CRYPTOGRAPHY_IMPORT_ERROR = None


@dataclass(frozen=True)
class Certificate:
    """A server's certificate.

    :ivar names: DNS names and IP addresses that it is for; a name may begin with ``*.``.
    :ivar begins: when it becomes valid, in UTC.
    :ivar ends: and until when it is, in UTC.
    :ivar public_key: in DER.
    """

    names: tuple[str, ...]
    begins: datetime
    ends: datetime
    public_key: bytes

    def covers(self, host: str) -> bool:
        """Whether it is for a host; a star stands for one part of a name, the first."""
        host = _ascii(host)
        names = [name.lower().rstrip(".") for name in self.names]
        return host in names or f"*.{host.partition('.')[2]}" in names

    def problems(self, host: str, key: str, now: datetime) -> list[str]:
        """What keeps browsers from taking it, as ends of a sentence.

        :param host: that it must be for.
        :param key: its private key in PEM.
        """
        problems = []
        if not self.covers(host):
            problems.append(f"is for {', '.join(self.names) or 'no name'}, not for {host}")
        if (public := public_key_of(key)) is None:
            problems.append("has a key (tls.key) that cannot be read")
        elif public != self.public_key:
            problems.append("has the key (tls.key) of another one")
        if self.ends < now:
            problems.append(f"ended on {self.ends:%Y-%m-%d}")
        if self.begins > now:
            problems.append(f"is not valid before {self.begins:%Y-%m-%d %H:%M} UTC")
        return problems

    def days_left(self, now: datetime) -> int:
        """Whole days until it ends."""
        return (self.ends - now) // timedelta(days=1)


def certificate_of(pem: str) -> Certificate | None:
    """The first certificate in PEM, which is the server's; None where there is none that can be read."""
    try:
        read = x509.load_pem_x509_certificate(pem.encode())
        names = _names(read)
        public_key = read.public_key()
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return None
    return Certificate(names, _utc(read, "not_valid_before"), _utc(read, "not_valid_after"), _der(public_key))


def public_key_of(pem: str) -> bytes | None:
    """The public half of a private key in PEM, in DER; None where it cannot be read."""
    try:
        return _der(serialization.load_pem_private_key(pem.encode(), password=None).public_key())
    except (ValueError, TypeError):
        # With a password, for instance.
        return None


def _names(read: x509.Certificate) -> tuple[str, ...]:
    try:
        value = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        # Browsers do not look at the common name.
        return ()
    names = value.get_values_for_type(x509.DNSName)
    return (*names, *(str(address) for address in value.get_values_for_type(x509.IPAddress)))


def _utc(read: x509.Certificate, name: str) -> datetime:
    """A time with its zone, which older versions of the library give without."""
    aware = getattr(read, f"{name}_utc", None)
    moment: datetime = aware or getattr(read, name).replace(tzinfo=timezone.utc)
    return moment


def _der(key: Any) -> bytes:
    encoded: bytes = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return encoded


def _ascii(host: str) -> str:
    """A host as certificates have it."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return host.lower().rstrip(".").encode("idna").decode("ascii")
    except UnicodeError:
        return host.lower()
