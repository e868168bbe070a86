# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running all checks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ..errors import PopsinkError
from ..findings import Finding, not_checked
from ..release.outlook import Outlook
from .check import DEFECT, Check, defect
from .checks import (
    bucket_management,
    bundled_database,
    capacity,
    cluster,
    control_plane,
    database,
    database_creation,
    images,
    ingress,
    inside,
    kafka,
    leftovers,
    namespace,
    network_policies,
    nodes,
    object_store,
    permissions,
    pods,
    schema_registry,
    volume_capacity,
    volume_provisioner,
    volume_speed,
    volumes,
)
from .site import Site

#: In the order in which they are reported.
FAMILIES: tuple[ModuleType, ...] = (
    cluster,
    permissions,
    namespace,
    network_policies,
    nodes,
    capacity,
    pods,
    volumes,
    volume_provisioner,
    volume_speed,
    volume_capacity,
    ingress,
    images,
    object_store,
    bucket_management,
    kafka,
    schema_registry,
    database,
    database_creation,
    bundled_database,
    control_plane,
    leftovers,
    inside,
)


def checks_of(families: Iterable[object]) -> tuple[Check, ...]:
    """The checks of some modules, in their order there."""
    return tuple(item for family in families for item in vars(family).values() if isinstance(item, Check))


CHECKS = checks_of(FAMILIES)


@dataclass(frozen=True)
class Checked:
    """What the checks found.

    :ivar findings: one of each check, and those about the release.
    :ivar outlook: what the release would become.
    :ivar left_out: ids of checks that were not needed, because the release is as planned.
    """

    findings: list[Finding]
    outlook: Outlook
    left_out: tuple[str, ...] = ()


def run_checks(site: Site, *, thorough: bool = True) -> Checked:
    """Findings of all checks, within the site's time. Changes nothing; what had to be made is removed.

    :param thorough: whether checks that concern only a rollout are done where the release is as planned already.
    """
    try:
        return _run(site, thorough)
    finally:
        site.close()


def _run(site: Site, thorough: bool) -> Checked:
    def finding(check: Check) -> Finding | None:
        return None if check.ahead and not thorough and _as_planned(site) else check.run(site)

    wanted = [check for check in CHECKS if site.want.inside or not check.inside]
    # The outlook takes longest, so it comes first.
    ahead, *futures = _begun([lambda: _ahead(site), *((lambda check=check: finding(check)) for check in wanted)])
    done, _late = wait([ahead, *futures], timeout=site.seconds_left)
    findings, left_out = [], []
    for check, future in zip(wanted, futures, strict=True):
        said = future.result() if future in done else check.late(site)
        if said is None:
            left_out.append(check.id)
        else:
            findings.append(said)
    outlook = ahead.result() if ahead in done else _unknown(f"No answer within {site.seconds:g} seconds.")
    return Checked([*findings, *outlook.findings], outlook, tuple(left_out))


def _ahead(site: Site) -> Outlook:
    try:
        return site.outlook
    except PopsinkError as error:
        # The cluster's and Helm's own checks say what is wrong with them.
        return _unknown(str(error))
    except Exception as error:
        return _unknown(f"{defect('The outlook', error)} {DEFECT}")


def _unknown(reason: str) -> Outlook:
    return Outlook((not_checked("release.outlook", reason),))


def _as_planned(site: Site) -> bool:
    try:
        return site.outlook.as_planned
    except Exception:
        # Told by the outlook's own finding.
        return False


def _begun(calls: list[Callable[[], Any]]) -> list[Future[Any]]:
    """Begin all calls at once: most of them wait, and one that hangs keeps no other from its answer.

    Not with a ThreadPoolExecutor: its threads are joined when Python exits, so that one that hangs would be waited for.
    """

    def work(future: Future[Any], call: Callable[[], Any]) -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    futures: list[Future[Any]] = [Future() for _call in calls]
    for future, call in zip(futures, calls, strict=True):
        threading.Thread(target=work, args=(future, call), daemon=True).start()
    return futures
