# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the public URL leads to the data plane, and where it leads otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from ..findings import Finding, failed, passed, warned
from ..http_request import Answer, NoAnswerError
from ..libraries import missing
from ..preflight.exposure.certificate import CRYPTOGRAPHY_IMPORT_ERROR, certificate_of
from .visitor import Place, Visitor, presented, visitor

_ID = "verify.public_url"
_OFF = "Set popsink_verify_public_url to false where this host is not meant to reach it."

#: Gives one who asks at a place while the context lasts.
Visit = Callable[[Place], AbstractContextManager[Visitor]]


class Meaning(NamedTuple):
    """What an answer by something other than the data plane means."""

    statuses: tuple[int, ...]
    cause: str
    remedy: str


#: Source: docs/chart.md, and what controllers answer by themselves.
MEANINGS = (
    Meaning(
        (502, 503, 504),
        "what leads it to the data plane points at a Service without ready pods, or at another port",
        "It must lead to the Service {service}, port 80. See that no other Ingress or Route claims the host, and that "
        "NetworkPolicies let the controller in.",
    ),
    Meaning(
        (404,),
        "the controller does not know its host or path",
        "Check popsink_ingress_class, and that the controller has taken the Ingress, Route or HTTPRoute: kubectl "
        "describe tells. A URL with a path needs a data plane that is served below it.",
    ),
    Meaning((421,), "the controller serves another host there", "Check where DNS, or popsink_public_address, leads."),
)


def try_public_url(
    place: Place,
    service: str,
    login: Mapping[str, str],
    *,
    restricted: bool = False,
    visit: Visit = visitor,
    shown: Callable[[Place], str] = presented,
) -> Finding:
    """Ask the data plane how it is, for its login page and to log in, all at its public URL.

    :param service: the data plane's Service, for people.
    :param login: name and password of the administrator, which the data plane takes: that was tried.
    :param restricted: whether only some addresses are let in.
    :param visit: gives one who asks.
    :param shown: gives the certificate that is shown there.
    """
    try:
        with visit(place) as asking:
            return _asked(place, asking, service, login, restricted=restricted)
    except NoAnswerError as error:
        return _silent(place, error, shown)


def _asked(place: Place, asking: Visitor, service: str, login: Mapping[str, str], *, restricted: bool) -> Finding:
    health = asking.ask("GET", "/api/livez")
    if (wrong := _not_the_data_plane(place, health, service, restricted=restricted)) is not None:
        return wrong
    page = asking.ask("GET", "/login")
    if page.status in range(300, 400) and _same(place, page.headers.get("location", ""), "/login"):
        return failed(
            _ID,
            f"The login page at {place.url} leads to itself for ever: what the data plane is asked for is not the host "
            "of ingressUrl.",
            "Have what stands in between pass the Host header on, or set popsink_ingress_url to what people use.",
        )
    if not place.url.startswith("https://"):
        return warned(
            _ID,
            f"{place.url} leads to the data plane, and no login was tried: the password would be sent in the open.",
            "Set popsink_ingress_url to https://.",
        )
    answer = asking.ask("POST", "/api/auth/jwt/login", login)
    if answer.status != 200 or not _json(answer).get("access_token"):
        return failed(
            _ID,
            f"The login through {place.url} answers HTTP {answer.status}, and it works inside the cluster.",
            "See whether what stands in between passes on forms (POST), and asks for no login of its own.",
        )
    return passed(_ID, f"{place.url} leads to the data plane, and the administrator can log in there")


def _not_the_data_plane(place: Place, answer: Answer, service: str, *, restricted: bool) -> Finding | None:
    """What is wrong with the answer to the question for health; None for one of the data plane's."""
    if answer.status == 200 and "status" in _json(answer):
        return None
    said = f"{place.url}/api/livez answers HTTP {answer.status}"
    for meaning in MEANINGS:
        if answer.status in meaning.statuses:
            return failed(_ID, f"{said}: {meaning.cause}.", meaning.remedy.format(service=service))
    if answer.status in range(300, 400):
        return _led_away(place, answer.headers.get("location", ""))
    if answer.status == 403 and restricted:
        return warned(
            _ID, f"{said}: popsink_ingress_source_ranges do not let this host in, so it was not tried further.", _OFF
        )
    if answer.status in (401, 403, 407):
        return warned(_ID, f"{said}: something in front of the data plane does not let this host in.", _OFF)
    return failed(
        _ID,
        f"{said}, and it is not the data plane that answers.",
        f"Check where DNS, or popsink_public_address, leads; it must lead to the Service {service}, port 80.",
    )


def _led_away(place: Place, location: str) -> Finding:
    target = urlsplit(urljoin(f"{place.url}/api/livez", location))
    own = urlsplit(place.url)
    if target.hostname == own.hostname and target.scheme != own.scheme:
        return failed(
            _ID,
            f"{place.url} is redirected to {target.scheme}://, so that ingressUrl is not the URL that people use.",
            f"Set popsink_ingress_url to {target.scheme}://{own.netloc}{own.path}.",
        )
    return failed(
        _ID,
        f"{place.url}/api/livez is redirected to {target.hostname or 'nowhere'}: a login would go round in circles.",
        "Set popsink_ingress_url to the URL that people use, or correct what redirects it.",
    )


def _same(place: Place, location: str, path: str) -> bool:
    url = f"{place.url.rstrip('/')}{path}"
    return bool(location) and urljoin(url, location) == url


def _silent(place: Place, error: NoAnswerError, shown: Callable[[Place], str]) -> Finding:
    if error.untrusted:
        return _untrusted(place, shown(place), str(error))
    if place.address:
        return failed(
            _ID,
            f"{place.url} does not answer at popsink_public_address {place.address}: {error}.",
            "Correct it, or remove it to have DNS say where the URL leads.",
        )
    if error.unresolved:
        return warned(
            _ID,
            f"{place.url} was not tried: its name is not known here.",
            f"Once it is, run again with --tags verify; or give the address in popsink_public_address. {_OFF}",
        )
    return warned(_ID, f"{place.url} was not tried: it cannot be reached from here ({error}).", _OFF)


def _untrusted(place: Place, pem: str, reason: str) -> Finding:
    """Whose certificate it is decides: a name of another's is wrong whoever signed it."""
    read = None if missing({"cryptography": CRYPTOGRAPHY_IMPORT_ERROR}) else certificate_of(pem)
    if read is not None and not read.covers(place.host):
        return failed(
            _ID,
            f"The certificate that {place.url} shows is for {', '.join(read.names) or 'no name'}.",
            "Check popsink_ingress_tls_secret: a controller shows a certificate of its own where the Secret is missing "
            "or is for another host.",
        )
    if place.ca or "expired" in reason or "not yet valid" in reason:
        return failed(
            _ID,
            f"The certificate that {place.url} shows cannot be trusted: {reason}.",
            "Check popsink_ingress_tls_secret, and popsink_ingress_ca.",
        )
    return warned(
        _ID,
        f"{place.url} shows a certificate whose signer this host does not trust, so no login was tried ({reason}).",
        "Give the signer's certificate in popsink_ingress_ca, or in popsink_ca_certificates for the pods as well.",
    )


def _json(answer: Answer) -> Mapping[str, Any]:
    try:
        read = json.loads(answer.body)
    except ValueError:
        return {}
    return read if isinstance(read, Mapping) else {}
