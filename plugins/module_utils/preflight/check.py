# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a check is: its id, what it needs, what it looks at, and what it says."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from ..cluster.session import ApiError, WrongClusterError
from ..errors import PopsinkError
from ..findings import FAIL, NOT_CHECKED, PASS, WARN, Finding
from ..way import UnreachableError
from .requirements import WrongThresholdError
from .site import Site

#: What the user can make of a check.
LEVELS = ("fail", "warn", "off")

#: The account that is enough for everything that is not on request.
_ACCOUNT = "docs/rbac/ lists what the account needs: preflight.yaml, and preflight-inside.yaml for what is on request."

_UNAUTHORISED = (401, 403)


#: What to do about a defect.
DEFECT = "This is a defect of the collection; please report it."


def defect(what: str, error: Exception) -> str:
    """An unforeseen error, for people: where it happened, and not its text, which may hold what was read."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({PurePath(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{what} itself failed: {type(error).__name__}{place}."


def _shown(text: str) -> str:
    """Without what a terminal would obey: servers say what they like."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "\N{REPLACEMENT CHARACTER}" for sign in text)


@dataclass(frozen=True)
class Verdict:
    """What a check found, without its id.

    :ivar status: one of those of a finding.
    :ivar found: one sentence without a secret.
    :ivar remedy: what to do, naming the variable or the command.
    """

    status: str
    found: str
    remedy: str = ""

    @classmethod
    def of(cls, finding: Finding) -> Verdict:
        """What somebody else found."""
        return cls(finding.status, finding.found, finding.remedy)


def passes(found: str) -> Verdict:
    """It is as it should be."""
    return Verdict(PASS, found)


def fails(found: str, remedy: str) -> Verdict:
    """A rollout would fail, or do harm."""
    return Verdict(FAIL, found, remedy)


def warns(found: str, remedy: str) -> Verdict:
    """Worth knowing before a rollout that may well succeed."""
    return Verdict(WARN, found, remedy)


def unchecked(found: str, remedy: str = "") -> Verdict:
    """It could not be looked at, with the reason."""
    return Verdict(NOT_CHECKED, found, remedy)


@dataclass(frozen=True)
class Check:
    """One check. Made by :func:`check`.

    :ivar id: dotted and stable.
    :ivar needs: what must be true, as a phrase; ``{nodes}`` stands for the threshold of that name.
    :ivar look: looks, and says what it found. Raises :class:`PopsinkError` where it cannot look.
    :ivar essential: whether no rollout is possible where it cannot look; otherwise it is not checked.
    :ivar ahead: whether it concerns only a release that is not yet as planned.
    :ivar inside: whether it takes a pod of ours, which the user asks for.
    """

    id: str
    needs: str
    look: Callable[[Site], Verdict]
    essential: bool = False
    ahead: bool = False
    inside: bool = False

    def run(self, site: Site) -> Finding:
        """The finding; where there is no answer, why not."""
        if site.want.levels.get(self.id) == "off":
            return self.finding(site.want.required, unchecked("Turned off by popsink_preflight_checks."))
        return self.finding(site.want.required, self._levelled(site, self._looked(site)))

    def _levelled(self, site: Site, verdict: Verdict) -> Verdict:
        """A verdict as the user wants it taken."""
        level = site.want.levels.get(self.id)
        if level == "warn" and verdict.status == FAIL:
            note = f"{verdict.found} (A failure, made a warning by popsink_preflight_checks.)"
            return replace(verdict, status=WARN, found=note)
        if level == "fail" and verdict.status in (WARN, NOT_CHECKED):
            note = f"{verdict.found} (Must pass, by popsink_preflight_checks; otherwise: {verdict.status}.)"
            return replace(verdict, status=FAIL, found=note)
        return verdict

    def late(self, site: Site) -> Finding:
        """The finding where the time was up before there was an answer."""
        said = f"No answer within {site.seconds:g} seconds (popsink_preflight_timeout)."
        verdict = Verdict(FAIL if self.essential else NOT_CHECKED, said, "Look at what is slow, or give it more time.")
        return self.finding(site.want.required, self._levelled(site, verdict))

    def finding(self, required: Mapping[str, Any], verdict: Verdict) -> Finding:
        """A verdict of this check's."""
        return Finding(
            self.id, verdict.status, _shown(verdict.found), _shown(verdict.remedy), self.needs.format_map(required)
        )

    def _looked(self, site: Site) -> Verdict:
        try:
            return self.look(site)
        except WrongThresholdError as error:
            return fails(str(error), "")
        except WrongClusterError:
            # Said once, by cluster.identity.
            return unchecked("Not asked: it is another cluster.")
        except UnreachableError as error:
            return fails(str(error), "Check the address, and what keeps the cluster's pods from reaching it.")
        except PopsinkError as error:
            if self.essential:
                return fails(str(error), "")
            refused = isinstance(error, ApiError) and error.status in _UNAUTHORISED
            return unchecked(str(error), _ACCOUNT if refused else "")
        except Exception as error:
            # A defect, or an answer that nobody thought of. The other checks are worth their report all the same.
            said = defect("The check", error)
            return fails(said, DEFECT) if self.essential else unchecked(said, DEFECT)


def check(
    id: str, needs: str, *, essential: bool = False, ahead: bool = False, inside: bool = False
) -> Callable[[Callable[[Site], Verdict]], Check]:
    """Make a check of a function; see :class:`Check`."""

    def made(look: Callable[[Site], Verdict]) -> Check:
        return Check(id, needs, look, essential=essential, ahead=ahead, inside=inside)

    return made
