"""Kafka and the schema registry outside of the chart, asked by another client: what the deployment does there."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition

from tests.lab.deployed import RELEASE, Deployed, forms_of


@pytest.fixture(scope="module")
def topic(deployed: Deployed) -> str:
    return f"popsink-{deployed.snippet['deploymentId']}"


@pytest.fixture(scope="module")
def consumer(deployed: Deployed) -> Iterator[KafkaConsumer]:
    """Of whoever looks after Kafka."""
    client = KafkaConsumer(bootstrap_servers=deployed.lab["kafka"]["listeners"]["PLAINTEXT"], consumer_timeout_ms=10000)
    yield client
    client.close()


def test_data_plane_and_worker_keep_records_there(deployed: Deployed, consumer: KafkaConsumer, topic: str) -> None:
    assert consumer.partitions_for_topic(topic) == {0}
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    began = datetime.fromisoformat(deployed.get("namespace", deployed.name)["metadata"]["creationTimestamp"])
    found = consumer.offsets_for_times({partition: int(began.timestamp() * 1000)})[partition]
    consumer.seek(partition, found.offset)
    missing = {"data", "worker"}
    for record in consumer:
        missing.discard(record.value.decode().partition(" ")[0])
        if not missing:
            break
    assert missing == set()


def test_worker_registered_the_schema_of_its_records(deployed: Deployed, topic: str) -> None:
    assert f"{topic}-value" in subjects(deployed.lab["schema_registry"])


def subjects(registry: dict[str, str]) -> Any:
    login = base64.b64encode(f"{registry['user']}:{registry['password']}".encode()).decode()
    # Never through a proxy: it is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.addheaders = [("Authorization", f"Basic {login}")]
    with opener.open(f"{registry['url']}/subjects", timeout=10) as answer:
        return json.load(answer)


def test_neither_broker_nor_registry_comes_with_the_release(deployed: Deployed) -> None:
    images = {
        container["image"].rpartition("/")[2].partition(":")[0]
        for pod in deployed.pods()
        for container in pod["spec"]["containers"]
    }
    assert images & {"tansu", "kodansu", "kora", "karapace"} == set()


def test_release_holds_no_login_of_the_registry(deployed: Deployed) -> None:
    kept = deployed.helm("get", "values", RELEASE, "--all", "--output", "json") + deployed.release_objects()
    assert [form for form in forms_of(deployed.lab["schema_registry"]["password"]) if form in kept] == []


def test_kafka_login_reaches_the_data_plane_in_a_secret(deployed: Deployed) -> None:
    container = deployed.get("deployment", f"{RELEASE}-data-plane")["spec"]["template"]["spec"]["containers"][0]
    password = deployed.lab["kafka"]["users"]["popsink"]
    assert password not in json.dumps(container)
    printed = deployed.inside(f"deployment/{RELEASE}-data-plane", "printenv", "DEFAULT_KAFKA_SASL_PASSWORD")
    assert printed.strip() == password
