# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans a deployment: from variables to validated inputs, from the pinned chart to facts, from both to the plan."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, replace
from typing import Any, TypeVar

from ansible.module_utils.common.validation import check_type_bool
from ansible.utils.display import Display
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.sensitive import replaced
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import (
    WARN,
    Finding,
    failed,
    failures,
    table,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.database import bundled_server, plan_outside
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.identity import public_url
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.inputs import Inputs, OwnValues
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.known import supplied_in_vain
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import Plan, literal, own_value
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.outside import config_map_name
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.public_address import service_name
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.requirements import plan_requirements
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.schema_registry import (
    plan_bundled_database,
    wanted_databases,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.storage import (
    broker_identity,
    uses_bucket,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.translation import Translation
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import THRESHOLD
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import CATALOGUE
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.rules import reused
from ansible_collections.popsink.data_plane.plugins.plugin_utils.input_collection import (
    collect,
    onboarding_of,
    with_handed_in,
)
from ansible_collections.popsink.data_plane.plugins.plugin_utils.inventory_secrets import InventorySecrets
from ansible_collections.popsink.data_plane.plugins.plugin_utils.pinned_chart import SECRET_INPUTS, pinned_chart
from ansible_collections.popsink.data_plane.plugins.plugin_utils.pull_token import same_account
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction

#: Roles that put Secrets into the cluster; each finds its own in the plan, empty where it has none.
_SECRET_ROLES = ("secrets", "pull_secret", "storage", "database")

#: Inputs that may not be empty, because something other than the plan takes them as they are.
_FILLED = (
    "popsink_move_timeout",
    "popsink_chart_ref",
    "popsink_helm",
    "popsink_timeout",
    "popsink_pending_after",
    "popsink_password_length",
    "popsink_password_alphabet",
    "popsink_preflight_image",
    "popsink_preflight_timeout",
    "popsink_preflight_inside_timeout",
)

#: Inputs that are seconds, of which there must be some.
_SECONDS = (
    "popsink_move_timeout",
    "popsink_timeout",
    "popsink_pending_after",
    "popsink_preflight_timeout",
    "popsink_preflight_inside_timeout",
)

#: More than a day is a mistake in the unit.
_MOST_SECONDS = 86400

display = Display()

Got = TypeVar("Got")


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_plan`."""

    def step(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Collect, validate, read the chart, plan."""
        published = check_type_bool(self._task.args.get("published") or False)
        values, findings = collect(variables, self._templar.template, SECRET_INPUTS - {"popsink_onboarding_file"})
        findings += _empty(values)
        # A name that nobody knows does not keep the rest from being looked at.
        if any(finding.id != "inputs.unknown" for finding in failures(findings)):
            _stop_at(findings)
        inventory = self.inventory(variables)
        handed_in, unread = _attempt("values.files", lambda: inventory.values_files.said)
        if handed_in is None:
            # Everything below may come from there.
            raise _refusal([*findings, *unread])
        values, more = _with_values_files(values, handed_in, inventory)
        findings += more
        if not inventory.vaults_files:
            findings += [file.finding() for file in inventory.open_files()]
        onboarding, unread = _attempt("identity.snippet", lambda: onboarding_of(inventory.snippet()))
        chart, unpulled = _attempt(
            "chart", lambda: pinned_chart(self, values, inventory, variables, published=published)
        )
        known, wrong = _known(inventory, values, without=() if onboarding else ("deployment_token",))
        findings += [*unread, *unpulled, *wrong]
        if onboarding is None or chart is None:
            # Without them there is no plan; what was found otherwise is told all the same.
            raise _refusal(findings)
        # What may be a secret among the user's own values stays out of the plan, which Ansible shows at -v.
        given = {"popsink_values_files": handed_in.rest, "popsink_values": values["popsink_values"]}
        own = [OwnValues(source, _hidden(source, content)) for source, content in given.items()]
        onboarding = replace(onboarding, values=_hidden("popsink_onboarding", onboarding.values))
        if published:
            values = {**values, "popsink_mirror_registry": ""}
        host = str(variables.get("inventory_hostname", ""))
        inputs = Inputs.from_variables(values, onboarding, own, inventory_host=host)
        plan = build_plan(inputs, chart, known)
        findings += [*plan.findings, *supplied_in_vain(plan, known)]
        _stop_at(findings)
        for finding in findings:
            if finding.status == WARN:
                display.warning(f"{finding.id}: {finding.found} {finding.remedy}".strip())
        return {**_result(plan, inputs, values, findings, chart), "chart": _reference(chart)}


def _with_values_files(
    values: dict[str, Any], handed_in: Translation, inventory: InventorySecrets
) -> tuple[dict[str, Any], list[Finding]]:
    """Inputs from files of chart values in the place of defaults, and what the inventory has otherwise."""
    # The chart can make the pull secret, and here it need not: the token becomes one of ours.
    given = {name: value for name, value in handed_in.inputs.items() if (name, value) != ("image_pull_mode", "chart")}
    taken, findings = with_handed_in(values, given, "popsink_values_files")
    for name, value in handed_in.secrets.items():
        variable = CATALOGUE[name].variable
        own = inventory.pull_token() if name == "image_pull_token" else inventory.variable(variable)
        if own not in (None, "", value) and not (name == "image_pull_token" and same_account(own, value)):
            findings.append(
                failed(
                    f"secrets.{name}",
                    f"{variable} has another value than popsink_values_files.",
                    "Remove one of the two.",
                )
            )
    snippet = inventory.own_snippet() if handed_in.identity else {}
    findings += [
        failed("identity.twice", f"{key} is one thing in the snippet and another in popsink_values_files.",
               "Remove one of the two.")
        for key, value in handed_in.identity.items()
        if snippet.get(key) not in (None, "", value)
    ]  # fmt: skip
    return taken, findings


def _attempt(id: str, get: Callable[[], Got]) -> tuple[Got | None, list[Finding]]:
    """What a call gives; its error as a finding."""
    try:
        return get(), []
    except PopsinkError as error:
        return None, [failed(id, str(error))]


_MADE = "Correct it, or leave it out to have it made."
_DATABASE_PASSWORD = (
    "Correct it here, and for the role popsink_database_user on the server, which has to have the same; or have the "
    "rollout make role and password (popsink_database_create)."
)


def _hidden(source: str, values: dict[str, Any]) -> dict[str, Any]:
    """Chart values of the user's with placeholders for what may be a secret."""
    hidden: dict[str, Any] = replaced(values, lambda path, _value: literal(own_value(source, path)))
    return hidden


def _reference(chart: ChartFacts) -> dict[str, str]:
    """What the release needs of the chart: Ansible would carry its default values through every task."""
    return {name: getattr(chart, name) for name in ("name", "version", "app_version", "digest", "archive")}


def _known(
    inventory: InventorySecrets, inputs: Mapping[str, Any], without: Collection[str]
) -> tuple[set[str], list[Finding]]:
    """Names of the secrets that have a value, and what is wrong with the values, which stay here.

    :param inputs: validated, by variable.
    :param without: names of secrets that are not looked at.
    """
    _config, findings = _attempt("image_pull.token", inventory.docker_config)
    left_out = {*without, *(("image_pull_docker_config",) if findings else ())}
    names = set(CATALOGUE) - left_out
    values = inventory.values(names)
    # Where the role is not made here, a password that is would open nothing there.
    external = inputs["popsink_database_mode"] == "external" and not inputs["popsink_database_create"]
    for name, value in sorted(values.items()):
        if problem := CATALOGUE[name].rule(value):
            remedy = _MADE if CATALOGUE[name].generated else CATALOGUE[name].remedy
            if name == "database_password" and external:
                remedy = _DATABASE_PASSWORD
            findings.append(failed(f"secrets.{name}", f"{CATALOGUE[name].variable} {problem}.", remedy))
    own = {CATALOGUE[name].variable: str(value) for name, value in values.items() if CATALOGUE[name].generated}
    for group in reused(own):
        findings.append(
            failed("secrets.reused", f"{' and '.join(sorted(group))} have the same value.", "Give each one of its own.")
        )
    if problem := inventory.password_format().problem():
        findings.append(
            failed("secrets.format", f"popsink_password_alphabet {problem}.", "Correct it or popsink_password_length.")
        )
    return set(values) | left_out, findings


def _empty(values: Mapping[str, Any]) -> list[Finding]:
    """Inputs whose default is a number or a name, and that were set to nothing, or to no time at all."""
    return [
        failed("inputs.empty", f"{name} is set to nothing.", "Give it a value, or leave it out for the default.")
        for name in (*_FILLED, *(name for name in values if name.startswith(THRESHOLD)))
        if name in values and values[name] in (None, "")
    ] + [
        failed("inputs.seconds", f"{name} is {values[name]}.", f"Give a number of seconds from 1 to {_MOST_SECONDS}.")
        for name in _SECONDS
        if isinstance(values.get(name), int) and not 0 < values[name] <= _MOST_SECONDS
    ]


def _stop_at(findings: list[Finding]) -> None:
    """End the task where something is wrong, with everything that is."""
    if failures(findings):
        raise _refusal(findings)


def _refusal(findings: list[Finding]) -> PopsinkError:
    return PopsinkError(
        f"The inputs cannot be used; nothing was changed.\n{table(failures(findings))}",
        details={"findings": [finding.as_dict() for finding in findings]},
    )


def _public(inputs: Inputs) -> dict[str, str] | None:
    """Where the public URL is tried."""
    if not inputs.verify_public_url:
        return None
    return {"url": public_url(inputs).strip(), "address": inputs.public_address, "ca": inputs.ingress_ca}


def _topic(inputs: Inputs) -> str:
    """The topic in which a record is passed.

    One name, so that what an ended run left is used and deleted by the next. Deployments of the same names in two
    clusters may have one Kafka: there the deployment's id tells them apart, of which a part is enough.
    """
    part = re.split(r"[^A-Za-z0-9]", inputs.onboarding.get("deploymentId"), maxsplit=1)[0][:16]
    return "-".join(filter(None, ("popsink-verify", inputs.namespace, inputs.release, part)))


def _result(
    plan: Plan, inputs: Inputs, values: dict[str, Any], findings: list[Finding], chart: ChartFacts
) -> dict[str, Any]:
    requirements = asdict(plan_requirements(plan, inputs, chart, values))
    control_plane = requirements["control_plane"]
    secrets = [asdict(secret) for secret in plan.secrets]
    deployment = {
        "deployment_id": inputs.onboarding.get("deploymentId"),
        "control_plane": inputs.onboarding.get("controlPlaneUrl"),
        "chart": values["popsink_chart_ref"],
        "chart_version": chart.version,
        "chart_digest": chart.digest,
    }
    records = {"topic": _topic(inputs), "kafka": requirements["kafka"]} if values["popsink_verify_records"] else None
    verify = {
        "service": service_name(inputs),
        "control_plane": control_plane,
        "secrets": secrets,
        "public": _public(inputs),
        "restricted": bool(inputs.ingress_source_ranges),
        "records": records,
    }
    managed = requirements["managed_bucket"]
    beside = plan_bundled_database(inputs, chart)
    # Only with keys can the bucket be looked at from here.
    bucket = (
        {"name": inputs.bucket, "region": inputs.bucket_region, "endpoint": inputs.s3_endpoint}
        if uses_bucket(inputs) and inputs.s3_auth == "keys"
        else None
    )
    return {
        "changed": False,
        "chart_values": plan.values,
        "secrets": {role: plan.secrets_of(role) for role in _SECRET_ROLES},
        "requires": {secret.name: list(secret.data) for secret in plan.secrets},
        "ca": {"config_map": config_map_name(inputs), "certificates": inputs.ca_certificates},
        "manifests": list(plan.manifests),
        "absent": list(plan.absent),
        "by_the_chart": inputs.ingress_mode == "chart",
        "bucket": bucket,
        "database": requirements["creation"],
        "bundled_database": beside,
        "database_outside": plan_outside(inputs, wanted_databases(inputs, chart)),
        "managed_bucket": managed and {**managed, "identity": broker_identity(inputs)},
        "preflight": requirements,
        "verify": verify,
        "url": public_url(inputs).strip(),
        "rotation": {
            **verify,
            "bucket": bucket,
            "database": beside["server"] if beside else bundled_server(inputs),
            "kafka": requirements["kafka"],
            "schema_registry": requirements["schema_registry"],
        },
        "backup": {"secrets": secrets, "deployment": deployment},
        "findings": [finding.as_dict() for finding in findings],
    }
