# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the control plane."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from ...control_plane import Refusal, Reply, config_reply
from ...errors import PopsinkError
from ...findings import FAIL
from ...json_web_token import JsonWebToken, json_web_token
from ..check import Verdict, check, fails, passes, unchecked, warns
from ..site import Site

#: Whom a deployment's token is for.
AUDIENCE = "popsink:deployment"

_STANDALONE = "not asked: the deployment is STANDALONE"
_NEW_TOKEN = "Copy the snippet anew from the control plane into popsink_onboarding_file, or renew its Secret."
_OWN_CLOCK = "Set this host's clock (timedatectl), and see that the nodes' are right as well."


@check("control_plane.token", "a token that was made for this deployment and is valid now")
def token(site: Site) -> Verdict:
    """What the token says of itself; the plan has seen the one in the snippet, and not one in a Secret."""
    if site.want.control_plane is None:
        return passes(_STANDALONE)
    text = site.secret("deployment_token")
    if not text:
        return unchecked("There is no deployment token that could be read.")
    read = json_web_token(text)
    if read is None:
        return fails("The deployment token is no JSON Web Token.", _NEW_TOKEN)
    now = time.time()
    if wrong := _wrong(read, site.want.deployment, now, site.want.count("clock_skew")):
        return fails(f"The deployment token {', and '.join(wrong)}.", _NEW_TOKEN)
    if doubtful := _doubtful(read):
        return warns(f"The deployment token {', and '.join(doubtful)}.", _NEW_TOKEN)
    return passes("the deployment token was made for this deployment")


def _wrong(read: JsonWebToken, deployment: str, now: float, skew: int) -> list[str]:
    """What no control plane would take, as ends of a sentence.

    :param skew: seconds by which clocks may differ.
    """
    wrong = []
    if read.algorithm.casefold() == "none":
        wrong.append("is not signed")
    named = {str(read.claims[name]) for name in ("sub", "deployment_id") if read.claims.get(name)}
    if others := sorted(named - {deployment}):
        wrong.append(f"belongs to {' and '.join(others)}, but the deployment is {deployment or 'not named'}")
    elif not named:
        wrong.append("names no deployment")
    if read.audience and AUDIENCE not in read.audience:
        wrong.append(f"is for {', '.join(read.audience)}, not for {AUDIENCE}")
    ends, begins = read.time("exp"), read.time("nbf")
    if ends is not None and ends < now - skew:
        wrong.append(f"ended at {_utc(ends)}")
    if begins is not None and begins > now + skew:
        wrong.append(f"is not valid before {_utc(begins)}")
    return wrong


def _doubtful(read: JsonWebToken) -> list[str]:
    """What is not as the control plane makes them."""
    doubtful = []
    if not read.audience:
        doubtful.append(f"does not say that it is for {AUDIENCE}")
    if (ends := read.time("exp")) is not None:
        doubtful.append(f"ends at {_utc(ends)}, after which nothing takes it any more; usual ones do not end")
    return doubtful


def _utc(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return f"{seconds:g} seconds after 1970"


@check("control_plane.config", "a control plane that knows the deployment and takes its token")
def config(site: Site) -> Verdict:
    """URL, id and token belong together, and the control plane is reached from here."""
    reply = _reply(site)
    if reply is None:
        return passes(_STANDALONE)
    verdict = Verdict.of(reply.finding)
    if verdict.status == FAIL and not isinstance(reply.finding, Refusal) and _is_installed(site):
        # Pipelines go on without it, so that it keeps nobody from mending or upgrading.
        return warns(f"{verdict.found} Until it does, nobody can log in.", verdict.remedy)
    return verdict


@check("control_plane.clock", "clocks that differ from the control plane's by at most {clock_skew} seconds")
def clock(site: Site) -> Verdict:
    """This host's clock; a wrong one breaks tokens, certificates and the signatures of object stores."""
    allowed = site.want.count("clock_skew")
    reply = _reply(site)
    if reply is None:
        return passes(_STANDALONE)
    if not reply.sent:
        return unchecked("The control plane did not answer: see control_plane.config.")
    try:
        told = parsedate_to_datetime(reply.date).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return unchecked("The control plane's answer does not tell its time (no Date).")
    skew = skew_of(told, reply.sent, reply.received)
    if abs(skew) <= allowed:
        return passes(f"the clocks of this host and of the control plane differ by {abs(skew):.0f} seconds")
    return warns(
        f"It is {_utc(told)} at the control plane and {_utc(reply.received)} on this host, whose clock is "
        f"{abs(skew):.0f} seconds {'behind' if skew > 0 else 'ahead'}.",
        _OWN_CLOCK,
    )


def _is_installed(site: Site) -> bool:
    try:
        return site.release is not None
    except PopsinkError:
        return False


def skew_of(told: float, sent: float, received: float) -> float:
    """Seconds by which another clock is ahead of ours; negative where it is behind.

    :param told: what it showed between ``sent`` and ``received`` of ours, cut to the whole second.
    """
    if told > received:
        return told - received
    return min(0.0, told + 1 - sent)


def _reply(site: Site) -> Reply | None:
    """The control plane's one answer; None where there is no control plane."""
    control_plane = site.want.control_plane
    if control_plane is None:
        return None
    return site.once("control_plane.config", lambda: config_reply(control_plane, site.secret("deployment_token")))
