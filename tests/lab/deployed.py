"""A deployment on the lab, looked at from outside of Ansible and from inside of its pods."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

#: Of inventories/lab.
RELEASE = "popsink"

#: Selects what the collection made.
OURS = "--selector=app.kubernetes.io/managed-by=popsink.data_plane"


class _Loader(yaml.SafeLoader):
    """Takes inline vault values as the text that they are."""


def _text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_constructor("!vault", _text)


class Deployed:
    """One deployment; its namespace has its name."""

    def __init__(self, lab_folder: Path, name: str) -> None:
        self.folder = lab_folder
        self.name = name
        self.lab: dict[str, Any] = json.loads((lab_folder / "lab.json").read_text())
        self.own = lab_folder / "deployments" / name
        self.secrets_file = lab_folder / "inventory" / "host_vars" / name / "popsink_secrets.yml"

    # The cluster

    def kubectl(self, *arguments: str, stdin: str = "", check: bool = True) -> str:
        """What kubectl prints, for the deployment's namespace."""
        argv = [self.lab["kubectl"], f"--kubeconfig={self.lab['kubeconfig']}", f"--namespace={self.name}", *arguments]
        return subprocess.run(argv, input=stdin, capture_output=True, text=True, check=check).stdout

    def get(self, *arguments: str) -> Any:
        """Objects as data."""
        return json.loads(self.kubectl("get", *arguments, "--output=json"))

    def helm(self, *arguments: str) -> str:
        """What Helm prints."""
        argv = [self.lab["helm"], f"--kubeconfig={self.lab['kubeconfig']}", f"--namespace={self.name}", *arguments]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout

    def pods(self) -> list[dict[str, Any]]:
        """The pods of the namespace, connector workers included."""
        return list(self.get("pods")["items"])

    def incarnations(self) -> dict[str, tuple[str, int]]:
        """Pod to its uid and restarts: what a run that changes nothing must not move."""
        return {
            pod["metadata"]["name"]: (
                pod["metadata"]["uid"],
                sum(status["restartCount"] for status in pod["status"]["containerStatuses"]),
            )
            for pod in self.pods()
        }

    def secret(self, name: str) -> dict[str, str]:
        """A Kubernetes Secret's values as text."""
        return _values(self.get("secret", name))

    def secrets(self) -> dict[str, dict[str, str]]:
        """The values of all Secrets that the collection made, by their names."""
        return {item["metadata"]["name"]: _values(item) for item in self.get("secrets", OURS)["items"]}

    def release_objects(self) -> str:
        """All revisions of the release as Helm keeps them, unpacked."""
        records = self.get("secrets", "--selector=owner=helm")["items"]
        return "\n".join(
            gzip.decompress(base64.b64decode(base64.b64decode(record["data"]["release"]))).decode()
            for record in records
        )

    # From inside

    def sql(self, statement: str) -> str:
        """What the bundled PostgreSQL answers to its own role, with the password of the vault."""
        script = 'IFS= read -r PGPASSWORD; export PGPASSWORD; exec psql -h 127.0.0.1 -U popsink -d popsink -Atc "$0"'
        password = self.vaulted["popsink_database_password"]
        pod = f"{RELEASE}-postgresql-0"
        return self.kubectl("exec", "-i", pod, "--", "sh", "-c", script, statement, stdin=password + "\n").strip()

    def inside(self, workload: str, *command: str) -> str:
        """What a command prints in a pod of a workload."""
        return self.kubectl("exec", workload, "--", *command)

    # Around the cluster

    @cached_property
    def s3(self) -> dict[str, str]:
        """What the lab handed out for the bucket."""
        return dict(json.loads((self.own / "s3.json").read_text()))

    def objects(self) -> list[str]:
        """Keys of the objects in the bucket."""
        client = boto3.client(
            "s3",
            endpoint_url=self.s3["endpoint"],
            region_name=self.s3["region"],
            aws_access_key_id=self.s3["access_key_id"],
            aws_secret_access_key=self.s3["secret_access_key"],
        )
        return [item["Key"] for item in client.list_objects_v2(Bucket=self.s3["bucket"]).get("Contents", ())]

    def at_control_plane(self) -> dict[str, Any]:
        """What the control plane knows of the deployment."""
        return dict(_ask(f"{self.lab['control_plane']['lab']}/deployments/{self.name}"))

    @property
    def snippet(self) -> dict[str, Any]:
        """The control plane's snippet."""
        return dict(yaml.safe_load((self.own / "values-control-plane.yaml").read_text()))

    # Secrets

    @property
    def vaulted(self) -> dict[str, str]:
        """The secrets of the vault file, decrypted."""
        return self.vaulted_in(self.secrets_file)

    def vaulted_in(self, file: Path) -> dict[str, str]:
        """The vaulted values of a file, decrypted; what stands in it in the open is left out."""
        vault = self._vault
        held = yaml.load(file.read_text(), Loader=_Loader)  # noqa: S506 - a safe loader
        return {name: vault.decrypt(text).decode() for name, text in held.items() if vault.is_encrypted(text)}

    def opened(self, file: Path) -> str:
        """A file that is encrypted as a whole, decrypted."""
        content: bytes = self._vault.decrypt(file.read_bytes())
        return content.decode()

    @property
    def _vault(self) -> VaultLib:
        secret = VaultSecret((self.folder / "vault-password").read_bytes().strip())
        return VaultLib([("lab", secret)])

    def secret_values(self) -> dict[str, str]:
        """Every secret of the deployment, by a name for people: generated, handed out, and the pull token."""
        account = json.loads(Path(self.lab["pull_token_file"]).read_text())
        return {
            **{name: value for name, value in self.vaulted.items() if name != "popsink_admin_username"},
            "deployment token": self.snippet["deploymentJwtToken"]["token"],
            "S3 secret key": self.s3["secret_access_key"],
            "private key of the pull token": account["private_key"].splitlines()[1],
        }

    def address(self) -> str:
        """The address of the data plane's Service, which this machine reaches."""
        return self.kubectl("get", "service", f"{RELEASE}-data-plane", "--output=jsonpath={.spec.clusterIP}")

    @property
    def host(self) -> str:
        """The public URL's host."""
        return str(urllib.parse.urlsplit(self.snippet["ingressUrl"]).hostname)

    def visit(self, path: str, *options: str) -> tuple[int, str]:
        """HTTP status and body of a question at the public URL, asked by curl at the lab's controller.

        It trusts the lab's own CA alone.
        """
        argv = ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "10", *options]
        argv += ["--cacert", str(self.folder / "state/pki/ca.crt"), "--write-out", "\n%{http_code}"]
        argv += ["--resolve", f"{self.host}:443:{self.lab['ingress_address']}", f"https://{self.host}{path}"]
        body, _line, status = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.rpartition("\n")
        return int(status), body

    def log_in(self, username: str, password: str) -> int:
        """HTTP status of a login at the data plane's Service."""
        try:
            _ask(f"http://{self.address()}/api/auth/jwt/login", {"username": username, "password": password})
        except urllib.error.HTTPError as refused:
            return refused.code
        return 200


def _values(secret: dict[str, Any]) -> dict[str, str]:
    return {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}


def forms_of(value: str) -> set[str]:
    """A secret as it may be found: as it is, in base64, in a URL, in JSON."""
    raw = value.encode()
    # Base64 of a text that holds it depends on where it begins: three ways, less what its neighbours decide.
    shifted = {base64.b64encode(b"\0" * shift + raw).decode()[shift + 1 : -4] for shift in range(3)}
    return {value, urllib.parse.quote(value, safe=""), json.dumps(value)[1:-1], *shifted}


def _ask(address: str, form: dict[str, str] | None = None) -> Any:
    body = urllib.parse.urlencode(form).encode() if form else None
    # Never through a proxy: it is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, data=body, timeout=10) as answer:
        return json.load(answer)
