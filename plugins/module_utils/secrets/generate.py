# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New secret values from the operating system's randomness."""

from __future__ import annotations

import base64
import math
import secrets
import string
from dataclasses import dataclass

#: Survive YAML, shells, URLs and connection strings without quoting, as long as a letter comes first.
UNQUOTED = frozenset(string.ascii_letters + string.digits + "_-.")

#: More than what takes them would: an API's header, a connection string.
_LONGEST = 256

#: What nobody can try out.
_BITS = 128

_JWT_BYTES = 48


@dataclass(frozen=True)
class PasswordFormat:
    """How passwords are made.

    :ivar length: number of characters.
    :ivar alphabet: the characters that they are drawn from.
    """

    length: int = 32
    alphabet: str = string.ascii_letters + string.digits

    def problem(self) -> str | None:
        """What is wrong with it, as the end of a sentence, or None."""
        letters = set(self.alphabet)
        if unfit := sorted(letters - UNQUOTED):
            return f"holds {''.join(unfit)!r}, which not everything takes unquoted: use letters, digits, _, - and ."
        if not letters & set(string.ascii_letters):
            return "holds no letter: such passwords would be read as numbers"
        if self.length > _LONGEST:
            return f"would give {self.length} characters: make it {_LONGEST} or fewer"
        needed = math.ceil(_BITS / math.log2(len(letters))) if len(letters) > 1 else None
        if needed is None or self.length < needed:
            return f"gives fewer than {_BITS} bits with {self.length} characters" + (
                f": make it {needed} or more" if needed else ": use more than one letter"
            )
        return None


def password(form: PasswordFormat) -> str:
    """A password that begins with a letter."""
    first = [character for character in form.alphabet if character in string.ascii_letters]
    rest = (secrets.choice(form.alphabet) for _position in range(form.length - 1))
    return secrets.choice(first) + "".join(rest)


def jwt_secret() -> str:
    """48 random bytes as URL-safe base64, 64 characters."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_JWT_BYTES)).decode("ascii")


def fernet_key() -> str:
    """A Fernet key, made by the library that will use it."""
    # Imported here because only the controller makes keys, and a bastion need not have the library.
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode("ascii")
