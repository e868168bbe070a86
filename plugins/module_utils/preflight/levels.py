# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the user makes of single checks: a failure that only warns, a check that is not done."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..errors import PopsinkError
from ..names import did_you_mean
from .check import LEVELS


def refuse_unknown_levels(levels: Mapping[str, Any], ids: Collection[str]) -> None:
    """End where a check or a level is none.

    :param levels: level by the id of a check.
    :raises PopsinkError: a check that nobody knows would silently be done, and one that is meant would not be.
    """
    for name, level in levels.items():
        if name not in ids:
            raise PopsinkError(
                f"popsink_preflight_checks has {name!r}, which is no check that can be set.",
                remedy=did_you_mean(str(name), ids) or f"There are: {', '.join(sorted(ids))}.",
            )
        if level not in LEVELS:
            raise PopsinkError(
                f"popsink_preflight_checks[{name!r}] is {level!r}.", remedy=f"Choose one of {', '.join(LEVELS)}."
            )
