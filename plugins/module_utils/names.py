# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Suggestions for names that nobody knows."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is most like ``name``, or an empty string when none is near.

    Case is ignored: a wrong case is the most frequent slip with Helm values.
    """
    by_fold = {candidate.casefold(): candidate for candidate in known}
    matches = difflib.get_close_matches(name.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[matches[0]] if matches else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question to append to an error, or an empty string."""
    match = nearest(name, known)
    return f"Did you mean {match}?" if match else ""
