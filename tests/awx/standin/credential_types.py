"""Rules of credential types, and of the credentials of a type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jsonschema
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from .facts import API
from .rejected import Rejected
from .store import Object, Store

ENCRYPTED = "$encrypted$"
#: What only a field of type string may have.
_OF_STRINGS = ("choices", "multiline", "format", "secret")
_JINJA = SandboxedEnvironment(undefined=StrictUndefined)


class _File:
    """What `tower.filename` is to a template: a path, or several by name."""

    def __init__(self, names: list[str]) -> None:
        for name in names:
            setattr(self, name, "/path")


def check_type(store: Store, values: Object, old: Object | None) -> Object:
    if old and old["managed"]:
        raise Rejected("Modifications not allowed for managed credential types", field="detail", status=403)
    if old and any(c["credential_type"] == old["id"] for c in store.all("credentials")):
        for name in ("inputs", "kind"):
            if values[name] != old[name]:
                raise Rejected(f"Modifications to {name} are not allowed for types in use", field="detail", status=403)
    _by_schema("inputs", values["inputs"])
    fields = [{"type": "string", **field} for field in values["inputs"].get("fields", [])]
    _check_fields(fields)
    _by_schema("injectors", values["injectors"])
    _check_injectors(values["injectors"], [field["id"] for field in fields])
    inputs = {**values["inputs"], **({"fields": fields} if fields else {})}
    return {**values, "inputs": inputs, "managed": False, "namespace": None}


def _by_schema(name: str, value: Any) -> None:
    try:
        jsonschema.validate(value, API[f"credential_type_{name}_schema"])
    except jsonschema.ValidationError as error:
        raise Rejected(f"Schema validation error in {error.json_path}: {error.message}", field=name) from None


def _check_fields(fields: Sequence[Mapping[str, Any]]) -> None:
    seen = set()
    for field in fields:
        if field["id"] == "tower":
            raise Rejected('"tower" is a reserved field name', field="inputs")
        if field["id"] in seen:
            raise Rejected(f"field IDs must be unique ({field['id']})", field="inputs")
        seen.add(field["id"])
        for key in _OF_STRINGS:
            if key in field and field["type"] != "string":
                raise Rejected(f"{key} not allowed for {field['type']} type ({field['id']})", field="inputs")


def _check_injectors(injectors: Mapping[str, Any], ids: list[str]) -> None:
    for name in injectors.get("env", {}):
        if name.startswith("ANSIBLE_") or name in API["credential_type_env_refused"]:
            raise Rejected(f"Environment variable {name} may affect Ansible configuration", field="injectors")
    files = injectors.get("file", {})
    if "template" in files and len(files) > 1:
        raise Rejected("Must use multi-file syntax when injecting multiple files", field="injectors")
    names: dict[str, Any] = dict.fromkeys(ids, "EXAMPLE")
    if files:
        names["tower"] = {"filename": _File([name.partition(".")[2] for name in files if "." in name])}
    for kind, templates in injectors.items():
        for key, template in templates.items():
            for text in _texts(template):
                try:
                    _JINJA.from_string(text).render(names)
                except TemplateError as error:
                    raise Rejected(f"{kind}.{key} uses an undefined field ({error})", field="injectors") from None


def _texts(template: Any) -> list[str]:
    if isinstance(template, str):
        return [template]
    parts = template.values() if isinstance(template, dict) else template
    return [text for part in parts for text in _texts(part)]


def builtin_types() -> list[Object]:
    """The types that AWX brings, as far as they are used."""
    return [
        {
            "name": name,
            "description": "",
            "kind": facts["kind"],
            "namespace": facts["namespace"],
            "managed": True,
            "inputs": {
                "fields": [{"id": field, **rules} for field, rules in facts["fields"].items()],
                "required": facts["required"],
            },
            "injectors": {},
        }
        for name, facts in API["builtin_credential_types"].items()
    ]


def check_unused(store: Store, kind: Object) -> None:
    if any(credential["credential_type"] == kind["id"] for credential in store.all("credentials")):
        raise Rejected("Credential types that are in use cannot be deleted", field="detail", status=403)


def check_credential(store: Store, values: Object, old: Object | None) -> Object:
    owners = [name for name in ("organization", "user", "team") if values.get(name)]
    if len(owners) != 1 and not old:
        raise Rejected("Exactly one of organization, user and team owns a credential.", field="detail")
    if old and values["credential_type"] != old["credential_type"]:
        raise Rejected("You cannot change the credential type of the credential.", field="credential_type")
    kind = store.get("credential_types", values["credential_type"])
    fields = {field["id"]: field for field in kind["inputs"].get("fields", [])}
    kept = {}
    for name, value in values["inputs"].items():
        if name not in fields:
            raise Rejected(f"'{name}' is no field of {kind['name']}.", field="inputs")
        wanted = bool if fields[name].get("type") == "boolean" else str
        if not isinstance(value, wanted):
            raise Rejected(f"{name}: {type(value).__name__} is not of type {fields[name]['type']}.", field="inputs")
        if fields[name].get("choices") and value not in fields[name]["choices"]:
            raise Rejected(f"{name} is not one of {fields[name]['choices']}.", field="inputs")
        # The word that stands for a value that is kept.
        kept[name] = old["inputs"][name] if value == ENCRYPTED and old and name in old["inputs"] else value
    # Who owns it is not told again; the organization is.
    return {**values, "inputs": kept}


def shown_inputs(store: Store, credential: Object) -> Object:
    """Without the secret ones."""
    kind = store.get("credential_types", credential["credential_type"])
    secret = {field["id"] for field in kind["inputs"].get("fields", []) if field.get("secret")}
    return {name: ENCRYPTED if name in secret and value else value for name, value in credential["inputs"].items()}
