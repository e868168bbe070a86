# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON Web Tokens, read without their key: what they say of themselves, which only their issuer can verify."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class JsonWebToken:
    """A token without its signature.

    :ivar header: how it is signed.
    :ivar claims: what it says.
    """

    header: Mapping[str, Any]
    claims: Mapping[str, Any]

    @property
    def algorithm(self) -> str:
        """How it is signed; ``none`` where it is not."""
        return str(self.header.get("alg") or "none")

    @property
    def audience(self) -> list[str]:
        """Whom it is for; the standard allows one name, or a list of them."""
        given = self.claims.get("aud")
        return [str(name) for name in (given if isinstance(given, list) else [given]) if name]

    def time(self, claim: str) -> float | None:
        """A claim that is a time, in seconds since 1970; None where it has none, or none that is a number."""
        given = self.claims.get(claim)
        if not isinstance(given, int | float) or isinstance(given, bool):
            return None
        try:
            return float(given)
        except OverflowError:
            return None


def json_web_token(text: str) -> JsonWebToken | None:
    """What a token says of itself, or None where it is none."""
    claims = claims_of(text)
    try:
        return None if claims is None else JsonWebToken(_object(text.split(".")[0]), claims)
    except ValueError:
        return None


def claims_of(text: str) -> Mapping[str, Any] | None:
    """What a token says, however it is signed, or None where it says nothing."""
    parts = text.split(".")
    try:
        return _object(parts[1]) if len(parts) == 3 else None
    except ValueError:
        return None


def _object(part: str) -> dict[str, Any]:
    """:raises ValueError: it is no JSON object in base64."""
    content = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if not isinstance(content, dict):
        raise ValueError("no object")
    return content
