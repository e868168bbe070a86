# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of how the public URL leads to the data plane."""

from __future__ import annotations

import socket
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

from ...cluster.conditions import is_ready
from ...cluster.secrets import decoded
from ...errors import PopsinkError
from ...libraries import missing
from ...urls import web_url
from ..check import Verdict, check, fails, passes, unchecked, warns
from ..classes import default_of, names_of
from ..exposure.certificate import CRYPTOGRAPHY_IMPORT_ERROR, certificate_of
from ..exposure.gateways import addresses_of_gateway, listeners, names_of_listeners, takes_host, takes_others
from ..exposure.ingresses import CLASSES, DEFAULT, addresses_of, controller_of, served_by, serves_host, serving_class
from ..exposure.issuer import KINDS, Issuer, issuer_of, why_not_ready
from ..requirements import Exposure
from ..site import Site

_NO_INGRESS = "no Ingress is made (popsink_ingress_mode)"

#: What brings the kinds that a mode needs.
_KINDS_OF = {
    "route": "Only OpenShift has it: set popsink_ingress_mode to managed.",
    "gateway": "Install the Gateway API's kinds and a controller for them, or set popsink_ingress_mode to managed.",
    "istio": "Install Istio, or set popsink_ingress_mode to managed.",
}
#: Where other modes than those of an Ingress have the public URL's name lead.
_DOORS = {"route": "OpenShift's router", "istio": "Istio's gateway"}
_TRAEFIK = "Install the kinds of Traefik 2.11 or later, or correct popsink_ingress_controller."
_NO_CLASS = "There is no such IngressClass: see cluster.ingress_class."
_CONTROLLER = "See that a controller runs for it, or name another class in popsink_ingress_class."
_TLS_SECRET, _ISSUER = "popsink_ingress_tls_secret", "popsink_ingress_cert_manager_issuer"


@check("cluster.ingress_class", "the IngressClass of the Ingress")
def ingress_class(site: Site) -> Verdict:
    """The IngressClass is there, where an Ingress is made."""
    if site.want.exposure is None or not site.want.exposure.by_ingress:
        return passes(_NO_INGRESS)
    wanted = site.want.exposure.ingress_class
    classes = site.items(CLASSES)
    if wanted in names_of(classes):
        return passes(f"IngressClass {wanted} is there")
    there = f"(there is: {', '.join(names_of(classes)) or 'none'})"
    if wanted:
        return fails(
            f"There is no IngressClass {wanted} {there}.",
            "Name one of these in popsink_ingress_class, or set popsink_ingress_mode to none.",
        )
    if default := default_of(classes, DEFAULT):
        return passes(f"IngressClass {default['metadata']['name']} is the default")
    return warns(
        f"The cluster has no default IngressClass {there}.",
        "Name one in popsink_ingress_class, or set popsink_ingress_mode to none.",
    )


@check("cluster.ingress_kinds", "the kinds of what leads the public URL to the data plane")
def ingress_kinds(site: Site) -> Verdict:
    """What is made beside the release is of kinds that the cluster has."""
    exposure = site.want.exposure
    if exposure is None or not exposure.objects:
        return passes("nothing is made beside the release (popsink_ingress_mode)")
    for item in exposure.objects:
        kinds = site.find(f"/apis/{item.version}") or {}
        if item.kind not in (resource.get("kind") for resource in kinds.get("resources") or ()):
            return fails(
                f"popsink_ingress_mode is {exposure.mode}, and the cluster has no {item.kind} of {item.version}.",
                _KINDS_OF.get(exposure.mode, _TRAEFIK),
            )
    return passes(f"the cluster has {', '.join(item.kind for item in exposure.objects)}")


@check("ingress.source_ranges", "a controller that holds to popsink_ingress_source_ranges")
def source_ranges(site: Site) -> Verdict:
    """The controller understands the words in which it is told whom to let in: others are passed over in silence."""
    exposure = site.want.exposure
    if exposure is None or not exposure.controller:
        return passes("none are told to an Ingress controller")
    serving = serving_class(site)
    if serving is None:
        return unchecked(_NO_CLASS)
    known, name = controller_of(serving), f"IngressClass {serving['metadata']['name']}"
    if known is None:
        return unchecked(f"The controller of {name} is not known here ({_controller_name(serving)}).")
    if known.dialect == exposure.controller:
        return passes(f"{name} is served by {known.name}, which is told so by its own annotation")
    return fails(
        f"{name} is served by {known.name}, and popsink_ingress_controller is {exposure.controller}: "
        "everybody would be let in.",
        f"Set popsink_ingress_controller to {known.dialect}."
        if known.dialect
        else f"Remove popsink_ingress_source_ranges, and tell {known.name} in popsink_ingress_annotations.",
    )


@check("ingress.gateway", "the Gateway that the HTTPRoute belongs to")
def gateway(site: Site) -> Verdict:
    """The Gateway is there, and has a listener that takes the route."""
    exposure = site.want.exposure
    if exposure is None or exposure.gateway is None:
        return passes("no HTTPRoute is made (popsink_ingress_mode)")
    wanted = exposure.gateway
    name = f"Gateway {wanted.namespace}/{wanted.name}"
    found = site.find(wanted.path)
    if found is None:
        return fails(f"There is no {name}.", "Correct popsink_gateway_name and popsink_gateway_namespace.")
    taking = listeners(found, wanted.section)
    if wanted.section and not taking:
        return fails(
            f"{name} has no listener {wanted.section} (there is: {', '.join(names_of_listeners(found))}).",
            "Correct popsink_gateway_section.",
        )
    taking = [item for item in taking if takes_host(item, exposure.host)]
    if not taking:
        return fails(
            f"{name} has no listener that takes {exposure.host}.",
            "Have its owner add one, or correct popsink_gateway_section or the public URL.",
        )
    if site.want.namespace != wanted.namespace and not any(takes_others(item) for item in taking):
        return fails(
            f"{name} takes no routes of other namespaces, and {site.want.namespace} is another.",
            "Have its owner set allowedRoutes.namespaces of the listener.",
        )
    protocol = {"https": "HTTPS", "http": "HTTP"}[exposure.scheme]
    if not any(item.get("protocol") == protocol for item in taking):
        return warns(
            f"The public URL is {exposure.scheme}://, and no listener of {name} for {exposure.host} speaks {protocol}.",
            "Name another listener in popsink_gateway_section, unless TLS ends before the cluster.",
        )
    return passes(f"{name} has a listener for {exposure.host}")


@check("ingress.controller", "a controller that serves the IngressClass")
def controller(site: Site) -> Verdict:
    """Somebody does what the Ingress asks for: an IngressClass alone is only a name."""
    if site.want.exposure is None or not site.want.exposure.by_ingress:
        return passes(_NO_INGRESS)
    serving = serving_class(site)
    if serving is None:
        return unchecked(_NO_CLASS)
    name = f"IngressClass {serving['metadata']['name']}"
    if served := served_by(site, serving):
        first = served[0]
        where = f"{first['metadata'].get('namespace')}/{first['metadata']['name']}"
        return passes(f"{name} is served: Ingress {where} has the address {addresses_of(first)[0]}")
    known = controller_of(serving)
    if known is None:
        return unchecked(f"The controller of {name} is not known here ({_controller_name(serving)}).")
    if known.outside:
        return unchecked(f"{known.name}, which serves {name}, runs outside of the cluster.")
    pods = [pod for pod in site.pods if known.runs_in(pod)]
    if ready := [pod for pod in pods if is_ready(pod)]:
        metadata = ready[0]["metadata"]
        return passes(f"{name} is served by {known.name}: pod {metadata.get('namespace')}/{metadata['name']} is ready")
    if pods:
        return warns(f"No pod of {known.name}, which serves {name}, is ready.", _CONTROLLER)
    return warns(
        f"No pod of {known.name}, which serves {name}, was found; it may run outside of the cluster.", _CONTROLLER
    )


def _controller_name(serving: dict[str, Any]) -> str:
    return str((serving.get("spec") or {}).get("controller") or "it names none")


@check("ingress.dns", "a name that leads people to the data plane")
def dns(site: Site) -> Verdict:
    """The public URL's host is known here, and leads to the controller as far as that is known."""
    url = web_url(site.want.public_url)
    if url is None:
        return unchecked("The public URL is none (popsink_ingress_url).")
    found = _resolved(url.host)
    known = _known_addresses(site, url.host)
    door = _door(site)
    leads = f"Have it lead to {', '.join(known) if known else door}"
    if not found:
        return warns(
            f"{url.host} cannot be resolved from here. Until people can resolve it, nobody can log in.",
            f"{leads}, unless something makes the name later, such as external-dns.",
        )
    to = f"{url.host} resolves to {', '.join(found)}"
    if not known:
        return passes(to)
    there = {address for name in known for address in (_resolved(name) or [name])}
    if there & set(found):
        return passes(f"{to}, where {door} is")
    return warns(
        f"{to}, and {door} is at {', '.join(known)}.",
        f"{leads}, unless what it leads to passes requests on.",
    )


def _door(site: Site) -> str:
    """What the public URL's name leads to."""
    exposure = site.want.exposure
    if exposure is not None and exposure.gateway is not None:
        return f"Gateway {exposure.gateway.namespace}/{exposure.gateway.name}"
    return _DOORS.get(exposure.mode if exposure else "", "the Ingress controller")


def _known_addresses(site: Site, host: str) -> list[str]:
    """Where it is reached, as far as the Gateway or the controller's Ingresses tell; those for the host tell best."""
    exposure = site.want.exposure
    if exposure is not None and exposure.gateway is not None:
        return addresses_of_gateway(site.find(exposure.gateway.path) or {})
    serving = serving_class(site) if exposure is not None and exposure.by_ingress else None
    if serving is None:
        return []
    served = served_by(site, serving)
    own = [item for item in served if serves_host(item, host)]
    known = controller_of(serving)
    if not own and known is not None and not known.one_address:
        return []
    return list(dict.fromkeys(address for item in own or served for address in addresses_of(item)))


def _resolved(host: str) -> list[str]:
    """A name's addresses, none where it is not known here."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        return []
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@check("ingress.certificate", "a certificate for the public URL, valid for {certificate_days} more days")
def certificate(site: Site) -> Verdict:
    """What browsers are shown, where TLS ends in the cluster."""
    url, exposure = web_url(site.want.public_url), site.want.exposure
    if url is None:
        return unchecked("The public URL is none (popsink_ingress_url).")
    if url.scheme == "http":
        return warns(
            "The public URL is http://, so passwords and sessions go over the network as they are.",
            f"Set popsink_ingress_url to https://, and {_TLS_SECRET} where TLS is to end in the cluster.",
        )
    if exposure is None:
        return passes(f"not looked at: {_NO_INGRESS}")
    if exposure.mode == "istio":
        return passes("not looked at: its Secret is in the namespace of Istio's gateway")
    if not exposure.tls_secret:
        return passes(f"not looked at: TLS ends before the cluster, or at its controller (no {_TLS_SECRET})")
    secret = site.find(f"/api/v1/namespaces/{site.want.namespace}/secrets/{exposure.tls_secret}")
    issuer = issuer_of(exposure.annotations)
    if secret is None:
        return _to_be_issued(site, exposure, issuer)
    return _judged(site, exposure, secret, issued=issuer is not None)


def _judged(site: Site, exposure: Exposure, secret: dict[str, Any], *, issued: bool) -> Verdict:
    """:param issued: whether somebody renews it."""
    title, values = f"Secret {exposure.tls_secret} ({_TLS_SECRET})", decoded(secret)
    renew = _renewal(site, exposure, issued=issued)
    if secret.get("type") != "kubernetes.io/tls":
        return fails(f"{title} is of type {secret.get('type')}, not kubernetes.io/tls.", f"Delete it. {renew}")
    if lacking := [key for key in ("tls.crt", "tls.key") if not values.get(key)]:
        return fails(f"{title} has no {' and no '.join(lacking)}.", renew)
    if error := missing({"cryptography": CRYPTOGRAPHY_IMPORT_ERROR}):
        return unchecked(f"The certificate cannot be read: {error}")
    read, now = certificate_of(values["tls.crt"]), datetime.now(timezone.utc)
    if read is None:
        return fails(f"{title} has a tls.crt that is no certificate in PEM.", renew)
    if problems := read.problems(exposure.host, values["tls.key"], now):
        return fails(f"The certificate in {title} {', and '.join(problems)}.", renew)
    left, needed = read.days_left(now), site.want.count("certificate_days")
    if left < needed:
        return warns(f"The certificate in {title} ends in {left} days, on {read.ends:%Y-%m-%d}.", renew)
    return passes(f"the certificate in Secret {exposure.tls_secret} is for {exposure.host} and ends in {left} days")


def _renewal(site: Site, exposure: Exposure, *, issued: bool) -> str:
    space, name = site.want.namespace, exposure.tls_secret
    if issued:
        return f"See why cert-manager does not renew it: kubectl --namespace {space} describe certificate {name}."
    return (
        f"Put certificate and key there anew: kubectl --namespace {space} create secret tls {name} --cert FILE --key "
        "FILE --dry-run=client -o yaml | kubectl apply -f -."
    )


def _to_be_issued(site: Site, exposure: Exposure, issuer: Issuer | None) -> Verdict:
    """Whether somebody makes the Secret once the Ingress is there."""
    space, name = site.want.namespace, exposure.tls_secret
    lacking = f"There is no Secret {name} ({_TLS_SECRET}) in namespace {space}"
    by_hand = f"kubectl --namespace {space} create secret tls {name} --cert FILE --key FILE"
    # Whoever may not look at the namespace is told nothing of it.
    with suppress(PopsinkError):
        if site.namespace is None:
            # A first rollout makes it, and only after this.
            by_hand = f"kubectl create namespace {space} && {by_hand}"
    if issuer is None:
        return fails(
            f"{lacking}, and no annotation of the Ingress names an issuer for it.",
            f"{by_hand}; or, in place of {_TLS_SECRET}, name an issuer of cert-manager in {_ISSUER}.",
        )
    if site.find(KINDS) is None:
        return fails(
            f"{lacking}, and cert-manager, which {_ISSUER} or popsink_ingress_annotations ask for one, is not "
            "installed.",
            f"Install cert-manager, or put the Secret there yourself: {by_hand}.",
        )
    if not issuer.is_own:
        what = f"{issuer.kind} {issuer.name} of {issuer.group}" if issuer.name else "cert-manager's default issuer"
        return unchecked(f"{lacking} yet; whether {what} makes it cannot be told.")
    there = site.find(issuer.path(space))
    if there is None:
        return fails(
            f"{lacking}, and no {issuer.kind} {issuer.name} that would make it.",
            f"Name one that is there in {_ISSUER} or popsink_ingress_annotations: kubectl get clusterissuers,issuers "
            "-A.",
        )
    if reason := why_not_ready(there):
        return fails(
            f"{lacking}, and {issuer.kind} {issuer.name}, which is to make it, is not ready: {reason}.",
            f"kubectl --namespace {space} describe {issuer.kind.lower()} {issuer.name} tells more.",
        )
    return passes(f"the certificate will be issued by {issuer.kind} {issuer.name}")
