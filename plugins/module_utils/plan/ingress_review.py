# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with the inputs that say how the public URL leads to the data plane."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from ..chart.facts import ChartFacts
from ..findings import Finding, failed
from .ingress_controllers import CERT_MANAGER, ROUTE_SOURCE_RANGES, SOURCE_RANGES
from .inputs import Inputs
from .naming import SUBDOMAIN, is_qualified_name
from .public_address import chart_tls_secret, public_address

_INGRESS = ("managed", "chart")

#: Inputs that do nothing in other modes than these, where somebody may count on what they say. A class, a controller
#: or annotations may be given to a whole group of hosts, of which some need none.
_COUNTS_IN = {
    "ingress_tls_secret": (*_INGRESS, "route", "istio"),
    "ingress_source_ranges": (*_INGRESS, "route"),
    "ingress_cert_manager_issuer": _INGRESS,
    "route_destination_ca": ("route",),
    "gateway_name": ("gateway",),
    "gateway_namespace": ("gateway",),
    "gateway_section": ("gateway",),
    "istio_gateway": ("istio",),
}

#: What does the same where one of them does nothing.
_INSTEAD = {
    ("ingress_tls_secret", "gateway"): "Name the certificate at the Gateway's listener, which is its owner's.",
    ("ingress_source_ranges", "gateway"): "The Gateway API has nothing for it: have the Gateway's owner see to it.",
    ("ingress_source_ranges", "istio"): "Write an AuthorizationPolicy with remoteIpBlocks for Istio's gateway.",
    ("ingress_cert_manager_issuer", "gateway"): "Have the Gateway's owner name an issuer there.",
    ("ingress_cert_manager_issuer", "istio"): "Make a Certificate in the namespace of Istio's gateway, and name its "
    "Secret in popsink_ingress_tls_secret.",
    ("ingress_cert_manager_issuer", "route"): "Make a Certificate, and name its Secret in popsink_ingress_tls_secret.",
}


def ingress_findings(inputs: Inputs, chart: ChartFacts) -> Iterator[Finding]:
    """Findings of all modes; nothing here needs the cluster."""
    yield from _in_vain(inputs)
    if inputs.ingress_mode == "none":
        return
    yield from _annotations(inputs)
    yield from _host(inputs)
    yield from _source_ranges(inputs)
    yield from _tls(inputs)
    if inputs.ingress_mode in _OF_MODE:
        yield from _OF_MODE[inputs.ingress_mode](inputs, chart)


def _in_vain(inputs: Inputs) -> Iterator[Finding]:
    for name, modes in _COUNTS_IN.items():
        if getattr(inputs, name) and inputs.ingress_mode not in modes:
            yield failed(
                f"inputs.{name}",
                f"popsink_{name} is set, and does nothing where popsink_ingress_mode is {inputs.ingress_mode!r}.",
                _INSTEAD.get((name, inputs.ingress_mode), f"Remove it, or set the mode to {' or '.join(modes)}."),
            )


def _annotations(inputs: Inputs) -> Iterator[Finding]:
    for name in inputs.ingress_annotations:
        if not is_qualified_name(str(name)):
            yield failed(
                "inputs.ingress_annotations",
                f"popsink_ingress_annotations has {name!r}, which is no name of an annotation.",
                "Write it as PREFIX/NAME or NAME, with letters, digits, -, _ and dots.",
            )


def _host(inputs: Inputs) -> Iterator[Finding]:
    host = public_address(inputs).host
    if host and (not SUBDOMAIN.fullmatch(host) or host.replace(".", "").isdigit()):
        yield failed(
            "inputs.ingress_url",
            f"The public URL's host is {host!r}, which an Ingress does not take.",
            "Give a DNS name in ASCII (an international one begins with xn--), in popsink_ingress_url or the "
            "snippet's ingressUrl; or set popsink_ingress_mode: none.",
        )


def _source_ranges(inputs: Inputs) -> Iterator[Finding]:
    if not inputs.ingress_source_ranges or inputs.ingress_mode not in _COUNTS_IN["ingress_source_ranges"]:
        return
    for text in inputs.ingress_source_ranges:
        if (wrong := _no_range(text)) is not None:
            yield failed(
                "inputs.ingress_source_ranges",
                f"popsink_ingress_source_ranges has {text!r}, which {wrong}.",
                "Write addresses and networks as 192.0.2.7 and 192.0.2.0/24.",
            )
    by_route = inputs.ingress_mode == "route"
    if not by_route and not inputs.ingress_controller:
        yield failed(
            "inputs.ingress_controller",
            "popsink_ingress_source_ranges is set, and each Ingress controller is told so in words of its own.",
            f"Set popsink_ingress_controller to the one of the IngressClass: {', '.join(SOURCE_RANGES)}. With another "
            "one, use popsink_ingress_annotations alone.",
        )
    name = ROUTE_SOURCE_RANGES if by_route else SOURCE_RANGES.get(inputs.ingress_controller, "")
    # Traefik's annotation is a list, which both have a place in.
    if name in inputs.ingress_annotations and name != SOURCE_RANGES["traefik"]:
        yield failed(
            "inputs.ingress_source_ranges",
            f"popsink_ingress_source_ranges and popsink_ingress_annotations['{name}'] both say who is let in.",
            "Remove one of the two.",
        )


def _no_range(text: str) -> str | None:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            return "is neither an address nor a network"
        return f"is no network: that one is {network}"
    return None


def _tls(inputs: Inputs) -> Iterator[Finding]:
    issuer = inputs.ingress_cert_manager_issuer
    counts = inputs.ingress_mode in _COUNTS_IN["ingress_tls_secret"]
    if counts and not public_address(inputs).https and public_address(inputs).host:
        for name in ("ingress_tls_secret", "ingress_cert_manager_issuer"):
            if getattr(inputs, name):
                yield failed(
                    "ingress.tls",
                    f"popsink_{name} is set, and the public URL is http://.",
                    "Set popsink_ingress_url to https://, or remove the other.",
                )
    if issuer and inputs.ingress_tls_secret:
        yield failed(
            "ingress.tls",
            "popsink_ingress_tls_secret and popsink_ingress_cert_manager_issuer both say whose the certificate is.",
            "Remove popsink_ingress_tls_secret to have it issued, or the issuer to use that Secret.",
        )
    if issuer and (named := [name for name in inputs.ingress_annotations if str(name).startswith(f"{CERT_MANAGER}/")
                             and str(name).rpartition("/")[2] in ("issuer", "cluster-issuer")]):  # fmt: skip
        yield failed(
            "ingress.tls",
            f"popsink_ingress_cert_manager_issuer and popsink_ingress_annotations['{named[0]}'] both name an issuer.",
            "Remove one of the two.",
        )


def _chart(inputs: Inputs, chart: ChartFacts) -> Iterator[Finding]:
    if not chart.has("ingress.enabled"):
        yield failed(
            "ingress.chart",
            f"popsink_ingress_mode is 'chart', and chart {chart.version} has no Ingress of its own.",
            "Set popsink_ingress_mode to managed.",
        )
        return
    if public_address(inputs).path != "/" and not chart.has("ingress.path"):
        yield failed(
            "ingress.chart",
            f"The public URL has a path, and the Ingress of chart {chart.version} takes none.",
            "Set popsink_ingress_mode to managed, or popsink_ingress_url to one without a path.",
        )
    own = chart_tls_secret(inputs)
    if inputs.ingress_tls_secret not in ("", own) and not chart.has("ingress.existingSecret"):
        yield failed(
            "ingress.chart",
            f"The Ingress of chart {chart.version} takes its certificate from Secret {own} alone, and "
            f"popsink_ingress_tls_secret is {inputs.ingress_tls_secret!r}.",
            f"Name the Secret {own}, pin a later chart, or set popsink_ingress_mode to managed.",
        )


def _route(inputs: Inputs, chart: ChartFacts) -> Iterator[Finding]:
    https, again = public_address(inputs).https, inputs.route_termination == "reencrypt"
    if again and not https and public_address(inputs).host:
        yield failed(
            "route.tls",
            "popsink_route_termination is 'reencrypt', and the public URL is http://.",
            "Set popsink_ingress_url to https://, or popsink_route_termination to edge.",
        )
    authority = inputs.route_destination_ca
    if authority and not again:
        yield failed(
            "route.tls",
            "popsink_route_destination_ca is set, and with popsink_route_termination 'edge' the router speaks HTTP to "
            "the pods.",
            "Remove it, or set popsink_route_termination to reencrypt.",
        )


def _gateway(inputs: Inputs, chart: ChartFacts) -> Iterator[Finding]:
    if not inputs.gateway_name:
        yield failed(
            "gateway.parent",
            "popsink_ingress_mode is 'gateway', and no Gateway is named that the HTTPRoute belongs to.",
            "Set popsink_gateway_name, and popsink_gateway_namespace where it is in another namespace.",
        )


def _istio(inputs: Inputs, chart: ChartFacts) -> Iterator[Finding]:
    named = inputs.istio_gateway
    if named and not all(SUBDOMAIN.fullmatch(part) for part in named.split("/", 1)):
        yield failed(
            "inputs.istio_gateway",
            f"popsink_istio_gateway is {named!r}, which is no name of a Gateway.",
            "Write it as NAME, or NAMESPACE/NAME.",
        )
    if named and inputs.ingress_tls_secret:
        yield failed(
            "istio.tls",
            "popsink_ingress_tls_secret is set, and TLS is the matter of the Gateway that popsink_istio_gateway names.",
            "Remove one of the two.",
        )
    if not named and public_address(inputs).https and not inputs.ingress_tls_secret:
        yield failed(
            "istio.tls",
            "The public URL is https://, and the Gateway that is made for Istio has no certificate.",
            "Name a Secret of the namespace of Istio's gateway in popsink_ingress_tls_secret, or a Gateway that is "
            "there in popsink_istio_gateway.",
        )
    if not named and not inputs.istio_selector:
        yield failed(
            "inputs.istio_selector",
            "popsink_istio_selector is empty, so the Gateway that is made would be every gateway's.",
            "Give the labels of the pods of Istio's gateway.",
        )


_OF_MODE = {"chart": _chart, "route": _route, "gateway": _gateway, "istio": _istio}
