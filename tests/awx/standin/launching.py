"""Rules of what starts a job: schedules and nodes of workflows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from . import surveys
from .facts import PROMPTED
from .rejected import Rejected
from .store import Object, Store

_START = re.compile(r"DTSTART(?P<zone>;[^:\s]+)?:(?P<time>\d{8}T\d{6})(?P<utc>Z?)(?=\s|$)")
_RULE = re.compile(r"RRULE:(\S+)")
#: Where a template's word for asking is not the field's name.
_ASKS = {"job_tags": "tags"}
_MOST = 999


def check_schedule(store: Store, values: Object, old: Object | None) -> Object:
    _check_rule(values["rrule"])
    started = _started(store, values)
    _check_prompts(started, values)
    _check_answers(store, started, values, all_now=True)
    return values


def _check_rule(text: str) -> None:
    starts = list(_START.finditer(text))
    if len(starts) != 1:
        raise Rejected("Exactly one DTSTART is required in rrule.", field="rrule")
    zone = (starts[0]["zone"] or "").removeprefix(";TZID=")
    if not starts[0]["utc"] and not zone:
        raise Rejected("DTSTART cannot be a naive datetime.", field="rrule")
    if zone:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise Rejected(f"{zone} is no zone.", field="rrule") from None
    rules = _RULE.findall(text)
    if not rules:
        raise Rejected("One or more rule required in rrule.", field="rrule")
    if "EXDATE" in text.upper() or "RDATE" in text.upper():
        raise Rejected("EXDATE and RDATE are not allowed in rrule.", field="rrule")
    for rule in rules:
        _check_parts(dict(part.partition("=")[::2] for part in rule.upper().split(";")), rule)


def _check_parts(parts: Mapping[str, str], rule: str) -> None:
    problems = {
        "INTERVAL required in rrule": "INTERVAL" not in parts,
        "SECONDLY is not supported": parts.get("FREQ") == "SECONDLY",
        "FREQ required in rrule": "FREQ" not in parts,
        "RRULE may not contain both COUNT and UNTIL": {"COUNT", "UNTIL"} <= set(parts),
        "COUNT > 999 is unsupported": int(parts.get("COUNT") or 0) > _MOST,
        "BYDAY with numeric prefix not supported": parts.get("BYDAY", "")[:1].isdigit(),
    }
    for problem, found in problems.items():
        if found:
            raise Rejected(f"{problem}: {rule}", field="rrule")


def check_node(store: Store, values: Object, old: Object | None) -> Object:
    started = _started(store, values)
    if started:
        _check_prompts(started, values)
        # What is still to be answered, the workflow may be asked.
        _check_answers(store, started, values, all_now=False)
    return values


def _started(store: Store, values: Object) -> Object:
    number = values["unified_job_template"]
    return store.get("unified_job_templates", number) if number else {}


def _check_prompts(started: Object, values: Object) -> None:
    for name in PROMPTED:
        if values.get(name) in (None, ""):
            continue
        asks = f"ask_{_ASKS.get(name, name)}_on_launch"
        if not started.get(asks):
            raise Rejected("Field is not configured to prompt on launch.", field=name)


def _check_answers(store: Store, started: Object, values: Object, *, all_now: bool) -> None:
    spec = store.surveys.get(started["id"]) if started.get("survey_enabled") else None
    asked = bool(started.get("ask_variables_on_launch"))
    surveys.check_answers(spec, values["extra_data"], asked=asked, all_now=all_now)


def check_link(store: Store, node: Object, other: Object) -> None:
    """An edge from one node to another."""
    if node["workflow_job_template"] != other["workflow_job_template"]:
        raise Rejected("Nodes of different workflows cannot be linked.", field="Error")
    waiting, seen = [other["id"]], set()
    while waiting:
        number = waiting.pop()
        if number == node["id"]:
            raise Rejected("Cycle detected.", field="Error")
        if number not in seen:
            seen.add(number)
            waiting += [after for edge in EDGES for after in store.lists.get((number, edge), [])]


EDGES = ("success_nodes", "failure_nodes", "always_nodes")


def approval(node: Object) -> dict[str, Any]:
    """The node of an approval is one that has no template yet."""
    if node["unified_job_template"]:
        raise Rejected("The node has a template already.", field="detail")
    return {"workflow_job_template_node": node["id"]}
