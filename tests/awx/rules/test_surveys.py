"""What the stand-in refuses of surveys: each row changes a right request."""

from __future__ import annotations

from typing import Any

import pytest

from tests.awx.client import QUESTION, Client, refused


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
