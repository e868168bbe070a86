"""Rules of notification templates."""

from __future__ import annotations

from typing import Any

from .credential_types import ENCRYPTED
from .facts import API
from .rejected import Rejected
from .store import Object, Store

_TYPES: dict[str, type] = {"string": str, "password": str, "int": int, "bool": bool, "list": list, "object": dict}
_FIELD = "notification_configuration"


def check(_store: Store, values: Object, old: Object | None) -> Object:
    given: dict[str, Any] = dict(values[_FIELD])
    parameters = API["notification_types"][values["notification_type"]]
    if unknown := set(given) - set(parameters):
        raise Rejected(f"{values['notification_type']} has no {', '.join(sorted(unknown))}.", field=_FIELD)
    for name, parameter in parameters.items():
        if name not in given and "default" in parameter:
            given[name] = parameter["default"]
    if left_out := [name for name in parameters if name not in given]:
        raise Rejected(f"Missing required fields for Notification Configuration: {left_out}.", field=_FIELD)
    for name, value in given.items():
        kind = _TYPES[parameters[name]["type"]]
        # In Python a yes is a number, too.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise Rejected(f"Configuration field '{name}' is not {parameters[name]['type']}.", field=_FIELD)
        if value == []:
            raise Rejected(f"No values specified for field '{name}'", field=_FIELD)
        if name == "http_method" and str(value).lower() not in ("put", "post"):
            raise Rejected("HTTP method must be either 'POST' or 'PUT'.", field=_FIELD)
        if value == ENCRYPTED and old:
            given[name] = old[_FIELD].get(name, value)
    return {**values, _FIELD: given}


def shown(template: Object) -> dict[str, Any]:
    """The configuration without what is secret in it."""
    parameters = API["notification_types"][template["notification_type"]]
    return {
        name: ENCRYPTED if parameters[name]["type"] == "password" and value else value
        for name, value in template[_FIELD].items()
    }
