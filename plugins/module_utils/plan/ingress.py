# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How ingressUrl leads to the data plane."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..chart.facts import ChartFacts
from .gateway import http_route
from .ingress_controllers import ingress_annotations, middleware
from .ingress_review import ingress_findings
from .inputs import Inputs
from .istio import istio_objects
from .labels import labels
from .model import Plan
from .public_address import SERVICE_PORT, object_name, public_address, service_name, tls_secret
from .route import route

#: Everything that a mode may have made: what the present one does not want is removed.
_KINDS = (
    ("networking.k8s.io/v1", "Ingress"),
    ("traefik.io/v1alpha1", "Middleware"),
    ("route.openshift.io/v1", "Route"),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"),
    ("networking.istio.io/v1", "Gateway"),
    ("networking.istio.io/v1", "VirtualService"),
)


def plan_ingress(inputs: Inputs, chart: ChartFacts) -> Plan:
    """The chart's own Ingress switched on or off, and the objects of ours that the mode wants."""
    made = _MODES[inputs.ingress_mode](inputs, chart)
    kept = {(item["apiVersion"], item["kind"]) for item in made}
    metadata = {"name": object_name(inputs), "namespace": inputs.namespace}
    return Plan(
        values={"ingress": _chart_ingress(inputs, chart)},
        manifests=made,
        absent=tuple(
            {"apiVersion": version, "kind": kind, "metadata": metadata}
            for version, kind in _KINDS
            if (version, kind) not in kept
        ),
        findings=tuple(ingress_findings(inputs, chart)),
    )


def _chart_ingress(inputs: Inputs, chart: ChartFacts) -> dict[str, Any]:
    """The chart's own block of values."""
    if inputs.ingress_mode != "chart":
        return {"enabled": False}
    address, secret = public_address(inputs), tls_secret(inputs, chart)
    values: dict[str, Any] = {
        "enabled": True,
        "hostname": address.host,
        "path": address.path,
        "ingressClassName": inputs.ingress_class,
        "tls": bool(secret),
        "annotations": ingress_annotations(inputs, chart),
    }
    if secret and chart.has("ingress.existingSecret"):
        values["existingSecret"] = secret
    return values


def _ingress(inputs: Inputs, chart: ChartFacts) -> dict[str, Any]:
    address, secret = public_address(inputs), tls_secret(inputs, chart)
    backend = {"service": {"name": service_name(inputs), "port": {"number": SERVICE_PORT}}}
    path = {"path": address.path, "pathType": "Prefix", "backend": backend}
    spec: dict[str, Any] = {"rules": [{"host": address.host, "http": {"paths": [path]}}]}
    if inputs.ingress_class:
        spec["ingressClassName"] = inputs.ingress_class
    if secret:
        spec["tls"] = [{"hosts": [address.host], "secretName": secret}]
    metadata: dict[str, Any] = {
        "name": object_name(inputs),
        "namespace": inputs.namespace,
        "labels": labels(inputs.release),
    }
    if given := ingress_annotations(inputs, chart):
        metadata["annotations"] = given
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec}


def _beside_ingress(inputs: Inputs) -> tuple[dict[str, Any], ...]:
    """What the annotations of an Ingress refer to; first, because an Ingress without it serves nobody."""
    restricted = inputs.ingress_source_ranges and inputs.ingress_controller == "traefik"
    return (middleware(inputs),) if restricted else ()


#: Objects of ours by mode.
_MODES: dict[str, Callable[[Inputs, ChartFacts], tuple[dict[str, Any], ...]]] = {
    "managed": lambda inputs, chart: (*_beside_ingress(inputs), _ingress(inputs, chart)),
    "none": lambda inputs, chart: (),
    "chart": lambda inputs, chart: _beside_ingress(inputs),
    "route": lambda inputs, chart: (route(inputs),),
    "gateway": lambda inputs, chart: (http_route(inputs),),
    "istio": lambda inputs, chart: istio_objects(inputs),
}
