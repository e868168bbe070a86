# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a job tells AWX: a workflow hands it to the next job, as extra variables of these names. Never a secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: What was found before anything was changed, by host.
PREFLIGHT = "popsink_preflight"

#: What came of a roll-out, by host.
RESULT = "popsink_result"

#: They are no inputs, and are there where a job follows another.
ARTIFACTS = frozenset((PREFLIGHT, RESULT))


def artifact(name: str, deployments: Mapping[str, Any]) -> dict[str, Any]:
    """What a task's result has as ``ansible_stats``, as with set_stats: those of several hosts are merged."""
    return {"data": {name: dict(deployments)}, "per_host": False, "aggregate": True}
