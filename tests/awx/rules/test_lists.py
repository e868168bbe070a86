"""What the stand-in refuses of lists, roles and paths: each row changes a right request."""

from __future__ import annotations

from typing import Any

import pytest

from tests.awx.client import Client, refused
from tests.awx.standin.api import PREFIX


def test_job_has_one_credential_of_a_type(client: Client) -> None:
    path = f"job_templates/{client.template}/credentials/"
    client.post(path, {"id": client.credential})
    other = client.make("credentials", **{**client.credential_of(client.vault), "name": "D"})
    assert "Cannot assign multiple" in refused(client.post, path, {"id": other})
    client.patch(f"credentials/{other}/", inputs={"vault_id": "other"})
    client.post(path, {"id": other})
    client.post(path, {"id": client.credential, "disassociate": True})
    assert [item["id"] for item in client.get(path)["results"]] == [other]


def test_job_has_no_credential_for_a_registry(client: Client) -> None:
    (registry,) = [kind["id"] for kind in client.api.store.all("credential_types") if kind["namespace"] == "registry"]
    number = client.make("credentials", **client.credential_of(registry))
    assert "of kind `registry`" in refused(client.post, f"job_templates/{client.template}/credentials/", {"id": number})


@pytest.mark.parametrize("body", [{"id": 999}, {"name": "x"}, {"id": 1, "nmae": "x"}, [1]])
def test_list_takes_ids(client: Client, body: Any) -> None:
    refused(client.post, f"job_templates/{client.template}/labels/", body)


def test_label_cannot_be_deleted(client: Client) -> None:
    number = client.make("labels", name="L", organization=client.organization)
    assert "405" in refused(client.delete, f"labels/{number}/")


def test_roles_are_given_to_teams(client: Client) -> None:
    team = client.make("teams", name="A", organization=client.organization)
    roles = client.get(f"organizations/{client.organization}/")["summary_fields"]["object_roles"]
    client.post(f"roles/{roles['auditor_role']['id']}/teams/", {"id": team})
    assert "participation" in refused(client.post, f"roles/{roles['member_role']['id']}/teams/", {"id": team})
    assert "405" in refused(client.patch, f"roles/{roles['auditor_role']['id']}/", role_field="x")


def test_role_on_a_credential_stays_in_its_organization(client: Client) -> None:
    other = client.make("organizations", name="Other")
    team = client.make("teams", name="A", organization=other)
    roles = client.get(f"credentials/{client.credential}/")["summary_fields"]["object_roles"]
    assert "another organization" in refused(client.post, f"roles/{roles['use_role']['id']}/teams/", {"id": team})


def test_search_is_by_known_fields(client: Client) -> None:
    assert client.get("teams/", name="none") == {"count": 0, "next": None, "results": []}
    assert client.get("job_templates/", organization__name="O")["count"] == 1
    assert "nmae" in refused(client.get, "teams/", nmae="none")
    refused(client.get, "tems/")


def test_long_lists_come_in_pages(client: Client) -> None:
    for number in range(30):
        client.make("teams", name=f"T{number}", organization=client.organization)
    first = client.get("teams/")
    assert (len(first["results"]), first["count"], first["next"]) == (25, 30, f"{PREFIX}teams/?page=2")
    assert len(client.get("teams/", page="2")["results"]) == 5


@pytest.mark.parametrize("path", ["teams", "tems/", "job_templates/999/", "job_templates/{}/playbooks/", "roles/"])
def test_there_is_nothing_elsewhere(client: Client, path: str) -> None:
    assert "404" in refused(client.get, path.format(client.template))


@pytest.mark.parametrize("path", ["unified_job_templates/", "job_templates/{}/"])
def test_nothing_is_made_where_awx_only_shows(client: Client, path: str) -> None:
    assert "405" in refused(client.post, path.format(client.template), {"name": "A"})
