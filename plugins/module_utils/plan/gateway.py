# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A route of the Gateway API to the data plane."""

from __future__ import annotations

from typing import Any

from .ingress_controllers import own_annotations
from .inputs import Inputs
from .labels import labels
from .public_address import SERVICE_PORT, object_name, public_address, service_name


def http_route(inputs: Inputs) -> dict[str, Any]:
    """The HTTPRoute. TLS ends at the Gateway's listener, which is its owner's."""
    address = public_address(inputs)
    parent = {"name": inputs.gateway_name}
    if inputs.gateway_namespace:
        parent["namespace"] = inputs.gateway_namespace
    if inputs.gateway_section:
        parent["sectionName"] = inputs.gateway_section
    rule = {
        "matches": [{"path": {"type": "PathPrefix", "value": address.path}}],
        "backendRefs": [{"name": service_name(inputs), "port": SERVICE_PORT}],
    }
    metadata: dict[str, Any] = {
        "name": object_name(inputs),
        "namespace": inputs.namespace,
        "labels": labels(inputs.release),
    }
    if inputs.ingress_annotations:
        metadata["annotations"] = own_annotations(inputs)
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": metadata,
        "spec": {"parentRefs": [parent], "hostnames": [address.host], "rules": [rule]},
    }
