"""From a host's variables to the plan, as a play runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleUndefinedVariable
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.action.popsink_plan import ActionModule
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import Inside, Requirements

from tests.unit.plugins.actions import action_of
from tests.unit.plugins.conftest import CHARTS
from tests.unit.plugins.samples import DEPLOYMENT, OTHER_DEPLOYMENT, snippet, token_for, variables

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path, loader: DataLoader, chart_of: Callable[[str], ChartFacts]) -> Run:
    def run(name: str = "205", **changes: Any) -> dict[str, Any]:
        action: Any = action_of(ActionModule, loader)
        action.call = lambda _module, _arguments, _variables, **_how: {"chart": chart_of(name).as_dict()}
        result: dict[str, Any] = action.run(task_vars=variables(tmp_path, **changes))
        return result

    return run


def test_a_good_deployment_has_a_plan(run: Run) -> None:
    result = run()
    assert (result.get("failed"), result["changed"]) == (None, False)
    assert result["chart_values"]["deploymentId"] == DEPLOYMENT


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("bad", [{}, {"popsink_bucket": ""}], ids=["good", "failing"])
def test_no_result_shows_a_secret(run: Run, name: str, bad: dict[str, Any]) -> None:
    token = token_for(DEPLOYMENT)
    given: dict[str, Any] = {
        "popsink_onboarding": snippet(deploymentJwtToken={"token": token}),
        "popsink_image_pull_token": {
            "type": "service_account",
            "project_id": "example",
            "private_key": "private-key-of-the-test",
            "client_email": "x@example.invalid",
        },
        "popsink_s3_access_key_id": "access-key-of-the-test",
        "popsink_s3_secret_access_key": "secret-key-of-the-test",
        "popsink_jwt_secret": "jwt-secret-of-the-test-0123456789",
        "popsink_admin_password": "admin-password-of-the-test",
        "popsink_database_password": "database-password-of-the-test",
    }
    shown = json.dumps(run(name, **given, **bad))
    assert [secret for secret in (token, "-of-the-test") if secret in shown] == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"popsink_buckett": "x"}, ["popsink_buckett", "Did you mean popsink_bucket?"], id="misspelt"),
        pytest.param({"popsink_replicas": "many"}, ["popsink_replicas"], id="wrong type"),
        pytest.param({"popsink_bucket": ""}, ["popsink_bucket is not set"], id="no bucket"),
        pytest.param(
            {"popsink_onboarding": snippet(deploymentJwtToken="a.b.c")},
            ["popsink_onboarding", "bare string"],
            id="flat",
        ),
        pytest.param(
            {"popsink_onboarding": snippet(deploymentJwtToken={"token": token_for(OTHER_DEPLOYMENT)})},
            [OTHER_DEPLOYMENT, DEPLOYMENT],
            id="another deployment's token",
        ),
        pytest.param(
            {"popsink_image_pull_token": {"type": "authorized_user"}},
            ["popsink_image_pull_token", "authorized_user", "popsink_image_pull_mode: existing"],
            id="no service account",
        ),
        pytest.param({"popsink_image_pull_token": ""}, ["popsink_image_pull_token", "is not set"], id="no pull token"),
        pytest.param({"popsink_jwt_secret": "short"}, ["popsink_jwt_secret has fewer than 32"], id="rule broken"),
        pytest.param(
            {"popsink_database_password": "changeme"},
            ["popsink_database_password", "leave it out to have it made"],
            id="password of the bundled database",
        ),
        pytest.param(
            {
                "popsink_database_password": "changeme",
                "popsink_database_mode": "external",
                "popsink_database_host": "db.example",
            },
            ["for the role popsink_database_user on the server", "popsink_database_create"],
            id="password of a role that is there",
        ),
        pytest.param(
            {"popsink_jwt_secret": "y" * 40, "popsink_database_password": "y" * 40},
            ["popsink_database_password and popsink_jwt_secret have the same value"],
            id="reused",
        ),
        pytest.param({"popsink_password_length": 8}, ["popsink_password_length", "22 or more"], id="short passwords"),
        pytest.param(
            {"popsink_password_alphabet": ""}, ["popsink_password_alphabet is set to nothing"], id="no letters"
        ),
        pytest.param({"popsink_s3_access_key_id": ""}, ["popsink_s3_access_key_id is not set"], id="no key"),
        pytest.param({"popsink_onboarding": ""}, ["popsink_onboarding_file"], id="no snippet"),
    ],
)
def test_bad_input_ends_here_with_what_to_do(run: Run, changes: dict[str, Any], words: list[str]) -> None:
    result = run(**changes)
    assert result["failed"]
    said = " ".join(result["msg"].split())
    assert "nothing was changed" in said
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize("name", ["popsink_helm", "popsink_timeout", "popsink_bucket", "popsink_values"])
def test_what_cannot_be_resolved_is_named(tmp_path: Path, loader: DataLoader, name: str) -> None:
    def template(value: Any) -> Any:
        if value == "{{ nowhere }}":
            raise AnsibleUndefinedVariable("'nowhere' is undefined")
        return value

    action: Any = action_of(ActionModule, loader)
    action._templar.template = template
    result = action.run(task_vars=variables(tmp_path, **{name: "{{ nowhere }}"}))
    said = " ".join(result["msg"].split())
    assert (f"{name} cannot be resolved" in said, f"set what {name} refers to." in said) == (True, True)


def test_secrets_in_an_old_snippet_are_not_shown(run: Run) -> None:
    old = {"retention": {"s3": {"secretAccessKey": "key-of-the-test"}}, "externalDatabase": {"password": "of-the-test"}}
    assert "of-the-test" not in json.dumps(run(popsink_onboarding=snippet(**old)))


def test_a_wrong_snippet_does_not_hide_a_wrong_token(run: Run) -> None:
    result = run(
        popsink_onboarding=snippet(deploymentId=None),
        popsink_image_pull_token={"type": "authorized_user"},
        popsink_bucket="",
    )
    ids = {finding["id"] for finding in result["findings"] if finding["status"] == "fail"}
    assert {"identity.snippet", "image_pull.token", "storage.bucket"} <= ids


def test_a_wrong_name_does_not_hide_a_missing_bucket(run: Run) -> None:
    result = run(popsink_buckett="x", popsink_bucket="")
    assert {"inputs.unknown", "storage.bucket"} <= {finding["id"] for finding in result["findings"]}


def test_the_preflight_gets_what_it_asks_for(run: Run) -> None:
    given = run(
        popsink_required_nodes="1",
        popsink_ingress_class="nginx",
        popsink_ingress_tls_secret="tls",
        popsink_preflight_inside=True,
    )["preflight"]
    want = Requirements.from_dict(given)
    assert (want.required["nodes"], want.inside) == (1, Inside("docker.io/library/busybox:1.37.0", 300))
    assert want.store is not None
    assert (want.store.name, want.store.prefix, want.store.auth) == ("records", "kafka/", "keys")
    assert want.exposure is not None
    assert (want.exposure.ingress_class, want.exposure.tls_secret) == ("nginx", "tls")
    assert want.control_plane is not None
    assert want.control_plane.deployment == DEPLOYMENT


def test_without_control_plane_none_is_asked(run: Run) -> None:
    given = {"deploymentMode": "STANDALONE", "ingressUrl": "https://popsink.example.com"}
    result = run(popsink_onboarding=given)
    assert (result["preflight"]["control_plane"], result["verify"]["control_plane"]) == (None, None)


@pytest.mark.parametrize(
    ("changes", "topic"),
    [
        pytest.param({}, "popsink-verify-popsink-popsink-0b9c7a52", id="a deployment"),
        pytest.param(
            {"popsink_onboarding": {"deploymentMode": "STANDALONE", "ingressUrl": "https://popsink.example.com"}},
            "popsink-verify-popsink-popsink",
            id="without control plane",
        ),
    ],
)
def test_deployments_of_one_kafka_do_not_share_the_topic(run: Run, changes: dict[str, Any], topic: str) -> None:
    assert run(**changes)["verify"]["records"]["topic"] == topic


def test_without_ingress_no_class_is_checked(run: Run) -> None:
    assert run(popsink_ingress_mode="none")["preflight"]["exposure"] is None


def test_the_plan_is_data_that_survives_json(run: Run) -> None:
    result = run()
    assert json.loads(json.dumps(result)) == result


def test_a_chart_that_cannot_be_had_is_told(tmp_path: Path, loader: DataLoader) -> None:
    action: Any = action_of(ActionModule, loader)
    action.call = lambda _module, _arguments, _variables, **_how: {"failed": True, "msg": "the reason"}
    result = action.run(task_vars=variables(tmp_path))
    assert result["failed"]
    assert "the reason" in result["msg"]


def test_the_pinned_chart_is_the_one_that_is_read(tmp_path: Path, loader: DataLoader, chart_205: ChartFacts) -> None:
    asked: list[dict[str, Any]] = []

    def call(_module: Any, arguments: dict[str, Any], _variables: Any, **_how: Any) -> dict[str, Any]:
        asked.append(arguments)
        return {"chart": chart_205.as_dict()}

    action: Any = action_of(ActionModule, loader)
    action.call = call
    result = action.run(task_vars=variables(tmp_path, popsink_chart_ref="oci://mirror.example/data-plane"))
    assert (asked[0]["ref"], asked[0]["version"]) == ("oci://mirror.example/data-plane", "0.1.0-alpha.205")
    assert (result["chart"]["version"], result["chart"]["archive"]) == ("0.1.0-alpha.205", chart_205.archive)


@pytest.mark.parametrize(
    ("changes", "versions", "sees_to_old"),
    [
        ({}, False, False),
        ({"popsink_bucket_old_versions_days": 7}, False, False),
        ({"popsink_bucket_manage": True}, True, False),
        ({"popsink_bucket_manage": "yes", "popsink_bucket_versioning": "no"}, False, False),
        ({"popsink_bucket_manage": True, "popsink_bucket_old_versions_days": "7"}, True, True),
        ({"popsink_bucket_manage": True, "popsink_bucket_old_versions_days": 0}, True, True),
    ],
    ids=str,
)
def test_what_a_rollout_does_about_old_versions(
    run: Run, changes: dict[str, Any], versions: bool, sees_to_old: bool
) -> None:
    store = run(**changes)["preflight"]["store"]
    assert (store["gets_versions"], store["sees_to_old_versions"]) == (versions, sees_to_old)


@pytest.mark.parametrize(
    ("changes", "made"),
    [({}, None), ({"popsink_database_create": False}, False), ({"popsink_database_create": "yes"}, True)],
    ids=["bundled", "there", "made"],
)
def test_where_tables_may_be_that_a_new_key_could_not_open(
    run: Run, changes: dict[str, Any], made: bool | None
) -> None:
    given = {"popsink_database_admin_dsn": "host=db.example user=admin"} if made else {}
    outside = {"popsink_database_mode": "external", "popsink_database_host": "db.example"} if changes else {}
    result = run(**outside, **changes, **given, **({"popsink_database_password": "hush-hush-hush"} if changes else {}))
    looked_at = result["database_outside"]
    assert (looked_at and looked_at["made"]) is made
    assert (result["database"] is not None) is bool(made)
    assert not looked_at or [database["name"] for database in looked_at["databases"]] == ["popsink"]


@pytest.mark.parametrize(
    ("changes", "settings"),
    [
        ({}, None),
        ({"popsink_bucket_manage": "yes", "popsink_bucket_versioning": "no"}, (False, None, 7)),
        ({"popsink_bucket_manage": True, "popsink_bucket_old_versions_days": "0"}, (True, 0, 7)),
    ],
    ids=str,
)
def test_a_managed_bucket_is_looked_at_as_it_will_be_brought(
    run: Run, changes: dict[str, Any], settings: tuple[Any, ...] | None
) -> None:
    result = run(**changes)
    managed, looked_at = result["managed_bucket"], result["preflight"]["managed_bucket"]
    if settings is None:
        assert (managed, looked_at) == (None, None)
        return
    assert {**looked_at, "identity": managed["identity"]} == managed
    assert tuple(managed[name] for name in ("versioning", "old_versions_days", "uploads_days")) == settings


@pytest.mark.parametrize("mode", ["managed", "chart"])
def test_the_role_is_told_whose_ingress_it_is(run: Run, mode: str) -> None:
    assert run(popsink_ingress_mode=mode)["by_the_chart"] is (mode == "chart")
