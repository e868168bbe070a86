# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New secret values from the operating system's randomness."""

from __future__ import annotations

import base64
import secrets
import string

#: Survives YAML, shells, URLs and connection strings without quoting.
ALPHABET = string.ascii_letters + string.digits

#: 32 characters of 62 are more than 190 bits.
_LENGTH = 32

_JWT_BYTES = 48


def password() -> str:
    """A password of letters and digits."""
    return "".join(secrets.choice(ALPHABET) for _position in range(_LENGTH))


def jwt_secret() -> str:
    """48 random bytes as URL-safe base64, 64 characters."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_JWT_BYTES)).decode("ascii")


def fernet_key() -> str:
    """A Fernet key, made by the library that will use it."""
    # Imported here because only the controller makes keys, and a bastion need not have the library.
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode("ascii")
