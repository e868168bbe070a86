"""A site that AWX looks after: two deployments, each with a way to the cluster and a vault password of its own."""

from __future__ import annotations

import base64
import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.lab.deployed import Deployed, forms_of

from .awx_job import Job, Launched, Outcome, copied_checkout, credential_file
from .playbook import LAB, ROOT, hand_out

#: The deployment whose kubeconfig a credential gives, and the one whose token is vaulted in the inventory.
BY_FILE, BY_TOKEN = "awx-file", "awx-token"

#: The same for all deployments of the lab.
_COMMON = yaml.safe_load((ROOT / "inventories" / "lab" / "group_vars" / "all.yml").read_text())

#: Keys of the cluster's Secrets whose values are no secrets.
_NAMES = ("admin-username", "aws-access-key-id")


@dataclass
class Site:
    """What AWX has of it: inventory and credentials. Jobs are numbered.

    :ivar folder: where jobs have their files while they run.
    :ivar deployed: the deployments, by host.
    :ivar artifacts: of the job that rolled both out.
    :ivar vault_passwords: of the Vault credentials, by id, which is the host's name.
    :ivar known: secrets that there are or were, with a name for people.
    """

    folder: Path
    deployed: dict[str, Deployed]
    vault_passwords: dict[str, str]
    hosts: dict[str, dict[str, Any]]
    files: dict[str, str]
    jobs: int = 0
    artifacts: dict[str, Any] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)

    @classmethod
    def made(cls, folder: Path) -> Site:
        """From nothing: whatever was there of its deployments is gone."""
        deployed = {name: Deployed(LAB, name) for name in (BY_FILE, BY_TOKEN)}
        token = Path(deployed[BY_FILE].lab["pull_token_file"]).read_text()
        passwords = {name: secrets.token_urlsafe(24) for name in deployed}
        site = cls(folder, deployed, passwords, hosts={}, files={"pull_token": token})
        for name in deployed:
            site.begin(name)
        return site

    def begin(self, name: str) -> None:
        """Hand a deployment out, with an empty namespace and an account for it."""
        hand_out(name)
        deployed = self.deployed[name]
        deployed.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait")
        deployed.kubectl("create", "namespace", name)
        deployed.kubectl("apply", "--filename=-", stdin=_account(name))
        server, authority = _cluster_of(deployed)
        token = deployed.kubectl("create", "token", name, "--duration=4h").strip()
        self.known[token] = f"account of {name}"
        if name == BY_FILE:
            self.files["kubeconfig"] = json.dumps(_kubeconfig(server, authority, token))
            access: dict[str, Any] = {"popsink_kubeconfig": credential_file("kubeconfig")}
        else:
            self.files["authority"] = authority
            api_key = _vaulted(token, name, self.vault_passwords[name])
            cluster = {"host": server, "ca_cert": credential_file("authority"), "api_key": api_key}
            access = {"popsink_cluster": cluster}
        self.hosts[name] = {**_variables(deployed, self.vault_passwords[name]), **access}

    def launch(
        self,
        *arguments: str,
        playbook: str = "site.yml",
        answers: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Launched:
        """Launch a job in a pod of its own, from a fresh copy of the checkout."""
        self.jobs += 1
        folder = self.folder / str(self.jobs)
        job = Job(
            hosts=self.hosts,
            playbook=playbook,
            answers=answers or {},
            injected={"popsink_image_pull_token_file": credential_file("pull_token")},
            files=self.files,
            environment=environment or {},
            vault_passwords=self.vault_passwords,
            arguments=("--forks=5", *arguments),
        )
        project = copied_checkout(folder / "project")
        return Launched(job, folder, project, Path(self.deployed[BY_FILE].lab["helm"]).resolve(), self.jobs)

    def run(self, *arguments: str, **launch: Any) -> Outcome:
        """A job to its end."""
        return self.done(self.launch(*arguments, **launch).ended())

    def done(self, outcome: Outcome) -> Outcome:
        """Look for secrets in all that a job left, then remove that, as AWX does."""
        assert self.left_by(outcome) == set()
        shutil.rmtree(outcome.folder)
        return outcome

    def left_by(self, outcome: Outcome) -> set[tuple[str, str]]:
        """Files with names of the secrets that stand in them, less those with which AWX itself hands them out."""
        self.known |= {value: name for name, value in self.secrets().items()}
        known = [(name, forms_of(value)) for value, name in self.known.items()]
        return {
            (str(file.relative_to(outcome.folder)), name)
            for side in ("awx", "pod")
            for file in (outcome.folder / side).rglob("*")
            if file.is_file() and not _hands_out(file.relative_to(outcome.folder))
            for text in [file.read_text("utf-8", "replace")]
            for name, forms in known
            if any(form in text for form in forms)
        }

    def secrets(self) -> dict[str, str]:
        """Secrets that there are now, by a name for people."""
        account = json.loads(self.files["pull_token"])
        found = {
            **{f"vault password {name}": value for name, value in self.vault_passwords.items()},
            "private key of the pull token": account["private_key"].splitlines()[1],
        }
        for host, deployed in self.deployed.items():
            found[f"deployment token of {host}"] = deployed.snippet["deploymentJwtToken"]["token"]
            found[f"S3 key of {host}"] = deployed.s3["secret_access_key"]
            for secret, values in deployed.secrets().items():
                found |= {f"{host} {secret}.{key}": value for key, value in values.items() if key not in _NAMES}
        return found


def _hands_out(file: Path) -> bool:
    """Whether that is where AWX puts a job's credentials: as files, and as the environment that a runner notes down."""
    return "env" in file.parts[:3] or (file.name == "command" and "artifacts" in file.parts)


def _variables(deployed: Deployed, password: str) -> dict[str, Any]:
    """The inventory's for one host; numbers and switches as text, as from forms."""
    s3, lab = deployed.s3, deployed.lab
    common = {name: value for name, value in _COMMON.items() if name != "popsink_vault_id"}
    return {
        **common,
        "popsink_helm": "helm",
        "popsink_namespace": deployed.name,
        "popsink_chart_ref": lab["registry"]["charts"],
        "popsink_chart_plain_http": "true",
        "popsink_database_storage_class": lab["storage_class"],
        "popsink_ingress_class": lab["ingress_class"],
        "popsink_replicas": "1",
        "popsink_broker_replicas": "1",
        "popsink_bucket": s3["bucket"],
        "popsink_bucket_region": s3["region"],
        "popsink_s3_endpoint": s3["endpoint"],
        "popsink_s3_access_key_id": s3["access_key_id"],
        "popsink_s3_secret_access_key": _vaulted(s3["secret_access_key"], deployed.name, password),
        "popsink_onboarding": _vaulted(yaml.safe_dump(deployed.snippet), deployed.name, password),
        "popsink_secrets_store": "cluster",
    }


def _vaulted(text: str, label: str, password: str) -> dict[str, str]:
    """A vaulted value as AWX's inventories have it."""
    vault = VaultLib([(label, VaultSecret(password.encode()))])
    return {"__ansible_vault": vault.encrypt(text, vault_id=label).decode()}


def _account(namespace: str) -> str:
    """An account that may look around, and change its own namespace alone."""
    looking = (ROOT / "docs" / "rbac" / "preflight.yaml").read_text()
    text = looking.replace("popsink-preflight", namespace).replace("NAMESPACE", namespace)
    changing = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "rolls-out", "namespace": namespace},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": namespace, "namespace": namespace}],
    }
    return f"{text}\n---\n{yaml.safe_dump(changing)}"


def _cluster_of(deployed: Deployed) -> tuple[str, str]:
    """The API server's URL, and the certificate of its authority."""
    config = json.loads(deployed.kubectl("config", "view", "--raw", "--minify", "--flatten", "--output=json"))
    cluster = config["clusters"][0]["cluster"]
    return cluster["server"], base64.b64decode(cluster["certificate-authority-data"]).decode()


def _kubeconfig(server: str, authority: str, token: str) -> dict[str, Any]:
    data = base64.b64encode(authority.encode()).decode()
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "site",
        "clusters": [{"name": "site", "cluster": {"server": server, "certificate-authority-data": data}}],
        "users": [{"name": "site", "user": {"token": token}}],
        "contexts": [{"name": "site", "context": {"cluster": "site", "user": "site"}}],
    }
