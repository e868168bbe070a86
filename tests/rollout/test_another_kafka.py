"""The checks of another Kafka against a real one, with every way to come in, right and wrong."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, PASS, WARN
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks.kafka import bootstrap, topics
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import Kafka as Wanted

from tests.lab.deployed import Deployed, forms_of
from tests.unit.plugins.certificates import pair
from tests.unit.plugins.sites import site

from .conftest import rolled_out
from .other_kafka import Kafka
from .playbook import eventually

OTHER = pair()
PLAIN, SHA_256, SHA_512 = "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"


def look(kafka: Kafka, listener: str, **given: Any) -> tuple[str, str, str]:
    """Status of both checks, and what the first says.

    :param given: of the inputs; ``certificate`` for the lab's client certificate.
    """
    protocol = given.pop("protocol", "SSL" if listener == "MTLS" else listener)
    inputs = {"ca_cert": kafka.ca, "sasl_username": "popsink"} | given
    known = {"kafka_sasl_password": inputs.pop("password", kafka.passwords["popsink"])}
    if certificate := inputs.pop("certificate", None):
        inputs["client_cert"], known["kafka_client_key"] = certificate
    servers = inputs.pop("servers", kafka.listeners[listener])
    around = site(known=known, kafka=Wanted(servers, protocol, **inputs))
    first = bootstrap.run(around)
    return first.status, topics.run(around).status, f"{first.found} {first.remedy}"


@pytest.mark.parametrize(
    ("listener", "mechanism"),
    [
        ("PLAINTEXT", ""),
        ("SSL", ""),
        ("SASL_PLAINTEXT", PLAIN),
        ("SASL_PLAINTEXT", SHA_256),
        ("SASL_SSL", PLAIN),
        ("SASL_SSL", SHA_256),
        ("SASL_SSL", SHA_512),
    ],
)
def test_who_comes_as_it_is_asked_is_let_in(kafka: Kafka, listener: str, mechanism: str) -> None:
    assert look(kafka, listener, sasl_mechanism=mechanism)[:2] == (PASS, PASS)


def test_a_client_is_let_in_by_its_certificate(kafka: Kafka) -> None:
    assert look(kafka, "MTLS", certificate=(kafka.client_cert, kafka.client_key))[:2] == (PASS, PASS)


def test_a_user_who_may_make_no_topics_is_warned_of(kafka: Kafka) -> None:
    reader = {"sasl_mechanism": SHA_512, "sasl_username": "reader", "password": kafka.passwords["reader"]}
    assert look(kafka, "SASL_SSL", **reader)[:2] == (PASS, WARN)


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    **{
        f"a wrong password by {mechanism} and {listener}": (
            listener,
            {"sasl_mechanism": mechanism, "password": "another"},
            f"refuses the login of popsink by {mechanism}",
        )
        for listener, mechanism in (
            ("SASL_PLAINTEXT", PLAIN),
            ("SASL_PLAINTEXT", SHA_256),
            ("SASL_SSL", PLAIN),
            ("SASL_SSL", SHA_512),
        )
    },
    "nobody": ("SASL_SSL", {"sasl_mechanism": SHA_512, "sasl_username": "nobody"}, "popsink_kafka_sasl_username"),
    "a wrong mechanism": (
        "SASL_PLAINTEXT",
        {"sasl_mechanism": SHA_512},
        "does not take the SASL mechanism SCRAM-SHA-512; it takes PLAIN, SCRAM-SHA-256",
    ),
    "a mechanism that is not tried, and not offered": (
        "SASL_SSL",
        {"sasl_mechanism": "OAUTHBEARER"},
        "does not take the SASL mechanism OAUTHBEARER",
    ),
    "no certificate": ("MTLS", {}, "popsink_kafka_client_cert"),
    "somebody else's certificate": (
        "MTLS",
        {"certificate": (OTHER.certificate, OTHER.key)},
        "popsink_kafka_client_cert",
    ),
    "somebody else's key": ("MTLS", {"certificate": (OTHER.certificate, pair().key)}, "popsink_kafka_client_key"),
    "another authority": ("SSL", {"ca_cert": OTHER.certificate}, "is not trusted"),
    "no authority": ("SSL", {"ca_cert": ""}, "popsink_kafka_ca_cert"),
    "TLS where none is": ("PLAINTEXT", {"protocol": "SSL"}, "does not speak TLS"),
    "no TLS where it is asked for": ("SSL", {"protocol": "PLAINTEXT"}, "or wants TLS"),
    "no login where it is asked for": ("SASL_SSL", {"protocol": "SSL"}, "it wants SASL"),
    "a login where none is": ("SSL", {"protocol": "SASL_SSL", "sasl_mechanism": PLAIN}, "takes no logins by SASL"),
    "a closed port": ("PLAINTEXT", {"servers": "127.0.0.1:9"}, "127.0.0.1:9 does not answer"),
}


@pytest.mark.parametrize("row", WRONG, ids=lambda row: row.replace(" ", "-"))
def test_who_comes_otherwise_is_told(kafka: Kafka, row: str) -> None:
    listener, given, words = WRONG[row]
    status, _topics, said = look(kafka, listener, **given)
    assert (status, words in said) == (FAIL, True), said
    assert "another" not in said


def test_a_host_by_another_name_than_its_certificates_is_not_trusted(
    kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, _colon, port = kafka.listeners["SSL"].rpartition(":")
    ask = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *rest, **more: ask(address, *rest, **more))
    status, _topics, said = look(kafka, "SSL", servers=f"kafka.popsink.example:{port}")
    assert (status, "kafka.popsink.example" in said, "popsink_kafka_ca_cert" in said) == (FAIL, True, True)


def test_a_deployment_changes_from_a_password_to_a_certificate(
    kafka: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> None:
    given = {
        # A chart that takes a Secret for it.
        "popsink_chart_ref": "{{ lab_renamed_charts }}",
        "popsink_kafka_mode": "external",
        "popsink_kafka_bootstrap_server": kafka.listeners["SASL_SSL"],
        "popsink_kafka_security_protocol": "SASL_SSL",
        "popsink_kafka_sasl_mechanism": SHA_512,
        "popsink_kafka_sasl_username": "popsink",
        "popsink_kafka_sasl_password": kafka.passwords["popsink"],
        "popsink_kafka_ca_cert": kafka.ca,
        # No broker of the chart reads the bucket that the lab hands out.
        "popsink_bucket": "",
        "popsink_s3_access_key_id": "",
        "popsink_s3_secret_access_key": "",
    }
    rollout = rolled_out("own-kafka", tmp_path_factory.mktemp("own-kafka"), variables=given)
    deployed = rollout.deployed
    assert worker_is_live(deployed)
    assert holding(kafka.passwords["popsink"], rollout.first.output + deployed.release_objects()) == []
    by_certificate = {
        "popsink_kafka_bootstrap_server": kafka.listeners["MTLS"],
        "popsink_kafka_security_protocol": "SSL",
        "popsink_kafka_sasl_mechanism": "",
        "popsink_kafka_sasl_username": "",
        "popsink_kafka_sasl_password": "",
        "popsink_kafka_client_cert": kafka.client_cert,
        "popsink_kafka_client_key": kafka.client_key,
    }
    changed = rollout.playbook.run("-vvv", "--diff", **by_certificate)
    assert (changed.code, changed.changed_roles) == (0, {"storage", "release"})
    assert worker_is_live(deployed)
    secret = kafka.client_key.splitlines()[1]
    assert holding(secret, changed.output + deployed.release_objects()) == []
    assert rollout.playbook.run(**by_certificate).changed == 0


def holding(secret: str, text: str) -> list[str]:
    return [form for form in forms_of(secret) if form in text]


def worker_is_live(deployed: Deployed) -> bool:
    """Nothing waits for a connector worker, which the data plane makes anew after itself."""
    return eventually(lambda: [worker["state"] for worker in deployed.at_control_plane()["workers"]] == ["LIVE"], 60)
