# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking at a deployment until it works, with progress, and no longer than there is hope."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ansible.utils.display import Display
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, Finding, table
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.records import ID as RECORDS

#: Seconds between two looks.
_PAUSE = 3

#: Seconds for which a pod must be seen in trouble before the wait ends early: a registry may hiccup.
_PATIENCE = 45

#: The same for a broker that takes no record: a policy may take a while to hold, and a busy node to answer.
_PATIENCE_WITH_RECORDS = 90

display = Display()


def wait_until_works(look: Callable[[], dict[str, Any]], timeout: float, host: str) -> dict[str, Any]:
    """Look until it works, the time is up, a pod cannot go on, or something is refused for good.

    :param look: one run of the module popsink_verify.
    :param host: whose progress it is, for people.
    :return: the last look's result, with the ``seconds`` that it took.
    """
    started = time.monotonic()
    stuck_since: float | None = None
    refused_since: float | None = None
    progress = ""
    while True:
        result = look()
        now = time.monotonic()
        result = {**result, "seconds": now - started}
        if result.get("failed") or result["works"]:
            return result
        if result["progress"] != progress:
            progress = result["progress"]
            display.display(f"[{host}] {now - started:4.0f} s  {progress or 'no pods yet'}")
        # A pod that finds no node yet may get one: clusters grow.
        stuck = any(trouble["reason"] != "Unschedulable" for trouble in result["troubles"])
        refused = any((finding["id"], finding["status"]) == (RECORDS, FAIL) for finding in result["findings"])
        stuck_since = (stuck_since or now) if stuck else None
        refused_since = (refused_since or now) if refused else None
        waited = ((stuck_since, _PATIENCE), (refused_since, _PATIENCE_WITH_RECORDS))
        hopeless = result["final"] or any(since and now - since >= most for since, most in waited)
        if now >= started + timeout or hopeless:
            return result
        time.sleep(_PAUSE)


def does_not_work(result: dict[str, Any]) -> PopsinkError:
    """The error for a deployment that does not work, with its causes."""
    causes = [
        Finding(
            f"pod/{trouble['pod']}",
            FAIL,
            f"{trouble['reason']}: {trouble['message']}".rstrip(": "),
            trouble["remedy"],
        )
        for trouble in result["troubles"]
    ]
    findings = [Finding(**finding) for finding in result["findings"] if finding["status"] == FAIL]
    return PopsinkError(
        f"The deployment does not work after {result['seconds']:.0f} seconds.\n{table([*causes, *findings])}",
        details={name: result[name] for name in ("final", "progress", "findings", "troubles")},
    )
