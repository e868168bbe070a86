# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ingress controllers, and how their pods are told. One table holds what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NAME = "app.kubernetes.io/name"


@dataclass(frozen=True)
class IngressController:
    """A kind of controller.

    :ivar name: for people.
    :ivar classes: how ``spec.controller`` of its IngressClasses begins.
    :ivar images: ends of its images' repositories.
    :ivar labels: values of ``app.kubernetes.io/name`` on its pods.
    :ivar label: another label that its pods have, whatever its value; empty for none.
    :ivar outside: whether it runs outside of the cluster.
    :ivar dialect: its name in popsink_ingress_controller; empty for one that is told whom to let in by other means.
    :ivar one_address: whether all its Ingresses share their addresses; otherwise each may have its own.
    """

    name: str
    classes: tuple[str, ...]
    images: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    label: str = ""
    outside: bool = False
    one_address: bool = True
    dialect: str = ""

    def runs_in(self, pod: Mapping[str, Any]) -> bool:
        """Whether a pod is one of its own."""
        labels = (pod.get("metadata") or {}).get("labels") or {}
        if labels.get(_NAME) in self.labels or (self.label and self.label in labels):
            return True
        containers = (pod.get("spec") or {}).get("containers") or ()
        return any(_is_one_of(_repository(str(item.get("image") or "")), self.images) for item in containers)


#: Source: the controllers' own documentation and charts.
# fmt: off
CONTROLLERS = (
    IngressController(
        "ingress-nginx",
        ("k8s.io/ingress-nginx", "k8s.io/internal-ingress-nginx"),
        ("ingress-nginx/controller", "nginx-ingress-controller"),
        ("ingress-nginx", "rke2-ingress-nginx"),
        dialect="nginx",
    ),
    IngressController("NGINX", ("nginx.org/ingress-controller",), ("nginx-ingress", "nginx-plus-ingress"),
                      ("nginx-ingress",)),
    IngressController("Traefik", ("traefik.io/ingress-controller",), ("traefik", "mirrored-library-traefik"),
                      ("traefik",), dialect="traefik"),
    IngressController("HAProxy", ("haproxy.org/ingress-controller",), ("haproxytech/kubernetes-ingress",),
                      ("kubernetes-ingress",), dialect="haproxy"),
    IngressController("HAProxy Ingress", ("haproxy-ingress.github.io/controller",), ("haproxy-ingress",),
                      ("haproxy-ingress",), dialect="haproxy-ingress"),
    IngressController("AWS Load Balancer Controller", ("ingress.k8s.aws/alb",), ("aws-load-balancer-controller",),
                      ("aws-load-balancer-controller",), one_address=False),
    IngressController("EKS Auto Mode", ("eks.amazonaws.com/alb",), outside=True, one_address=False),
    IngressController("GKE Ingress", ("k8s.io/ingress-gce", "networking.gke.io/"), outside=True, one_address=False),
    IngressController("Azure application routing", ("webapprouting.kubernetes.azure.com/nginx",),
                      ("nginx-ingress-controller",), dialect="nginx"),
    IngressController("Azure Application Gateway", ("azure/application-gateway",),
                      ("azure-application-gateway/kubernetes-ingress",), ("ingress-azure",)),
    IngressController("OpenShift router", ("openshift.io/ingress-to-route",),
                      label="ingresscontroller.operator.openshift.io/deployment-ingresscontroller"),
    IngressController("Contour", ("projectcontour.io/",), ("projectcontour/contour", "contour"), ("contour",)),
    IngressController("Kong", ("ingress-controllers.konghq.com/kong",), ("kong/kubernetes-ingress-controller",),
                      ("kong",)),
    IngressController("Istio", ("istio.io/ingress-controller",), ("istio/pilot",), ("istiod",)),
    IngressController("Cilium", ("cilium.io/ingress-controller",), ("cilium/cilium",), ("cilium-agent",)),
)
# fmt: on


def ingress_controller(name: str) -> IngressController | None:
    """The controller that an IngressClass names, None where this table does not have it."""
    fitting = (item for item in CONTROLLERS if name.startswith(item.classes))
    return next(fitting, None)


def _repository(image: str) -> str:
    """An image's name without tag and digest."""
    path = image.partition("@")[0]
    head, slash, last = path.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def _is_one_of(repository: str, ends: tuple[str, ...]) -> bool:
    return any(f"/{repository}".endswith(f"/{end}") for end in ends)
