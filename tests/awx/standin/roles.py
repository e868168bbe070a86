"""Roles that an object has, and who was given one."""

from __future__ import annotations

from .facts import API
from .rejected import Rejected
from .store import Object, Store

#: Roles of an organization that are for people only.
_FOR_PEOPLE = ("member_role", "admin_role")


def make(store: Store, kind: str, item: Object) -> None:
    for name in API["object_roles"].get(kind, ()):
        store.add("roles", {"object_kind": kind, "object": item["id"], "role_field": name})


def of(store: Store, item: Object) -> dict[str, Object]:
    mine = [role for role in store.all("roles") if role["object"] == item["id"]]
    return {role["role_field"]: {"id": role["id"], "name": role["role_field"]} for role in mine}


def check_given(store: Store, role: Object, team: Object) -> None:
    if role["object_kind"] == "organizations" and role["role_field"] in _FOR_PEOPLE:
        raise Rejected("You cannot assign an Organization participation role as a child role for a Team.", field="msg")
    if role["object_kind"] == "credentials":
        credential = store.get("credentials", role["object"])
        if credential["organization"] != team["organization"]:
            raise Rejected("You cannot grant credential access to a team of another organization.", field="msg")
