"""What a running AWX says of its fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

API: dict[str, Any] = json.loads((Path(__file__).parents[1] / "api.json").read_text("utf-8"))

#: Collections by the name that AWX gives their objects.
MODELS = {
    "credential": "credentials",
    "credentialtype": "credential_types",
    "executionenvironment": "execution_environments",
    "inventory": "inventories",
    "organization": "organizations",
    "project": "projects",
    "team": "teams",
    "workflowjobtemplate": "workflow_job_templates",
}
#: What a schedule or a node can start.
STARTED = ("job_templates", "workflow_job_templates", "projects", "inventory_sources", "workflow_approval_templates")
APPROVAL = "workflow_job_template_nodes/N/create_approval_template"
#: Fields that are null, not empty, while nothing is set.
NULL = {("inventories", "host_filter")}
#: What schedules and nodes set of a job: null where they do not.
PROMPTED = (
    "diff_mode",
    "execution_environment",
    "forks",
    "inventory",
    "job_slice_count",
    "job_tags",
    "job_type",
    "limit",
    "scm_branch",
    "skip_tags",
    "timeout",
    "verbosity",
)
_EMPTY: dict[str, Any] = {"string": "", "boolean": False, "choice": "", "json": {}}


@dataclass(frozen=True)
class Field:
    """A field of a collection's objects."""

    type: str
    required: bool = False
    read_only: bool = False
    choices: tuple[Any, ...] | None = None
    max_length: int | None = None
    default: Any = None
    model: str = ""

    @property
    def empty(self) -> Any:
        return self.default if self.default is not None else _EMPTY.get(self.type)


def _field(facts: Mapping[str, Any]) -> Field:
    values: dict[str, Any] = {**facts, "choices": tuple(facts["choices"]) if "choices" in facts else None}
    return Field(**values)


FIELDS: dict[str, Mapping[str, Field]] = {
    kind: {name: _field(facts) for name, facts in fields.items()} for kind, fields in API["fields"].items()
}
