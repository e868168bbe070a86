# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds what AWX is to have against itself and against what AWX has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader
from ansible_collections.popsink.data_plane.plugins.module_utils.awx.definition import (
    PREFIX,
    Definition,
    contradictions,
    surveys,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.awx.references import misfits, with_types
from ansible_collections.popsink.data_plane.plugins.module_utils.awx.there import look
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import Finding, failed, table
from ansible_collections.popsink.data_plane.plugins.module_utils.names import did_you_mean
from ansible_collections.popsink.data_plane.plugins.module_utils.yaml import load_yaml
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import first_line, plain

_SPEC = Path(__file__).parents[2] / "roles" / "awx" / "meta" / "argument_specs.yml"
#: Where the role registers what it saw; it looks again when it has made some.
_SEEN = "__popsink_awx_seen"
#: Inputs below whose first names are secrets.
_SECRET = ("credential_inputs", "notification_secrets")
#: More objects of a kind than any AWX has; pages of the size that AWX gives at most.
_MOST, _PAGE = 100_000, 200


# Not a StepAction: whoever sets AWX up needs awx.awx alone, and nothing that speaks to a cluster.
class ActionModule(ActionBase):
    """Action of the module :mod:`popsink_awx_definition`."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("projects", "inventories"))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Look, and end the run where something is wrong."""
        result: dict[str, Any] = super().run(tmp, task_vars) or {}
        variables = task_vars or {}
        given, findings = self._given(variables)
        if findings:
            # What nobody knows may be what the rest is about.
            return _refused(result, findings, made=_SEEN in variables)
        own = {name: tuple(plain(self._task.args.get(name) or ())) for name in ("projects", "inventories")}
        definition = Definition(given, **own)
        asked, wrong = surveys(definition)
        if findings := [*contradictions(definition), *wrong]:
            return _refused(result, findings, made=_SEEN in variables)
        there = look(given["organization"], lambda kind, query: self._read(kind, query, variables))
        if findings := misfits(definition, there):
            return _refused(result, findings, made=_SEEN in variables)
        ids = there.ids({entry["name"]: entry["credential_type"] for entry in definition.entries("credentials")})
        return {
            **result,
            "changed": False,
            "surveys": asked,
            "inputs": {entry["name"]: with_types(entry["inputs"]) for entry in definition.entries("credential_types")},
            "ids": ids,
            "own_credentials": sorted(thing.name for thing in there.own_credentials()),
            "known": [f"{kind}/{name}" for kind, names in ids.items() for name in names],
        }

    def _given(self, variables: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
        options = load_yaml(_SPEC.read_text("utf-8"))["argument_specs"]["main"]["options"]
        findings = [
            failed("awx.unknown", f"There is no variable {name}.", did_you_mean(name, options) or "Remove it.")
            for name in sorted(variables)
            if name.startswith(PREFIX) and name not in options
        ]
        given = {}
        for name, option in options.items():
            value = self._templar.template(variables.get(name, option.get("default")))
            short = name.removeprefix(PREFIX)
            given[short] = [str(key) for key in value or ()] if short in _SECRET else plain(value)
        return given, findings

    def _read(self, kind: str, query: Mapping[str, str], variables: Mapping[str, Any]) -> list[dict[str, Any]]:
        lookup = lookup_loader.get("awx.awx.controller_api", loader=self._loader, templar=self._templar)
        if lookup is None:
            raise AnsibleError(
                "The collection awx.awx is not there: ansible-galaxy collection install -r requirements-awx.yml"
            )
        asked = {**query, "page_size": _PAGE}
        try:
            found: list[dict[str, Any]] = lookup.run(
                [kind], variables=variables, query_params=asked, return_all=True, max_objects=_MOST
            )
        except AnsibleError as error:
            said = f"AWX cannot be asked, as CONTROLLER_HOST and CONTROLLER_OAUTH_TOKEN have it: {first_line(error)}."
            # It says the same once more.
            raise AnsibleError(said) from None
        return found


def _refused(result: Mapping[str, Any], findings: list[Finding], *, made: bool) -> dict[str, Any]:
    """A failure with all of them.

    :param made: whether something was made before.
    """
    kept = "" if made else "; nothing was changed"
    return {
        **result,
        "failed": True,
        "msg": f"What AWX is to have is wrong{kept}.\n{table(findings)}",
        "findings": [finding.as_dict() for finding in findings],
    }
