"""That the lab is as strict, and as real, as what it stands for."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
from botocore.exceptions import ClientError

from tests.lab import deployment, lifecycle
from tests.lab.chart_source import images
from tests.lab.config import BUSYBOX, IMAGES, IMAGES_HOST, IMAGES_PATH
from tests.lab.conftest import Kubectl
from tests.lab.errors import LabError
from tests.lab.firewall import blocked
from tests.lab.kwok import simulated
from tests.lab.lab import Lab
from tests.lab.names import environment_with_names
from tests.lab.probe import answers, wait

IMAGE = f"{IMAGES}/{next(name for name in images() if name.startswith('data-plane:'))}"
SERVE = ["python3", "-m", "http.server", "8000"]


def pod(name: str, *, pulled_with: str = "right", volume: str = "") -> dict[str, Any]:
    container: dict[str, Any] = {"name": "main", "image": IMAGE, "command": SERVE}
    spec: dict[str, Any] = {
        "containers": [container],
        "imagePullSecrets": [{"name": pulled_with}],
        "terminationGracePeriodSeconds": 0,
    }
    if volume:
        container["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
        spec["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": volume}}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"pod": name}}, "spec": spec}


def pull_secret(kubectl: Kubectl, name: str, user: str, password: str) -> None:
    options = (f"--docker-server={IMAGES_HOST}", f"--docker-username={user}", f"--docker-password={password}")
    kubectl("create", "secret", "docker-registry", name, *options)


@contextmanager
def forwarded(kubectl: Kubectl, what: str, port: int) -> Iterator[int]:
    """A port of this machine that leads to one in the cluster."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        own = int(free.getsockname()[1])
    command = kubectl.argv("port-forward", what, f"{own}:{port}")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as forward:
        try:
            assert forward.stdout
            assert "Forwarding" in forward.stdout.readline()
            yield own
        finally:
            forward.terminate()


def python(kubectl: Kubectl, where: str, program: str) -> str:
    return kubectl("exec", where, "--", "python3", "-c", program).strip()


@pytest.fixture(scope="module")
def server(kubectl: Kubectl, lab: Lab) -> str:
    """A pod that runs, with the Service `web` before it."""
    pull_secret(kubectl, "right", "_json_key", lab.pull_token.read_text())
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"selector": {"pod": "server"}, "ports": [{"port": 80, "targetPort": 8000}]},
    }
    kubectl.apply(pod("server"), service)
    kubectl("wait", "pod/server", "--for=condition=Ready", "--timeout=60s")
    return "server"


#: Pull secrets by name: the user, what is changed in the key that was handed out, and what a pod with it comes to.
PULLS: dict[str, tuple[str, dict[str, str], str]] = {
    "as-handed-out": ("_json_key", {}, "Running"),
    "other-private-key": ("_json_key", {"private_key": "-----BEGIN PRIVATE KEY-----"}, "ImagePullBackOff"),
    "other-account": ("_json_key", {"client_email": "someone@else.example"}, "ImagePullBackOff"),
    "other-user": ("oauth2accesstoken", {}, "ImagePullBackOff"),
}
#: A pod that names no secret which exists; the node has the image by then.
WITHOUT = "without"


@pytest.fixture(scope="module")
def pods(kubectl: Kubectl, lab: Lab, server: str) -> Kubectl:
    """All at once: that a pull has failed for good takes Kubernetes ten seconds to say."""
    token = json.loads(lab.pull_token.read_text())
    for name, (user, change, _answer) in PULLS.items():
        # Written in another way than it was handed out: what counts is the JSON, not its text.
        pull_secret(kubectl, name, user, json.dumps(token | change))
    kubectl.apply(*(pod(name, pulled_with=name) for name in (*PULLS, WITHOUT)))
    return kubectl


class TestPull:
    def outcome(self, pods: Kubectl, name: str) -> str:
        """What a pod comes to: Running, or why it waits."""
        seen = ""

        def settled() -> bool:
            nonlocal seen
            status = pods.get("pod", name)["status"]
            states = [container["state"] for container in status.get("containerStatuses", [])]
            seen = states[0].get("waiting", {}).get("reason", status["phase"]) if states else ""
            return seen in ("Running", "ImagePullBackOff")

        wait(settled, 60, every=0.5)
        return seen

    @pytest.mark.parametrize("name", PULLS)
    def test_only_the_whole_key_of_the_right_user_pulls(self, pods: Kubectl, name: str) -> None:
        assert self.outcome(pods, name) == PULLS[name][2]

    def test_an_image_that_the_node_has_is_not_given_to_a_pod_without_the_key(self, pods: Kubectl) -> None:
        assert self.outcome(pods, WITHOUT) == "ImagePullBackOff"


class TestRegistry:
    def test_charts_are_open(self, lab: Lab) -> None:
        charts = f"oci://{lab.network.registry}/popsink/charts/data-plane"
        for helm in ("helm", "helm3"):
            command = [str(lab.bin / helm), "show", "chart", "--plain-http", charts, "--version", "0.1.0-alpha.205"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert "name: data-plane" in done.stdout, done.stderr

    def test_images_are_not(self, lab: Lab) -> None:
        name, _colon, tag = images()[0].partition(":")
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"http://{lab.network.registry}/v2/{IMAGES_PATH}/{name}/manifests/{tag}", timeout=5)


class TestPod:
    @pytest.mark.parametrize("name", ["web", "kubernetes.default", "kubernetes.default.svc.cluster.local"])
    def test_resolves_services(self, kubectl: Kubectl, server: str, name: str) -> None:
        assert python(kubectl, server, f"import socket; print(socket.gethostbyname('{name}'))").startswith("10.96.")

    def test_learns_at_once_that_another_name_does_not_exist(self, kubectl: Kubectl, server: str) -> None:
        program = """
import socket, time
began = time.monotonic()
try:
    socket.gethostbyname("no.such.example")
except OSError:
    print(time.monotonic() - began < 2)
"""
        assert python(kubectl, server, program) == "True"

    def test_reaches_itself_through_its_service(self, kubectl: Kubectl, server: str) -> None:
        program = "import urllib.request; print(urllib.request.urlopen('http://web/', timeout=5).status)"
        assert python(kubectl, server, program) == "200"

    @pytest.mark.parametrize("port", [5000, 5432, 6443, 8080, 9000])
    def test_reaches_what_is_outside_the_cluster(self, kubectl: Kubectl, lab: Lab, server: str, port: int) -> None:
        program = f"import socket; socket.create_connection(('{lab.network.node}', {port}), 5); print('connected')"
        assert python(kubectl, server, program) == "connected"

    def test_is_reached_from_the_host_by_service_and_by_port_forward(self, kubectl: Kubectl, server: str) -> None:
        address = kubectl.get("service", "web")["spec"]["clusterIP"]
        assert urllib.request.urlopen(f"http://{address}/", timeout=5).status == 200
        with forwarded(kubectl, "service/web", 80) as port:
            assert urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).status == 200

    def test_has_a_log(self, kubectl: Kubectl, server: str) -> None:
        python(kubectl, server, "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/')")
        assert "GET / HTTP" in kubectl("logs", server)


class TestIngress:
    HOST = "web.lab.example"

    def ask(self, lab: Lab, scheme: str, host: str) -> int:
        """The status of an answer; Traefik's own certificate is nobody's."""
        connection: http.client.HTTPConnection
        if scheme == "https":
            unchecked = ssl._create_unverified_context()  # noqa: S323
            connection = http.client.HTTPSConnection(lab.network.node, timeout=5, context=unchecked)
        else:
            connection = http.client.HTTPConnection(lab.network.node, timeout=5)
        with closing(connection):
            connection.request("GET", "/", headers={"Host": host})
            return connection.getresponse().status

    def test_there_is_one_with_an_address_from_the_start(self, lab: Lab) -> None:
        ingress = Kubectl(lab, "lab").get("ingress", "traefik-is-here")
        assert ingress["status"]["loadBalancer"]["ingress"][0]["ip"] == lab.network.node
        assert self.ask(lab, "http", ingress["spec"]["rules"][0]["host"]) == 200

    def test_one_of_the_class_is_answered_and_gets_an_address(self, kubectl: Kubectl, lab: Lab, server: str) -> None:
        backend = {"service": {"name": "web", "port": {"number": 80}}}
        rule = {"host": self.HOST, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
        ingress = {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": "web"},
            "spec": {"ingressClassName": "traefik", "rules": [rule]},
        }
        kubectl.apply(ingress)
        for scheme in ("http", "https"):
            assert wait(lambda scheme=scheme: self.ask(lab, scheme, self.HOST) == 200, 20)  # type: ignore[misc]
        status = kubectl.get("ingress", "web")["status"]
        assert status["loadBalancer"]["ingress"] == [{"ip": lab.network.node}]
        assert self.ask(lab, "http", f"other.{self.HOST}") == 404


class TestBusybox:
    def test_relays_to_what_pods_reach(self, kubectl: Kubectl, lab: Lab) -> None:
        relay = pod("relay")
        container = relay["spec"]["containers"][0]
        # `-ll`, not `-lk`: Debian's build has the one only, others have both.
        container |= {"image": BUSYBOX, "command": ["nc", "-ll", "-p", "9000", "-e", "nc", lab.network.node, "5432"]}
        container["securityContext"] = {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "runAsUser": 65534,
        }
        del relay["spec"]["imagePullSecrets"]
        kubectl.apply(relay)
        kubectl("wait", "pod/relay", "--for=condition=Ready", "--timeout=60s")
        with forwarded(kubectl, "pod/relay", 9000) as port:
            where = f"host=127.0.0.1 port={port} user=postgres dbname=postgres connect_timeout=5"
            # Twice: it stays for the next one.
            for _time in range(2):
                with psycopg.connect(f"{where} password={lab.secret('postgresql admin')}") as connection:
                    assert connection.execute("select 1").fetchone() == (1,)

    def test_blocked_packets_do_not_get_through(self, kubectl: Kubectl, lab: Lab) -> None:
        shell = pod("shell")
        shell["spec"]["containers"][0] |= {"image": BUSYBOX, "command": ["sleep", "600"]}
        del shell["spec"]["imagePullSecrets"]
        kubectl.apply(shell)
        kubectl("wait", "pod/shell", "--for=condition=Ready", "--timeout=60s")

        def connects() -> bool:
            command = kubectl.argv("exec", "shell", "--", "nc", "-w", "1", lab.network.node, "8080")
            return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0

        assert connects()
        with blocked(lab.root, address=lab.network.node, port=8080):
            assert not connects()
            assert answers(f"tcp://{lab.network.control_plane}")
        assert connects()


def test_names_that_exist_nowhere_resolve_for_a_process(lab: Lab, tmp_path: Path) -> None:
    environment = os.environ | environment_with_names({"data-plane.lab.example": lab.network.node}, tmp_path)
    program = "import socket; print(socket.getaddrinfo('data-plane.lab.example', 80, type=socket.SOCK_STREAM)[0][4])"
    said = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == str((lab.network.node, 80))


@pytest.mark.long
def test_a_big_cluster_comes_and_goes(lab: Lab) -> None:
    cluster = Kubectl(lab, "simulated")

    def nodes() -> int:
        return len(cluster.get("nodes")["items"])

    before = nodes()
    with simulated(lab.root, nodes=50, pods=100):
        assert nodes() == before + 50
        assert all(pod["status"]["phase"] == "Running" for pod in cluster.get("pods")["items"])
    assert nodes() == before
    assert not cluster("get", "namespace", "simulated", "--ignore-not-found")


def test_a_claim_binds_and_outlives_its_pod(kubectl: Kubectl, server: str) -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "kept"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    kubectl.apply(claim, pod("first", volume="kept"))
    kubectl("wait", "pod/first", "--for=condition=Ready", "--timeout=60s")
    python(kubectl, "first", "open('/data/file', 'w').write('still here')")
    kubectl("delete", "pod", "first")
    kubectl.apply(pod("second", volume="kept"))
    kubectl("wait", "pod/second", "--for=condition=Ready", "--timeout=60s")
    assert python(kubectl, "second", "print(open('/data/file').read())") == "still here"
    assert kubectl.get("pvc", "kept")["spec"]["storageClassName"] == "standard"


def test_a_deployment_has_its_own_bucket_and_no_other(lab: Lab) -> None:
    handed = [
        json.loads((deployment.hand_out(lab, name) / "s3.json").read_text()) for name in ("lab-test-1", "lab-test-2")
    ]
    again = json.loads((deployment.hand_out(lab, "lab-test-1") / "s3.json").read_text())
    assert again == handed[0]
    own, other = handed
    store = boto3.client(
        "s3",
        endpoint_url=own["endpoint"],
        region_name=own["region"],
        aws_access_key_id=own["access_key_id"],
        aws_secret_access_key=own["secret_access_key"],
    )
    store.put_object(Bucket=own["bucket"], Key="kafka/object", Body=b"content")
    with pytest.raises(ClientError, match="AccessDenied"):
        store.put_object(Bucket=other["bucket"], Key="kafka/object", Body=b"content")


def test_the_database_outside_wants_its_password(lab: Lab) -> None:
    where = f"host={lab.network.node} user=postgres dbname=postgres"
    with psycopg.connect(f"{where} password={lab.secret('postgresql admin')}") as connection:
        assert connection.info.server_version >= 150000
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"{where} password=wrong")


def test_what_is_not_always_wanted_starts_and_stops_by_itself(lab: Lab) -> None:
    url = f"tcp://{lab.network.schema_registry}"
    for _again in range(2):
        lifecycle.start(lab.name, "schema-registry")
        assert answers(url, lab.pki / "ca.crt")
    for _again in range(2):
        lifecycle.stop(lab.name, "schema-registry")
        assert not answers(url, lab.pki / "ca.crt")
    # A lab that is found running leaves it so.
    lifecycle.up(lab.name)
    assert not answers(url, lab.pki / "ca.crt")
    with pytest.raises(LabError, match="starts and stops with the lab"):
        lifecycle.stop(lab.name, "minio")
