"""What the stand-in refuses of schedules and workflows: each row changes a right request."""

from __future__ import annotations

from typing import Any

import pytest

from tests.awx.client import QUESTION, RULE, Client, refused


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
