from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.awx.surveys import filled

QUESTION: dict[str, Any] = {"question_name": "Q", "variable": "v", "type": "text", "required": True}
CHOICE = {**QUESTION, "type": "multiplechoice", "choices": "a\nb"}
SEVERAL = {**CHOICE, "type": "multiselect"}
NUMBER = {**QUESTION, "type": "integer"}


@pytest.mark.parametrize(
    ("question", "becomes"),
    [
        (QUESTION, {"default": ""}),
        (CHOICE, {"default": "", "choices": "a\nb"}),
        ({**CHOICE, "default": None}, {"default": "", "choices": "a\nb"}),
        ({**CHOICE, "choices": ["a", " ", "b"], "default": "b"}, {"choices": "a\nb", "default": "b"}),
        ({**CHOICE, "choices": [True, False], "default": False}, {"choices": "true\nfalse", "default": "false"}),
        ({**SEVERAL, "default": ["a", "b"]}, {"default": "a\nb", "choices": "a\nb"}),
        ({**SEVERAL, "choices": "a\n\nb\n", "default": "a\n"}, {"choices": "a\nb", "default": "a"}),
        ({**NUMBER, "default": "3", "min": "1", "max": 5}, {"default": 3, "min": 1, "max": 5}),
        ({**NUMBER, "default": 0, "min": None}, {"default": 0}),
        ({**QUESTION, "type": "float", "default": 1.5}, {"default": 1.5}),
        ({**QUESTION, "default": 3}, {"default": "3"}),
        ({**QUESTION, "required": "no", "max": ""}, {"required": False, "default": ""}),
        ({**QUESTION, "type": "password"}, {"default": ""}),
    ],
)
def test_question_is_filled_up(question: Any, becomes: Any) -> None:
    left = {name: value for name, value in question.items() if name not in ("min", "max", "choices", "default")}
    assert filled([question], "of") == ([{**left, **becomes}], [])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"question_name": ""}, "the question 'v' has no question_name."),
        ({"question_name": "", "variable": ""}, "the question 'number 1' has no question_name."),
        ({"variable": None}, "has no variable."),
        ({"type": None}, "has no type."),
        ({"required": None}, "has no required."),
        ({"variable": "a-b"}, "sets 'a-b', which is no variable."),
        ({"variable": "1a"}, "sets '1a', which is no variable."),
        ({"type": "number"}, "is of type 'number'."),
        ({"required": "perhaps"}, "has a 'required' that is neither true nor false."),
        ({"min": "few"}, "has a min of 'few'."),
        ({"max": True}, "has a max of True."),
        ({"min": 3, "max": 2}, "has a min of 3 over its max of 2."),
        ({"choices": ["a"]}, "has choices, and is of type text."),
        ({"type": "multiplechoice"}, "is a multiplechoice without choices."),
        ({"type": "multiselect", "choices": " \n"}, "is a multiselect without choices."),
        ({**CHOICE, "default": "c"}, "has the default c, which is no choice of it."),
        ({**CHOICE, "default": ["a", "b"]}, "has 2 defaults, and one can be chosen."),
        ({**SEVERAL, "default": "a\nc"}, "has the default c, which is no choice of it."),
        ({"type": "integer", "default": "few"}, "has the default 'few' and is of type integer."),
        ({"type": "integer", "default": 1.5}, "has the default 1.5 and is of type integer."),
        ({"type": "integer", "default": True}, "has the default True and is of type integer."),
        ({"type": "integer", "default": 1, "min": 2}, "has a default of 1, and min 2."),
        ({"default": "abc", "max": 2}, "has a default of 3 characters, and max 2."),
        ({"default": ["a"], "type": "textarea"}, "has a default that is no text."),
        ({"type": "password", "default": "p"}, "is a password and has a default"),
    ],
)
def test_question_that_is_wrong_is_named(change: Any, said: str) -> None:
    (finding,) = filled([{**QUESTION, **change}], "of")[1]
    assert finding.found.startswith("of: the question '")
    assert said in finding.found
    assert finding.remedy


def test_variables_of_a_survey_differ() -> None:
    (finding,) = filled([QUESTION, {**CHOICE, "question_name": "R"}], "of")[1]
    assert finding.found == "of: the question 'R' sets v, as another one does."


def test_each_wrong_question_is_told() -> None:
    assert len(filled([{**QUESTION, "type": "x"}, {**QUESTION, "variable": "-"}], "of")[1]) == 2
