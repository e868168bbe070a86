"""An Apache Kafka of one node outside of the cluster: `python -m tests.lab.services.kafka LAB_FOLDER`."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from .. import lab as labs
from ..binaries import KAFKA
from ..kafka_server import PLAIN, USERS
from ..lab import Lab, write
from ..network import KAFKA_PORTS

JAVA = "/usr/lib/jvm/java-17-openjdk-amd64/bin/java"
#: Small and quick to start; it serves tests.
OPTIONS = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
           "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")  # fmt: skip
CLUSTER = base64.urlsafe_b64encode(b"popsink-lab-only").rstrip(b"=").decode()
#: SASL mechanisms by listener: not all of them everywhere, so that a wrong one can be met.
MECHANISMS = {"SASL_PLAINTEXT": "PLAIN,SCRAM-SHA-256", "SASL_SSL": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"}


def main() -> None:
    lab = labs.at(Path(sys.argv[1]))
    settings = lab.config / "kafka.properties"
    write(settings, "".join(f"{name}={value}\n" for name, value in _settings(lab).items()))
    command = [JAVA, *OPTIONS, "-cp", f"{KAFKA.build()}/*"]
    if not (lab.state / "kafka" / "meta.properties").exists():
        subprocess.run([*command, "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", settings], check=True)
    os.execv(JAVA, [*command, "kafka.Kafka", str(settings)])  # noqa: S606 (there is no shell on purpose)


def _settings(lab: Lab) -> dict[str, str]:
    listeners = {name: f"{name}://{lab.network.kafka(name)}" for name in KAFKA_PORTS}
    protocols = {name: "SSL" if name == "MTLS" else name for name in KAFKA_PORTS} | {"CONTROLLER": "PLAINTEXT"}
    controller = "127.0.0.1:9097"
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": ",".join([*listeners.values(), f"CONTROLLER://{controller}"]),
        "advertised.listeners": ",".join(listeners.values()),
        "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, protocol in protocols.items()),
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": f"{lab.state}/kafka",
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        # Who comes without a login may do everything, the others what their ACLs say.
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(_keystore(lab)),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": f"{lab.pki}/ca.crt",
        "listener.name.mtls.ssl.client.auth": "required",
        "ssl.principal.mapping.rules": "RULE:^CN=([^,]+).*$/$1/",
    }
    plain = "".join(f' user_{user}="{lab.secret(f"kafka {user}")}"' for user in USERS)
    module = "org.apache.kafka.common.security"
    for name, mechanisms in MECHANISMS.items():
        listener = f"listener.name.{name.lower()}"
        settings[f"{listener}.sasl.enabled.mechanisms"] = mechanisms
        for mechanism in mechanisms.split(","):
            login = (
                f"{module}.plain.PlainLoginModule required{plain};"
                if mechanism == PLAIN
                else f"{module}.scram.ScramLoginModule required;"
            )
            settings[f"{listener}.{mechanism.lower()}.sasl.jaas.config"] = login
    return settings


def _keystore(lab: Lab) -> Path:
    """Key and certificate in one file, the key in the only format that Kafka takes."""
    key = serialization.load_pem_private_key((lab.pki / "kafka.key").read_bytes(), password=None)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = lab.config / "kafka.pem"
    write(file, pem.decode() + (lab.pki / "kafka.crt").read_text())
    return file


if __name__ == "__main__":
    main()
