# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who the deployment is to its control plane, and where people reach it."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from ..chart.facts import ChartFacts
from ..findings import Finding, failed, warned
from .inputs import Inputs, Onboarding
from .model import Plan
from .secret_blocks import Entry, SecretBlock, plan_secret_block

_TOKEN = SecretBlock("deploymentJwtToken", "secrets", "deployment-token", (Entry("deployment_token", "token"),))

_SNIPPET = "the control plane's snippet (popsink_onboarding_file)"
_NEW_SNIPPET = "Copy it again from the control plane, verbatim."

#: Keys of snippets from early wizards and slips that no chart reads.
_DEAD_KEYS = ("global.fqdn", "retention", "metadata", "ingressurl")


def standalone(onboarding: Onboarding) -> bool:
    """Whether the deployment has no control plane at all."""
    return onboarding.get("deploymentMode") == "STANDALONE"


def plan_identity(inputs: Inputs, chart: ChartFacts) -> Plan:
    """The snippet's values, the token as a Secret, and what is wrong with them."""
    values = dict(inputs.onboarding.values)
    if inputs.ingress_url:
        values["ingressUrl"] = inputs.ingress_url
    findings = [*_snippet(inputs.onboarding), *_dead_keys(values), *_url(str(values.get("ingressUrl") or ""))]
    plan = Plan(values=values, findings=tuple(findings))
    if standalone(inputs.onboarding):
        return plan
    return plan.merge(plan_secret_block(inputs, chart, _TOKEN))


def _snippet(onboarding: Onboarding) -> list[Finding]:
    if not onboarding.values:
        return [failed("identity.snippet", f"There is no content in {_SNIPPET}.", _NEW_SNIPPET)]
    if standalone(onboarding):
        return []
    findings = [
        failed("identity.snippet", f"{key} is missing in {_SNIPPET}.", _NEW_SNIPPET)
        for key in ("controlPlaneUrl", "deploymentMode", "deploymentId")
        if not onboarding.get(key)
    ]
    mode = onboarding.get("deploymentMode")
    if mode not in ("", "SELF_HOSTED"):
        findings.append(
            failed(
                "identity.mode",
                f"deploymentMode in {_SNIPPET} is {mode!r}.",
                "It must be SELF_HOSTED, or STANDALONE for a site without a control plane.",
            )
        )
    deployment = onboarding.get("deploymentId")
    if deployment and not _is_uuid(deployment):
        findings.append(failed("identity.id", f"deploymentId in {_SNIPPET} is not a UUID.", _NEW_SNIPPET))
    return findings + _token(onboarding, deployment)


def _token(onboarding: Onboarding, deployment: str) -> list[Finding]:
    form = onboarding.token_form
    if form == "flat":
        return [
            failed(
                "identity.token",
                f"deploymentJwtToken in {_SNIPPET} is a bare string, which the chart cannot render.",
                "It must be an object with the key token: deploymentJwtToken: {token: ...}.",
            )
        ]
    if form != "object":
        what = "is missing" if form == "missing" else "is not an object with the key token"
        return [failed("identity.token", f"deploymentJwtToken {what} in {_SNIPPET}.", _NEW_SNIPPET)]
    if not onboarding.token_subject:
        return [
            failed("identity.token", f"deploymentJwtToken.token in {_SNIPPET} is not a deployment token.", _NEW_SNIPPET)
        ]
    if onboarding.token_subject != deployment:
        return [
            failed(
                "identity.token",
                f"The token in {_SNIPPET} belongs to deployment {onboarding.token_subject}, "
                f"but deploymentId there is {deployment or 'missing'}.",
                "Use id and token of one deployment, as the control plane shows them together.",
            )
        ]
    return []


def _dead_keys(values: dict[str, object]) -> list[Finding]:
    tree = {**values, "global.fqdn": (values.get("global") or {}).get("fqdn")}  # type: ignore[attr-defined]
    return [
        warned("identity.ignored", f"{key} in {_SNIPPET} is read by no chart.", "Remove it.")
        for key in _DEAD_KEYS
        if tree.get(key)
    ]


def _url(url: str) -> list[Finding]:
    parts = urlsplit(url)
    if parts.scheme in ("http", "https") and parts.hostname:
        return []
    return [
        failed(
            "identity.ingress_url",
            f"The public URL is {url!r}, which is not a URL with scheme and host."
            if url
            else "The public URL of the deployment is not known.",
            f"Set popsink_ingress_url, or ingressUrl in {_SNIPPET}, for instance to https://popsink.example.com.",
        )
    ]


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
