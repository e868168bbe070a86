# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The public URL as what leads it to the data plane needs it: host, path, and where its TLS ends."""

from __future__ import annotations

from dataclasses import dataclass

from ..chart.facts import ChartFacts
from ..urls import web_url
from .identity import public_url
from .inputs import Inputs

#: The chart's Service for the data plane listens here.
SERVICE_PORT = 80


@dataclass(frozen=True)
class PublicAddress:
    """The parts of the public URL.

    :ivar host: empty for a URL that is none, which is a finding of its own.
    :ivar path: at least ``/``.
    """

    host: str
    path: str
    https: bool


def public_address(inputs: Inputs) -> PublicAddress:
    """The one place that says under which host and path the data plane is reached."""
    url = web_url(public_url(inputs))
    if url is None:
        return PublicAddress("", "/", https=False)
    return PublicAddress(url.host, url.path or "/", https=url.scheme == "https")


def object_name(inputs: Inputs) -> str:
    """Name of each object that leads the public URL to the data plane."""
    return f"{inputs.release}-public"


def service_name(inputs: Inputs) -> str:
    """The chart's Service for API and user interface."""
    return f"{inputs.release}-data-plane"


def tls_secret(inputs: Inputs, chart: ChartFacts) -> str:
    """The Secret with the certificate: one that is there, or that the issuer makes; empty where TLS ends elsewhere."""
    if inputs.ingress_tls_secret or not inputs.ingress_cert_manager_issuer:
        return inputs.ingress_tls_secret
    if inputs.ingress_mode == "chart" and not chart.has("ingress.existingSecret"):
        return chart_tls_secret(inputs)
    return f"{object_name(inputs)}-tls"


def chart_tls_secret(inputs: Inputs) -> str:
    """The Secret that the chart's own Ingress names by itself."""
    return f"{public_address(inputs).host}-tls"
