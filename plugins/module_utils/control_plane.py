# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one read-only question that a deployment token may ask the control plane."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .findings import FAIL, Finding, failed, passed
from .http_request import Answer, NoAnswerError, NotAskedError, advice, ask

_ID = "control_plane.config"

#: Takes method, URL and headers, and raises as :func:`..http_request.ask` does.
Ask = Callable[[str, str, Mapping[str, str]], Answer]
_SNIPPET = "popsink_onboarding_file"


@dataclass(frozen=True)
class Refusal(Finding):
    """A failure that asking again does not mend, while each further try may count towards a lockout."""


@dataclass(frozen=True)
class ControlPlane:
    """The control plane's API and the deployment's id there."""

    url: str
    deployment: str


@dataclass(frozen=True)
class Reply:
    """What the control plane said, whether it liked the question or not.

    :ivar date: its own time, as the answer's header has it; empty without an answer or a header.
    :ivar sent: time of this host before the question, in seconds since 1970.
    :ivar received: and after the answer.
    """

    finding: Finding
    date: str = ""
    sent: float = 0.0
    received: float = 0.0


def ask_config(control_plane: ControlPlane, token: str) -> Finding:
    """Whether URL, id and token belong together and the control plane is reached from this host."""
    return config_reply(control_plane, token).finding


def config_reply(control_plane: ControlPlane, token: str, *, by: Ask | None = None) -> Reply:
    """What :func:`ask_config` finds, and when.

    :param by: sends the question; None for the usual way.
    """
    if not (token.isascii() and token.isprintable()):
        return Reply(
            _refusal(
                "The deployment token holds a line break or another character that no HTTP header can carry.",
                f"Copy the snippet anew from the control plane into {_SNIPPET}.",
            )
        )
    url = f"{control_plane.url.rstrip('/')}/deployment/{control_plane.deployment}/config"
    sent = time.time()
    try:
        answer = (by or ask)("GET", url, {"Authorization": f"Bearer {token}"})
    except NotAskedError as error:
        said = f"The control plane at {control_plane.url} cannot be asked ({error})."
        return Reply(failed(_ID, said, f"Check that controlPlaneUrl in {_SNIPPET} is a whole URL."))
    except NoAnswerError as error:
        return Reply(_silent(control_plane, error))
    finding = passed(_ID, "the control plane knows the deployment and takes its token")
    if answer.status != 200:
        finding = _refused(control_plane, answer.status)
    elif answer.headers.get("content-type", "").startswith("text/html"):
        finding = failed(
            _ID,
            f"What answers at {control_plane.url} is a page for people, not the control plane's API.",
            f"Check controlPlaneUrl in {_SNIPPET}, and whether a proxy or a portal with a login stands in between.",
        )
    return Reply(finding, answer.headers.get("date", ""), sent, time.time())


def _silent(control_plane: ControlPlane, error: NoAnswerError) -> Finding:
    if error.untrusted:
        return failed(
            _ID,
            f"This host does not trust the certificate of the control plane at {control_plane.url}: {error}.",
            advice(error, control_plane.url),
        )
    return failed(
        _ID,
        f"The control plane at {control_plane.url} does not answer: {error}.",
        advice(
            error,
            control_plane.url,
            f"Check controlPlaneUrl in {_SNIPPET}, and that outbound HTTPS to it is open, through a proxy if need be "
            "(popsink_https_proxy and popsink_no_proxy, or else those of this host's environment).",
        ),
    )


def _refusal(found: str, remedy: str) -> Refusal:
    return Refusal(_ID, FAIL, found, remedy)


def _refused(control_plane: ControlPlane, status: int) -> Finding:
    if status in (401, 403):
        return _refusal(
            f"The control plane refuses the token for deployment {control_plane.deployment} (HTTP {status}).",
            f"Copy the snippet anew from the control plane into {_SNIPPET}.",
        )
    if status == 404:
        return _refusal(
            f"The control plane at {control_plane.url} does not know deployment {control_plane.deployment}.",
            f"Check controlPlaneUrl and deploymentId in {_SNIPPET}.",
        )
    return failed(_ID, f"The control plane answers HTTP {status}.", "Try again later, or ask Popsink.")
