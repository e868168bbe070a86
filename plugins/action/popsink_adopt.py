# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes a release over that was made by hand: reads it, and writes the inventory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.popsink.data_plane.plugins.module_utils.adoption import Adoption, Found, adopt
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.sensitive import replaced
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import failures, table
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.inputs import PREFIX, Inputs, OwnValues
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import CATALOGUE
from ansible_collections.popsink.data_plane.plugins.module_utils.yaml import dump_yaml
from ansible_collections.popsink.data_plane.plugins.modules import popsink_adopt
from ansible_collections.popsink.data_plane.plugins.plugin_utils.input_collection import collect, onboarding_of
from ansible_collections.popsink.data_plane.plugins.plugin_utils.inventory_secrets import InventorySecrets
from ansible_collections.popsink.data_plane.plugins.plugin_utils.pinned_chart import SECRET_INPUTS, pinned_chart
from ansible_collections.popsink.data_plane.plugins.plugin_utils.play_vault import PlayVault
from ansible_collections.popsink.data_plane.plugins.plugin_utils.prepared_file import PreparedFile
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction

_HEADER = """\
---
# What the release had when it was taken over, to be edited like any other file of the inventory: it wins over
# group_vars, and main.yml beside it wins over it. What each means: ansible-doc -t role popsink.data_plane.popsink
"""

_ALIKE = "values that the next roll-out writes otherwise, to the same effect: "

#: The image registry's login may come from a file as well; here it is kept as a value.
_VARIABLES = {"image_pull_token": "popsink_image_pull_token"}


class _Vaulted(str):
    """Encrypted text."""


class _WithVault(yaml.SafeDumper):
    """Writes encrypted text with the tag that has Ansible decrypt it."""


_WithVault.add_representer(_Vaulted, lambda dumper, text: dumper.represent_scalar("!vault", text, style="|"))


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_adopt`."""

    MODULE = popsink_adopt

    def step(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Read the release, describe it, and write that."""
        arguments = self.arguments(variables)
        inventory = self.inventory(variables)
        file = inventory.path(arguments.get("inputs_file") or "")
        if inventory.awx_job and not self._task.check_mode:
            raise PopsinkError(
                f"What is written into the inventory would vanish with the files of AWX job {inventory.awx_job}; "
                "nothing was read.",
                remedy="A job of type Check tells what the release says. Take it over once outside AWX, and commit "
                "what that writes.",
            )
        if file.exists():
            raise PopsinkError(
                f"{file} is there already: the release was taken over before.",
                remedy="Roll it out with site.yml; to take it over anew, remove that file.",
            )
        answer = self.asked(popsink_adopt, arguments, variables, hide_result=True)
        values, findings = collect(variables, self._templar.template, SECRET_INPUTS)
        if wrong := failures(findings):
            raise PopsinkError(f"The inputs cannot be used; nothing was written.\n{table(wrong)}")
        values["popsink_chart_version"] = answer["chart_version"]
        chart = pinned_chart(self, values, inventory, variables)
        adoption = adopt(Found(answer["values"], answer["secrets"]), chart, _inputs_from(values))
        # Written also where it is empty: what the inventory says for more than this host is not this release's.
        own = {"chart_version": answer["chart_version"], "values": {}, "values_files": []}
        adoption = replace(adoption, inputs={**own, **adoption.inputs})
        if not inventory.awx_job:
            self._require(adoption, inventory)
        if not self._task.check_mode:
            self._write(adoption, inventory, file)
        secrets = sorted(_variable(name) for name in adoption.secrets)
        inputs = sorted(PREFIX + name for name in adoption.inputs)
        if inventory.awx_job:
            places = [f"inputs: {', '.join(inputs)}", f"secrets: {', '.join(secrets)}"]
        else:
            places = [
                f"inputs: {file}",
                f"secrets: {inventory.secrets_file.path}, encrypted ({len(secrets)})",
                f"the control plane's snippet: {inventory.variable('popsink_onboarding_file')}, encrypted",
            ]
        return {
            "changed": True,
            "inputs": inputs,
            "secrets": secrets,
            "report": [
                *places,
                *adoption.notes,
                *([_ALIKE + ", ".join(adoption.changes)] if adoption.changes else []),
            ],
        }

    def _require(self, adoption: Adoption, inventory: InventorySecrets) -> None:
        """End before anything is written where not all of it could be, or something else is there."""
        if inventory.variable("popsink_secrets_store") == "cluster":
            raise PopsinkError(
                "popsink_secrets_store is 'cluster', and the secrets of a release that was made by hand stay values, "
                "which are kept in popsink_secrets_file.",
                remedy="Set popsink_secrets_store: file.",
            )
        held = inventory.stored([name for name in adoption.secrets if name not in _VARIABLES])
        if other := sorted(name for name, value in held.items() if value != adoption.secrets[name]):
            raise PopsinkError(
                f"popsink_secrets_file has other values than the release for {', '.join(map(_variable, other))}; "
                "nothing was written.",
                remedy="Take them out of the file: the release's are the ones that hold.",
            )
        path = inventory.path(str(inventory.variable("popsink_onboarding_file")))
        if path.exists() and inventory.own_snippet() != adoption.snippet:
            raise PopsinkError(
                f"popsink_onboarding_file ({path}) has something else than the release.",
                remedy="Remove it: the release's identity is the one that holds.",
            )
        inventory.store.require()

    def _write(self, adoption: Adoption, inventory: InventorySecrets, file: Path) -> None:
        """Secrets first: without them the rest is of no use."""
        store = inventory.store
        with store.locked():
            store.prepared({_variable(name): value for name, value in adoption.secrets.items()}).commit()
        self._write_snippet(adoption.snippet, inventory)
        # What no input stands for may hold secrets, too.
        inputs = {**adoption.inputs, "values": self._vaulted(adoption.inputs["values"], inventory)}
        inputs = {PREFIX + name: value for name, value in sorted(inputs.items())}
        self._put(file, (_HEADER + yaml.dump(inputs, Dumper=_WithVault, sort_keys=False)).encode())

    def _vaulted(self, values: Mapping[str, Any], inventory: InventorySecrets) -> Any:
        """Chart values with each text that may be a secret encrypted."""

        def vaulted(path: tuple[str, ...], value: Any) -> Any:
            if isinstance(value, Mapping):
                return {name: vaulted(path, below) for name, below in value.items()}
            if isinstance(value, list):
                return [vaulted(path, entry) for entry in value]
            if value in (None, "") or isinstance(value, bool):
                return value
            return _Vaulted(self._encrypted(str(value), inventory))

        return replaced(values, vaulted)

    def _encrypted(self, text: str, inventory: InventorySecrets) -> str:
        vault = PlayVault(self._loader)
        return vault.encrypt(text, vault.key(str(inventory.variable("popsink_vault_id") or "")))

    def _write_snippet(self, snippet: Mapping[str, Any], inventory: InventorySecrets) -> None:
        path = inventory.path(str(inventory.variable("popsink_onboarding_file")))
        if path.exists():
            return
        self._put(path, self._encrypted(dump_yaml(dict(snippet)), inventory).encode("ascii"))

    def _put(self, path: Path, content: bytes) -> None:
        try:
            PreparedFile.beside(path, content).commit_as_new()
        except OSError as error:
            raise PopsinkError(
                f"{path} cannot be written: {error.strerror or error}.", remedy="Make room or give write access there."
            ) from error


def _variable(name: str) -> str:
    return _VARIABLES.get(name, CATALOGUE[name].variable)


def _inputs_from(values: Mapping[str, Any]) -> Any:
    """Makes the inputs of a deployment from those that are no default."""

    def make(given: Mapping[str, Any], snippet: Mapping[str, Any], own: Mapping[str, Any]) -> Inputs:
        # What the release has holds, whatever the inventory says so far.
        taken = {**values, **{PREFIX + name: value for name, value in given.items() if name != "values"}}
        return Inputs.from_variables(taken, onboarding_of(snippet), [OwnValues("popsink_values", dict(own))])

    return make
