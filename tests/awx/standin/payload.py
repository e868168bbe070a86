"""What a request's body may hold, by AWX's own description of the fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .facts import FIELDS, MODELS, NULL, PROMPTED, Field
from .rejected import Rejected
from .store import Store

_TYPES: dict[str, type | tuple[type, ...]] = {"string": str, "boolean": bool, "integer": int, "json": (dict, str)}


def defaults(kind: str) -> dict[str, Any]:
    """What an object has of which nothing was said."""
    return {
        name: None
        if (kind, name) in NULL or (kind in ("schedules", "workflow_job_template_nodes") and name in PROMPTED)
        else field.empty
        for name, field in FIELDS[kind].items()
        if not field.read_only
    }


def checked(kind: str, body: Any, store: Store, *, creating: bool) -> dict[str, Any]:
    """The values that a request sets.

    :raises Rejected: a field is unknown, missing, or of another type, length or choice.
    """
    if not isinstance(body, dict):
        raise Rejected("Invalid data. Expected a dictionary.", field="non_field_errors")
    fields = FIELDS[kind]
    for name in body:
        if name not in fields:
            raise Rejected("AWX has no such field; it would drop it silently.", field=name)
    if creating:
        for name, field in fields.items():
            if field.required and body.get(name) in (None, ""):
                raise Rejected("This field is required.", field=name)
    # What is only read may be sent, and is passed over, as by AWX: its own modules do.
    return {
        name: _value(kind, name, value, fields[name], store)
        for name, value in body.items()
        if not fields[name].read_only
    }


def _value(kind: str, name: str, value: Any, field: Field, store: Store) -> Any:
    if value is None and not field.required:
        return None if (kind, name) in NULL or field.type in ("id", "integer") else field.empty
    if field.choices is not None:
        if value not in field.choices or isinstance(value, bool):
            raise Rejected(f'"{value}" is not a valid choice.', field=name)
        return value
    if field.type == "id":
        if isinstance(value, bool) or not isinstance(value, int):
            raise Rejected(f"Incorrect type. Expected pk value, received {type(value).__name__}.", field=name)
        store.find(MODELS.get(field.model, "unified_job_templates"), value, name)
        return value
    wanted = _TYPES.get(field.type)
    if wanted and (not isinstance(value, wanted) or (field.type == "integer" and isinstance(value, bool))):
        raise Rejected(f"Not a valid {field.type}.", field=name)
    if field.max_length and len(value) > field.max_length:
        raise Rejected(f"Ensure this field has no more than {field.max_length} characters.", field=name)
    if name == "name" and not str(value).strip():
        raise Rejected("This field may not be blank.", field=name)
    return value


def variables(text: Any, name: str) -> Mapping[str, Any]:
    """Variables that are kept as text."""
    if isinstance(text, dict):
        return text
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        raise Rejected("Cannot parse as JSON.", field=name) from None
    if not isinstance(value, dict):
        raise Rejected("Variables must be a mapping.", field=name)
    return value
