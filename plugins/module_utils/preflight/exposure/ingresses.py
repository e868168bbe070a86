# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The IngressClass that serves the deployment, and the Ingresses that it serves already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...tree import dig
from ..classes import default_of
from ..site import Site
from .ingress_controllers import IngressController, ingress_controller

CLASSES = "/apis/networking.k8s.io/v1/ingressclasses"
DEFAULT = "ingressclass.kubernetes.io/is-default-class"
INGRESSES = "/apis/networking.k8s.io/v1/ingresses"

#: How Ingresses named their class before they had a field for it.
_BY_ANNOTATION = "kubernetes.io/ingress.class"


def serving_class(site: Site) -> dict[str, Any] | None:
    """The IngressClass that is named, or the default one; None where it is not there."""
    exposure = site.want.exposure
    if exposure is not None and not exposure.by_ingress:
        return None
    wanted = exposure.ingress_class if exposure else ""
    classes = site.items(CLASSES)
    if not wanted:
        return default_of(classes, DEFAULT)
    return next((item for item in classes if item["metadata"]["name"] == wanted), None)


def controller_of(ingress_class: Mapping[str, Any]) -> IngressController | None:
    """The controller of an IngressClass, None where it is not known."""
    return ingress_controller(str(dig(ingress_class, "spec.controller") or ""))


def served_by(site: Site, ingress_class: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Ingresses of a class in the whole cluster that have an address: only a controller gives them one."""
    return [item for item in site.items(INGRESSES) if _class_of(item, ingress_class) and addresses_of(item)]


def serves_host(ingress: Mapping[str, Any], host: str) -> bool:
    """Whether an Ingress has a rule for a host."""
    return any((rule or {}).get("host") == host for rule in dig(ingress, "spec.rules") or ())


def addresses_of(ingress: Mapping[str, Any]) -> list[str]:
    """IP addresses and names under which an Ingress is reached."""
    entries = dig(ingress, "status.loadBalancer.ingress") or ()
    return [str(address) for entry in entries if (address := entry.get("ip") or entry.get("hostname"))]


def _class_of(ingress: Mapping[str, Any], ingress_class: Mapping[str, Any]) -> bool:
    named = dig(ingress, "spec.ingressClassName") or _annotations(ingress).get(_BY_ANNOTATION)
    if named:
        return bool(named == ingress_class["metadata"]["name"])
    # The server writes the default class into new ones; older ones than the class may lack it.
    return _annotations(ingress_class).get(DEFAULT) == "true"


def _annotations(item: Mapping[str, Any]) -> Mapping[str, str]:
    return (item.get("metadata") or {}).get("annotations") or {}
