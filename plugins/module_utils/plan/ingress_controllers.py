# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ingress controllers are told by annotations, each in its own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..chart.boundaries import holds
from ..chart.facts import ChartFacts
from .inputs import Inputs
from .labels import labels
from .public_address import object_name

#: Annotation by which a controller lets only some addresses in, by popsink_ingress_controller.
SOURCE_RANGES = {
    "nginx": "nginx.ingress.kubernetes.io/whitelist-source-range",
    "haproxy": "haproxy.org/allow-list",
    "haproxy-ingress": "haproxy-ingress.github.io/allowlist-source-range",
    "traefik": "traefik.ingress.kubernetes.io/router.middlewares",
}

#: The same for the router of OpenShift, which parts addresses by spaces, and reads no other parting.
ROUTE_SOURCE_RANGES = "haproxy.router.openshift.io/ip_whitelist"

CERT_MANAGER = "cert-manager.io"

#: ingress-nginx ends connections on which nothing is said for a minute; the other controllers wait for an hour.
_NGINX_PATIENCE = {
    "nginx.ingress.kubernetes.io/proxy-read-timeout": "3600",
    "nginx.ingress.kubernetes.io/proxy-send-timeout": "3600",
}


def ingress_annotations(inputs: Inputs, chart: ChartFacts) -> dict[str, str]:
    """Annotations of the Ingress, ours or the chart's: the user's, the issuer's, and what the controller is told."""
    made: dict[str, str] = {}
    if inputs.ingress_controller == "nginx" and holds("interface.websockets", chart.version):
        made |= _NGINX_PATIENCE
    made |= own_annotations(inputs)
    if inputs.ingress_cert_manager_issuer:
        made[issuer_annotation(inputs)] = inputs.ingress_cert_manager_issuer
    name = SOURCE_RANGES.get(inputs.ingress_controller)
    if inputs.ingress_source_ranges and name:
        made[name] = ",".join(inputs.ingress_source_ranges)
        if inputs.ingress_controller == "traefik":
            # Before the user's own: who is not let in is told so first.
            ours, own = _reference(middleware(inputs)), own_annotations(inputs).get(name)
            made[name] = f"{ours},{own}" if own else ours
    return made


def own_annotations(inputs: Inputs) -> dict[str, str]:
    """The user's annotations, as Kubernetes takes them."""
    # As YAML writes true and false, which controllers read.
    return {
        str(name): str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in inputs.ingress_annotations.items()
    }


def issuer_annotation(inputs: Inputs) -> str:
    """The annotation that names an issuer of cert-manager's."""
    kind = "issuer" if inputs.ingress_cert_manager_kind == "Issuer" else "cluster-issuer"
    return f"{CERT_MANAGER}/{kind}"


def middleware(inputs: Inputs) -> dict[str, Any]:
    """By which Traefik lets only some addresses in."""
    return {
        "apiVersion": "traefik.io/v1alpha1",
        "kind": "Middleware",
        "metadata": {
            "name": object_name(inputs),
            "namespace": inputs.namespace,
            "labels": labels(inputs.release),
        },
        "spec": {"ipAllowList": {"sourceRange": list(inputs.ingress_source_ranges)}},
    }


def refers_to(annotations: Mapping[str, str], item: Mapping[str, Any]) -> bool:
    """Whether the annotations of an Ingress name an object: Traefik serves no Ingress whose Middleware is not there."""
    return item["kind"] == "Middleware" and _reference(item) in annotations.get(SOURCE_RANGES["traefik"], "")


def _reference(item: Mapping[str, Any]) -> str:
    """A Middleware, as an annotation names it."""
    metadata = item["metadata"]
    return f"{metadata['namespace']}-{metadata['name']}@kubernetescrd"
