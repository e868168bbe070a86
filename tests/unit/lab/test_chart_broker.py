"""The broker of the stand-in chart, version by version."""

from __future__ import annotations

import pytest

from tests.unit.lab.conftest import NO_KEYS, Render, at
from tests.unit.lab.test_chart_build import since


def test_kodansu_wins_key_by_key(render: Render) -> None:
    over = {"replicaCount": 1, "storage": {"engine": "s3://other/x/", "aws": {"region": "eu-west-3"}}}
    manifest = render(205, {"kodansu": over})
    found = manifest.environment("popsink-tansu")
    assert manifest.get("Deployment", "popsink-tansu")["spec"]["replicas"] == 1
    assert (found["STORAGE_ENGINE"], found["AWS_REGION"]) == ("s3://other/x/", "eu-west-3")
    assert found["AWS_ACCESS_KEY_ID"] == "popsink-tansu-aws/aws-access-key-id"


def test_kodansu_can_turn_the_broker_off(render: Render) -> None:
    manifest = render(205, {"kodansu": {"enabled": False}, "defaultKafka": {"bootstrapServer": "kafka:9092"}})
    assert "popsink-tansu" not in {workload["metadata"]["name"] for workload in manifest.workloads()}


@pytest.mark.parametrize(("number", "read"), since(178))
def test_kodansu_is_ignored_before_it_came(render: Render, number: int, read: bool) -> None:
    broker = render(number, {"kodansu": {"replicaCount": 1}}).get("Deployment", "popsink-tansu")
    assert broker["spec"]["replicas"] == (1 if read else 3)


@pytest.mark.parametrize(("number", "read"), since(132))
def test_environment_of_the_broker_from_a_secret(render: Render, number: int, read: bool) -> None:
    container = render(number, {"tansu": {"extraEnvVarsSecret": "mine"}}).container("popsink-tansu")
    assert container.get("envFrom", []) == ([{"secretRef": {"name": "mine"}}] if read else [])


@pytest.mark.parametrize("number", [178, 205])
def test_azure_with_workload_identity(render: Render, number: int) -> None:
    kodansu = {
        "storage": {"engine": "abfss://c@a.dfs.core.windows.net/p/", "aws": NO_KEYS},
        "podLabels": {"azure.workload.identity/use": "true"},
        "serviceAccount": {"annotations": {"azure.workload.identity/client-id": "x"}},
    }
    manifest = render(number, {"kodansu": kodansu})
    pod = manifest.get("Deployment", "popsink-tansu")["spec"]["template"]["metadata"]
    account = manifest.get("ServiceAccount", "popsink-tansu")["metadata"]
    assert pod["labels"]["azure.workload.identity/use"] == "true"
    assert account["annotations"] == {"azure.workload.identity/client-id": "x"}


def test_role_of_the_broker(render: Render) -> None:
    aws = {"irsaRoleArn": "arn:aws:iam::1:role/x", "assumedRoleArn": "arn:aws:iam::1:role/y"}
    manifest = render(205, at("tansu.storage.aws", aws | NO_KEYS))
    account = manifest.get("ServiceAccount", "popsink-tansu")
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/x"}
    assert "AWS_ACCESS_KEY_ID" not in manifest.environment("popsink-tansu")
