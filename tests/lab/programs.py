"""The table of the lab's programs: what is run, as whom, after what, and how it is known to be ready."""

from __future__ import annotations

import base64
import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import inside, pki
from .binaries import Tools
from .lab import CHECKOUT, Lab

#: The administrator of the object store.
S3_ROOT = "lab-root"
S3_REGION = "eu-west-1"
#: Whom the tokens of service accounts are for that ask it for a role, and the role, as MinIO names it.
S3_AUDIENCE = "sts.amazonaws.com"
_ROLE = base64.urlsafe_b64encode(hashlib.sha1(S3_AUDIENCE.encode()).digest()).rstrip(b"=").decode()  # noqa: S324
S3_ROLE = f"arn:minio:iam:{S3_REGION}::role/{_ROLE}"
#: Who may ask the schema registry outside of the cluster.
REGISTRY_USER = "popsink"
STANDINS = CHECKOUT / "tests/lab/standins"
STANDIN = STANDINS / "control_plane.py"


@dataclass(frozen=True)
class Program:
    """`ready` is an address that answers when it works; those named in `after` must be ready before it starts.

    What is `on_demand` does not start with the lab: a scenario or a test asks for it.
    """

    name: str
    argv: tuple[str, ...]
    ready: str = ""
    after: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    on_demand: bool = False


def table(lab: Lab, tools: Tools) -> tuple[Program, ...]:
    """All programs, in the order in which they are started; they are stopped in the opposite order."""
    python = (sys.executable, "-m")
    programs = (
        Program(
            "etcd",
            (
                "etcd",
                f"--data-dir={lab.state}/etcd",
                "--listen-client-urls=http://127.0.0.1:2379",
                "--advertise-client-urls=http://127.0.0.1:2379",
                "--listen-peer-urls=http://127.0.0.1:2380",
                "--snapshot-count=5000",
                "--auto-compaction-retention=10m",
                "--logger=zap",
                "--log-level=warn",
            ),
            ready="http://127.0.0.1:2379/health",
        ),
        Program(
            "registry-token",
            (*python, "tests.lab.services.registry_token", str(lab.root)),
            ready=f"tcp://{lab.network.registry_token}",
        ),
        Program(
            "registry",
            ("docker-registry", "serve", f"{lab.config}/registry.json"),
            ready=f"tcp://{lab.network.registry}",
        ),
        Program(
            "mirror",
            ("docker-registry", "serve", f"{lab.config}/mirror.json"),
            ready=f"tcp://{lab.network.mirror}",
        ),
        Program(
            "issuer",
            (*python, "tests.lab.services.issuer", str(lab.root)),
            ready=f"tcp://{lab.network.issuer}",
        ),
        Program(
            "minio",
            (
                str(tools.minio),
                "server",
                f"{lab.state}/minio",
                "--quiet",
                f"--address={lab.network.s3}",
                "--console-address=127.0.0.1:9001",
            ),
            ready=f"http://{lab.network.s3}/minio/health/ready",
            # For the keys of the tokens with which service accounts take on the role.
            after=("issuer",),
            environment={
                "MINIO_ROOT_USER": S3_ROOT,
                "MINIO_ROOT_PASSWORD": lab.secret("s3 root"),
                "MINIO_BROWSER": "off",
                "MINIO_SITE_REGION": S3_REGION,
                "MINIO_UPDATE": "off",
                "MINIO_IDENTITY_OPENID_CONFIG_URL": f"http://{lab.network.issuer}/.well-known/openid-configuration",
                "MINIO_IDENTITY_OPENID_CLIENT_ID": S3_AUDIENCE,
                "MINIO_IDENTITY_OPENID_ROLE_POLICY": "readwrite",
            },
        ),
        Program(
            "s3-tls",
            (*python, "tests.lab.services.tls_front", lab.network.s3_tls, lab.network.s3, *_pair(lab, "s3")),
            ready=f"tcp://{lab.network.s3_tls}",
        ),
        Program(
            "postgresql",
            (*python, "tests.lab.services.postgresql", str(lab.root)),
            ready=f"tcp://{lab.network.node}:5432",
        ),
        Program("kube-apiserver", _api_server(lab, tools), ready=f"{lab.network.api}/readyz", after=("etcd",)),
        Program("kube-controller-manager", _controller_manager(lab, tools), after=("kube-apiserver",)),
        Program(
            "kube-scheduler",
            (
                str(tools.kube),
                "kube-scheduler",
                f"--kubeconfig={lab.config}/scheduler.kubeconfig",
                "--leader-elect=false",
                "--bind-address=127.0.0.1",
            ),
            after=("kube-apiserver",),
        ),
        Program(
            "coredns",
            (str(tools.kube), "coredns", f"-conf={lab.config}/Corefile"),
            ready=f"http://{lab.network.node}:8181/ready",
            after=("kube-apiserver",),
        ),
        Program(
            "containerd",
            ("containerd", f"--config={lab.config}/containerd.toml"),
            ready=f"unix://{inside.CONTAINERD}",
        ),
        Program(
            "kube-proxy",
            (str(tools.kube), "kube-proxy", f"--config={lab.config}/proxy.json"),
            after=("kube-apiserver",),
        ),
        Program(
            "kubelet",
            (
                str(tools.kube),
                "kubelet",
                f"--config={lab.config}/kubelet.json",
                f"--kubeconfig={lab.config}/kubelet.kubeconfig",
                f"--root-dir={inside.KUBELET}",
                f"--hostname-override={pki.NODE}",
                f"--node-ip={lab.network.node}",
            ),
            ready=f"tcp://{lab.network.node}:10250",
            # Started before the API server answers, it can stay NotReady for minutes.
            after=("kube-apiserver", "containerd"),
        ),
        Program(
            "traefik",
            _traefik(lab, tools),
            ready=f"http://{lab.network.traefik}/ping",
            after=("kube-apiserver",),
            environment={"KUBECONFIG": f"{lab.config}/traefik.kubeconfig"},
        ),
        Program(
            "kafka",
            (*python, "tests.lab.services.kafka", str(lab.root)),
            ready=f"tcp://{lab.network.kafka('SASL_SSL')}",
            on_demand=True,
        ),
        Program(
            "schema-registry",
            (sys.executable, str(STANDINS / "schema_registry.py"), "--listen", lab.network.schema_registry),
            ready=f"tcp://{lab.network.schema_registry}",
            environment={
                "SCHEMA_REGISTRY_USERNAME": REGISTRY_USER,
                "SCHEMA_REGISTRY_PASSWORD": lab.secret("schema registry"),
            },
            on_demand=True,
        ),
    )
    return programs + ((_control_plane(lab),) if STANDIN.exists() else ())


def _pair(lab: Lab, server: str) -> tuple[str, str]:
    """A server's certificate and key."""
    return f"{lab.pki}/{server}.crt", f"{lab.pki}/{server}.key"


def _control_plane(lab: Lab) -> Program:
    return Program(
        "control-plane",
        (
            sys.executable,
            str(STANDIN),
            "--listen",
            lab.network.control_plane,
            "--state",
            f"{lab.state}/control-plane.json",
        ),
        ready=f"tcp://{lab.network.control_plane}",
    )


def _traefik(lab: Lab, tools: Tools) -> tuple[str, ...]:
    node = lab.network.node
    return (
        str(tools.traefik),
        f"--entrypoints.web.address={node}:80",
        f"--entrypoints.websecure.address={node}:443",
        # As its Helm chart has it: each Ingress is served on both, with Traefik's own certificate if it names no other.
        "--entrypoints.websecure.http.tls=true",
        f"--entrypoints.traefik.address={lab.network.traefik}",
        "--ping=true",
        "--providers.kubernetesingress=true",
        "--providers.kubernetesingress.ingressclass=traefik",
        f"--providers.kubernetesingress.ingressendpoint.ip={node}",
        # Its own kinds, of which an Ingress may name a Middleware; and an HTTPRoute in place of an Ingress.
        "--providers.kubernetescrd=true",
        "--experimental.kubernetesgateway=true",
        "--providers.kubernetesgateway=true",
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
        "--log.level=WARN",
    )


def _api_server(lab: Lab, tools: Tools) -> tuple[str, ...]:
    key = Path(lab.pki, "service-account.key")
    return (
        str(tools.kube),
        "kube-apiserver",
        "--etcd-servers=http://127.0.0.1:2379",
        f"--advertise-address={lab.network.node}",
        f"--bind-address={lab.network.node}",
        f"--service-cluster-ip-range={lab.network.services}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        f"--client-ca-file={lab.pki}/ca.crt",
        f"--tls-cert-file={lab.pki}/apiserver.crt",
        f"--tls-private-key-file={lab.pki}/apiserver.key",
        f"--kubelet-certificate-authority={lab.pki}/ca.crt",
        f"--kubelet-client-certificate={lab.pki}/apiserver-kubelet-client.crt",
        f"--kubelet-client-key={lab.pki}/apiserver-kubelet-client.key",
        # By the node's name it would ask a DNS that does not know it.
        "--kubelet-preferred-address-types=InternalIP",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
    )


def _controller_manager(lab: Lab, tools: Tools) -> tuple[str, ...]:
    own = f"{lab.config}/controller-manager.kubeconfig"
    return (
        str(tools.kube),
        "kube-controller-manager",
        f"--kubeconfig={own}",
        f"--authentication-kubeconfig={own}",
        f"--authorization-kubeconfig={own}",
        "--bind-address=127.0.0.1",
        "--leader-elect=false",
        "--use-service-account-credentials=true",
        f"--root-ca-file={lab.pki}/ca.crt",
        f"--cluster-signing-cert-file={lab.pki}/ca.crt",
        f"--cluster-signing-key-file={lab.pki}/ca.key",
        f"--service-account-private-key-file={lab.pki}/service-account.key",
        "--allocate-node-cidrs=true",
        f"--cluster-cidr={lab.network.pods}",
        f"--service-cluster-ip-range={lab.network.services}",
        "--enable-hostpath-provisioner=true",
    )
