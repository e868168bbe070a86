# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the pods pull Popsink's images."""

from __future__ import annotations

from ..chart.facts import ChartFacts
from ..findings import Finding, failed, warned
from .inputs import Inputs
from .model import Plan, PlannedSecret, literal

#: Catalogue name of the registry login as Kubernetes stores it, made from the pull token.
DOCKER_CONFIG = "image_pull_docker_config"

#: The one key of a Secret of type kubernetes.io/dockerconfigjson.
_KEY = ".dockerconfigjson"


def plan_image_pull(inputs: Inputs, chart: ChartFacts) -> Plan:
    """The pull secret, named for every pod of the chart: none is attached to them otherwise."""
    findings = tuple(_wrong(inputs))
    if inputs.image_pull_mode == "chart":
        return _made_by_chart(inputs).merge(Plan(findings=findings))
    if inputs.image_pull_mode == "none":
        return Plan(values={"imagePullSecret": {"create": False}}, findings=findings)
    name = inputs.image_pull_secret or f"{inputs.release}-vault-image-pull"
    values = {"imagePullSecret": {"create": False}, "global": {"imagePullSecrets": [name]}}
    if inputs.image_pull_mode == "existing" and not inputs.image_pull_secret:
        return Plan(
            findings=(
                failed(
                    "image_pull.secret",
                    "popsink_image_pull_mode is 'existing', but popsink_image_pull_secret is not set.",
                    "Name the Secret of type kubernetes.io/dockerconfigjson that is in the namespace.",
                ),
            )
        )
    secret = PlannedSecret(
        name=name,
        role="pull_secret",
        data={_KEY: DOCKER_CONFIG},
        type="kubernetes.io/dockerconfigjson",
        variable="popsink_image_pull_secret" if inputs.image_pull_mode == "existing" else "",
    )
    return Plan(values=values, secrets=(secret,), findings=findings)


def _wrong(inputs: Inputs) -> list[Finding]:
    """A login that nothing uses, or one that the mirror does not know."""
    if inputs.image_pull_username and inputs.image_pull_mode != "managed":
        return [
            failed(
                "image_pull.login",
                f"popsink_image_pull_username is set, and popsink_image_pull_mode is '{inputs.image_pull_mode}'.",
                "Remove it, or set popsink_image_pull_mode to managed to have a pull secret made from it.",
            )
        ]
    if inputs.mirror_registry and not inputs.image_pull_username and inputs.image_pull_mode in ("managed", "chart"):
        return [
            failed(
                "image_pull.login",
                "popsink_mirror_registry is set, and the pull secret would be made from the token for the vendor's.",
                "Give popsink_image_pull_username and popsink_image_pull_password of the mirror; or, where it takes no "
                "login, set popsink_image_pull_mode to none.",
            )
        ]
    return []


def _made_by_chart(inputs: Inputs) -> Plan:
    """The Secret that the chart makes, which it attaches to no pod by itself."""
    values = {
        "imagePullSecret": {
            "create": True,
            "registry": inputs.image_registry,
            "token": literal("image_pull_token"),
        },
        "global": {"imagePullSecrets": [f"{inputs.release}-regcred"]},
    }
    note = warned(
        "image_pull.in_values",
        "The chart makes the pull secret, so the pull token stands in the release, for whoever may read its values.",
        "Set popsink_image_pull_mode to managed; the pods are then started anew, with the collection's own Secret.",
    )
    return Plan(values=values, findings=(note,))
