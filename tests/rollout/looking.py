"""Runs of playbooks/preflight.yml for a deployment that is never rolled out, with everything around it in order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.lab.deployed import Deployed
from tests.lab.names import environment_with_names

from .playbook import LAB, Playbook, Run, hand_out

NAME = "looked"
HOST = f"{NAME}.popsink.example"
IMAGES = "europe-west1-docker.pkg.dev"

#: What a cloud's cluster has, and the lab has not by itself: a class of solid-state disks with room, and a volume.
VOLUMES = """
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: looked-ssd}
provisioner: kubernetes.io/no-provisioner
parameters: {type: pd-ssd}
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: looked-1}
spec:
  storageClassName: looked-ssd
  capacity: {storage: 300Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Delete
  hostPath: {path: /tmp/looked-1}
---
apiVersion: storage.k8s.io/v1
kind: CSIStorageCapacity
metadata: {name: looked-ssd}
storageClassName: looked-ssd
nodeTopology: {}
capacity: 500Gi
"""


@dataclass(frozen=True)
class Looked:
    """What a run found.

    :ivar findings: by the id of the check.
    :ivar seconds: what the checks took.
    """

    run: Run
    findings: dict[str, dict[str, str]]
    seconds: float

    def ids(self, status: str) -> set[str]:
        """The checks with a status."""
        return {name for name, finding in self.findings.items() if finding["status"] == status}


class Place:
    """A deployment's surroundings, which tests break and mend."""

    def __init__(self, folder: Path) -> None:
        hand_out(NAME)
        self.folder = folder
        self.deployed = Deployed(LAB, NAME)
        self.names = {HOST: self.deployed.lab["ingress_address"]}
        self.clean()
        self.kubectl("create", "namespace", NAME)
        self.apply(VOLUMES)
        self.certificate("looked-tls", HOST)
        self.versioning("Enabled")
        self.lifecycle([EXPIRE_OLD])
        self.playbook = Playbook(NAME, folder, self.variables())

    def variables(self) -> dict[str, Any]:
        """The inventory of somebody who has thought of everything."""
        uid = self.kubectl("get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}")
        return {
            "popsink_replicas": 1,
            "popsink_broker_replicas": 1,
            "popsink_cluster_uid": uid,
            "popsink_ingress_tls_secret": "looked-tls",
            "popsink_database_storage_class": "looked-ssd",
            "popsink_image_registry_mirrors": {IMAGES: f"http://{self.deployed.lab['registry']['address']}"},
        }

    def look(self, *arguments: str, **extra: Any) -> Looked:
        """Run the playbook."""
        file = self.folder / "found.json"
        file.unlink(missing_ok=True)
        settings = environment_with_names(self.names, self.folder)
        run = self.playbook.run(
            *arguments,
            playbook="playbooks/preflight.yml",
            settings=settings,
            popsink_preflight_json_file=str(file),
            **extra,
        )
        found = json.loads(file.read_text())["deployments"][NAME] if file.exists() else {}
        findings = {finding["id"]: finding for finding in found.get("findings", ())}
        return Looked(run, findings, found.get("seconds", 0.0))

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """What kubectl prints, for the deployment's namespace."""
        return self.deployed.kubectl(*arguments, stdin=stdin)

    def apply(self, manifest: str) -> None:
        """Let objects be there."""
        self.kubectl("apply", "--filename=-", stdin=manifest)

    @contextmanager
    def applied(self, manifest: str) -> Iterator[None]:
        """Objects that are there for a while."""
        self.apply(manifest)
        try:
            yield
        finally:
            self.kubectl("delete", "--filename=-", "--wait", "--ignore-not-found", stdin=manifest)

    @contextmanager
    def commanded(self, there: str, back: str) -> Iterator[None]:
        """Two commands of kubectl, one that breaks and one that mends."""
        self.kubectl(*there.split())
        try:
            yield
        finally:
            self.kubectl(*back.split())

    def certificate(self, name: str, host: str, *, begins: float = -1, ends: float = 90) -> None:
        """A TLS Secret.

        :param begins: in days from now.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=begins))
            .not_valid_after(now + timedelta(days=ends))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        data = {"tls.crt": made.public_bytes(serialization.Encoding.PEM).decode(), "tls.key": pem.decode()}
        manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": "kubernetes.io/tls",
                    "stringData": data}  # fmt: skip
        self.apply(json.dumps(manifest))

    @property
    def bucket(self) -> Any:
        """A client of the store's administrator."""
        s3 = self.deployed.lab["s3"]
        return boto3.client(
            "s3",
            endpoint_url=s3["endpoint"],
            region_name=s3["region"],
            aws_access_key_id=s3["root_user"],
            aws_secret_access_key=s3["root_password"],
        )

    def versioning(self, status: str) -> None:
        """Switch the bucket's versions."""
        self.bucket.put_bucket_versioning(Bucket=self.deployed.s3["bucket"], VersioningConfiguration={"Status": status})

    def lifecycle(self, rules: list[dict[str, Any]]) -> None:
        """Set the bucket's rules."""
        self.bucket.put_bucket_lifecycle_configuration(
            Bucket=self.deployed.s3["bucket"], LifecycleConfiguration={"Rules": rules}
        )

    def state(self) -> Mapping[str, str]:
        """Resource versions of everything in the namespace; events are Kubernetes' own diary."""
        kinds = self.kubectl("api-resources", "--verbs=list", "--namespaced", "--output=name").split()
        kept = ",".join(kind for kind in kinds if not kind.startswith("events"))
        items = self.deployed.get(kept)["items"]
        return {f"{item['kind']}/{item['metadata']['name']}": item["metadata"]["resourceVersion"] for item in items}

    def clean(self) -> None:
        """Take everything away."""
        self.kubectl("delete", "namespace", NAME, "--ignore-not-found", "--wait")
        self.kubectl("delete", "--filename=-", "--ignore-not-found", "--wait", stdin=VOLUMES)


EXPIRE_OLD = {
    "ID": "old",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
}
