"""What the stand-in refuses of fields and names: each row changes a right request."""

from __future__ import annotations

from typing import Any

import pytest

from tests.awx.client import TYPE, Client, refused


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("organizations", {"name": "A", "descriptoin": "x"}, "descriptoin"),
        ("organizations", {}, "This field is required"),
        ("organizations", {"name": ""}, "This field is required"),
        ("organizations", {"name": "  "}, "may not be blank"),
        ("organizations", {"name": "A" * 513}, "no more than 512"),
        ("organizations", {"name": 1}, "Not a valid string"),
        ("organizations", {"name": "A", "max_hosts": "1"}, "Not a valid integer"),
        ("organizations", {"name": "A", "max_hosts": True}, "Not a valid integer"),
        ("organizations", ["A"], "Expected a dictionary"),
        ("projects", {"name": "A", "scm_clean": "yes"}, "Not a valid boolean"),
        ("projects", {"name": "A", "scm_type": "manual"}, "not a valid choice"),
        ("projects", {"name": "A", "scm_type": "git"}, "SCM URL is required"),
        ("teams", {"name": "A"}, "organization"),
        ("teams", {"name": "A", "organization": 999}, "does not exist"),
        ("teams", {"name": "A", "organization": "O"}, "Expected pk value"),
        ("credential_types", {"name": "A", "kind": "ssh"}, "not a valid choice"),
    ],
)
def test_fields(client: Client, kind: str, body: Any, said: str) -> None:
    assert said in refused(client.post, f"{kind}/", body)


def test_what_is_only_read_is_passed_over(client: Client) -> None:
    number = client.make("credential_types", name="A", kind="cloud", managed=True)
    assert client.get(f"credential_types/{number}/")["managed"] is False


def test_null_is_empty(client: Client) -> None:
    number = client.make("teams", name="A", organization=client.organization, description=None)
    assert client.get(f"teams/{number}/")["description"] == ""


@pytest.mark.parametrize(
    ("kind", "body", "elsewhere"),
    [
        ("organizations", {}, None),
        ("execution_environments", {"image": "i"}, None),
        ("teams", {}, "organization"),
        ("labels", {}, "organization"),
        ("projects", {}, "organization"),
        ("inventories", {}, "organization"),
        ("workflow_job_templates", {}, "organization"),
        ("credential_types", {"kind": "cloud"}, "kind"),
    ],
)
def test_names_are_unique_in_their_scope(client: Client, kind: str, body: Any, elsewhere: str | None) -> None:
    other = client.make("organizations", name="Other")
    own = {"organization": client.organization} if kind not in ("organizations", "credential_types") else {}
    client.make(kind, name="same", **body, **own)
    assert "already exists" in refused(client.make, kind, name="same", **body, **own)
    if elsewhere == "organization":
        assert client.make(kind, name="same", **body, organization=other)
    elif elsewhere == "kind":
        assert client.make(kind, name="same", kind="net")
    elif own:
        assert "already exists" in refused(client.make, kind, name="same", **body, organization=other)


def test_name_of_a_credential_is_unique_for_its_type(client: Client) -> None:
    assert "already exists" in refused(client.make, "credentials", **client.credential_of(client.vault))
    client.make("credentials", **client.credential_of(client.make("credential_types", **TYPE)))


def test_name_of_a_node_is_unique_in_its_workflow(client: Client) -> None:
    body = {"workflow_job_template": client.workflow, "identifier": "n"}
    assert "already exists" in refused(client.make, "workflow_job_template_nodes", **body)


def test_name_is_not_taken_by_a_change(client: Client) -> None:
    client.make("teams", name="A", organization=client.organization)
    other = client.make("teams", name="B", organization=client.organization)
    assert "already exists" in refused(client.patch, f"teams/{other}/", name="A")
