"""The addresses of a lab, all derived from its index."""

from __future__ import annotations

from dataclasses import dataclass

#: Labs beside each other on one machine.
LIMIT = 16

#: Listeners of the Kafka outside of the cluster. MTLS is SSL that asks for a client's certificate.
KAFKA_PORTS = {"PLAINTEXT": 9092, "SSL": 9093, "MTLS": 9094, "SASL_PLAINTEXT": 9095, "SASL_SSL": 9096}


@dataclass(frozen=True)
class Network:
    """Where a lab is reached: a /30 between host and node, one /24 of pods, one /24 of services."""

    index: int

    @property
    def interface(self) -> str:
        """The host's end of the veth pair; also the name of the lab's cgroup."""
        return f"popsink-lab-{self.index}"

    @property
    def host(self) -> str:
        return f"10.243.{self.index}.1"

    @property
    def node(self) -> str:
        return f"10.243.{self.index}.2"

    @property
    def link(self) -> str:
        return f"10.243.{self.index}.0/30"

    @property
    def pods(self) -> str:
        return f"10.244.{self.index}.0/24"

    @property
    def services(self) -> str:
        return f"10.96.{self.index}.0/24"

    @property
    def api_service(self) -> str:
        return f"10.96.{self.index}.1"

    @property
    def api(self) -> str:
        return f"https://{self.node}:6443"

    @property
    def registry(self) -> str:
        return f"{self.node}:5000"

    @property
    def mirror(self) -> str:
        return f"{self.node}:5003"

    @property
    def registry_token(self) -> str:
        return f"{self.node}:5001"

    @property
    def issuer(self) -> str:
        return f"{self.node}:5002"

    @property
    def control_plane(self) -> str:
        return f"{self.node}:8080"

    @property
    def traefik(self) -> str:
        """Where the Ingress controller says how it is; what it serves is at the node's ports 80 and 443."""
        return f"{self.node}:8082"

    @property
    def schema_registry(self) -> str:
        """One outside of the cluster, which is not started with the lab."""
        return f"{self.node}:8081"

    def kafka(self, listener: str) -> str:
        """A listener of the Kafka outside of the cluster, which is not started with the lab."""
        return f"{self.node}:{KAFKA_PORTS[listener]}"

    @property
    def s3(self) -> str:
        return f"{self.node}:9000"

    @property
    def s3_tls(self) -> str:
        return f"{self.node}:9443"
