# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A way through a result that no redaction can change.

Whatever a module returns has each of its secret inputs replaced, wherever that stands: a subject ``admin-value`` would
lose its first word to an administrator's name.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

from ..errors import PopsinkError

#: Braille patterns: 256 signs in a row, of which no secret consists.
_FIRST = 0x2800


def veiled(data: Any) -> str:
    """Plain data as text without a letter or digit."""
    return "".join(chr(_FIRST + byte) for byte in zlib.compress(json.dumps(data).encode()))


def unveiled(text: str) -> Any:
    """The data again.

    :raises PopsinkError: the text is another than was made.
    """
    try:
        return json.loads(zlib.decompress(bytes(ord(sign) - _FIRST for sign in text)))
    except (zlib.error, ValueError) as error:
        raise PopsinkError(
            "What was read came back altered, so it was not kept.",
            remedy="Run again; at -vvv the connection may tell why.",
        ) from error
