# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of another schema registry than the bundled one."""

from __future__ import annotations

import base64

from ...http_request import Answer, NoAnswerError, NotAskedError, advice, ask
from ...urls import web_url
from ..check import Verdict, check, fails, passes, unchecked
from ..requirements import SchemaRegistry
from ..site import Site

_LOGIN = "popsink_schema_registry_username and popsink_schema_registry_password"


@check("schema_registry.answers", "a schema registry that lets the deployment in")
def answers(site: Site) -> Verdict:
    """The registry lists its subjects to the deployment."""
    registry = site.want.schema_registry
    if registry is None:
        return passes("no other schema registry is used (popsink_schema_registry_mode)")
    malformed = fails(
        f"popsink_schema_registry_url is {registry.url!r}, which is no URL.", "Begin it with https:// or http://."
    )
    url = web_url(registry.url)
    if url is None:
        return malformed
    try:
        answer = ask("GET", f"{registry.url.strip().rstrip('/')}/subjects", _headers(site, registry))
    except NotAskedError:
        return malformed
    except NoAnswerError as error:
        if error.unresolved:
            return unchecked(
                f"{url.host} cannot be resolved from here, as names of a cluster cannot: not checked from here."
            )
        return fails(
            f"The schema registry at {registry.url} does not answer: {error}.",
            advice(error, registry.url, "Check popsink_schema_registry_url and the network."),
        )
    return _judged(registry, answer)


def _headers(site: Site, registry: SchemaRegistry) -> dict[str, str]:
    headers = {"Accept": "application/vnd.schemaregistry.v1+json, application/json"}
    if registry.auth == "basic":
        login = f"{site.secret('schema_registry_username')}:{site.secret('schema_registry_password')}"
        headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode('ascii')}"
    return headers


def _judged(registry: SchemaRegistry, answer: Answer) -> Verdict:
    if answer.status == 200:
        return passes(f"the schema registry at {registry.url} lists its subjects")
    said = f"The schema registry at {registry.url} answers HTTP {answer.status}"
    if answer.status in (401, 403):
        if registry.auth == "basic":
            return fails(f"{said}: it does not take the login.", f"Check {_LOGIN}.")
        return fails(f"{said}: it wants a login.", f"Set popsink_schema_registry_auth to basic, with {_LOGIN}.")
    if 300 <= answer.status < 400 and answer.headers.get("location"):
        return fails(f"{said} and points elsewhere.", "Name where it points to in popsink_schema_registry_url.")
    return fails(f"{said} to a request for its subjects.", "Check popsink_schema_registry_url, its path too.")
