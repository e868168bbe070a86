"""The planned values in the hands of the real Helm: the pods find their images, their Secrets, and no secret else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import Plan, literals_in

from tests.unit.plugins.conftest import CHARTS
from tests.unit.plugins.rendering import objects_of, pods, provided, references
from tests.unit.plugins.rendering import render as render_with
from tests.unit.plugins.samples import ALL, inputs

Rendered = Callable[..., tuple[Plan, list[dict[str, Any]]]]

#: Inputs that lead to other values, on every chart.
INPUTS: dict[str, dict[str, Any]] = {
    "fewest inputs": {},
    "everything of one's own": {
        "release": "dp",
        "namespace": "ns",
        "s3_endpoint": "http://minio:9000",
        "replicas": 1,
        "broker_replicas": 1,
        "database_name": "d",
        "database_user": "u",
        "database_storage_class": "ssd",
        "image_pull_mode": "existing",
        "image_pull_secret": "mine",
        "secret_keys": {"jwt": {"secret": "OWN"}, "postgresql.auth": {"userPasswordKey": "OWN"}},
        "values": {"kotatsu": {"enabled": True}, "podLabels": {"team": "data"}},
    },
}


@pytest.fixture(scope="module")
def rendered(helm: str, chart_of: Callable[[str], ChartFacts]) -> Rendered:
    """Plan, and the objects that Helm renders from it."""
    done: dict[tuple[str, str], tuple[Plan, list[dict[str, Any]]]] = {}

    def render(name: str, case: str) -> tuple[Plan, list[dict[str, Any]]]:
        if (name, case) not in done:
            given = inputs(**INPUTS[case])
            chart = chart_of(name)
            plan = build_plan(given, chart, ALL)
            manifest = render_with(helm, chart.archive, plan.values, given.release, given.namespace)
            done[name, case] = plan, objects_of(manifest)
        return done[name, case]

    return render


@pytest.fixture(params=CHARTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=INPUTS)
def case(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_renders(rendered: Rendered, name: str, case: str) -> None:
    assert rendered(name, case)[1]


def test_every_reference_of_a_pod_leads_somewhere(rendered: Rendered, name: str, case: str) -> None:
    plan, objects = rendered(name, case)
    there = provided(plan, objects)
    lost = [
        (workload, secret, key)
        for workload, secret, key in references(objects)
        if secret not in there or (key and key not in there[secret])
    ]
    assert lost == []


def test_every_planned_secret_is_used(rendered: Rendered, name: str, case: str) -> None:
    """Else the chart reads its value elsewhere, and the pods miss it."""
    plan, objects = rendered(name, case)
    used = {(secret, key) for _workload, secret, key in references(objects)}
    planned = {(secret.name, key) for secret in plan.secrets for key in secret.data if secret.role != "pull_secret"}
    assert planned - used == set()


def test_every_pod_can_pull_its_images(rendered: Rendered, name: str, case: str) -> None:
    plan, objects = rendered(name, case)
    wanted = plan.values["global"]["imagePullSecrets"]
    without = [
        workload
        for workload, spec in pods(objects)
        if [entry["name"] for entry in spec.get("imagePullSecrets") or ()] != wanted
    ]
    assert without == []


def test_the_pull_secret_is_planned_or_the_users(rendered: Rendered, name: str, case: str) -> None:
    plan, _objects = rendered(name, case)
    planned = {secret.name for secret in plan.secrets if secret.type == "kubernetes.io/dockerconfigjson"}
    assert set(plan.values["global"]["imagePullSecrets"]) <= planned | {"mine"}


def test_no_value_is_a_secret(rendered: Rendered, name: str, case: str) -> None:
    assert literals_in(rendered(name, case)[0].values) == set()


def test_the_ingress_leads_to_a_service_of_the_chart(rendered: Rendered, name: str, case: str) -> None:
    plan, objects = rendered(name, case)
    (ingress,) = plan.manifests
    backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    services = {
        (item["metadata"]["name"], port["port"])
        for item in objects
        if item["kind"] == "Service"
        for port in item["spec"]["ports"]
    }
    assert (backend["name"], backend["port"]["number"]) in services


def test_the_chart_renders_no_ingress_beside_ours(rendered: Rendered, name: str, case: str) -> None:
    assert [item["kind"] for item in rendered(name, case)[1] if item["kind"] == "Ingress"] == []
