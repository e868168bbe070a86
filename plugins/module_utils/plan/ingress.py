# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How ingressUrl leads to the data plane."""

from __future__ import annotations

from typing import Any

from ..chart.facts import ChartFacts
from ..urls import web_url
from .identity import public_url
from .inputs import Inputs
from .labels import labels
from .model import Plan

#: The chart's Service for the data plane listens here.
SERVICE_PORT = 80


def service_name(inputs: Inputs) -> str:
    """The chart's Service for API and user interface."""
    return f"{inputs.release}-data-plane"


def plan_ingress(inputs: Inputs, chart: ChartFacts) -> Plan:
    """The chart's own Ingress switched off, and ours where it is wanted."""
    plan = Plan(values={"ingress": {"enabled": False}})
    ingress = _ingress(inputs)
    if inputs.ingress_mode == "none":
        return plan.merge(Plan(absent=(ingress,)))
    return plan.merge(Plan(manifests=(ingress,)))


def _ingress(inputs: Inputs) -> dict[str, Any]:
    url = web_url(public_url(inputs))
    # A URL that is none ends the run as a finding of its own.
    host, url_path = (url.host, url.path) if url else ("", "")
    backend = {"service": {"name": service_name(inputs), "port": {"number": SERVICE_PORT}}}
    path = {"path": url_path or "/", "pathType": "Prefix", "backend": backend}
    spec: dict[str, Any] = {"rules": [{"host": host, "http": {"paths": [path]}}]}
    if inputs.ingress_class:
        spec["ingressClassName"] = inputs.ingress_class
    if inputs.ingress_tls_secret:
        spec["tls"] = [{"hosts": [host], "secretName": inputs.ingress_tls_secret}]
    metadata: dict[str, Any] = {
        "name": f"{inputs.release}-public",
        "namespace": inputs.namespace,
        "labels": labels(inputs.release),
    }
    if inputs.ingress_annotations:
        metadata["annotations"] = {name: str(value) for name, value in inputs.ingress_annotations.items()}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec}
