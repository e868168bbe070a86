# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Leads a rotation: pending value, database, cluster, restart, proof, and only then the vault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible.module_utils.common.validation import check_type_list
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import SecretSpec
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, PASS, Finding, failures, table
from ansible_collections.popsink.data_plane.plugins.module_utils.rotation.kinds import KINDS, secrets_to_rotate
from ansible_collections.popsink.data_plane.plugins.module_utils.rotation.rotate import holding
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import CATALOGUE, made, variables_of
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.observe import ASKED_WITH
from ansible_collections.popsink.data_plane.plugins.modules import (
    popsink_kubernetes_secret_info,
    popsink_rotation,
    popsink_verify,
)
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import plain
from ansible_collections.popsink.data_plane.plugins.plugin_utils.rotation_changes import (
    Change,
    Held,
    Inventory,
    absent,
    changes_of,
    require_bundled,
    require_new,
    require_no_other,
)
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction
from ansible_collections.popsink.data_plane.plugins.plugin_utils.store import PENDING, Store
from ansible_collections.popsink.data_plane.plugins.plugin_utils.waiting import does_not_work, wait_until_works

#: Secrets that the product may take at its first start only: where the new value is refused, the old one is put back.
_TAKEN_BACK = ("admin_password", "jwt_secret")


#: Secrets with which rotations log in, at the data plane, in PostgreSQL, Kafka and registry, or look at the bucket.
_LOGINS = (
    *ASKED_WITH,
    "database_password",
    "database_admin_password",
    "s3_access_key_id",
    "s3_secret_access_key",
    "kafka_sasl_password",
    "kafka_client_key",
    "schema_registry_username",
    "schema_registry_password",
)


@dataclass(frozen=True)
class _Rotation:
    """What one run does.

    :ivar known: values that the modules log in with, those to be replaced by their new ones.
    """

    arguments: dict[str, Any]
    variables: dict[str, Any]
    changes: dict[str, Change]
    known: dict[str, str]

    @property
    def new(self) -> dict[str, str]:
        """New values by secret name."""
        return {name: self.known[name] for name in self.changes}

    @property
    def old(self) -> dict[str, str]:
        """Values before, as far as they are known."""
        return {name: change.old for name, change in self.changes.items() if change.old}

    def kept_in_file(self) -> list[str]:
        """The secrets that the file keeps."""
        return [name for name, change in self.changes.items() if change.kept == "file"]


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_rotation`."""

    MODULE = popsink_rotation
    SECRET_ARGUMENTS = ("known", "before")

    def step(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Rotate what was asked for; finish what an earlier run began."""
        arguments = plain(self.arguments(variables))
        arguments["rotate"] = [kind.strip() for kind in check_type_list(arguments.get("rotate") or [])]
        if not secrets_to_rotate(arguments["rotate"]):
            raise PopsinkError("popsink_rotate is empty.", remedy=f"Name what to rotate: {', '.join(KINDS)}.")
        secrets = self.inventory(variables)
        loaded = secrets.stored(CATALOGUE)
        if self._task.check_mode:
            return self._module(self._prepared(arguments, variables, loaded), "apply")
        with secrets.store.locked():
            return self._rotate(self._prepared(arguments, variables, loaded), secrets.store)

    def _prepared(self, arguments: dict[str, Any], variables: dict[str, Any], loaded: dict[str, str]) -> _Rotation:
        """What there is to replace, as it is now: with the lock held, nobody else changes it.

        :param loaded: values of the secrets file before the lock was waited for.
        :raises PopsinkError: it cannot be rotated; nothing was changed.
        """
        secrets = self.inventory(variables)
        inventory = Inventory(secrets, secrets.stored(CATALOGUE), loaded)
        names = secrets_to_rotate(arguments["rotate"])
        specs = [SecretSpec.from_dict(secret) for secret in arguments["secrets"]]
        holders = list(holding(specs, names))
        places = {spec.data[key]: f"{spec.name}.{key}" for spec, keys in holders for key in keys}
        if nowhere := [name for name in names if name not in places]:
            variable = CATALOGUE[nowhere[0]].variable
            raise PopsinkError(f"No Secret of this deployment holds {variable}; nothing was changed.")
        look = {name: arguments[name] for name in ("namespace", "release")}
        wanted = {"names": [spec.name for spec in specs]}
        answer = self.asked(popsink_kubernetes_secret_info, {**look, **wanted}, variables, hide_result=True)
        if missing := sorted({spec.name for spec, _keys in holders} - set(answer["secrets"])):
            # What was begun has no place any more; what the cluster still has of it is found there, not in the file.
            leftover = [name for name in names if secrets.pending_value(name)]
            if leftover and not self._task.check_mode:
                secrets.store.prepared({_pending(name): None for name in leftover}).commit()
            raise absent(arguments["namespace"], missing, dropped=bool(leftover))
        held = Held.of(specs, answer["secrets"])
        require_no_other(secrets, names, held)
        changes = changes_of(inventory, names, held, places, arguments["namespace"])
        require_bundled(names, arguments["deployment"])
        require_new(arguments["rotate"], changes)
        _require_server(arguments["deployment"]["database"] or {}, changes)
        form = secrets.password_format()
        others = [spec.data.values() for spec in specs if spec.variable]
        foreign = {name: held.live[name] for names in others for name in names if name in held.live}
        known = {**held.live, **inventory.values(_LOGINS), **foreign}
        new = {name: change.new or made(name, form) for name, change in changes.items()}
        logins = {name: known[name] for name in _LOGINS if name in known}
        return _Rotation(arguments, variables, changes, {**logins, **new})

    def _rotate(self, rotation: _Rotation, store: Store) -> dict[str, Any]:
        """The steps in their order; whatever ends one of them, the next run begins with what is pending.

        :raises PopsinkError: one of them failed, or the product keeps to the old value.
        """
        self._module(rotation, "look")
        in_file, new = rotation.kept_in_file(), rotation.new
        if in_file:
            store.require()
            # Proven first, since a file that cannot take them in the end would leave a rotation that nothing finishes.
            store.prepared({CATALOGUE[name].variable: new[name] for name in in_file}).drop()
        if pending := {_pending(name): new[name] for name in in_file if not rotation.changes[name].noted}:
            store.prepared(pending).commit()
        self._module(rotation, "pending")
        done = self._module(rotation, "apply")
        self._wait(rotation)
        findings = [Finding(**finding) for finding in self._module(rotation, "prove")["findings"]]
        taken_back = self._taken_back(rotation, failures(findings))
        if in_file:
            store.prepared(
                {
                    **{CATALOGUE[name].variable: new[name] for name in in_file if name not in taken_back},
                    **{_pending(name): None for name in in_file},
                }
            ).commit()
        self._module(rotation, "settle")
        report = [*done["report"], *(_line(finding) for finding in findings)]
        result = {"changed": True, "report": report, "findings": [finding.as_dict() for finding in findings]}
        if taken_back:
            raise PopsinkError(
                f"The rotation is not effective; the old values were put back.\n{table(failures(findings))}",
                details=result,
            )
        return result

    def _taken_back(self, rotation: _Rotation, failed: list[Finding]) -> list[str]:
        """Put the old values of those back that the product does not take; gives their names.

        :raises PopsinkError: something else failed, or an old value is not known any more.
        """
        names = [name for name in _TAKEN_BACK if f"rotation.{name}" in {finding.id for finding in failed}]
        if len(names) < len(failed):
            raise PopsinkError(f"The rotation is not finished.\n{table(failed)}", remedy="Run it again.")
        old = rotation.old
        if lost := [name for name in names if name not in old]:
            raise PopsinkError(
                f"The rotation is not effective.\n{table(failed)}",
                remedy=f"The value before is not known: put the one that works into {variables_of(lost)}, or set it in "
                "the product.",
            )
        if names:
            back = {**rotation.known, **{name: old[name] for name in names}}
            arguments = {**rotation.arguments, "rotate": names}
            self._module(replace(rotation, arguments=arguments, known=back, changes={}), "apply")
        return names

    def _wait(self, rotation: _Rotation) -> None:
        """Until everything runs with the new values; whether the login takes them is for the proof to say.

        :raises PopsinkError: it does not within the time.
        """
        arguments, variables = rotation.arguments, rotation.variables
        look = {name: arguments[name] for name in ("release", "namespace", "deployment")}
        known = {name: rotation.known[name] for name in ASKED_WITH if name in rotation.known}
        result = wait_until_works(
            lambda: self.asked(popsink_verify, {**look, "known": known}, variables),
            int(arguments.get("timeout") or 900),
            str(variables.get("inventory_hostname", "")),
        )
        wrong = {finding["id"] for finding in result["findings"] if finding["status"] == FAIL}
        if wrong - {"verify.login"} or (wrong and not result["final"]):
            raise does_not_work(result)

    def _module(self, rotation: _Rotation, step: str) -> dict[str, Any]:
        """One step on the host.

        :raises PopsinkError: it failed.
        """
        values = {"known": rotation.known, "before": rotation.old}
        return self.asked(popsink_rotation, {**rotation.arguments, **values, "step": step}, rotation.variables)


def _require_server(database: Mapping[str, Any], changes: Mapping[str, Change]) -> None:
    """End where a password would be made that nothing here can give to its role."""
    change = changes.get("schema_registry_database_password")
    if change is not None and change.kept != "user" and not database.get("registry_user"):
        raise PopsinkError(
            "The schema registry's role is not in the bundled PostgreSQL, so a password that is made here would open "
            "nothing; nothing was changed.",
            remedy="Change it in the server, put the new one into popsink_schema_registry_database_password in place "
            "of the one that was made, delete the Secret of the old one, and run site.yml.",
        )


def _pending(name: str) -> str:
    return PENDING + CATALOGUE[name].variable


def _line(finding: Finding) -> str:
    status = "" if finding.status == PASS else f"{finding.status.upper()} "
    return f"{status}{finding.id}: {finding.found} {finding.remedy}".strip()
