"""What the stand-in refuses, one row a rule: the request is right but for what the row changes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.awx.standin.api import PREFIX, Api
from tests.awx.standin.rejected import Rejected

QUESTION: dict[str, Any] = {"question_name": "Q", "variable": "v", "type": "text", "required": True}
RULE = "DTSTART:20260101T010000Z RRULE:FREQ=DAILY;INTERVAL=1"
HOOK = {"url": "https://hook.example.com", "headers": {}}
TYPE: dict[str, Any] = {
    "name": "T",
    "kind": "cloud",
    "inputs": {"fields": [{"id": "token", "label": "Token", "secret": True}], "required": ["token"]},
    "injectors": {"extra_vars": {"token": "{{ token }}"}},
}


class Client:
    """Speaks to the stand-in without HTTP."""

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


@pytest.fixture
def client() -> Client:
    return Client()


def refused(request: Any, /, *arguments: Any, **body: Any) -> str:
    with pytest.raises(Rejected) as ended:
        request(*arguments, **body)
    assert 400 <= ended.value.status < 500
    return f"{ended.value.status} {ended.value.body}"


# A field's own rules.


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


# Names.


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


# Credential types, and credentials.


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


# Projects and what comes from them.


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


# Lists.


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


# Surveys.


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"type": "number"}, "number"),
        ({"required": "yes"}, "boolean"),
        ({"question_name": None}, "string"),
        ({"min": "1"}, "integer"),
        ({"maximum": 3}, "has no maximum"),
        ({"type": "multiplechoice"}, "lines of text"),
        ({"type": "multiselect", "choices": ["a"]}, "lines of text"),
        ({"type": "multiselect", "choices": "a\nb", "default": "a\nc"}, "is no choice"),
        ({"type": "multiselect", "choices": "a\nb", "default": ["a"]}, "another type"),
        ({"type": "integer", "default": "3"}, "another type"),
        ({"type": "text", "default": 3}, "another type"),
        ({"type": "text", "default": "abc", "max": 2}, "not between"),
        ({"type": "integer", "default": 1, "min": 2}, "not between"),
        ({"type": "password", "default": "$encrypted$"}, "reserved keyword"),
    ],
)
def test_question(client: Client, question: Any, said: str) -> None:
    assert said in refused(client.survey, {**QUESTION, **question})


@pytest.mark.parametrize("left_out", sorted(QUESTION))
def test_question_has_all_its_parts(client: Client, left_out: str) -> None:
    question = {name: value for name, value in QUESTION.items() if name != left_out}
    assert left_out in refused(client.survey, question)


def test_variables_of_a_survey_differ(client: Client) -> None:
    assert "duplicated" in refused(client.survey, QUESTION, QUESTION)


@pytest.mark.parametrize(
    "body",
    [
        {"spec": [QUESTION]},
        {"name": "", "description": "", "spec": []},
        {"name": "", "description": "", "spec": [QUESTION], "enabled": True},
    ],
)
def test_survey_is_whole(client: Client, body: Any) -> None:
    refused(client.post, f"job_templates/{client.template}/survey_spec/", body)


def test_survey_does_not_show_the_default_of_a_password(client: Client) -> None:
    path = f"job_templates/{client.template}/survey_spec/"
    assert client.get(path) == {}
    client.survey({**QUESTION, "type": "password", "default": "p"})
    assert client.get(path)["spec"][0]["default"] == "$encrypted$"
    client.delete(path)
    assert client.get(path) == {}


# Schedules and workflows.


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("RRULE:FREQ=DAILY;INTERVAL=1", "Exactly one DTSTART"),
        (f"DTSTART:20260101T010000Z {RULE}", "Exactly one DTSTART"),
        ("DTSTART:20260101T010000 RRULE:FREQ=DAILY;INTERVAL=1", "naive"),
        ("DTSTART;TZID=Europe/Nowhere:20260101T010000 RRULE:FREQ=DAILY;INTERVAL=1", "is no zone"),
        ("DTSTART:20260101T010000Z", "One or more rule"),
        ("DTSTART:20260101T010000Z RRULE:FREQ=DAILY", "INTERVAL required"),
        ("DTSTART:20260101T010000Z RRULE:INTERVAL=1", "FREQ required"),
        ("DTSTART:20260101T010000Z RRULE:FREQ=SECONDLY;INTERVAL=1", "SECONDLY"),
        (f"{RULE};COUNT=1000", "COUNT > 999"),
        (f"{RULE};COUNT=2;UNTIL=20270101T000000Z", "both COUNT and UNTIL"),
        (f"{RULE};BYDAY=2MO", "numeric prefix"),
        (f"{RULE} EXDATE:20260102T010000Z", "not allowed in rrule"),
        (f"{RULE} RRULE:FREQ=DAILY", "INTERVAL required"),
    ],
)
def test_rule_of_a_schedule(client: Client, rule: str, said: str) -> None:
    assert said in refused(client.make, "schedules", name="S", unified_job_template=client.template, rrule=rule)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, "value missing"),
        ({"v": 1}, "another type"),
        ({"v": "abc"}, "not between"),
        ({"v": "a", "c": "z"}, "is no choice"),
        ({"v": "a", "w": "b"}, "not allowed on launch"),
    ],
)
def test_schedule_answers_the_survey(client: Client, answers: Any, said: str) -> None:
    choice = {**QUESTION, "variable": "c", "type": "multiplechoice", "choices": "x\ny", "required": False}
    client.survey({**QUESTION, "default": "a", "max": 2}, choice)
    body = {"name": "S", "unified_job_template": client.template, "rrule": RULE}
    assert said in refused(client.make, "schedules", **body, extra_data=answers)
    client.make("schedules", **body, extra_data={"v": "a", "c": "x"})


def test_survey_that_is_not_enabled_asks_nothing(client: Client) -> None:
    client.survey(QUESTION, enabled=False)
    client.make("schedules", name="S", unified_job_template=client.template, rrule=RULE)


@pytest.mark.parametrize(
    ("kind", "extra"), [("schedules", {"name": "S", "rrule": RULE}), ("workflow_job_template_nodes", {})]
)
@pytest.mark.parametrize(
    ("prompt", "asks"),
    [
        ({"limit": "a"}, "ask_limit_on_launch"),
        ({"job_tags": "a"}, "ask_tags_on_launch"),
        ({"job_slice_count": 2}, "ask_job_slice_count_on_launch"),
    ],
)
def test_prompts_are_taken_where_they_are_asked(client: Client, kind: str, extra: Any, prompt: Any, asks: str) -> None:
    of = {"workflow_job_template": client.workflow} if kind != "schedules" else {}
    body = {"unified_job_template": client.template, **extra, **of, **prompt}
    assert "not configured to prompt" in refused(client.make, kind, **body)
    client.patch(f"job_templates/{client.template}/", **{asks: True})
    client.make(kind, **body)


def test_node_need_not_answer_what_the_workflow_may(client: Client) -> None:
    client.survey(QUESTION)
    node = {"workflow_job_template": client.workflow, "unified_job_template": client.template}
    client.make("workflow_job_template_nodes", **node)
    assert "not allowed" in refused(client.make, "workflow_job_template_nodes", **node, extra_data={"w": "x"})


def test_approval_is_made_on_a_node_without_a_template(client: Client) -> None:
    path = f"workflow_job_template_nodes/{client.node}/create_approval_template/"
    assert "This field is required" in refused(client.post, path, {})
    assert "identifier" in refused(client.post, path, {"name": "A", "identifier": "n"})
    made = client.post(path, {"name": "A"})
    assert client.get(f"workflow_job_template_nodes/{client.node}/")["unified_job_template"] == made["id"]
    assert "has a template already" in refused(client.post, path, {"name": "A"})
    client.patch(f"workflow_approval_templates/{made['id']}/", description="d")


def test_nodes_lead_to_others_of_their_workflow(client: Client) -> None:
    after = client.make("workflow_job_template_nodes", workflow_job_template=client.workflow)
    client.post(f"workflow_job_template_nodes/{client.node}/success_nodes/", {"id": after})
    back = f"workflow_job_template_nodes/{after}/failure_nodes/"
    assert "Cycle" in refused(client.post, back, {"id": client.node})
    assert "Cycle" in refused(client.post, back, {"id": after})
    other = client.make("workflow_job_templates", name="V", organization=client.organization)
    foreign = client.make("workflow_job_template_nodes", workflow_job_template=other)
    assert "Nodes of different workflows" in refused(client.post, back, {"id": foreign})


def test_what_hangs_on_a_template_goes_with_it(client: Client) -> None:
    client.make("schedules", name="S", unified_job_template=client.template, rrule=RULE)
    client.patch(f"workflow_job_template_nodes/{client.node}/", unified_job_template=client.template)
    client.delete(f"job_templates/{client.template}/")
    assert client.get("schedules/")["count"] == 0
    assert client.get(f"workflow_job_template_nodes/{client.node}/")["unified_job_template"] is None
    client.delete(f"workflow_job_templates/{client.workflow}/")
    assert client.get("workflow_job_template_nodes/")["count"] == 0


# Notifications.


@pytest.mark.parametrize(
    ("kind", "configuration", "said"),
    [
        ("webhook", {**HOOK, "urll": "x"}, "has no urll"),
        ("webhook", {"headers": {}}, "Missing required fields"),
        ("webhook", {**HOOK, "headers": "x"}, "is not object"),
        ("webhook", {**HOOK, "disable_ssl_verification": "no"}, "is not bool"),
        ("webhook", {**HOOK, "http_method": "GET"}, "POST"),
        ("slack", {"token": "t", "channels": []}, "No values"),
        ("slack", {"token": "t", "channels": "#a"}, "is not list"),
        ("pidgin", {}, "not a valid choice"),
    ],
)
def test_notification(client: Client, kind: str, configuration: Any, said: str) -> None:
    body = {"organization": client.organization, "notification_type": kind, "notification_configuration": configuration}
    assert said in refused(client.make, "notification_templates", name="N", **body)


def test_notification_is_filled_up_and_hides_its_secret(client: Client) -> None:
    body = {"organization": client.organization, "notification_type": "webhook"}
    number = client.make(
        "notification_templates", name="N", **body, notification_configuration={**HOOK, "password": "p"}
    )
    shown = client.get(f"notification_templates/{number}/")["notification_configuration"]
    assert (shown["http_method"], shown["password"]) == ("POST", "$encrypted$")
    client.patch(f"notification_templates/{number}/", notification_configuration=shown)
    kept = client.api.store.get("notification_templates", number)["notification_configuration"]
    assert kept["password"] == "p"
