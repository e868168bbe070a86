"""Rules of surveys, and of the answers to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema

from .facts import API
from .rejected import Rejected

_CHOSEN = ("multiplechoice", "multiselect")
_DEFAULTS: dict[str, Any] = {"integer": int, "float": (int, float)}
_ANSWERS: dict[str, Any] = {"integer": int, "float": (int, float), "multiselect": list}
_KEYS = set(API["survey_spec_schema"]["properties"]["spec"]["items"]["properties"])


def check(spec: Any) -> None:
    """The questions themselves."""
    try:
        jsonschema.validate(spec, API["survey_spec_schema"])
    except jsonschema.ValidationError as error:
        raise _refused(f"{error.json_path}: {error.message}") from None
    if unknown := set(spec) - {"name", "description", "spec"}:
        raise _refused(f"A survey has no {', '.join(unknown)}.")
    seen = set()
    for question in spec["spec"]:
        if unknown := set(question) - _KEYS:
            raise _refused(f"A question has no {', '.join(unknown)}.")
        if question["variable"] in seen:
            raise _refused(f"'variable' '{question['variable']}' duplicated.")
        seen.add(question["variable"])
        _check_choices(question)
        _check_default(question)


def _check_choices(question: Mapping[str, Any]) -> None:
    if question["type"] not in _CHOSEN:
        return
    choices = question.get("choices")
    if not isinstance(choices, str) or not choices.strip():
        raise _refused(f"{question['variable']}: choices are lines of text.")


def _check_default(question: Mapping[str, Any]) -> None:
    default = question.get("default", "")
    if default == "":
        return
    if isinstance(default, bool) or not isinstance(default, _DEFAULTS.get(question["type"], str)):
        raise _refused(f"{question['variable']}: the default has another type than {question['type']}.")
    if question["type"] == "password" and default.startswith("$encrypted$"):
        raise _refused("$encrypted$ is a reserved keyword for password questions.")
    if question["type"] in _CHOSEN and set(default.splitlines()) - set(question["choices"].splitlines()):
        raise _refused(f"{question['variable']}: the default is no choice.")
    _check_bounds(question, default)


def _check_bounds(question: Mapping[str, Any], value: Any) -> None:
    if question["type"] in _CHOSEN:
        return
    size = len(value) if isinstance(value, str) else value
    low, high = question.get("min"), question.get("max")
    if (low is not None and size < low) or (high is not None and size > high):
        raise _refused(f"{question['variable']} is not between {low} and {high}.")


def _refused(message: str) -> Rejected:
    return Rejected(message, field="error")


def check_answers(spec: Mapping[str, Any] | None, answers: Mapping[str, Any], *, asked: bool, all_now: bool) -> None:
    """Answers that are given ahead of a job.

    :param spec: the survey, None where there is none or it is not enabled.
    :param asked: whether the template takes any other variable.
    :param all_now: whether a required question must be answered, also one that has a default.
    """
    questions = {question["variable"]: question for question in (spec or {}).get("spec", [])}
    for name, answer in answers.items():
        if name in questions:
            _check_answer(questions[name], answer)
        elif not asked:
            raise Rejected(f"Variables {name} are not allowed on launch.", field="extra_data")
    if all_now and (open_ones := [n for n, q in questions.items() if q["required"] and n not in answers]):
        raise Rejected(f"'{', '.join(open_ones)}' value missing", field="variables_needed_to_start")


def _check_answer(question: Mapping[str, Any], answer: Any) -> None:
    name = question["variable"]
    if isinstance(answer, bool) or not isinstance(answer, _ANSWERS.get(question["type"], str)):
        raise Rejected(f"Value {answer} for '{name}' has another type than {question['type']}.", field="extra_data")
    chosen = answer if isinstance(answer, list) else [answer]
    if question["type"] in _CHOSEN and set(chosen) - set(question["choices"].splitlines()):
        raise Rejected(f"Value {answer} for '{name}' is no choice.", field="extra_data")
    try:
        _check_bounds(question, answer)
    except Rejected as error:
        raise Rejected(str(error), field="extra_data") from None
