# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who the deployment is to its control plane, and where people reach it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from ..chart.facts import ChartFacts
from ..findings import Finding, failed, warned
from ..tree import dig, without
from ..urls import web_url
from .broker import as_named
from .ignored import ignored
from .inputs import Inputs, Onboarding, OwnValues
from .model import Plan
from .placeholders import left_over
from .secret_blocks import Entry, SecretBlock, plan_secret_block

_TOKEN = SecretBlock("deploymentJwtToken", "secrets", "deployment-token", (Entry("deployment_token", "token"),))

#: The broker's block of values, by its names.
_BROKER = ("kodansu", "tansu")

#: The mode of a deployment without a control plane.
STANDALONE = "STANDALONE"

_SNIPPET = "the control plane's snippet (popsink_onboarding_file)"
_NEW_SNIPPET = "Copy it again from the control plane, verbatim."


def public_url(inputs: Inputs) -> str:
    """The deployment's public URL as it was given, empty where it is not known."""
    return inputs.ingress_url or inputs.onboarding.get("ingressUrl")


def standalone(inputs: Inputs) -> bool:
    """Whether the deployment has no control plane at all."""
    return (inputs.deployment_mode or inputs.onboarding.get("deploymentMode")) == STANDALONE


def plan_identity(inputs: Inputs, chart: ChartFacts) -> Plan:
    """The snippet's values, the token as a Secret, and what is wrong with them."""
    # Pull secret and storage are planned, and what secrets the snippet has of them must not reach the release.
    planned = ("imagePullSecret", *(f"{block}.storage" for block in _BROKER))
    values = as_named(without(inputs.onboarding.values, planned), chart)
    if inputs.ingress_url:
        values["ingressUrl"] = inputs.ingress_url
    if inputs.deployment_mode:
        values["deploymentMode"] = inputs.deployment_mode
    findings = [
        *(_alone(inputs) if standalone(inputs) else _snippet(inputs)),
        *ignored(OwnValues(_SNIPPET, values), chart, "identity.ignored", may_be_left_out=False),
        *left_over(OwnValues(_SNIPPET, values)),
        *_pull_token(inputs.onboarding),
        *_retention(inputs),
        *_url(str(values.get("ingressUrl") or "")),
    ]
    plan = Plan(values=values, findings=tuple(findings))
    if standalone(inputs):
        return plan
    return plan.merge(plan_secret_block(inputs, chart, _TOKEN))


def _alone(inputs: Inputs) -> list[Finding]:
    """What a snippet says of a control plane to a deployment that is to have none."""
    said = inputs.onboarding.get("deploymentMode")
    if said not in ("", STANDALONE):
        return [_two_modes(inputs, said)]
    if inputs.onboarding.token_form != "missing":
        return [
            failed(
                "identity.mode",
                f"The deployment is {STANDALONE}, and {_SNIPPET} holds a deployment token, for which there is no use.",
                f"Remove deploymentJwtToken there; or, where there is a control plane after all, {STANDALONE}.",
            )
        ]
    return []


def _two_modes(inputs: Inputs, said: str) -> Finding:
    return failed(
        "identity.mode",
        f"popsink_deployment_mode is {inputs.deployment_mode}, and deploymentMode in {_SNIPPET} is {said}.",
        "Remove popsink_deployment_mode where the snippet holds, and the snippet where it does not.",
    )


def _snippet(inputs: Inputs) -> list[Finding]:
    onboarding = inputs.onboarding
    if not onboarding.values:
        return [failed("identity.snippet", f"There is no content in {_SNIPPET}.", _NEW_SNIPPET)]
    findings = [
        failed("identity.snippet", f"{key} is missing in {_SNIPPET}.", _NEW_SNIPPET)
        for key in ("controlPlaneUrl", "deploymentMode", "deploymentId")
        if not onboarding.get(key) and not (key == "deploymentMode" and inputs.deployment_mode)
    ]
    mode = onboarding.get("deploymentMode")
    if inputs.deployment_mode and mode == STANDALONE:
        findings.append(_two_modes(inputs, mode))
    elif mode not in ("", "SELF_HOSTED"):
        findings.append(
            failed(
                "identity.mode",
                f"deploymentMode in {_SNIPPET} is {mode!r}.",
                "It must be SELF_HOSTED, or STANDALONE for a site without a control plane.",
            )
        )
    url = onboarding.get("controlPlaneUrl")
    if url and web_url(url) is None:
        findings.append(
            failed("identity.snippet", f"controlPlaneUrl in {_SNIPPET} is {url!r}, which is no URL.", _NEW_SNIPPET)
        )
    deployment = onboarding.get("deploymentId")
    if deployment and not _is_uuid(deployment):
        findings.append(failed("identity.id", f"deploymentId in {_SNIPPET} is not a UUID.", _NEW_SNIPPET))
    if _TOKEN.path in inputs.existing_secrets and onboarding.token_form == "missing":
        # It stands in a Secret that somebody else looks after.
        return findings
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
    if deployment and onboarding.token_subject != deployment:
        return [
            failed(
                "identity.token",
                f"The token in {_SNIPPET} belongs to deployment {onboarding.token_subject}, "
                f"but deploymentId there is {deployment}.",
                "Use id and token of one deployment, as the control plane shows them together.",
            )
        ]
    return []


def _pull_token(onboarding: Onboarding) -> list[Finding]:
    block = onboarding.values.get("imagePullSecret")
    if not isinstance(block, Mapping) or not block.get("token"):
        return []
    return [
        warned(
            "identity.pull_token",
            f"imagePullSecret.token in {_SNIPPET} is left out: it would stand in the release.",
            "Give it in popsink_image_pull_token instead.",
        )
    ]


def _retention(inputs: Inputs) -> list[Finding]:
    """The wizard's retention strategy: an engine that the broker may not take any more."""
    return [
        warned(
            "identity.retention",
            f"{block}.storage in {_SNIPPET} is left out: popsink_storage_type is {inputs.storage_type!r}, and the "
            "inputs that belong to it hold.",
            "Set popsink_storage_type to what the broker is to use, and remove the block from the snippet.",
        )
        for block in _BROKER
        if dig(inputs.onboarding.values, f"{block}.storage")
    ]


def _url(url: str) -> list[Finding]:
    if web_url(url) is not None:
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
