"""From variables of a host to validated inputs."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleUndefinedVariable
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.inputs import Inputs, OwnValues
from ansible_collections.popsink.data_plane.plugins.plugin_utils.input_collection import (
    argument_spec,
    collect,
    onboarding_of,
    with_handed_in,
)

from tests.unit.plugins.samples import ALL, DEPLOYMENT, defaults, snippet, token_for, variables

SECRET = frozenset({"popsink_jwt_secret", "popsink_onboarding"})


def as_it_is(value: Any) -> Any:
    return value


def gather(given: dict[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    return collect(given, as_it_is, SECRET)


def test_the_defaults_are_inputs_without_findings() -> None:
    values, findings = gather(defaults())
    assert (findings, set(values)) == ([], set(defaults()) - SECRET)


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("popsink_replicas", "3", 3),
        ("popsink_replicas", 3, 3),
        ("popsink_replicas", "", None),
        ("popsink_replicas", None, None),
        ("popsink_timeout", "60", 60),
        ("popsink_chart_plain_http", "true", True),
        ("popsink_chart_plain_http", "no", False),
        ("popsink_chart_plain_http", False, False),
        ("popsink_values", '{"replicaCount": 1}', {"replicaCount": 1}),
        ("popsink_values", {"replicaCount": 1}, {"replicaCount": 1}),
        ("popsink_bucket", "", ""),
        ("popsink_bucket", 12345, "12345"),
        ("popsink_required_node_cpu", 4, "4"),
        ("popsink_ingress_mode", "none", "none"),
        # Blanks around a text are a slip in a survey's field; a certificate's lines stay as they are.
        ("popsink_bucket", " ", ""),
        ("popsink_bucket", "records \n", "records"),
        ("popsink_replicas", " 3 ", 3),
        ("popsink_replicas", "  ", None),
        ("popsink_kafka_ca_cert", "-----BEGIN\n-----END\n", "-----BEGIN\n-----END\n"),
        ("popsink_no_proxy", "", []),
        ("popsink_no_proxy", " a.example, .b.example ,", ["a.example", ".b.example"]),
        ("popsink_no_proxy", ["", " ", None, " a.example "], ["a.example"]),
        ("popsink_mirror_images", [7], ["7"]),
        # What nobody answered leaves a switch as it is.
        ("popsink_bucket_versioning", "", True),
        ("popsink_bucket_versioning", None, True),
        ("popsink_bucket_versioning", "no", False),
        ("popsink_bucket_manage", "", False),
        ("popsink_kotatsu_enabled", "", None),
        ("popsink_accept", "storage\ndowngrade", ["storage", "downgrade"]),
        ("popsink_accept", "storage,downgrade", ["storage", "downgrade"]),
        ("popsink_accept", "", []),
        ("popsink_tolerations", '[{"key": "team"}]', [{"key": "team"}]),
    ],
)
def test_values_are_taken_as_what_they_mean(name: str, given: Any, value: Any) -> None:
    values, findings = gather({name: given})
    assert (values, findings) == ({name: value}, [])
    assert type(values[name]) is type(value)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("popsink_replicas", "three"),
        ("popsink_replicas", [1]),
        ("popsink_chart_plain_http", "perhaps"),
        ("popsink_values", ["a"]),
        ("popsink_values", "not a mapping"),
        ("popsink_ingress_mode", "nothing"),
        ("popsink_image_pull_mode", "nothing"),
        # Ansible would take each of these as something else, and say nothing.
        ("popsink_bucket", ["records"]),
        ("popsink_bucket", {"name": "records"}),
        ("popsink_bucket", True),
        ("popsink_kafka_sasl_username", ["popsink"]),
        ("popsink_mirror_registry", {"a": "b"}),
        ("popsink_database_port", True),
        ("popsink_replicas", False),
        ("popsink_no_proxy", [["a.example"]]),
        ("popsink_no_proxy", [{"a": 1}]),
        ("popsink_mirror_images", ["a", True]),
    ],
)
def test_a_wrong_type_names_the_variable(name: str, given: Any) -> None:
    _values, findings = gather({name: given})
    assert [(finding.id, finding.status) for finding in findings] == [("inputs.type", FAIL)]
    assert name in findings[0].found


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [("bucket", ["records"], None), ("database_port", True, None), ("bucket", " records ", "records")],
)
def test_the_same_in_a_values_file(name: str, given: Any, value: Any) -> None:
    values, findings = with_handed_in({}, {name: given}, "values.yaml")
    assert values.get(f"popsink_{name}") == value
    assert [finding.id for finding in findings] == ["inputs.type"] * (value is None)
    assert value is not None or findings[0].found.endswith("from values.yaml.")


@pytest.mark.parametrize(
    "given", ["1e999999999", "1E+20", "-1.5e9", "Infinity", "9" * 5000, float("inf"), float("nan"), 1e300, 10**18]
)
def test_a_number_without_bounds_ends_nothing_but_the_input(given: Any) -> None:
    """Converted by Ansible, the first would keep a run for ever, and others end it without a word."""
    values, findings = gather({"popsink_required_nodes": given})
    assert values == {}
    assert [(finding.id, finding.status) for finding in findings] == [("inputs.type", FAIL)]
    assert findings[0].found == "popsink_required_nodes is no whole number of at most 18 digits."


def test_a_number_without_bounds_in_a_values_file() -> None:
    values, findings = with_handed_in({}, {"replicas": "1e999999999"}, "values.yaml")
    assert values == {}
    assert [finding.found for finding in findings] == [
        "popsink_replicas is no whole number of at most 18 digits, from values.yaml."
    ]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("popsink_buckett", "Did you mean popsink_bucket?"),
        ("popsink_chart_verison", "Did you mean popsink_chart_version?"),
        ("popsink_Release", "Did you mean popsink_release?"),
        ("popsink_0123456789abcdefg", "Remove it."),
    ],
)
def test_a_name_that_nobody_knows(name: str, remedy: str) -> None:
    _values, findings = gather({name: 1})
    assert findings == [Finding("inputs.unknown", FAIL, f"There is no variable {name}.", remedy)]


def test_other_variables_are_nobodys_business() -> None:
    assert gather({"bucket": 1, "ansible_host": "x", "__popsink_plan": {}, "my_popsink_x": 1}) == ({}, [])


def test_all_findings_at_once() -> None:
    _values, findings = gather({"popsink_buckett": 1, "popsink_replicas": "three", "popsink_timeout": "long"})
    assert [finding.id for finding in findings] == ["inputs.unknown", "inputs.type", "inputs.type"]


def test_a_reference_that_leads_nowhere_names_the_variable() -> None:
    def template(value: Any) -> Any:
        if value == "{{ nowhere }}":
            raise AnsibleUndefinedVariable("'nowhere' is undefined")
        return value

    values, findings = collect({"popsink_bucket": "{{ nowhere }}", "popsink_release": "dp"}, template, SECRET)
    assert values == {"popsink_release": "dp"}
    assert [finding.id for finding in findings] == ["inputs.undefined"]
    assert "popsink_bucket" in findings[0].found
    assert "'nowhere' is undefined" in findings[0].found


def test_secrets_are_not_even_looked_at() -> None:
    def template(value: Any) -> Any:
        assert value != "hidden"
        return value

    assert collect({"popsink_jwt_secret": "hidden"}, template, SECRET) == ({}, [])


def test_references_are_resolved() -> None:
    assert collect({"popsink_bucket": "{{ x }}"}, lambda _value: "records", SECRET)[0] == {"popsink_bucket": "records"}


def test_no_option_of_the_spec_is_unknown_to_the_validator() -> None:
    assert {key for option in argument_spec().values() for key in option} <= {"type", "choices", "elements", "options"}


def planned(given: dict[str, Any], chart: ChartFacts) -> list[str]:
    """Failures on the whole way from variables to the plan."""
    values, findings = gather(given)
    own = [OwnValues("popsink_values", values["popsink_values"])]
    plan = build_plan(Inputs.from_variables(values, onboarding_of(snippet()), own), chart, ALL)
    return [finding.id for finding in (*findings, *plan.findings) if finding.status == FAIL]


def test_the_way_from_variables_to_the_plan(tmp_path: Path, chart_205: ChartFacts) -> None:
    assert planned(variables(tmp_path), chart_205) == []


@pytest.mark.parametrize("empty", ["", None], ids=["empty text", "null"])
@pytest.mark.parametrize(
    "name",
    [
        "popsink_values",
        "popsink_secret_keys",
        "popsink_ingress_annotations",
        "popsink_ingress_url",
        "popsink_s3_endpoint",
        "popsink_bucket_prefix",
        "popsink_database_storage_class",
        "popsink_image_pull_secret",
        "popsink_ingress_class",
        "popsink_replicas",
    ],
)
def test_what_is_left_empty_is_not_set(tmp_path: Path, chart_205: ChartFacts, name: str, empty: Any) -> None:
    """Surveys hand over empty text, and a key whose lines are all commented out is null."""
    assert planned(variables(tmp_path, **{name: empty}), chart_205) == []


@pytest.mark.parametrize(
    ("block", "form"),
    [
        (None, "missing"),
        ("", "missing"),
        ({}, "missing"),
        ("a.b.c", "flat"),
        ({"token": "a.b.c"}, "object"),
        ({"token": ""}, "other"),
        ({"token": 7}, "other"),
        ({"jwt": "x"}, "other"),
        (["x"], "other"),
    ],
)
def test_token_form(block: Any, form: str) -> None:
    assert onboarding_of({"deploymentJwtToken": block}).token_form == form


def unsigned(claims: Any) -> str:
    return f"x.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.x"


@pytest.mark.parametrize(
    ("token", "subject"),
    [
        (token_for(DEPLOYMENT), DEPLOYMENT),
        (unsigned({"sub": "a"}), "a"),
        (unsigned({"deployment_id": "b", "sub": "a"}), "b"),
        (unsigned({}), ""),
        (unsigned(["a"]), ""),
        (unsigned("a"), ""),
        ("x.y", ""),
        ("x.!!!.y", ""),
        ("x.y.z.w", ""),
        ("x.é.y", ""),
    ],
)
def test_token_subject(token: str, subject: str) -> None:
    assert onboarding_of({"deploymentJwtToken": {"token": token}}).token_subject == subject


def test_the_token_stays_out_of_the_inputs() -> None:
    token = token_for(DEPLOYMENT)
    assert token not in repr(onboarding_of(snippet(deploymentJwtToken={"token": token})))


def handed(own: dict[str, Any], theirs: dict[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    """Values and findings where a file says something beside the inventory."""
    values, _findings = gather({**defaults(), **{f"popsink_{name}": value for name, value in own.items()}})
    return with_handed_in(values, theirs, "the file")


@pytest.mark.parametrize(
    ("name", "own", "theirs", "value"),
    [
        ("bucket", None, "theirs", "theirs"),
        ("bucket", "", "theirs", "theirs"),
        ("bucket", "same", "same", "same"),
        ("bucket_prefix", "kafka/", "theirs/", "theirs/"),
        ("replicas", None, 3, 3),
        ("replicas", None, "3", 3),
        ("replicas", "3", 3, 3),
        ("database_port", 5432, 6432, 6432),
        ("database_mode", "bundled", "external", "external"),
        ("existing_secrets", {}, {"jwt": "theirs"}, {"jwt": "theirs"}),
        ("existing_secrets", {"jwt": "mine"}, {"jwt": "theirs", "x": "y"}, {"jwt": "mine", "x": "y"}),
    ],
)
def test_what_is_handed_in_takes_the_place_of_a_default(name: str, own: Any, theirs: Any, value: Any) -> None:
    values, findings = handed({name: own}, {name: theirs})
    assert (values[f"popsink_{name}"], findings) == (value, [])


@pytest.mark.parametrize(
    ("name", "own", "theirs"),
    [("bucket", "mine", "theirs"), ("replicas", 2, 3), ("database_mode", "external", "bundled")],
)
def test_two_values_for_one_input_are_told_and_the_inventorys_stays(name: str, own: Any, theirs: Any) -> None:
    values, (told,) = handed({name: own}, {name: theirs})
    assert (told.id, told.status, values[f"popsink_{name}"]) == ("inputs.twice", FAIL, own)
    assert [part in told.found for part in (f"popsink_{name} is {own!r}", f"the file says {theirs!r}")] == [True, True]


@pytest.mark.parametrize(
    ("name", "theirs"),
    [("replicas", "many"), ("replicas", [1]), ("database_mode", "somewhere"), ("existing_secrets", "mine")],
)
def test_a_wrong_type_is_told_and_reaches_no_plan(name: str, theirs: Any) -> None:
    values, (told,) = handed({}, {name: theirs, "bucket": "theirs"})
    assert (told.id, f"popsink_{name}" in told.found, "from the file" in told.found) == ("inputs.type", True, True)
    assert (values[f"popsink_{name}"], values["popsink_bucket"]) == (gather(defaults())[0][f"popsink_{name}"], "theirs")


def test_nothing_handed_in_changes_nothing() -> None:
    values, _findings = gather(defaults())
    assert with_handed_in(values, {}, "the file") == (values, [])


def test_what_was_there_is_not_changed() -> None:
    values, _findings = gather(defaults())
    with_handed_in(values, {"bucket": "theirs"}, "the file")
    assert values["popsink_bucket"] == ""


@pytest.mark.parametrize("name", ["popsink_result", "popsink_preflight"])
def test_what_an_earlier_job_of_a_workflow_told_is_no_unknown_input(name: str) -> None:
    assert gather({name: {"a": {"state": "works"}}}) == ({}, [])
