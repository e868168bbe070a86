"""Checks of another Kafka, with brokers that answer as they are told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN
from ansible_collections.popsink.data_plane.plugins.module_utils.kafka.client import (
    LoginError,
    NoLibraryError,
    NotTriedError,
    TopicsError,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.kafka.connection import NoBrokerError
from ansible_collections.popsink.data_plane.plugins.module_utils.kafka.login import (
    ClientCertificateError,
    Login,
    Server,
    UntrustedError,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import kafka
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks.kafka import bootstrap, topics
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import Kafka
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.site import Site

from tests.unit.plugins.sites import site

KNOWN = {"kafka_sasl_password": "shown-password"}


class Brokers:
    """What is said to whoever asks.

    :ivar greets: what is wrong with a server, by its host.
    :ivar asked: servers that were tried, in order, and those that a topic was tried at.
    """

    def __init__(self) -> None:
        self.greets: dict[str, PopsinkError] = {}
        self.topic: PopsinkError | None = None
        self.asked: list[Any] = []
        self.logins: list[Login] = []

    def come_in(self, _address: object, server: Server, login: Login, _seconds: float) -> None:
        self.asked.append((server.host, login.tls is not None))
        self.logins.append(login)
        if server.host in self.greets:
            raise self.greets[server.host]

    def try_topic(self, servers: list[Server], _login: Login, _seconds: float) -> None:
        self.asked.append([server.host for server in servers])
        if self.topic:
            raise self.topic


@pytest.fixture
def brokers(monkeypatch: pytest.MonkeyPatch) -> Brokers:
    fake = Brokers()
    for name in ("come_in", "try_topic"):
        monkeypatch.setattr(kafka, name, getattr(fake, name))
    return fake


def place(
    servers: str = "127.0.0.1:9092", protocol: str = "PLAINTEXT", *, known: dict[str, str] | None = None, **more: str
) -> Site:
    return site(known=KNOWN if known is None else known, kafka=Kafka(servers, protocol, **more))


@pytest.mark.usefixtures("brokers")
def test_a_kafka_as_it_should_be() -> None:
    around = place()
    assert [bootstrap.run(around).status, topics.run(around).status] == [PASS, PASS]


def test_the_bundled_broker_is_no_matter(brokers: Brokers) -> None:
    assert [bootstrap.run(site()).status, topics.run(site()).status, brokers.asked] == [PASS, PASS, []]


def test_both_checks_come_in_once(brokers: Brokers) -> None:
    around = place()
    topics.run(around)
    bootstrap.run(around)
    assert brokers.asked == [("127.0.0.1", False), ["127.0.0.1"]]


@pytest.mark.parametrize(
    ("protocol", "secured"), [("PLAINTEXT", False), ("SSL", True), ("SASL_PLAINTEXT", False), ("SASL_SSL", True)]
)
def test_tls_is_for_the_protocols_that_have_it(brokers: Brokers, protocol: str, secured: bool) -> None:
    bootstrap.run(place(protocol=protocol, sasl_mechanism="PLAIN"))
    assert brokers.asked[0] == ("127.0.0.1", secured)


def test_the_login_is_the_deployments(brokers: Brokers) -> None:
    bootstrap.run(place(protocol="SASL_PLAINTEXT", sasl_mechanism="SCRAM-SHA-512", sasl_username="popsink"))
    assert brokers.logins == [Login("SASL_PLAINTEXT", "SCRAM-SHA-512", "popsink", "shown-password")]


@pytest.mark.parametrize(
    ("error", "variable"),
    [
        (NoBrokerError("No broker."), "popsink_kafka_bootstrap_server"),
        (UntrustedError("Not trusted."), "popsink_kafka_ca_cert"),
        (ClientCertificateError("No certificate."), "popsink_kafka_client_cert"),
        (LoginError("Not let in."), "popsink_kafka_sasl_password"),
    ],
)
def test_a_server_that_does_not_let_in(brokers: Brokers, error: PopsinkError, variable: str) -> None:
    brokers.greets["127.0.0.1"] = error
    around = place()
    finding = bootstrap.run(around)
    assert (finding.status, finding.found, variable in finding.remedy) == (FAIL, str(error), True)
    assert topics.run(around).status == NOT_CHECKED


def test_whether_somebody_comes_in_may_stay_unknown(brokers: Brokers) -> None:
    brokers.greets["127.0.0.1"] = NotTriedError("Too slow.")
    around = place(protocol="SASL_SSL", sasl_mechanism="PLAIN")
    assert (bootstrap.run(around).status, topics.run(around).status) == (NOT_CHECKED, NOT_CHECKED)


@pytest.mark.parametrize("servers", ["kafka", "a:9092,b"])
def test_servers_that_are_none(brokers: Brokers, servers: str) -> None:
    around = place(servers)
    assert [bootstrap.run(around).status, topics.run(around).status, brokers.asked] == [FAIL, NOT_CHECKED, []]


def test_a_name_of_the_cluster_is_neither_right_nor_wrong(brokers: Brokers) -> None:
    around = place("kafka.invalid:9092")
    finding = bootstrap.run(around)
    assert (finding.status, "kafka.invalid cannot be resolved from here" in finding.found) == (NOT_CHECKED, True)
    assert (topics.run(around).status, brokers.asked) == (NOT_CHECKED, [])


@pytest.mark.parametrize("servers", ["127.0.0.1:9092,127.0.0.2:9092", "127.0.0.2:9092,127.0.0.1:9092"])
def test_one_server_of_several_is_enough_for_a_warning(brokers: Brokers, servers: str) -> None:
    brokers.greets["127.0.0.2"] = NoBrokerError("127.0.0.2 is silent.")
    around = place(servers)
    finding = bootstrap.run(around)
    assert (finding.status, "127.0.0.2 is silent." in finding.found) == (WARN, True)
    assert topics.run(around).status == PASS
    assert brokers.asked[-1] == ["127.0.0.1"]


def test_what_is_known_to_be_wrong_counts_more_than_what_is_not_known(brokers: Brokers) -> None:
    brokers.greets["127.0.0.1"] = NoBrokerError("Silent.")
    assert bootstrap.run(place("kafka.invalid:9092,127.0.0.1:9092")).status == FAIL


def test_a_missing_library_is_named_and_no_pass(brokers: Brokers) -> None:
    brokers.topic = NoLibraryError("The Python library kafka-python >= 3.0 is needed here.")
    around = place()
    finding = topics.run(around)
    assert (bootstrap.run(around).status, finding.status) == (PASS, NOT_CHECKED)
    assert "kafka-python >= 3.0" in finding.found
    assert "pip install 'kafka-python>=3.0'" in finding.remedy


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (TopicsError("May not.", forbidden=True), WARN, "Create on the cluster"),
        (TopicsError("Would not.", forbidden=False), WARN, "policies"),
        (NoBrokerError("Silent."), NOT_CHECKED, "advertised.listeners"),
    ],
)
def test_a_topic_that_would_not_be_made(brokers: Brokers, error: PopsinkError, status: str, words: str) -> None:
    brokers.topic = error
    finding = topics.run(place())
    assert (finding.status, words in finding.remedy) == (status, True)


def test_a_ca_that_is_none_is_a_failure() -> None:
    finding = bootstrap.run(place(protocol="SSL", ca_cert="none"))
    assert (finding.status, "popsink_kafka_ca_cert" in finding.remedy) == (FAIL, True)
