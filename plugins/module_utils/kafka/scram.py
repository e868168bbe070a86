# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client's side of SCRAM (RFC 5802), by which a password is proven and not told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from binascii import Error as Base64Error

from ..errors import PopsinkError

#: Of hashlib, by mechanism.
_HASHES = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512"}

#: More rounds than any server has reason to ask for: they are this host's work.
_MOST_ROUNDS = 1_000_000

#: No channel binding, in base64 of ``n,,``.
_NO_BINDING = "biws"


class NotScramError(PopsinkError):
    """The server says something else than SCRAM has it, or does not know the password itself."""


class Scram:
    """One login."""

    def __init__(self, mechanism: str, username: str, password: str, nonce: str = "") -> None:
        """Begin it.

        :param nonce: of the client; random if empty.
        """
        self._hash = _HASHES[mechanism]
        self._password = password.encode()
        self._nonce = nonce or secrets.token_urlsafe(24)
        name = username.replace("=", "=3D").replace(",", "=2C")
        self._began = f"n={name},r={self._nonce}"
        self._signature = b""

    def first(self) -> bytes:
        """What the client begins with."""
        return f"n,,{self._began}".encode()

    def final(self, server_first: bytes) -> bytes:
        """The proof, for the server's answer to the first message.

        :raises NotScramError: that is no answer to it.
        """
        said = _fields(server_first)
        try:
            nonce, salt, rounds = said["r"], base64.b64decode(said["s"], validate=True), int(said["i"])
        except (KeyError, ValueError, Base64Error):
            raise NotScramError("it answers something else than SCRAM has it") from None
        if not nonce.startswith(self._nonce) or not 0 < rounds <= _MOST_ROUNDS:
            raise NotScramError("it answers somebody else, or asks for too much work")
        salted = hashlib.pbkdf2_hmac(self._hash, self._password, salt, rounds)
        client_key = self._keyed(salted, b"Client Key")
        ends = f"c={_NO_BINDING},r={nonce}"
        conversation = b",".join([self._began.encode(), server_first, ends.encode()])
        signature = self._keyed(hashlib.new(self._hash, client_key).digest(), conversation)
        proof = bytes(left ^ right for left, right in zip(client_key, signature, strict=True))
        self._signature = self._keyed(self._keyed(salted, b"Server Key"), conversation)
        return f"{ends},p={base64.b64encode(proof).decode('ascii')}".encode()

    def verify(self, server_final: bytes) -> None:
        """Hold the server to knowing the password as well.

        :raises NotScramError: it does not.
        """
        wanted = base64.b64encode(self._signature).decode("ascii")
        if not hmac.compare_digest(_fields(server_final).get("v", "").encode(), wanted.encode()):
            raise NotScramError("it does not prove that it knows the password itself")

    def _keyed(self, key: bytes, message: bytes) -> bytes:
        return hmac.new(key, message, self._hash).digest()


def _fields(message: bytes) -> dict[str, str]:
    parts = [part.partition("=") for part in message.decode("utf-8", "replace").split(",")]
    return {name: value for name, _equals, value in parts}
