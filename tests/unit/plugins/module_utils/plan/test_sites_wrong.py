"""Inputs of a site that contradict each other: one failure each, which names the variable and the remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import failures
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan

from tests.unit.plugins.samples import ALL, inputs, snippet

ALONE = {"deployment_mode": "STANDALONE", "ingress_url": "https://popsink.example.com"}
OF_ITSELF = {"deploymentMode": "STANDALONE", "ingressUrl": "https://popsink.example.com"}

#: Snippet, inputs, the finding's id, and words of what was found and of the remedy.
WRONG: dict[str, tuple[dict[str, Any], dict[str, Any], str, str, str]] = {
    "standalone, with a snippet": (
        snippet(),
        ALONE,
        "identity.mode",
        "popsink_deployment_mode is STANDALONE, and deploymentMode",
        "Remove popsink_deployment_mode",
    ),
    "standalone by the snippet, and not by the inventory": (
        {**snippet(), "deploymentMode": "STANDALONE"},
        {"deployment_mode": "SELF_HOSTED"},
        "identity.mode",
        "popsink_deployment_mode is SELF_HOSTED",
        "Remove popsink_deployment_mode",
    ),
    "standalone by the snippet, with its token": (
        {**OF_ITSELF, "deploymentJwtToken": snippet()["deploymentJwtToken"]},
        {},
        "identity.mode",
        "holds a deployment token, for which there is no use",
        "Remove deploymentJwtToken",
    ),
    "standalone, without a public URL": (
        {},
        {"deployment_mode": "STANDALONE"},
        "identity.ingress_url",
        "public URL of the deployment is not known",
        "popsink_ingress_url",
    ),
    "a mirror without a login": (
        snippet(),
        {"mirror_registry": "mirror.example.com:5000"},
        "image_pull.login",
        "popsink_mirror_registry is set, and the pull secret would be made from the token",
        "popsink_image_pull_password",
    ),
    "a mirror that is no registry": (
        snippet(),
        {"mirror_registry": "https://mirror.example.com", "image_pull_username": "puller"},
        "mirror.registry",
        "popsink_mirror_registry is 'https://mirror.example.com', which is no registry",
        "mirror.example.com:5000/popsink",
    ),
    "a mirror that is a name alone": (
        snippet(),
        {"mirror_registry": "mirror", "image_pull_username": "puller"},
        "mirror.registry",
        "popsink_mirror_registry is 'mirror'",
        "mirror.example.com:5000/popsink",
    ),
    "a login beside a pull secret of somebody else's": (
        snippet(),
        {"image_pull_mode": "existing", "image_pull_secret": "theirs", "image_pull_username": "puller"},
        "image_pull.login",
        "popsink_image_pull_username is set, and popsink_image_pull_mode is 'existing'",
        "managed",
    ),
    "an existing pull secret without its name": (
        snippet(),
        {"image_pull_mode": "existing"},
        "image_pull.secret",
        "popsink_image_pull_secret is not set",
        "Name the Secret",
    ),
}


@pytest.mark.parametrize("row", WRONG.values(), ids=WRONG)
def test_a_contradiction_is_one_failure(
    chart_205: ChartFacts, row: tuple[dict[str, Any], dict[str, Any], str, str, str]
) -> None:
    given, changes, name, found, remedy = row
    (finding,) = failures(build_plan(inputs(given, **changes), chart_205, ALL).findings)
    assert (finding.id, found in finding.found, remedy in finding.remedy) == (name, True, True), finding


def test_standalone_needs_a_public_url_and_nothing_else(chart_of: Callable[[str], ChartFacts]) -> None:
    for number in ("60", "205"):
        plan = build_plan(inputs({}, **ALONE), chart_of(number), ALL - {"deployment_token"})
        assert failures(plan.findings) == []
        assert plan.values["deploymentMode"] == "STANDALONE"
        assert "deployment_token" not in plan.reads
