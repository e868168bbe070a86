# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a secret's value must be. Each rule gives what is wrong, never the value, or None."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping

_FERNET_BYTES = 32
_JWT_CHARACTERS = 32

#: Values that documentation shows and people forget to replace.
_PLACEHOLDERS = frozenset(
    {
        *("changeme", "change-me", "change_me", "password", "secret", "todo", "xxx", "map[]", "none", "null", "..."),
        *("strong-password", "your-password", "your-secret", "mypassword", "example", "fernet-key", "jwt-secret"),
    }
)
_ANGLE_BRACKETS = re.compile(r"<[^<>]+>")
_URL_SAFE = re.compile(r"[A-Za-z0-9_-]+={0,2}")


def not_empty(value: str) -> str | None:
    """There is a value at all, without a line break at its end."""
    if not value.strip():
        return "is empty"
    if value != value.rstrip("\r\n"):
        return "ends in a line break"
    return None if value.isprintable() else "contains a line break or a control character"


def content(value: str) -> str | None:
    """There is something, on as many lines as it takes."""
    return None if value.strip() else "is empty"


def docker_config(value: str) -> str | None:
    """Logins to image registries as Kubernetes stores them."""
    try:
        logins = json.loads(value).get("auths")
    except (ValueError, AttributeError):
        return "is not a Docker configuration in JSON"
    return None if isinstance(logins, dict) and logins else "names no registry under auths"


def not_a_placeholder(value: str) -> str | None:
    """A value, and not one that a documentation page shows in its place."""
    if value.strip().casefold() in _PLACEHOLDERS or _ANGLE_BRACKETS.fullmatch(value.strip()):
        return "is a placeholder"
    return not_empty(value)


def postgresql_url(value: str) -> str | None:
    """A URL that a PostgreSQL client takes, with a host."""
    if problem := not_a_placeholder(value):
        return problem
    if re.match(r"postgres(ql)?://([^/\s]*@)?[^/\s@]+([/?]|$)", value) is None:
        return "is not a URL that begins with postgres:// and names a host"
    return None


def connection_string(value: str) -> str | None:
    """What PostgreSQL's clients connect with: a URL, or keywords; it says as whom."""
    if problem := not_a_placeholder(value):
        return problem
    if re.match(r"postgres(ql)?://[^@/]+@[^@?]*@", value):
        # A part of the password would be taken for the host, and shown.
        return "has a second @ before the host: write it as %40, and / as %2F"
    if re.match(r"postgres(ql)?://[^@/]+@", value) or re.search(r"(^|\s)user\s*=", value):
        return None
    return "is not a connection string of PostgreSQL that names a user"


def private_key(value: str) -> str | None:
    """A private key in PEM."""
    return None if re.search(r"-----BEGIN [A-Z ]*PRIVATE KEY-----", value) else "is not a private key in PEM"


def password(value: str) -> str | None:
    """Long enough that it cannot be tried out."""
    return not_a_placeholder(value) or ("has fewer than 8 characters" if len(value) < 8 else None)


def jwt_secret(value: str) -> str | None:
    """At least 32 characters, or the data plane refuses to start."""
    if problem := not_a_placeholder(value):
        return problem
    return f"has fewer than {_JWT_CHARACTERS} characters" if len(value) < _JWT_CHARACTERS else None


def reused(values: Mapping[str, str]) -> list[list[str]]:
    """Groups of names with the same value; whoever learns one would know the others.

    :param values: values by name.
    """
    names: dict[str, list[str]] = {}
    for name, value in values.items():
        names.setdefault(value, []).append(name)
    return [group for group in names.values() if len(group) > 1]


def fernet_key(value: str) -> str | None:
    """URL-safe base64 of exactly 32 bytes, or the data plane refuses to start."""
    if problem := not_a_placeholder(value):
        return problem
    if not _URL_SAFE.fullmatch(value):
        return "is not URL-safe base64"
    try:
        decoded = base64.urlsafe_b64decode(value)
    except (binascii.Error, ValueError):
        return "is not URL-safe base64"
    if len(decoded) != _FERNET_BYTES:
        return f"decodes to {len(decoded)} bytes, not {_FERNET_BYTES}"
    return None
