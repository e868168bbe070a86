# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chart versions: ``0.1.0-alpha.N``, of which N is what the vendor counts by."""

from __future__ import annotations

import re

_PATTERN = re.compile(r"0\.1\.0-alpha\.(\d+)(?:\+.*)?")


def alpha(version: str) -> int | None:
    """The N of ``0.1.0-alpha.N``, or None for a version of another form."""
    match = _PATTERN.fullmatch(version)
    return int(match.group(1)) if match else None
