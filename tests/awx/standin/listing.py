"""Lists of objects, as a query asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from .rejected import Rejected
from .store import Object, Store

#: Filters by the name of what a field refers to: the field, and where to look.
_BY_NAME = {
    "organization__name": ("organization", "organizations"),
    "credential_type__name": ("credential_type", "credential_types"),
}
_WORKFLOWS_ORGANIZATION = "workflow_job_template__organization__name"
_FILTERS = (
    *_BY_NAME,
    _WORKFLOWS_ORGANIZATION,
    "id",
    "name",
    "type",
    "identifier",
    "organization",
    "credential_type",
    "inventory",
    "workflow_job_template",
    "unified_job_template",
)
_PAGE, _LARGEST_PAGE = 25, 200


def page(store: Store, path: str, items: list[Object], query: Mapping[str, str]) -> Object:
    """One page of those that the query asks for; `items` as they are shown."""
    asked = dict(query)
    number = int(asked.pop("page", 1))
    size = min(int(asked.pop("page_size", _PAGE)), _LARGEST_PAGE)
    either = {name.removeprefix("or__"): asked.pop(name) for name in list(asked) if name.startswith("or__")}
    if unknown := {*asked, *either} - set(_FILTERS):
        raise Rejected(f"AWX has no such field to search by: {', '.join(sorted(unknown))}.", field="detail")
    found = [item for item in items if all(_matches(store, item, *part) for part in asked.items())]
    if either:
        found = [item for item in found if any(_matches(store, item, *part) for part in either.items())]
    following = f"{path}?{urlencode({**query, 'page': number + 1})}" if number * size < len(found) else None
    return {"count": len(found), "next": following, "results": found[(number - 1) * size : number * size]}


def _matches(store: Store, item: Object, name: str, wanted: str) -> bool:
    if name == _WORKFLOWS_ORGANIZATION:
        workflow = store.get("workflow_job_templates", item["workflow_job_template"])
        return _matches(store, workflow, "organization__name", wanted)
    if name in _BY_NAME:
        field, kind = _BY_NAME[name]
        return bool(item.get(field)) and store.get(kind, item[field])["name"] == wanted
    return str(item.get(name)) == wanted
