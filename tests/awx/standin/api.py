"""What each request does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from . import credential_types, launching, listing, notifications, payload, roles, surveys, templates
from .facts import APPROVAL
from .rejected import Rejected, missing
from .store import Object, Store

PREFIX = "/api/v2/"
_PATH = re.compile(rf"{PREFIX}(?P<kind>\w+)/(?:(?P<number>\d+)/(?:(?P<part>\w+)/)?)?")

Rule = Callable[[Store, Object, "Object | None"], Object]
RULES: dict[str, Rule] = {
    "credential_types": credential_types.check_type,
    "credentials": credential_types.check_credential,
    "inventory_sources": templates.check_inventory_source,
    "job_templates": templates.check_job_template,
    "notification_templates": notifications.check,
    "projects": templates.check_project,
    "schedules": launching.check_schedule,
    "workflow_job_template_nodes": launching.check_node,
    "workflow_job_templates": templates.check_workflow,
}
COLLECTIONS = (
    "organizations",
    "labels",
    "teams",
    "credential_types",
    "credentials",
    "execution_environments",
    "projects",
    "inventories",
    "inventory_sources",
    "notification_templates",
    "job_templates",
    "workflow_job_templates",
    "workflow_job_template_nodes",
    "schedules",
)
_NOTIFIED = {f"notification_templates_{event}": "notification_templates" for event in ("started", "success", "error")}
#: What can be put into an object's lists.
LISTS: dict[str, dict[str, str]] = {
    "job_templates": {"credentials": "credentials", "labels": "labels", **_NOTIFIED},
    "workflow_job_templates": {
        "labels": "labels",
        **_NOTIFIED,
        "notification_templates_approvals": "notification_templates",
    },
    "workflow_job_template_nodes": dict.fromkeys(launching.EDGES, "workflow_job_template_nodes"),
    "roles": {"teams": "teams"},
}
SURVEYED = ("job_templates", "workflow_job_templates")


@dataclass
class Api:
    """AWX's answers.

    :ivar playbooks: what a synchronised project has.
    """

    playbooks: Sequence[str]
    store: Store = field(default_factory=Store)

    def __post_init__(self) -> None:
        for kind in credential_types.builtin_types():
            self.store.add("credential_types", kind)

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        """Status and body.

        :raises Rejected: AWX would not do it.
        """
        found = _PATH.fullmatch(path)
        if not found:
            raise missing()
        kind, part = found["kind"], found["part"]
        if not found["number"]:
            return self._collection(method, kind, path, query, body)
        item = self.store.get(kind, int(found["number"]))
        if not part:
            return self._detail(method, kind, item, body)
        if part in LISTS.get(kind, {}):
            return self._list(method, kind, item, part, path, query, body)
        return self._other(method, kind, item, part, body)

    def _collection(self, method: str, kind: str, path: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        if kind not in (*COLLECTIONS, "unified_job_templates"):
            raise missing()
        if method == "GET":
            return 200, listing.page(self.store, path, [self.shown(item) for item in self.store.all(kind)], query)
        if method != "POST" or kind == "unified_job_templates":
            raise _not_allowed(method)
        values = {**payload.defaults(kind), **payload.checked(kind, body, self.store, creating=True)}
        if kind == "workflow_job_template_nodes":
            values["identifier"] = body.get("identifier") or str(uuid4())
        item = self._add(kind, self._ruled(kind, values, None))
        if kind == "projects" and item["scm_type"]:
            self._synchronise(item)
        return 201, self.shown(item)

    def _add(self, kind: str, values: Object) -> Object:
        item = self.store.add(kind, values)
        item["_kind"] = kind
        if kind == "projects":
            item.update(playbooks=[], scm_revision="", _update=None)
        roles.make(self.store, kind, item)
        return item

    def _ruled(self, kind: str, values: Object, old: Object | None) -> Object:
        values = RULES[kind](self.store, values, old) if kind in RULES else values
        self.store.check_unique(kind, values, old["id"] if old else None)
        return values

    def _detail(self, method: str, kind: str, item: Object, body: Any) -> tuple[int, Any]:
        if method == "GET":
            return 200, self.shown(item)
        if kind not in COLLECTIONS and kind != "workflow_approval_templates":
            raise _not_allowed(method)
        if method == "DELETE" and kind != "labels":
            if item.get("managed"):
                raise Rejected("Deletion not allowed for managed credential types", field="detail", status=403)
            if kind == "credential_types":
                credential_types.check_unused(self.store, item)
            self.store.remove(kind, item["id"])
            return 204, None
        if method != "PATCH":
            raise _not_allowed(method)
        fields = APPROVAL if kind == "workflow_approval_templates" else kind
        changed = payload.checked(fields, body, self.store, creating=False)
        before = dict(item)
        values = {**item, **changed}
        item.update(self._ruled(kind, values, item) if kind in COLLECTIONS else values)
        if kind == "projects" and any(before[name] != item[name] for name in templates.SCM_FIELDS):
            self._synchronise(item)
        return 200, self.shown(item)

    def _list(
        self, method: str, kind: str, item: Object, name: str, path: str, query: Mapping[str, str], body: Any
    ) -> tuple[int, Any]:
        ids = self.store.lists.setdefault((item["id"], name), [])
        members = LISTS[kind][name]
        if method == "GET":
            return 200, listing.page(
                self.store, path, [self.shown(self.store.get(members, number)) for number in ids], query
            )
        if method != "POST" or not isinstance(body, dict) or set(body) - {"id", "disassociate"} or "id" not in body:
            raise Rejected("id and disassociate are what a list takes.", field="detail")
        member = self.store.find(members, body["id"], "id")
        if body.get("disassociate"):
            ids[:] = [number for number in ids if number != member["id"]]
        elif member["id"] not in ids:
            self._check_member(kind, item, name, ids, member)
            ids.append(member["id"])
        return 204, None

    def _check_member(self, kind: str, item: Object, name: str, ids: Sequence[int], member: Object) -> None:
        if kind == "roles":
            roles.check_given(self.store, item, member)
        elif name == "credentials":
            templates.check_credential_of_job(self.store, ids, member)
        elif name in launching.EDGES:
            launching.check_link(self.store, item, member)

    def _other(self, method: str, kind: str, item: Object, part: str, body: Any) -> tuple[int, Any]:
        if part == "survey_spec" and kind in SURVEYED:
            return self._survey(method, item, body)
        if part == "create_approval_template" and kind == "workflow_job_template_nodes" and method == "POST":
            approval = launching.approval(item)
            values = {**payload.defaults(APPROVAL), **payload.checked(APPROVAL, body, self.store, creating=True)}
            made = self._add("workflow_approval_templates", {**values, **approval})
            item["unified_job_template"] = made["id"]
            return 201, self.shown(made)
        if part == "update" and kind == "projects" and method == "POST":
            return 202, self.shown(self._synchronise(item))
        raise missing()

    def _survey(self, method: str, item: Object, body: Any) -> tuple[int, Any]:
        if method == "GET":
            return 200, credential_free(self.store.surveys.get(item["id"], {}))
        if method == "DELETE":
            self.store.surveys.pop(item["id"], None)
            return 200, {}
        surveys.check(body)
        self.store.surveys[item["id"]] = body
        return 200, {}

    def _synchronise(self, project: Object) -> Object:
        """An update of the project: it runs when it is first asked for, and is done when it is asked for again."""
        update = self._add("project_updates", {"project": project["id"], "status": "pending", "failed": False})
        project["_update"] = update["id"]
        return update

    def shown(self, item: Object) -> Object:
        """An object as AWX shows it."""
        kind, number = item.get("_kind", "credential_types"), item["id"]
        if kind == "project_updates":
            self._proceed(item)
        url = f"{PREFIX}{kind}/{number}/"
        shown = {name: value for name, value in item.items() if not name.startswith("_") and name not in _HIDDEN}
        shown.update(url=url, related={}, summary_fields={"object_roles": roles.of(self.store, item)})
        if kind == "credentials":
            shown["inputs"] = credential_types.shown_inputs(self.store, item)
        if kind == "notification_templates":
            shown["notification_configuration"] = notifications.shown(item)
        if kind in SURVEYED:
            shown["related"]["survey_spec"] = f"{url}survey_spec/"
        if kind == "projects":
            shown["related"]["update"] = f"{url}update/"
            if item["_update"] and self.store.get("project_updates", item["_update"])["status"] != "successful":
                shown["summary_fields"]["current_update"] = {"id": item["_update"]}
        if kind == "workflow_job_template_nodes":
            shown.update({edge: self.store.lists.get((number, edge), []) for edge in launching.EDGES})
            if item["unified_job_template"]:
                started = self.store.get("unified_job_templates", item["unified_job_template"])
                shown["related"]["unified_job_template"] = f"{PREFIX}{started['_kind']}/{started['id']}/"
        return shown

    def _proceed(self, update: Object) -> None:
        following = {"pending": "running", "running": "successful"}.get(update["status"], update["status"])
        update["status"] = following
        update["finished"] = following == "successful" or None
        if following == "successful":
            project = self.store.get("projects", update["project"])
            project.update(playbooks=list(self.playbooks), scm_revision="0" * 40)
            update["scm_revision"] = project["scm_revision"]


#: What a request may say and no answer repeats.
_HIDDEN = ("playbooks", "user", "team")


def credential_free(survey: Object) -> Object:
    """A survey without the defaults of password questions."""
    if not survey:
        return {}
    hidden = [
        {**question, "default": credential_types.ENCRYPTED}
        if question["type"] == "password" and question.get("default")
        else question
        for question in survey["spec"]
    ]
    return {**survey, "spec": hidden}


def _not_allowed(method: str) -> Rejected:
    return Rejected(f'Method "{method}" not allowed.', field="detail", status=405)
