# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thresholds as people write them: none that cannot be read may pass, or end the run without a word."""

from __future__ import annotations

import re
from typing import Any


def numbers(version: Any) -> tuple[int, ...] | None:
    """A version's numbers (``1.23``), or None for what is none."""
    text = str(version)
    return tuple(map(int, text.split("."))) if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})*", text) else None


def is_count(value: Any) -> bool:
    """Whether a value is a number of things."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
