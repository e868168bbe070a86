# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Istio's Gateway and VirtualService to the data plane."""

from __future__ import annotations

from typing import Any

from .inputs import Inputs
from .labels import labels
from .public_address import SERVICE_PORT, object_name, public_address, service_name

_VERSION = "networking.istio.io/v1"


def istio_objects(inputs: Inputs) -> tuple[dict[str, Any], ...]:
    """A VirtualService, and a Gateway where none is named."""
    own = () if inputs.istio_gateway else (_gateway(inputs),)
    return (*own, _virtual_service(inputs))


def _gateway(inputs: Inputs) -> dict[str, Any]:
    address = public_address(inputs)
    plain: dict[str, Any] = {"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": [address.host]}
    servers = [plain]
    if address.https:
        plain["tls"] = {"httpsRedirect": True}
        servers.append(
            {
                "port": {"number": 443, "name": "https", "protocol": "HTTPS"},
                "hosts": [address.host],
                # Istio looks for it in the namespace of the gateway's pods.
                "tls": {"mode": "SIMPLE", "credentialName": inputs.ingress_tls_secret},
            }
        )
    return _object(inputs, "Gateway", {"selector": dict(inputs.istio_selector), "servers": servers})


def _virtual_service(inputs: Inputs) -> dict[str, Any]:
    address = public_address(inputs)
    # By its whole name: a short one is taken as one of the namespace in which the rule stands, or of Istio's own.
    host = f"{service_name(inputs)}.{inputs.namespace}.svc.cluster.local"
    http = {
        "match": [{"uri": {"prefix": address.path}}],
        "route": [{"destination": {"host": host, "port": {"number": SERVICE_PORT}}}],
    }
    gateways = [inputs.istio_gateway or object_name(inputs)]
    return _object(inputs, "VirtualService", {"hosts": [address.host], "gateways": gateways, "http": [http]})


def _object(inputs: Inputs, kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": object_name(inputs), "namespace": inputs.namespace, "labels": labels(inputs.release)}
    return {"apiVersion": _VERSION, "kind": kind, "metadata": metadata, "spec": spec}
