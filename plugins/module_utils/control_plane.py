# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one read-only question that a deployment token may ask the control plane."""

from __future__ import annotations

import http.client
import urllib.error
from dataclasses import dataclass

from ansible.module_utils.urls import ConnectionError as UrlConnectionError
from ansible.module_utils.urls import SSLValidationError, open_url

from .findings import FAIL, Finding, failed, passed

_ID = "control_plane.config"
_TIMEOUT = 15
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
        open_url(url, headers={"Authorization": f"Bearer {token}"}, timeout=_TIMEOUT, http_agent="popsink.data_plane")
    except urllib.error.HTTPError as error:
        return _refused(control_plane, error.code)
    except ValueError as error:
        # Its text is not shown: http.client puts a header that it does not take into it, and with it the token.
        return failed(
            _ID,
            f"The control plane at {control_plane.url} cannot be asked ({type(error).__name__}).",
            f"Check that controlPlaneUrl in {_SNIPPET} is a whole URL.",
        )
    except (
        urllib.error.URLError,
        UrlConnectionError,
        SSLValidationError,
        http.client.HTTPException,
        OSError,
    ) as error:
        reason = getattr(error, "reason", None) or error
        return failed(
            _ID,
            f"The control plane at {control_plane.url} does not answer: {reason}.",
            f"Check controlPlaneUrl in {_SNIPPET}, and that outbound HTTPS to it is open, through a proxy if need be.",
        )
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
