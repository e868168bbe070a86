# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An OpenShift Route to the data plane."""

from __future__ import annotations

from typing import Any

from .ingress_controllers import ROUTE_SOURCE_RANGES, own_annotations
from .inputs import Inputs
from .labels import labels
from .public_address import object_name, public_address, service_name


def route(inputs: Inputs) -> dict[str, Any]:
    """The Route. It names no port: the Service has one."""
    address = public_address(inputs)
    spec: dict[str, Any] = {
        "host": address.host,
        "to": {"kind": "Service", "name": service_name(inputs), "weight": 100},
        "wildcardPolicy": "None",
    }
    if address.path != "/":
        spec["path"] = address.path
    if address.https:
        spec["tls"] = _tls(inputs)
    given = own_annotations(inputs)
    if inputs.ingress_source_ranges:
        given[ROUTE_SOURCE_RANGES] = " ".join(inputs.ingress_source_ranges)
    metadata: dict[str, Any] = {
        "name": object_name(inputs),
        "namespace": inputs.namespace,
        "labels": labels(inputs.release),
    }
    if given:
        metadata["annotations"] = given
    return {"apiVersion": "route.openshift.io/v1", "kind": "Route", "metadata": metadata, "spec": spec}


def _tls(inputs: Inputs) -> dict[str, Any]:
    tls: dict[str, Any] = {"termination": inputs.route_termination, "insecureEdgeTerminationPolicy": "Redirect"}
    if inputs.ingress_tls_secret:
        # By name: the key itself would stand in the Route for whoever may read that.
        tls["externalCertificate"] = {"name": inputs.ingress_tls_secret}
    if inputs.route_termination == "reencrypt" and inputs.route_destination_ca:
        tls["destinationCACertificate"] = inputs.route_destination_ca
    return tls
