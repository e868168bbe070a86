"""Comparing the deployments of an inventory, as a play does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.action import popsink_fleet_info
from ansible_collections.popsink.data_plane.plugins.action.popsink_fleet_info import ActionModule

from tests.tools.environment import ROOT
from tests.unit.plugins.actions import action_of
from tests.unit.plugins.samples import inline_vault

KEY = "popsink_connector_config_encryption_key"
PLACE = {"popsink_namespace": "popsink", "popsink_release": "popsink"}
LOCAL = {**PLACE, "ansible_connection": "local", "popsink_kubeconfig": "/one"}
SCHEMAS = {"popsink_schema_registry_database_name": "kora"}


def external(host: str, **changes: Any) -> dict[str, Any]:
    """Inputs of a database outside of the chart."""
    names = {"popsink_database_mode": "external", "popsink_database_host": host, "popsink_database_name": "data"}
    return {**names, **changes}


def store(endpoint: str) -> dict[str, Any]:
    """Inputs of one bucket of a store."""
    return {"popsink_bucket": "records", "popsink_s3_endpoint": endpoint}


#: The database has the name that it has where nothing is said.
DEFAULT = {"popsink_database_mode": "external", "popsink_database_host": "db.example"}
AZURE = {"popsink_storage_type": "azure", "popsink_azure_account": "acc", "popsink_azure_container": "records"}


class Undecryptable(dict[str, Any]):
    """Variables of a host whose key no password of the play opens."""

    def __contains__(self, name: object) -> bool:
        return name == KEY or super().__contains__(name)

    def __getitem__(self, name: str) -> Any:
        if name == KEY:
            raise AnsibleError("Decryption failed\nmore of it")
        return super().__getitem__(name)


def run(loader: DataLoader, **hosts: Mapping[str, Any]) -> dict[str, Any]:
    facts = {"hostvars": hosts, "ansible_play_hosts_all": ["a"]}
    result: dict[str, Any] = action_of(ActionModule, loader).run(task_vars=facts)
    return result


@pytest.mark.parametrize(
    ("one", "other", "id"),
    [
        ({KEY: "hidden"}, {KEY: "hidden"}, "fleet.encryption_key"),
        ({"popsink_secrets_file": "/a/b.yml"}, {"popsink_secrets_file": "/a/../a/b.yml"}, "fleet.secrets_file"),
        ({"popsink_bucket": "records"}, {"popsink_bucket": "records"}, "fleet.bucket"),
        (store("HTTP://10.243.2.2:9000/"), store("http://10.243.2.2:9000"), "fleet.bucket"),
        (store("https://S3.example"), store("https://s3.example.:443"), "fleet.bucket"),
        (store(""), store("https://s3.eu-west-1.amazonaws.com"), "fleet.bucket"),
        (
            {"popsink_bucket": "records"},
            {"popsink_bucket": "records", "popsink_bucket_prefix": "kafka"},
            "fleet.bucket",
        ),
        (AZURE, AZURE, "fleet.bucket"),
        (LOCAL, LOCAL, "fleet.place"),
        (external("Db.Example"), external("db.example.", popsink_database_port=5432), "fleet.database"),
        (
            external("a.example", popsink_schema_registry_database_host="c.example", **SCHEMAS),
            external("b.example", popsink_schema_registry_database_host="c.example", **SCHEMAS),
            "fleet.database",
        ),
        (DEFAULT, external("db.example", popsink_database_name="popsink"), "fleet.database"),
        (DEFAULT, DEFAULT, "fleet.database"),
        (
            {"popsink_schema_registry_database_host": "db.example"},
            external("db.example", popsink_database_name="popsink"),
            "fleet.database",
        ),
        ({**LOCAL, "popsink_bucket": "x"}, {**LOCAL, "popsink_bucket": "y"}, "fleet.place"),
        ({**PLACE, "ansible_host": "bastion"}, {**PLACE, "ansible_host": "bastion"}, "fleet.place"),
    ],
)
def test_what_is_shared_ends_the_run(loader: DataLoader, one: Any, other: Any, id: str) -> None:
    result = run(loader, a=one, b=other, c={})
    assert result["failed"]
    assert re.search(r"\ba( \(Kora\))? and b( \(Kora\))? have the same", result["msg"])
    assert "hidden" not in str(result)
    assert [finding["id"] for finding in result["findings"]] == [id]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {}),
        ({KEY: "1"}, {KEY: "2"}),
        ({KEY: "1"}, {}),
        ({KEY: ""}, {KEY: ""}),
        (store("http://x"), {"popsink_bucket": "records"}),
        (store("http://x"), store("http://x:9000")),
        (store("http://x"), store("https://x")),
        (external("db.example"), external("other.example")),
        (external("db.example"), external("db.example", popsink_database_name="other")),
        (external("db.example"), external("db.example", popsink_database_port=6432)),
        (external("db.example", popsink_database_mode="bundled"), external("db.example")),
        (external("a.example", **SCHEMAS), external("b.example", **SCHEMAS)),
        (
            external("db.example", popsink_schema_registry_database_name="data"),
            external("db.example", popsink_database_name="other"),
        ),
        (
            external(
                "db.example", popsink_schema_registry_database_name="other", popsink_schema_registry_mode="external"
            ),
            external("db.example", popsink_database_name="other"),
        ),
        ({"popsink_bucket": "a"}, {"popsink_bucket": "a", "popsink_kafka_mode": "external"}),
        ({"popsink_bucket": "a"}, {"popsink_bucket": "a", "popsink_storage_type": "azure"}),
        ({**AZURE, "popsink_azure_account": "one"}, AZURE),
        (LOCAL, {**LOCAL, "popsink_release": "other"}),
        (LOCAL, {**LOCAL, "popsink_namespace": "other"}),
        (LOCAL, {**LOCAL, "popsink_kubeconfig": "/other"}),
        (LOCAL, {**LOCAL, "popsink_context": "other"}),
        (LOCAL, {**LOCAL, "popsink_cluster": {"host": "https://other.example"}}),
        ({**PLACE, "ansible_host": "one"}, {**PLACE, "ansible_host": "other"}),
        ({**PLACE, "inventory_hostname": "one"}, {**PLACE, "inventory_hostname": "other"}),
    ],
    ids=[
        "nothing",
        "different",
        "one not made yet",
        "both not made yet",
        "buckets of different stores",
        "buckets of stores of a host",
        "buckets behind http and https",
        "servers",
        "databases of a server",
        "servers of a host",
        "a host that is not read",
        "registries' databases of different servers",
        "a registry's that is its own data plane's",
        "a registry's that is not used",
        "a bucket that is not used",
        "a bucket beside Azure",
        "containers of different accounts",
        "releases of a namespace",
        "namespaces",
        "kubeconfigs",
        "contexts",
        "clusters",
        "bastions",
        "hosts that are bastions",
    ],
)
def test_what_is_each_ones_own(loader: DataLoader, one: Any, other: Any) -> None:
    result = run(loader, a=one, b=other)
    assert (result.get("failed"), result["changed"], result["report"]) == (None, False, [])


def test_prefixes_of_one_bucket_are_warned_of(loader: DataLoader) -> None:
    hosts = {name: {"popsink_bucket": "a", "popsink_bucket_prefix": name} for name in "ab"}
    result = run(loader, **hosts)
    assert ("failed" in result, [finding["status"] for finding in result["findings"]]) == (False, ["warn"])


def test_a_key_in_a_file_that_is_no_host_vars_counts(loader: DataLoader, tmp_path: Path, vault_password: bytes) -> None:
    files = {name: tmp_path / f"{name}.yml" for name in "ab"}
    for file in files.values():
        file.write_text(inline_vault(KEY, "hidden", vault_password))
    result = run(loader, **{name: {"popsink_secrets_file": str(file)} for name, file in files.items()})
    assert [finding["id"] for finding in result["findings"]] == ["fleet.encryption_key"]


def test_what_cannot_be_decrypted_is_not_compared(loader: DataLoader) -> None:
    result = run(loader, a={KEY: "1"}, b=Undecryptable())
    (said,) = result["report"]
    assert said.startswith(f"{KEY} of b is not compared: {KEY} cannot be read: Decryption failed. Give the vault")


@pytest.mark.parametrize(
    ("given", "inputs"),
    [
        ("popsink_bucket", {"popsink_bucket": "records"}),
        ("popsink_database_host", external("db.example")),
        ("popsink_database_name", external("db.example")),
    ],
)
def test_an_extra_variable_counts_for_the_hosts_of_the_play_only(
    loader: DataLoader, monkeypatch: pytest.MonkeyPatch, given: str, inputs: dict[str, Any]
) -> None:
    """For all others it stands in the place of what they have."""
    monkeypatch.setattr(popsink_fleet_info, "load_extra_vars", lambda _loader: {given: inputs[given]})
    assert "failed" not in run(loader, a=inputs, b=inputs)


@pytest.mark.parametrize("port", [{}, {"popsink_database_port": 6432}])
def test_the_data_plane_of_one_and_the_registry_of_another(loader: DataLoader, port: dict[str, int]) -> None:
    registry = external("db.example", popsink_schema_registry_database_name="popsink", **port)
    result = run(loader, a={**DEFAULT, **port}, b=registry)
    assert "a and b (Kora) have the same database" in result["msg"]


@pytest.mark.parametrize(
    ("one", "other", "groups", "told"),
    [
        pytest.param({}, {}, ["a", "b"], True, id="neither says where it is"),
        pytest.param({}, PLACE, ["a", "b"], True, id="one says what the other does not"),
        pytest.param({}, {"popsink_namespace": "other"}, ["a", "b"], False, id="another namespace"),
        pytest.param({}, {}, ["a"], False, id="the other is no data plane"),
    ],
)
def test_where_nothing_is_said_a_data_plane_is_where_the_role_puts_it(
    loader: DataLoader, one: Mapping[str, Any], other: Mapping[str, Any], groups: list[str], told: bool
) -> None:
    said = {"a": one, "b": other}
    local = {"ansible_connection": "local", "popsink_kubeconfig": "/one"}
    hosts = {name: {**host, **local, "inventory_hostname": name} for name, host in said.items()}
    facts = {"hostvars": hosts, "ansible_play_hosts_all": ["a"], "groups": {"data_planes": groups}}
    result = action_of(ActionModule, loader).run(task_vars=facts)
    assert [finding["id"] for finding in result["findings"]] == ["fleet.place"] * told


@pytest.mark.parametrize(
    ("in_play", "access", "told"),
    [
        pytest.param(["a", "b"], {}, True, id="at once, in the same environment"),
        pytest.param(["a"], {}, False, id="each in an environment of its own"),
        pytest.param(["a"], {"popsink_kubeconfig": "/one"}, True, id="of one kubeconfig"),
    ],
)
def test_whose_cluster_the_environment_names_are_compared_in_one_run_only(
    loader: DataLoader, in_play: list[str], access: dict[str, str], told: bool
) -> None:
    local = {**PLACE, "ansible_connection": "local"}
    hosts = {name: {**local, **access, "inventory_hostname": name} for name in "ab"}
    hosts["b"]["popsink_context"] = ""
    facts = {"hostvars": hosts, "ansible_play_hosts_all": in_play, "groups": {"data_planes": ["a", "b"]}}
    result = action_of(ActionModule, loader).run(task_vars=facts)
    assert [finding["id"] for finding in result["findings"]] == ["fleet.place"] * told
    assert ("popsink_kubeconfig" in str(result["findings"])) == told


def test_defaults_are_the_roles() -> None:
    role = yaml.safe_load((ROOT / "roles/popsink/defaults/main.yml").read_text("utf-8"))
    known = popsink_fleet_info._DEFAULTS
    assert known == {name: role[f"popsink_{name}"] for name in known}
