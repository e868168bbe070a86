"""Inventories of stores that no lab machine has: what Helm makes of their plans, field by field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import failures
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import dig

from tests.unit.plugins.rendering import environment, objects_of, render
from tests.unit.plugins.samples import ALL, ROOT, inputs

Objects = Callable[[str], list[dict[str, Any]]]

#: Without keys and without a URL of PostgreSQL.
KNOWN = ALL - {"s3_access_key_id", "s3_secret_access_key", "storage_postgresql_url"}

ROLE = "arn:aws:iam::210987654321:role/acme-popsink-broker"
CLIENT = "00000000-0000-4000-8000-000000000000"
LAKE = "abfss://records@acmepopsink.dfs.core.windows.net/kafka/"


@pytest.fixture
def rendered(helm: str, chart_205: ChartFacts) -> Objects:
    """The objects of an inventory in tests/rendered, on the chart that it names."""

    def of(name: str) -> list[dict[str, Any]]:
        held = yaml.safe_load((ROOT / "tests/rendered" / f"{name}.yml").read_text("utf-8"))
        (host,) = held["data_planes"]["hosts"].values()
        assert host.pop("popsink_chart_version") == chart_205.version
        given = {"bucket": "", "bucket_region": "", **{key.removeprefix("popsink_"): host[key] for key in host}}
        plan = build_plan(inputs(**given), chart_205, KNOWN)
        assert failures(plan.findings) == []
        return objects_of(render(helm, chart_205.archive, plan.values))

    return of


def one(objects: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = [item for item in objects if (item["kind"], item["metadata"]["name"]) == (kind, "popsink-tansu")]
    return found


@pytest.mark.parametrize(
    ("name", "engine", "region", "absent"),
    [
        ("s3-irsa", "s3://acme-popsink/kafka/", "eu-west-1", ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")),
        ("s3-ambient", "s3://acme-popsink/kafka/", "eu-west-1", ("AWS_ACCESS_KEY_ID", "AWS_ROLE_ARN")),
        ("azure-workload-identity", LAKE, "unused", ("AWS_ACCESS_KEY_ID", "AWS_ROLE_ARN")),
        ("azure-environment-secret", LAKE, "unused", ("AWS_ACCESS_KEY_ID", "AWS_ROLE_ARN")),
    ],
)
def test_broker_is_given_engine_and_region_and_no_key(
    rendered: Objects, name: str, engine: str, region: str, absent: tuple[str, ...]
) -> None:
    found = environment(rendered(name), "popsink-tansu")
    assert (found["STORAGE_ENGINE"], found["AWS_REGION"]) == (engine, region)
    assert [variable for variable in absent if variable in found] == []


@pytest.mark.parametrize(
    ("name", "kind", "path", "value"),
    [
        ("s3-irsa", "ServiceAccount", "metadata.annotations", {"eks.amazonaws.com/role-arn": ROLE}),
        ("s3-ambient", "ServiceAccount", "metadata.annotations", None),
        (
            "azure-workload-identity",
            "ServiceAccount",
            "metadata.annotations",
            {"azure.workload.identity/client-id": CLIENT},
        ),
        ("azure-environment-secret", "ServiceAccount", "metadata.annotations", None),
        ("azure-environment-secret", "Deployment", "spec.template.metadata.labels.azure", None),
    ],
)
def test_account_of_the_broker(rendered: Objects, name: str, kind: str, path: str, value: Any) -> None:
    assert dig(one(rendered(name), kind), path) == value


def test_pods_with_a_workload_identity_say_so(rendered: Objects) -> None:
    labels = one(rendered("azure-workload-identity"), "Deployment")["spec"]["template"]["metadata"]["labels"]
    assert labels["azure.workload.identity/use"] == "true"


def test_secret_of_the_environment_is_the_named_one(rendered: Objects) -> None:
    (container,) = one(rendered("azure-environment-secret"), "Deployment")["spec"]["template"]["spec"]["containers"]
    assert container["envFrom"] == [{"secretRef": {"name": "acme-azure-storage"}}]


@pytest.mark.parametrize("name", ["azure-workload-identity", "azure-environment-secret"])
def test_stream_browser_is_off_without_a_bucket(rendered: Objects, name: str) -> None:
    assert [item for item in rendered(name) if item["metadata"]["name"].endswith("-kotatsu")] == []
