# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compares the deployments of an inventory with each other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.utils.vars import load_extra_vars
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import failures, table
from ansible_collections.popsink.data_plane.plugins.module_utils.fleet import (
    BUCKET,
    CONTAINER,
    DATABASE,
    ENCRYPTION_KEY,
    PLACE,
    SECRETS_FILE,
    WHOLE_BUCKET,
    not_compared,
    shared,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.urls import one_endpoint
from ansible_collections.popsink.data_plane.plugins.plugin_utils.controller_path import controller_path
from ansible_collections.popsink.data_plane.plugins.plugin_utils.inventory_secrets import InventorySecrets
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import first_line, plain
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction

_KEY = "connector_config_encryption_key"

_POSTGRESQL_PORT = 5432

#: An input within what is said of several.
_INPUT = re.compile(r"popsink_\w+")

#: What holds where nothing is said: hosts have none of the role's defaults.
_DEFAULTS = {"bucket_prefix": "kafka/", "database_name": "popsink", "namespace": "popsink", "release": "popsink"}


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_fleet_info`."""

    def step(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Look at every host of the inventory, and hold what they have against each other."""
        # An extra variable is every host's, also of those that the play leaves alone.
        extra = load_extra_vars(self._loader)
        findings = []
        for what, of_host in (
            (ENCRYPTION_KEY, self._key),
            (SECRETS_FILE, self._file),
            (PLACE, _place(variables)),
            (BUCKET, _bucket),
            (DATABASE, _database),
            (CONTAINER, _container),
            (WHOLE_BUCKET, _whole_bucket(variables["hostvars"])),
        ):
            given = any(name in extra for name in _INPUT.findall(what.variable))
            names = variables["ansible_play_hosts_all"] if given else variables["hostvars"]
            hosts = {name: variables["hostvars"][name] for name in names}
            values, unread = _read(hosts, of_host)
            if what is DATABASE:
                # The data plane of one deployment and the Kora of another may have the same, too.
                values |= {f"{name} (Kora)": value for name, value in _read(hosts, _schema_database)[0].items()}
            findings += [*shared(what, values), *not_compared(what, unread)]
        plain_findings = [finding.as_dict() for finding in findings]
        if wrong := failures(findings):
            raise PopsinkError(
                f"Deployments share what each must have of its own; nothing was changed.\n{table(wrong)}",
                details={"findings": plain_findings},
            )
        return {"changed": False, "findings": plain_findings, "report": [finding.found for finding in findings]}

    def _file(self, host: Mapping[str, Any]) -> str:
        name = host.get("popsink_secrets_file")
        return str(controller_path(str(plain(name)), host.get("inventory_dir"), self._loader).resolve()) if name else ""

    def _key(self, host: Mapping[str, Any]) -> str:
        """The key as the host's own run would find it: a file outside of host_vars is none of its variables."""
        # What hostvars gives is templated.
        inventory = InventorySecrets(host, self._loader, lambda value: value)
        if key := inventory.supplied(_KEY):
            return key
        return inventory.stored([_KEY]).get(_KEY, "") if host.get("popsink_secrets_file") else ""


def _place(variables: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], str]:
    """The release as it is told apart from others, and from where its cluster is reached."""
    data_planes = {*variables["ansible_play_hosts_all"], *variables.get("groups", {}).get("data_planes", ())}

    def of(host: Mapping[str, Any]) -> str:
        # Of a host that is something else, nothing is assumed.
        defaults = _DEFAULTS if host.get("inventory_hostname") in data_planes else {}
        local = plain(host.get("ansible_connection")) == "local"
        way = "" if local else plain(host.get("ansible_host") or host.get("inventory_hostname"))
        access = [plain(host.get(f"popsink_{name}")) or None for name in ("kubeconfig", "context", "cluster")]
        if local and not any(access) and host.get("inventory_hostname") not in variables["ansible_play_hosts_all"]:
            # Its cluster is the environment's, which is another in a run of its own.
            return ""
        place = [plain(host.get(f"popsink_{name}") or defaults.get(name)) for name in ("namespace", "release")]
        return json.dumps([way, *access, *place]) if all(place) else ""

    return of


def _bucket(host: Mapping[str, Any]) -> str:
    """The place in a store that the broker writes to."""
    return _store(host, "s3", "s3_endpoint", "bucket", "bucket_prefix")


def _container(host: Mapping[str, Any]) -> str:
    """The place in Azure that the broker writes to."""
    return _store(host, "azure", "azure_account", "azure_container", "bucket_prefix")


def _whole_bucket(hosts: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], str]:
    """A bucket in which nobody else has the same prefix; that is told already."""

    def of(host: Mapping[str, Any]) -> str:
        place = _bucket(host)
        alone = sum(_bucket(other) == place for other in hosts.values()) == 1
        return _store(host, "s3", "s3_endpoint", "bucket") if place and alone else ""

    return of


def _store(host: Mapping[str, Any], kind: str, *parts: str) -> str:
    """Parts of a store's name, where the broker of a host uses a store of this kind."""
    bundled = (plain(host.get("popsink_kafka_mode")) or "bundled") == "bundled"
    if not bundled or (plain(host.get("popsink_storage_type")) or "s3") != kind:
        return ""
    store, *names = (str(plain(host.get(f"popsink_{part}", _DEFAULTS.get(part))) or "") for part in parts)
    store = one_endpoint(store) if kind == "s3" else store
    return "/".join([store, *(name.strip("/") for name in names)]) if names[0] else ""


def _database(host: Mapping[str, Any]) -> str:
    """The data plane's database, where it is outside of the chart."""
    external = plain(host.get("popsink_database_mode")) == "external"
    server = _server(host, "popsink_database_")
    name = plain(host.get("popsink_database_name") or _DEFAULTS["database_name"])
    return f"{server}/{name}" if external and server else ""


def _schema_database(host: Mapping[str, Any]) -> str:
    """Kora's database, where it is outside of the chart and not the one of its own data plane."""
    external = plain(host.get("popsink_database_mode")) == "external"
    own = "popsink_schema_registry_database_"
    server = _server(host, own) or (_server(host, "popsink_database_") if external else "")
    given = [plain(host.get(f"popsink_{name}") or "") for name in ("schema_registry_database_name", "database_name")]
    found = f"{server}/{given[0] or given[1] or _DEFAULTS['database_name']}" if server else ""
    bundled = (plain(host.get("popsink_schema_registry_mode")) or "bundled") == "bundled"
    return found if bundled and found != _database(host) else ""


def _server(host: Mapping[str, Any], prefix: str) -> str:
    """Host and port; names of hosts are alike in capitals too."""
    name = str(plain(host.get(f"{prefix}host") or "")).casefold().rstrip(".")
    data_plane = plain(host.get("popsink_database_port") or "")
    port = plain(host.get(f"{prefix}port") or "") or data_plane or _POSTGRESQL_PORT
    return f"{name}:{port}" if name else ""


def _read(
    hosts: Mapping[str, Any], of_host: Callable[[Mapping[str, Any]], str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Values by host, and why others could not be read."""
    values, unread = {}, {}
    for name, variables in hosts.items():
        try:
            value = of_host(variables)
        except PopsinkError as error:
            unread[str(name)] = str(error).rstrip(".")
        except AnsibleError as error:
            unread[str(name)] = first_line(error)
        else:
            if value:
                values[str(name)] = value
    return values, unread
