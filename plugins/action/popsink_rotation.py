# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Leads a rotation: pending value, database, cluster, restart, proof, and only then the vault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible.module_utils.common.validation import check_type_list
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import PENDING as PENDING_KEY
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import SecretSpec
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, PASS, Finding, table
from ansible_collections.popsink.data_plane.plugins.module_utils.rotation.kinds import KINDS, secrets_of
from ansible_collections.popsink.data_plane.plugins.module_utils.rotation.rotate import holding
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import CATALOGUE
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.generate import PasswordFormat
from ansible_collections.popsink.data_plane.plugins.modules import (
    popsink_kubernetes_secret_info,
    popsink_rotation,
    popsink_verify,
)
from ansible_collections.popsink.data_plane.plugins.plugin_utils.inventory_secrets import InventorySecrets
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import plain
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction
from ansible_collections.popsink.data_plane.plugins.plugin_utils.store import PENDING, Store
from ansible_collections.popsink.data_plane.plugins.plugin_utils.waiting import does_not_work, wait_until_works

#: Secrets that the product may take at its first start only: where the new value is refused, the old one is put back.
_TAKEN_BACK = ("admin_password", "jwt_secret")


@dataclass(frozen=True)
class _Change:
    """One secret's values.

    :ivar kept: where its value is kept: ``file``, ``cluster``, or ``user``, who supplies the new one.
    :ivar new: None where it is still to be made.
    :ivar old: the value before; empty where it is not known any more.
    :ivar begun: whether an earlier run began with it.
    :ivar same: whether what the user supplies is what the cluster has already.
    """

    kept: str
    new: str | None
    old: str
    begun: bool
    same: bool = False


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_rotation`."""

    MODULE = popsink_rotation
    SECRET_ARGUMENTS = ("known", "before")

    def step(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Rotate what was asked for; finish what an earlier run began."""
        arguments = plain(self.arguments(variables))
        arguments["rotate"] = check_type_list(arguments["rotate"] or [])
        names = secrets_of(arguments["rotate"])
        if not names:
            raise PopsinkError("popsink_rotate is empty.", remedy=f"Name what to rotate: {', '.join(KINDS)}.")
        list(holding(map(SecretSpec.from_dict, arguments["secrets"]), names))
        inventory = self.inventory(variables)
        store = inventory.store
        live, begun = self._live(arguments, variables)
        # Read anew from the file: the play's variables are of when it began.
        base = {**live, **inventory.values(set(CATALOGUE) - {"image_pull_docker_config"})}
        changes = {name: _change(inventory, name, live.get(name, ""), begun.get(name, "")) for name in names}
        _require_new(arguments["rotate"], changes)
        form = inventory.password_format()
        new = {name: change.new or _made(name, form) for name, change in changes.items()}
        old = {name: change.old for name, change in changes.items() if change.old}
        if self._task.check_mode:
            return self._module(arguments, "apply", {**base, **new}, old, variables)
        store.require()
        with store.locked():
            return self._rotate(arguments, variables, store, changes, base, new, old)

    def _rotate(
        self,
        arguments: dict[str, Any],
        variables: dict[str, Any],
        store: Store,
        changes: dict[str, _Change],
        base: dict[str, str],
        new: dict[str, str],
        old: dict[str, str],
    ) -> dict[str, Any]:
        """The steps in their order; whatever ends one of them, the next run begins with what is pending."""
        known = {**base, **new}
        in_file = [name for name, change in changes.items() if change.kept == "file"]
        pending = {_pending(name): new[name] for name in in_file if not changes[name].begun}
        if pending:
            store.prepared(pending).commit()
        self._module(arguments, "pending", known, old, variables)
        done = self._module(arguments, "apply", known, old, variables)
        self._wait(arguments, known, variables)
        proof = self._module(arguments, "prove", known, old, variables)
        findings = [Finding(**finding) for finding in proof["findings"]]
        failed = [finding for finding in findings if finding.status == FAIL]
        taken_back = [name for name in _TAKEN_BACK if f"rotation.{name}" in {finding.id for finding in failed}]
        if len(taken_back) < len(failed):
            raise PopsinkError(f"The rotation is not finished.\n{table(failed)}", remedy="Run it again.")
        lost = [name for name in taken_back if name not in old]
        if lost:
            raise PopsinkError(f"The rotation is not effective.\n{table(failed)}")
        if taken_back:
            back = {**arguments, "rotate": taken_back}
            self._module(back, "apply", {**known, **{name: old[name] for name in taken_back}}, {}, variables)
        store.prepared(
            {
                **{CATALOGUE[name].variable: new[name] for name in in_file if name not in taken_back},
                **{_pending(name): None for name in in_file},
            }
        ).commit()
        self._module(arguments, "settle", known, old, variables)
        report = [*done["report"], *(_line(finding) for finding in findings)]
        result = {"changed": True, "report": report, "findings": [finding.as_dict() for finding in findings]}
        if taken_back:
            raise PopsinkError(
                f"The rotation is not effective; the old values were put back.\n{table(failed)}", details=result
            )
        return result

    def _wait(self, arguments: dict[str, Any], known: dict[str, str], variables: dict[str, Any]) -> None:
        """Until everything runs with the new values; whether the login takes them is for the proof to say."""
        look = {name: arguments[name] for name in ("release", "namespace", "deployment")}
        result = wait_until_works(
            lambda: self.call(popsink_verify, {**look, "known": known}, variables),
            int(arguments.get("timeout") or 900),
            str(variables.get("inventory_hostname", "")),
        )
        if result.get("failed"):
            raise PopsinkError(str(result.get("msg")))
        wrong = {finding["id"] for finding in result["findings"] if finding["status"] == FAIL}
        if wrong - {"verify.login"} or (wrong and not result["final"]):
            raise does_not_work(result)

    def _module(
        self,
        arguments: dict[str, Any],
        step: str,
        known: dict[str, str],
        before: dict[str, str],
        variables: dict[str, Any],
    ) -> dict[str, Any]:
        values = {"known": known, "before": before}
        result = self.call(popsink_rotation, {**arguments, **values, "step": step}, variables)
        if result.get("failed"):
            raise PopsinkError(str(result.get("msg")))
        return result

    def _live(self, arguments: dict[str, Any], variables: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
        """Values in the cluster, and those that are to replace them, by the secret's name."""
        names = [secret["name"] for secret in arguments["secrets"]]
        access = {name: arguments[name] for name in ("namespace", "release")}
        answer = self.call(popsink_kubernetes_secret_info, {**access, "names": names}, variables, hide_result=True)
        if answer.get("failed"):
            raise PopsinkError(str(answer.get("msg")))
        found: dict[str, str] = {}
        pending: dict[str, str] = {}
        for secret in arguments["secrets"]:
            values = answer["secrets"].get(secret["name"], {})
            for key, name in secret["data"].items():
                for prefix, into in (("", found), (PENDING_KEY, pending)):
                    if prefix + key in values:
                        into[name] = values[prefix + key]
        return found, pending


def _change(inventory: InventorySecrets, name: str, live: str, begun: str) -> _Change:
    """What there is to replace, and by what.

    :param live: the value in the cluster, empty where it has none.
    :param begun: the value there that an earlier run put beside it.
    :raises PopsinkError: it has no value.
    """
    variable = CATALOGUE[name].variable
    stored = inventory.stored([name]).get(name, "")
    supplied = inventory.supplied(name)
    if stored and supplied in ("", stored):
        pending = inventory.pending_value(name)
        return _Change("file", pending or None, stored, bool(pending))
    if supplied:
        old = "" if live == supplied else live
        return _Change("user", supplied, old, bool(begun), same=supplied == live != begun)
    if live and CATALOGUE[name].generated:
        return _Change("cluster", begun or None, "" if live == begun else live, bool(begun))
    raise PopsinkError(f"{variable} has no value that could be replaced.", remedy="Roll the deployment out first.")


def _require_new(kinds: list[str], changes: dict[str, _Change]) -> None:
    """End where the user has not supplied anything new. Of a key's id and secret one may stay."""
    for kind in kinds:
        if all(changes[name].same for name in KINDS[kind]):
            variables = " and ".join(CATALOGUE[name].variable for name in KINDS[kind])
            raise PopsinkError(
                f"{variables} is supplied by you, and the cluster has that value already; nothing was changed.",
                remedy="Put the new value where the present one stands, then rotate.",
            )


def _pending(name: str) -> str:
    return PENDING + CATALOGUE[name].variable


def _made(name: str, form: PasswordFormat) -> str:
    generate = CATALOGUE[name].generate
    if generate is None:
        raise PopsinkError(f"{CATALOGUE[name].variable} is not set.", remedy=CATALOGUE[name].remedy)
    return generate(form)


def _line(finding: Finding) -> str:
    status = "" if finding.status == PASS else f"{finding.status.upper()} "
    return f"{status}{finding.id}: {finding.found} {finding.remedy}".strip()
