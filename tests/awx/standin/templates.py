"""Rules of projects, sources of inventories, and job templates."""

from __future__ import annotations

from collections.abc import Sequence

from .payload import variables
from .rejected import Rejected
from .store import Object, Store

#: What AWX starts a synchronisation for when it changes.
SCM_FIELDS = ("scm_type", "scm_url", "scm_branch", "scm_refspec")
#: Kinds of credentials that a job can be given.
_FOR_JOBS = ("ssh", "vault", "cloud", "net", "kubernetes")


def check_project(store: Store, values: Object, old: Object | None) -> Object:
    if values["scm_type"] and not values["scm_url"]:
        raise Rejected("SCM URL is required.", field="scm_url")
    if values["credential"]:
        credential = store.get("credentials", values["credential"])
        if store.get("credential_types", credential["credential_type"])["kind"] != "scm":
            raise Rejected("Credential kind must be 'scm'.", field="credential")
    return values


def check_inventory_source(store: Store, values: Object, old: Object | None) -> Object:
    if values["source"] == "scm" and not values["source_project"]:
        raise Rejected("Project required for scm type sources.", field="source_project")
    if values["source"] != "scm" and values["source_path"]:
        raise Rejected("Cannot set source_path if not SCM type.", field="detail")
    return values


def check_job_template(store: Store, values: Object, old: Object | None) -> Object:
    if not values["project"]:
        raise Rejected("Job Templates must have a project assigned.", field="project")
    if not values["inventory"] and not values["ask_inventory_on_launch"]:
        raise Rejected("You must either set a default value or ask to prompt on launch.", field="inventory")
    project = store.get("projects", values["project"])
    if not values["playbook"]:
        raise Rejected("Must select playbook for project.", field="playbook")
    if not project["allow_override"] and values["playbook"] not in project["playbooks"]:
        raise Rejected("Playbook not found for project.", field="playbook")
    if values["job_slice_count"] < 1:
        raise Rejected("Ensure this value is greater than or equal to 1.", field="job_slice_count")
    variables(values["extra_vars"], "extra_vars")
    return {**values, "organization": project["organization"]}


def check_workflow(store: Store, values: Object, old: Object | None) -> Object:
    variables(values["extra_vars"], "extra_vars")
    return values


def check_credential_of_job(store: Store, there: Sequence[int], credential: Object) -> None:
    """A job has one credential of each type, or of each vault id."""
    kind = store.get("credential_types", credential["credential_type"])
    if kind["kind"] not in _FOR_JOBS:
        raise Rejected(f"Cannot assign a Credential of kind `{kind['kind']}`.", field="error")
    for other in (store.get("credentials", number) for number in there):
        same = other["credential_type"] == credential["credential_type"]
        if same and other["inputs"].get("vault_id") == credential["inputs"].get("vault_id"):
            raise Rejected(f"Cannot assign multiple {kind['name']} credentials.", field="error")
