# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For how long a wait goes on beside something that is wrong and that may still mend itself."""

from __future__ import annotations

from collections.abc import Iterable

from .pods import UNSCHEDULABLE

#: Seconds for which a pod must be seen in trouble before a wait for it ends early: a registry may hiccup.
WITH_PODS = 45


class Patience:
    """It begins anew whenever nothing is wrong.

    :param seconds: for which something must be wrong without a break.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: float | None = None

    def has_ended(self, now: float, *, wrong: bool) -> bool:
        """Whether there is no hope left.

        :param now: seconds of a clock.
        :param wrong: what is seen at that moment.
        """
        if not wrong:
            self._since = None
        elif self._since is None:
            self._since = now
        return self._since is not None and now - self._since >= self._seconds


def is_stuck(reasons: Iterable[str]) -> bool:
    """Whether a pod is in trouble for one of these reasons. One that finds no node yet may get one: clusters grow."""
    return any(reason != UNSCHEDULABLE for reason in reasons)
