"""Speaks to the stand-in without HTTP: for its rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.awx.standin.api import PREFIX, Api
from tests.awx.standin.rejected import Rejected

QUESTION: dict[str, Any] = {"question_name": "Q", "variable": "v", "type": "text", "required": True}
RULE = "DTSTART:20260101T010000Z RRULE:FREQ=DAILY;INTERVAL=1"
TYPE: dict[str, Any] = {
    "name": "T",
    "kind": "cloud",
    "inputs": {"fields": [{"id": "token", "label": "Token", "secret": True}], "required": ["token"]},
    "injectors": {"extra_vars": {"token": "{{ token }}"}},
}


class Client:
    """An organization with one of each kind."""

    def __init__(self) -> None:
        self.api = Api(["playbooks/site.yml"])
        self.organization = self.make("organizations", name="O")
        self.project = self.make(
            "projects", name="P", organization=self.organization, scm_type="git", scm_url="https://git.example.com/p"
        )
        self.synchronise()
        self.inventory = self.make("inventories", name="I", organization=self.organization)
        self.template = self.make("job_templates", **self.job_template())
        self.workflow = self.make("workflow_job_templates", name="W", organization=self.organization)
        self.node = self.make("workflow_job_template_nodes", workflow_job_template=self.workflow, identifier="n")
        (vault,) = [kind for kind in self.api.store.all("credential_types") if kind["name"] == "Vault"]
        self.vault = vault["id"]
        self.credential = self.make("credentials", **self.credential_of(self.vault))

    def job_template(self) -> dict[str, Any]:
        return {"name": "J", "project": self.project, "inventory": self.inventory, "playbook": "playbooks/site.yml"}

    def credential_of(self, kind: int) -> dict[str, Any]:
        return {"name": "C", "organization": self.organization, "credential_type": kind, "inputs": {}}

    def synchronise(self) -> None:
        for update in self.api.store.all("project_updates"):
            for _look in range(2):
                self.get(f"project_updates/{update['id']}/")

    def get(self, path: str, **query: str) -> Any:
        return self.api.answer("GET", PREFIX + path, query, None)[1]

    def post(self, path: str, body: Any) -> Any:
        return self.api.answer("POST", PREFIX + path, {}, body)[1]

    def patch(self, path: str, **body: Any) -> Any:
        return self.api.answer("PATCH", PREFIX + path, {}, body)[1]

    def delete(self, path: str) -> Any:
        return self.api.answer("DELETE", PREFIX + path, {}, None)[1]

    def make(self, collection: str, /, **body: Any) -> int:
        number: int = self.post(f"{collection}/", body)["id"]
        return number

    def survey(self, *questions: Any, enabled: bool = True) -> None:
        self.post(
            f"job_templates/{self.template}/survey_spec/", {"name": "", "description": "", "spec": list(questions)}
        )
        self.patch(f"job_templates/{self.template}/", survey_enabled=enabled)


def refused(request: Any, /, *arguments: Any, **body: Any) -> str:
    with pytest.raises(Rejected) as ended:
        request(*arguments, **body)
    assert 400 <= ended.value.status < 500
    return f"{ended.value.status} {ended.value.body}"
