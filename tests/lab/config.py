"""The configuration files of the lab's programs, written anew at each start."""

from __future__ import annotations

import base64
import ctypes
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from . import inside, pki
from .lab import CHECKOUT, Lab, write

IMAGES_HOST = "europe-west1-docker.pkg.dev"
IMAGES_PATH = "popsink-common-438615/onprem"
IMAGES = f"{IMAGES_HOST}/{IMAGES_PATH}"
#: Repositories of the lab's registry that are open to everyone begin with it.
OPEN_PATH = "popsink/lab"
PAUSE_IMAGE = f"{OPEN_PATH}/pause:1"
#: Who may pull and push at the mirror; the second is for changing from one to the other.
MIRROR_USERS = ("mirror", "mirror-2")
#: What pods name, and where it is in the lab's registry.
PUBLIC_HOST = "docker.io"
BUSYBOX = f"{PUBLIC_HOST}/library/busybox:1.37.0"
#: Table of the node's firewall, and the set in it with the addresses of pods that have no way out.
CUT_OFF = "inet cut_off"
CUT_OFF_PODS = f"{CUT_OFF} pods"
_INSTALLED_NETWORK_PLUGINS = Path("/usr/lib/cni")
_NETWORK_PLUGINS = ("ptp", "host-local", "loopback")


def write_all(lab: Lab) -> None:
    """Everything under `config`, and the person's kubeconfig; what is as it should be stays untouched."""
    for client in ("admin", "controller-manager", "coredns", "kubelet", "proxy", "scheduler", "traefik"):
        write(lab.config / f"{client}.kubeconfig", kubeconfig(lab, client))
    write(lab.kubeconfig, kubeconfig(lab, "admin"))
    write(lab.config / "containerd.toml", _containerd(lab))
    write(lab.config / "certs.d" / IMAGES_HOST / "hosts.toml", _pull_from(lab))
    write(lab.config / "certs.d" / PUBLIC_HOST / "hosts.toml", _pull_from(lab, OPEN_PATH))
    write(lab.config / "certs.d" / lab.network.registry / "hosts.toml", _pull_from(lab))
    write(lab.config / "certs.d" / lab.network.mirror / "hosts.toml", _mirror_host(lab))
    write_pod_network(lab)
    write(lab.config / "kubelet.json", json.dumps(_kubelet(lab), indent=2))
    write(lab.config / "proxy.json", json.dumps(_proxy(lab), indent=2))
    write(lab.config / "resolv.conf", f"nameserver {lab.network.node}\n")
    write(lab.config / "Corefile", _dns(lab))
    write(lab.config / "registry.json", json.dumps(_registry(lab), indent=2))
    write(lab.config / "mirror.json", json.dumps(_mirror(lab), indent=2))
    users = [f"{user}:{_bcrypt(lab.secret(user))}\n" for user in MIRROR_USERS]
    write(lab.config / "mirror.htpasswd", "".join(users))


def _mirror_host(lab: Lab) -> str:
    """The node trusts the private authority of the mirror's certificate, as nodes of such sites do."""
    host = f"https://{lab.network.mirror}"
    return f'server = "{host}"\n[host."{host}"]\n  capabilities = ["pull", "resolve"]\n  ca = "{lab.pki}/ca.crt"\n'


def _bcrypt(password: str) -> str:
    """The hash that the registry takes in a file of passwords; always the same, so that nothing starts anew."""
    crypt = ctypes.CDLL("libcrypt.so.1").crypt
    crypt.restype = ctypes.c_char_p
    salt = hashlib.sha256(password.encode()).hexdigest()[:22]
    hashed: bytes = crypt(password.encode(), f"$2b$04${salt}".encode())
    return hashed.decode()


def _mirror(lab: Lab) -> dict[str, Any]:
    """A registry as a site without internet has one: with TLS of a private authority, and users of its own."""
    return {
        "version": "0.1",
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": f"{lab.state}/mirror"}, "delete": {"enabled": True}},
        "http": {
            "addr": lab.network.mirror,
            "secret": lab.secret("registry http"),
            "tls": {"certificate": f"{lab.pki}/mirror.crt", "key": f"{lab.pki}/mirror.key"},
        },
        "auth": {"htpasswd": {"realm": "mirror", "path": f"{lab.config}/mirror.htpasswd"}},
    }


def kubeconfig(lab: Lab, client: str) -> str:
    """With the certificates inside, so that it is one file. (JSON is YAML.)"""
    inlined = {
        name: base64.b64encode((lab.pki / file).read_bytes()).decode()
        for name, file in (
            ("certificate-authority-data", "ca.crt"),
            ("client-certificate-data", f"{client}.crt"),
            ("client-key-data", f"{client}.key"),
        )
    }
    name = "-".join(filter(None, ("popsink-lab", lab.name)))
    authority = {"certificate-authority-data": inlined.pop("certificate-authority-data")}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": {"server": lab.network.api, **authority}}],
            "users": [{"name": client, "user": inlined}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": client}}],
            "current-context": name,
        },
        indent=2,
    )


def _containerd(lab: Lab) -> str:
    cri = '[plugins."io.containerd.grpc.v1.cri"'
    return f"""version = 2
root = "{lab.state}/containerd"
state = "{inside.RUN}/containerd"
[grpc]
  address = "{inside.CONTAINERD}"
[plugins."io.containerd.internal.v1.opt"]
  path = "{lab.state}/containerd/opt"
{cri}]
  sandbox_image = "{lab.network.registry}/{PAUSE_IMAGE}"
  # Lowering an OOM score takes CAP_SYS_RESOURCE, which virtual machines and containers often lack.
  restrict_oom_score_adj = true
{cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
{cri}.cni]
  bin_dir = "{_network_plugins(lab)}"
  conf_dir = "{lab.config}/cni"
{cri}.registry]
  config_path = "{lab.config}/certs.d"
"""


def _pull_from(lab: Lab, path: str = "") -> str:
    """Repositories are found below `path` when there is one."""
    address = f"http://{lab.network.registry}"
    host = f"{address}/v2/{path}" if path else address
    text = f'server = "{host}"\n[host."{host}"]\n  capabilities = ["pull", "resolve"]\n'
    return f"override_path = true\n{text}  override_path = true\n" if path else text


def write_pod_network(lab: Lab) -> None:
    """The network of pods; the container runtime takes a new file at once."""
    # The runtime looks for programs in one folder alone.
    for name in _NETWORK_PLUGINS:
        link = _network_plugins(lab) / name
        link.parent.mkdir(exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(_INSTALLED_NETWORK_PLUGINS / name)
    script = f"#!/bin/sh\nexec {sys.executable} -IS {CHECKOUT}/tests/lab/services/pod_egress.py\n"
    write(_network_plugins(lab) / "pod-egress", script, 0o700)
    write(lab.config / "cni" / "10-pods.conflist", json.dumps(_pod_network(lab), indent=2))


def cut_off_file(lab: Lab) -> Path:
    """Which namespaces have no way out, until the lab starts anew."""
    return lab.config / "cut-off.json"


def cut_off(lab: Lab) -> dict[str, bool]:
    """These namespaces, and whether the controller has none either."""
    file = cut_off_file(lab)
    return dict(json.loads(file.read_text())) if file.exists() else {}


def _network_plugins(lab: Lab) -> Path:
    return lab.config / "cni-plugins"


def _pod_network(lab: Lab) -> dict[str, Any]:
    """Routed, not bridged: a pod's answer to a service's client always passes the rules that rewrite its address."""
    leases = {
        "type": "host-local",
        "dataDir": f"{inside.RUN}/pod-addresses",
        "ranges": [[{"subnet": lab.network.pods}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    plugins: list[dict[str, Any]] = [{"type": "ptp", "ipMasq": False, "ipam": leases}]
    # Where nothing is cut off, no pod waits for it.
    if namespaces := list(cut_off(lab)):
        plugins.append({"type": "pod-egress", "namespaces": namespaces, "set": CUT_OFF_PODS})
    return {"cniVersion": "0.4.0", "name": "pods", "plugins": plugins}


def _kubelet(lab: Lab) -> dict[str, Any]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{lab.pki}/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "address": lab.network.node,
        "tlsCertFile": f"{lab.pki}/kubelet-serving.crt",
        "tlsPrivateKeyFile": f"{lab.pki}/kubelet-serving.key",
        "containerRuntimeEndpoint": f"unix://{inside.CONTAINERD}",
        "clusterDomain": "cluster.local",
        "clusterDNS": [lab.network.node],
        "resolvConf": f"{lab.config}/resolv.conf",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{lab.network.interface}",
        "enforceNodeAllocatable": [],
        "failCgroupV1": False,
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "maxPods": 200,
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "200Mi", "imagefs.available": "200Mi"},
        "nodeStatusUpdateFrequency": "5s",
        "serializeImagePulls": False,
        "syncFrequency": "20s",
        "shutdownGracePeriod": "0s",
    }


def _proxy(lab: Lab) -> dict[str, Any]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clusterCIDR": lab.network.pods,
        "hostnameOverride": pki.NODE,
        "clientConnection": {"kubeconfig": f"{lab.config}/proxy.kubeconfig"},
        "oomScoreAdj": 0,
        # The limits of connection tracking belong to the machine, not to a network namespace.
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }


def _dns(lab: Lab) -> str:
    """The cluster's names; everything else does not exist, since the lab has no way out."""
    return f"""cluster.local in-addr.arpa {{
    errors
    ready {lab.network.node}:8181
    cache 5
    kubernetes {{
        kubeconfig {lab.config}/coredns.kubeconfig
        ttl 5
    }}
}}
. {{
    errors
    template IN ANY {{
        rcode NXDOMAIN
    }}
}}
"""


def _registry(lab: Lab) -> dict[str, Any]:
    return {
        "version": "0.1",
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": f"{lab.state}/registry"}, "delete": {"enabled": True}},
        "http": {"addr": lab.network.registry, "secret": lab.secret("registry http")},
        "auth": {
            "token": {
                "realm": f"http://{lab.network.registry_token}/token",
                "service": "popsink-lab",
                "issuer": "popsink-lab",
                "rootcertbundle": f"{lab.pki}/registry-token.crt",
            }
        },
    }
