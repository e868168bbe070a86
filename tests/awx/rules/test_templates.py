"""What the stand-in refuses of projects, and of what comes from them: each row changes a right request."""

from __future__ import annotations

from typing import Any

import pytest

from tests.awx.client import Client, refused


def test_playbook_is_known_only_once_the_project_was_read(client: Client) -> None:
    project = client.make("projects", name="Q", organization=client.organization, scm_type="git", scm_url="u")
    body = {**client.job_template(), "name": "K", "project": project}
    assert "Playbook not found" in refused(client.make, "job_templates", **body)
    client.synchronise()
    client.make("job_templates", **body)


def test_playbook_of_a_project_that_may_be_overridden_is_not_looked_for(client: Client) -> None:
    project = client.make("projects", name="Q", organization=client.organization, allow_override=True)
    client.make("job_templates", **{**client.job_template(), "name": "K", "project": project, "playbook": "any.yml"})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"project": None}, "must have a project"),
        ({"inventory": None}, "ask to prompt"),
        ({"playbook": ""}, "Must select playbook"),
        ({"playbook": "playbooks/none.yml"}, "Playbook not found"),
        ({"extra_vars": "a: ["}, "Cannot parse"),
        ({"extra_vars": "[]"}, "must be a mapping"),
        ({"job_slice_count": 0}, "greater than or equal to 1"),
    ],
)
def test_job_template(client: Client, changes: Any, said: str) -> None:
    assert said in refused(client.make, "job_templates", **{**client.job_template(), "name": "K", **changes})


def test_job_template_may_ask_for_the_inventory(client: Client) -> None:
    body = {**client.job_template(), "name": "K", "inventory": None, "ask_inventory_on_launch": True}
    number = client.make("job_templates", **body)
    assert client.get(f"job_templates/{number}/")["organization"] == client.organization


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"source": "scm"}, "Project required"),
        ({"source": "ec2", "source_path": "a"}, "Cannot set source_path"),
        ({}, "This field is required"),
    ],
)
def test_inventory_source(client: Client, body: Any, said: str) -> None:
    assert said in refused(client.make, "inventory_sources", name="S", inventory=client.inventory, **body)


def test_project_takes_a_credential_for_it(client: Client) -> None:
    path = f"projects/{client.project}/"
    assert "must be 'scm'" in refused(client.patch, path, credential=client.credential)
