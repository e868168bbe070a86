"""What the stand-in refuses of credential types, and of credentials: each row changes a right request."""

from __future__ import annotations

from typing import Any

import pytest

from tests.awx.client import TYPE, Client, refused


@pytest.mark.parametrize(
    ("inputs", "injectors", "said"),
    [
        ({"fields": [{"id": "a"}]}, {}, "'label' is a required property"),
        ({"fields": [{"id": "a-b", "label": "A"}]}, {}, "a-b"),
        ({"fields": [{"id": "a", "label": "A", "type": "number"}]}, {}, "number"),
        ({"fields": [{"id": "a", "label": "A", "secrte": True}]}, {}, "secrte"),
        ({"fields": [{"id": "tower", "label": "A"}]}, {}, "reserved"),
        ({"fields": [{"id": "a", "label": "A"}, {"id": "a", "label": "B"}]}, {}, "unique"),
        ({"fields": [{"id": "a", "label": "A", "type": "boolean", "secret": True}]}, {}, "not allowed for boolean"),
        ({}, {"extra_var": {}}, "extra_var"),
        ({}, {"extra_vars": {"v": "{{ a }}"}}, "undefined"),
        ({}, {"extra_vars": {"v": {"w": ["{{ a }}"]}}}, "undefined"),
        ({}, {"extra_vars": {"v": "{{ tower.filename }}"}}, "undefined"),
        ({}, {"extra_vars": {"v": "{{ tower.filename.b }}"}, "file": {"template.a": "x"}}, "undefined"),
        ({}, {"extra_vars": {"v": "{{ a"}}, "undefined"),
        ({}, {"file": {"template": "x", "template.a": "y"}}, "multi-file"),
        ({}, {"file": {"templat": "x"}}, "templat"),
        ({}, {"env": {"ANSIBLE_ROLES_PATH": "x"}}, "may affect"),
        ({}, {"env": {"PATH": "x"}}, "may affect"),
        ({}, {"env": {"A-B": "x"}}, "A-B"),
    ],
)
def test_credential_type(client: Client, inputs: Any, injectors: Any, said: str) -> None:
    body = {"name": "T", "kind": "cloud", "inputs": inputs, "injectors": injectors}
    assert said in refused(client.make, "credential_types", **body)


def test_credential_type_that_is_right(client: Client) -> None:
    files = {"file": {"template.a": "{{ token }}"}, "env": {"A": "{{ tower.filename.a }}"}}
    number = client.make(
        "credential_types", **{**TYPE, "injectors": files, "inputs": {**TYPE["inputs"], "required": ["x"]}}
    )
    (field,) = client.get(f"credential_types/{number}/")["inputs"]["fields"]
    assert field["type"] == "string"


def test_credential_type_in_use_keeps_its_fields(client: Client) -> None:
    kind = client.make("credential_types", **TYPE)
    client.patch(f"credential_types/{kind}/", injectors={})
    client.make("credentials", **client.credential_of(kind))
    assert "not allowed for types in use" in refused(client.patch, f"credential_types/{kind}/", inputs={})
    assert "in use" in refused(client.delete, f"credential_types/{kind}/")


def test_credential_types_of_awx_stay(client: Client) -> None:
    assert "not allowed" in refused(client.patch, f"credential_types/{client.vault}/", description="x")
    assert "not allowed" in refused(client.delete, f"credential_types/{client.vault}/")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"organization": None}, "Exactly one"),
        ({"inputs": {"password": "x"}}, "is no field of Vault"),
        ({"inputs": {"vault_id": 1}}, "is not of type string"),
    ],
)
def test_credential(client: Client, changes: Any, said: str) -> None:
    body = {**client.credential_of(client.vault), "name": "D", **changes}
    assert said in refused(client.make, "credentials", **body)


def test_credential_takes_a_choice(client: Client) -> None:
    fields = [{"id": "mode", "label": "Mode", "choices": ["a", "b"]}]
    kind = client.make("credential_types", name="T", kind="cloud", inputs={"fields": fields})
    body = client.credential_of(kind)
    assert "is not one of" in refused(client.make, "credentials", **{**body, "inputs": {"mode": "c"}})
    client.make("credentials", **{**body, "inputs": {"mode": "b"}})


def test_credential_has_one_owner(client: Client) -> None:
    team = client.make("teams", name="A", organization=client.organization)
    body = {**client.credential_of(client.vault), "name": "D", "team": team}
    assert "Exactly one" in refused(client.make, "credentials", **body)
    client.make("credentials", **{**body, "organization": None})


def test_credential_keeps_its_type(client: Client) -> None:
    kind = client.make("credential_types", **TYPE)
    assert "cannot change" in refused(client.patch, f"credentials/{client.credential}/", credential_type=kind)


def test_secret_input_is_not_shown_and_its_mark_keeps_it(client: Client) -> None:
    path = f"credentials/{client.credential}/"
    client.patch(path, inputs={"vault_password": "p", "vault_id": "i"})
    assert client.get(path)["inputs"] == {"vault_password": "$encrypted$", "vault_id": "i"}
    client.patch(path, inputs={"vault_password": "$encrypted$"})
    assert client.api.store.get("credentials", client.credential)["inputs"] == {"vault_password": "p"}
