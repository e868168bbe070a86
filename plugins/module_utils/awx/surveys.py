# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions of surveys in AWX: what is wrong with one, and what its pages need beside what its API asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.common.validation import check_type_bool, check_type_int

from ..findings import Finding, failed

TYPES = ("text", "textarea", "password", "multiplechoice", "multiselect", "integer", "float")
_CHOSEN = ("multiplechoice", "multiselect")
_NUMBERS: Mapping[str, type] = {"integer": int, "float": float}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOTHING: tuple[Any, ...] = (None, "", [])


class Misfit(ValueError):
    """What is wrong with a question, and after it the remedy."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found)
        self.remedy = remedy


def filled(survey: Iterable[Mapping[str, Any]], of: str) -> tuple[list[dict[str, Any]], list[Finding]]:
    """The questions as AWX is to have them, and what is wrong with them.

    :param of: whose survey it is, for people.
    """
    questions, findings, seen = [], [], set()
    for number, question in enumerate(survey, 1):
        named = question.get("question_name") or question.get("variable") or f"number {number}"
        try:
            questions.append(_filled(question))
            if question["variable"] in seen:
                raise Misfit(f"sets {question['variable']}, as another one does", "Give each a variable of its own.")
            seen.add(question["variable"])
        except Misfit as misfit:
            findings.append(failed("awx.survey", f"{of}: the question {named!r} {misfit}.", misfit.remedy))
    return questions, findings


def _filled(question: Mapping[str, Any]) -> dict[str, Any]:
    """One question; without a default, which the API does not ask for, AWX's own pages cannot show it."""
    for part in ("question_name", "variable", "type", "required"):
        if question.get(part) in _NOTHING:
            raise Misfit(f"has no {part}", "Give it one.")
    variable, kind = question["variable"], question["type"]
    if not isinstance(variable, str) or not _VARIABLE.fullmatch(variable):
        raise Misfit(f"sets {variable!r}, which is no variable", "Use letters, digits and _, and no digit first.")
    if kind not in TYPES:
        raise Misfit(f"is of type {kind!r}", f"AWX has {', '.join(TYPES)}.")
    try:
        whole = {**question, "required": check_type_bool(question["required"])}
    except TypeError:
        raise Misfit("has a 'required' that is neither true nor false", "Correct it.") from None
    for bound in ("min", "max"):
        whole.pop(bound, None)
        if question.get(bound) not in _NOTHING:
            whole[bound] = _whole_number(bound, question[bound])
    if (least := whole.get("min", 0)) > whole.get("max", float("inf")):
        raise Misfit(f"has a min of {least} over its max of {whole['max']}", "Exchange the two.")
    whole.pop("choices", None)
    if kind in _CHOSEN:
        choices = _lines(question.get("choices"))
        if not choices:
            raise Misfit(f"is a {kind} without choices", "Give them as a list, or one a line.")
        whole["choices"] = "\n".join(choices)
    elif question.get("choices") not in _NOTHING:
        raise Misfit(f"has choices, and is of type {kind}", f"Make it a {' or '.join(_CHOSEN)}, or take them out.")
    return {**whole, "default": _default(whole, question.get("default"))}


def _whole_number(name: str, value: Any) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        return int(check_type_int(value))
    except (TypeError, ValueError):
        raise Misfit(f"has a {name} of {value!r}", "Give a whole number.") from None


def _lines(value: Any) -> list[str]:
    """A list, or lines of text, as lines that are not blank."""
    entries = value if isinstance(value, list) else [] if value is None else _text(value).splitlines()
    return [text for text in (_text(entry).strip() for entry in entries) if text]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _default(question: Mapping[str, Any], given: Any) -> Any:
    if given in _NOTHING:
        return ""
    kind = question["type"]
    if kind == "password":
        raise Misfit(
            "is a password and has a default, which AWX does not show, so that each run would send it anew",
            "Take the default out.",
        )
    if kind in _CHOSEN:
        choices, chosen = question["choices"].splitlines(), _lines(given)
        if kind == "multiplechoice" and len(chosen) > 1:
            raise Misfit(f"has {len(chosen)} defaults, and one can be chosen", "Name one.")
        if wrong := [entry for entry in chosen if entry not in choices]:
            raise Misfit(
                f"has the default {', '.join(wrong)}, which is no choice of it", f"It has {', '.join(choices)}."
            )
        return "\n".join(chosen)
    return _bounded(question, _number(_NUMBERS[kind], kind, given) if kind in _NUMBERS else _own_text(given))


def _own_text(given: Any) -> str:
    if isinstance(given, (list, dict)):
        raise Misfit("has a default that is no text", "Put it into quotes.")
    return _text(given)


def _number(number: type, kind: str, given: Any) -> Any:
    try:
        if isinstance(given, (bool, list, dict)) or (number is int and isinstance(given, float) and given % 1):
            raise TypeError
        return number(given)
    except (TypeError, ValueError):
        raise Misfit(f"has the default {given!r} and is of type {kind}", "Give a number.") from None


def _bounded(question: Mapping[str, Any], default: Any) -> Any:
    size = len(default) if isinstance(default, str) else default
    low, high = question.get("min"), question.get("max")
    if (low is not None and size < low) or (high is not None and size > high):
        said = f"{size} characters" if isinstance(default, str) else str(default)
        limits = " and ".join(f"{name} {value}" for name, value in (("min", low), ("max", high)) if value is not None)
        raise Misfit(f"has a default of {said}, and {limits}", "Correct one of them.")
    return default
