# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one read-only question that a deployment token may ask the control plane."""

from __future__ import annotations

from dataclasses import dataclass

from .findings import FAIL, Finding, failed, passed
from .http_request import NoAnswerError, NotAskedError, ask

_ID = "control_plane.config"
_SNIPPET = "popsink_onboarding_file"


@dataclass(frozen=True)
class Refusal(Finding):
    """A failure that asking again does not mend, while each further try may count towards a lockout."""


@dataclass(frozen=True)
class ControlPlane:
    """The control plane's API and the deployment's id there."""

    url: str
    deployment: str


def ask_config(control_plane: ControlPlane, token: str) -> Finding:
    """Whether URL, id and token belong together and the control plane is reached from this host."""
    if not (token.isascii() and token.isprintable()):
        return _refusal(
            "The deployment token holds a line break or another character that no HTTP header can carry.",
            f"Copy the snippet anew from the control plane into {_SNIPPET}.",
        )
    url = f"{control_plane.url.rstrip('/')}/deployment/{control_plane.deployment}/config"
    try:
        answer = ask("GET", url, {"Authorization": f"Bearer {token}"})
    except NotAskedError as error:
        return failed(
            _ID,
            f"The control plane at {control_plane.url} cannot be asked ({error}).",
            f"Check that controlPlaneUrl in {_SNIPPET} is a whole URL.",
        )
    except NoAnswerError as error:
        return failed(
            _ID,
            f"The control plane at {control_plane.url} does not answer: {error}.",
            f"Check controlPlaneUrl in {_SNIPPET}, and that outbound HTTPS to it is open, through a proxy if need be.",
        )
    if answer.status != 200:
        return _refused(control_plane, answer.status)
    return passed(_ID, "the control plane knows the deployment and takes its token")


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
