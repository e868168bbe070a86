"""Whether records go through the broker: the library and the stand-in broker speak for real."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.kafka import client, records
from ansible_collections.popsink.data_plane.plugins.module_utils.kafka.login import Login, Server
from ansible_collections.popsink.data_plane.plugins.module_utils.verification import records as verified
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.records import Records, prove
from standin import broker
from standin.process import Refusal

from tests.unit.lab.shelf import Shelf
from tests.unit.plugins.fakes import FakeCluster

TOPIC = "popsink-verify-popsink-popsink"
#: No name of this machine: whoever wants to get there has to take the way that is given.
ADVERTISED = "tcp://popsink-tansu:9092"
LOG = "/api/v1/namespaces/popsink/pods/popsink-tansu-1/log"


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def port(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Where a broker listens, to which every connection to a pod leads."""
    with broker.listen("127.0.0.1", 0, broker.Broker(shelf, "", ADVERTISED)) as server:
        number = server.server_address[1]
        monkeypatch.setattr(verified, "connection", lambda *_pod: socket.create_connection(("127.0.0.1", number)))
        monkeypatch.setattr(verified, "_SECONDS", 1.0)
        yield number
        server.shutdown()


def pod(name: str = "popsink-tansu-1", *, component: str = "tansu", ready: str = "True", **metadata: Any) -> Any:
    return {
        "metadata": {"name": name, "labels": {"app.kubernetes.io/component": component}, **metadata},
        "spec": {"containers": [{"name": "tansu", "ports": [{"containerPort": 9092}]}]},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


def proven(cluster: FakeCluster, *pods: Any, kafka: dict[str, Any] | None = None) -> Finding:
    return prove(lambda: cluster, "popsink", Records(TOPIC, kafka), pods or (pod(),), {})


def test_record_goes_through_and_leaves_nothing(cluster: FakeCluster, port: int, shelf: Shelf) -> None:
    assert proven(cluster).status == PASS
    assert shelf.content == {}


def test_topic_of_a_run_that_was_ended_is_used_and_deleted(cluster: FakeCluster, port: int, shelf: Shelf) -> None:
    shelf.put(f"{TOPIC}/topic.json", b"{}")
    assert proven(cluster).status == PASS
    assert shelf.content == {}


@pytest.mark.parametrize(
    ("log", "found", "remedy"),
    [
        pytest.param("ERROR S3 error: AccessDenied", "its bucket", "popsink_bucket", id="the log tells"),
        pytest.param("ready", "takes no record", "logs popsink-tansu-1", id="the log tells nothing"),
        pytest.param(ApiError(403, "pods/log is forbidden"), "cannot be read", "", id="the log may not be read"),
    ],
)
def test_refused_record_names_the_cause(
    cluster: FakeCluster, port: int, shelf: Shelf, log: Any, found: str, remedy: str
) -> None:
    shelf.refusals = [Refusal("S3 error: AccessDenied")]
    cluster.answers["GET", LOG] = log
    finding = proven(cluster)
    assert (finding.status, found in finding.found, remedy in finding.remedy) == (FAIL, True, True)
    # What was begun is taken back.
    assert shelf.content == {}


ADMIN = {"name": "admin", "containerPort": 8080}
KAFKA = {"name": "kafka", "containerPort": 9093}


def service(*ports: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"spec": {"selector": {"app.kubernetes.io/component": "tansu"}, "ports": ports, **spec}}


NAMED = service({"port": 9092, "targetPort": "kafka"})


@pytest.mark.parametrize(
    ("services", "containers", "number", "container"),
    [
        pytest.param([NAMED], [[ADMIN, KAFKA]], 9093, "c0", id="by its name"),
        pytest.param([NAMED], [[ADMIN], [KAFKA]], 9093, "c1", id="of another container"),
        pytest.param([service({"port": 1, "targetPort": 9093})], [[ADMIN, KAFKA]], 9093, "c0", id="by its number"),
        pytest.param([service({"port": 9092})], [[ADMIN]], 9092, "c0", id="undeclared"),
        pytest.param([], [[KAFKA]], 9093, "c0", id="the only one"),
        pytest.param([service({"port": 1}, selector={"a": "b"})], [[ADMIN, KAFKA]], None, "", id="not its own"),
        pytest.param([service({"port": 1}, selector=None)], [[KAFKA]], 9093, "c0", id="one that selects nothing"),
        pytest.param([], [[ADMIN, KAFKA]], None, "", id="nothing tells"),
        pytest.param([], [[]], None, "", id="none"),
    ],
)
def test_port_is_the_one_to_which_the_service_leads(
    cluster: FakeCluster, port: int, monkeypatch: pytest.MonkeyPatch, shelf: Shelf, services: list[Any],
    containers: list[Any], number: int | None, container: str,
) -> None:  # fmt: skip
    went: list[Any] = []

    def connection(*given: Any) -> socket.socket:
        went.append(given[-1])
        return socket.create_connection(("127.0.0.1", port))

    monkeypatch.setattr(verified, "connection", connection)
    broken = {**pod(), "spec": {"containers": [{"name": f"c{n}", "ports": some} for n, some in enumerate(containers)]}}
    finding = prove(lambda: cluster, "popsink", Records(TOPIC), [broken], {}, services)
    assert (finding.status, set(went)) == ((PASS, {number}) if number else (NOT_CHECKED, set()))
    if number:
        assert verified._container(broken, number) == container


@pytest.mark.parametrize(
    ("log", "status", "said"),
    [
        pytest.param("ready", NOT_CHECKED, "nobody speaks Kafka at port 9092", id="another port"),
        pytest.param(ApiError(403, "forbidden"), NOT_CHECKED, "nobody speaks Kafka", id="the log may not be read"),
        pytest.param("ERROR S3 error: AccessDenied", FAIL, "its bucket", id="the log tells"),
    ],
)
def test_where_nobody_speaks_kafka_nothing_is_said_of_the_store(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch, log: Any, status: str, said: str
) -> None:
    def ended(*_pod: Any) -> socket.socket:
        here, there = socket.socketpair()
        there.close()
        return here

    monkeypatch.setattr(verified, "connection", ended)
    monkeypatch.setattr(verified, "_SECONDS", 0.5)
    cluster.answers["GET", LOG] = log
    finding = proven(cluster)
    assert (finding.status, said in finding.found) == (status, True)


@pytest.mark.parametrize(
    "pods",
    [
        pytest.param([pod(ready="False")], id="not ready"),
        pytest.param([pod(component="kora")], id="no broker"),
        pytest.param([pod(deletionTimestamp="2026-01-01T00:00:00Z")], id="going away"),
    ],
)
def test_a_broker_must_be_ready(cluster: FakeCluster, port: int, pods: list[Any]) -> None:
    assert proven(cluster, *pods).found == "No broker is ready."


def test_refused_connection_names_the_right(cluster: FakeCluster, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_pod: Any) -> socket.socket:
        raise ApiError(403, "pods/portforward is forbidden")

    monkeypatch.setattr(verified, "connection", refused)
    finding = proven(cluster)
    assert (finding.status, "HTTP 403" in finding.found, "pods/portforward" in finding.remedy) == (FAIL, True, True)


def test_missing_library_is_no_failure(cluster: FakeCluster, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_name: str) -> Any:
        raise client.NoLibraryError("The Python library is needed here.")

    monkeypatch.setattr(records, "library", missing)
    assert proven(cluster).status == NOT_CHECKED


@pytest.mark.parametrize(
    ("server", "advertised", "status"),
    [
        pytest.param("127.0.0.1", "127.0.0.1", PASS, id="the way is known"),
        pytest.param("kafka.nowhere.invalid", "127.0.0.1", NOT_CHECKED, id="a name of the cluster"),
        pytest.param("127.0.0.1", "popsink-tansu", NOT_CHECKED, id="advertised by a name of the cluster"),
    ],
)
def test_another_kafka(
    cluster: FakeCluster, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, server: str, advertised: str, status: str
) -> None:
    monkeypatch.setattr(verified, "_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with broker.listen("127.0.0.1", port, broker.Broker(shelf, "", f"tcp://{advertised}:{port}")) as listening:
        kafka = {"bootstrap_servers": f"{server}:{port}", "security_protocol": "PLAINTEXT", "sasl_mechanism": "",
                 "sasl_username": "", "ca_cert": "", "client_cert": ""}  # fmt: skip
        assert proven(cluster, kafka=kafka).status == status
        listening.shutdown()


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        pytest.param(
            "TopicAuthorizationFailedError", WARN, f"{TOPIC} could not be deleted (TopicAuth", id="it may not"
        ),
        pytest.param("KafkaTimeoutError", WARN, "(KafkaTimeout", id="no answer"),
        pytest.param("UnknownTopicOrPartitionError", PASS, "and back", id="it is gone"),
    ],
)
def test_a_topic_that_stays_is_told(
    cluster: FakeCluster, port: int, monkeypatch: pytest.MonkeyPatch, error: str, status: str, said: str
) -> None:
    def refused(*_topics: Any, **_options: Any) -> None:
        raise getattr(client.library("kafka.errors"), error)

    monkeypatch.setattr(client.library("kafka.admin").KafkaAdminClient, "delete_topics", refused)
    finding = proven(cluster)
    assert (finding.status, said in finding.found) == (status, True)


def test_without_rights_it_is_not_the_record_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = client.library("kafka.errors")

    class Admin:
        def __init__(self, **_options: Any) -> None: ...

        def create_topics(self, *_topics: Any, **_options: Any) -> None:
            raise errors.TopicAuthorizationFailedError

        def close(self) -> None: ...

    monkeypatch.setattr("kafka.admin.KafkaAdminClient", Admin)
    with pytest.raises(records.NotAllowedError, match="makes no topic"):
        records.pass_record([Server("a", 1)], Login("PLAINTEXT"), TOPIC, 1)
