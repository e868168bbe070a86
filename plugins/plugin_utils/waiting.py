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
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.patience import (
    WITH_PODS,
    Patience,
    is_stuck,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.records import ID as RECORDS

#: Seconds between two looks.
_PAUSE = 3

#: Seconds for which a broker must take no record: a policy may take a while to hold, and a busy node to answer.
_WITH_RECORDS = 90

display = Display()


def wait_until_works(look: Callable[[], dict[str, Any]], timeout: float, host: str) -> dict[str, Any]:
    """Look until it works, the time is up, a pod cannot go on, or something is refused for good.

    :param look: one run of the module popsink_verify.
    :param host: whose progress it is, for people.
    :return: the last look's result, with the ``seconds`` that it took.
    """
    started = time.monotonic()
    with_pods, with_records = Patience(WITH_PODS), Patience(_WITH_RECORDS)
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
        refused = any((finding["id"], finding["status"]) == (RECORDS, FAIL) for finding in result["findings"])
        stuck = is_stuck(trouble["reason"] for trouble in result["troubles"])
        # Both are asked each time: what is not wrong any more begins anew.
        ended = (with_pods.has_ended(now, wrong=stuck), with_records.has_ended(now, wrong=refused))
        if now >= started + timeout or result["final"] or any(ended):
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
