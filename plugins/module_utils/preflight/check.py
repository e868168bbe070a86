# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a check is: its id, what it looks at, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import PopsinkError
from ..findings import Finding, failed, not_checked
from .collected import Collected, Requirements

#: Takes the answer of the check's source and the requirements.
Look = Callable[[Any, Requirements], Finding]


@dataclass(frozen=True)
class Check:
    """One check.

    :ivar id: dotted and stable.
    :ivar source: attribute of :class:`Collected` that it looks at.
    :ivar required: whether no rollout is possible where the source does not answer; otherwise it is not checked.
    """

    id: str
    source: str
    look: Look
    required: bool = False

    def run(self, collected: Collected, want: Requirements) -> Finding:
        """The finding; where the answer did not come, why not."""
        answer = getattr(collected, self.source)
        if not isinstance(answer, PopsinkError):
            return self.look(answer, want)
        if self.required:
            return failed(self.id, str(answer))
        return not_checked(self.id, str(answer))
