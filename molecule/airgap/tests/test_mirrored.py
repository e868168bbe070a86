"""A site without internet: nothing gets out, and everything that runs came from its own registry."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.lab import lab as labs
from tests.lab.config import BUSYBOX
from tests.lab.deployed import RELEASE, Deployed

ROOT = Path(__file__).parents[3]
CHART = "0.1.0-alpha.205"

#: Prints which of the servers it can connect to.
REACHED = """
import json, socket, sys
def reached(server):
    try:
        socket.create_connection(server, timeout=2).close()
        return True
    except OSError:
        return False
print(json.dumps([server for server in json.loads(sys.argv[1]) if reached(server)]))
"""


@pytest.fixture
def outside(deployed: Deployed) -> Iterator[list[tuple[str, int]]]:
    """Servers that are not the site's: one beyond the cluster's node, then where things are published, and Popsink."""
    published = urlsplit(f"//{deployed.lab['registry']['address']}")
    control_plane = urlsplit(deployed.lab["control_plane"]["api"])
    with socket.create_server((labs.at(deployed.folder).network.host, 0)) as server:
        servers = ((parts.hostname, parts.port) for parts in (published, control_plane))
        yield [server.getsockname(), *((str(host), int(port or 0)) for host, port in servers)]


def test_every_image_is_the_mirrors(deployed: Deployed) -> None:
    # Not as the node tells them: here all have the same content, and one name stands for it.
    images = {
        container["image"]
        for pod in deployed.pods()
        for container in (*pod["spec"]["containers"], *pod["spec"].get("initContainers", ()))
    }
    mirror = deployed.lab["mirror"]["address"]
    assert len(images) > 3
    assert [image for image in images if not image.startswith(f"{mirror}/popsink-common-438615/")] == []


def test_the_pull_secret_opens_the_mirror_alone(deployed: Deployed) -> None:
    config = json.loads(deployed.secret(f"{RELEASE}-vault-image-pull")[".dockerconfigjson"])
    assert list(config["auths"]) == [deployed.lab["mirror"]["address"]]


def test_the_pods_trust_the_private_authority(deployed: Deployed) -> None:
    program = (
        "import urllib.error, urllib.request\n"
        f"try: urllib.request.urlopen('https://{deployed.lab['mirror']['address']}/v2/')\n"
        "except urllib.error.HTTPError as error: print(error.code)"
    )
    assert deployed.inside(f"deployment/{RELEASE}-data-plane", "python3", "-c", program).strip() == "401"


def test_the_node_pulled_from_the_mirror_alone(deployed: Deployed) -> None:
    # Or had it from there already.
    pulled = [event["message"] for event in deployed.get("events", "--field-selector=reason=Pulled")["items"]]
    mirror = deployed.lab["mirror"]["address"]
    assert len(pulled) > 3
    assert [message for message in pulled if f'"{mirror}/popsink-common-438615/' not in message] == []


def test_pods_reach_nobody_outside(deployed: Deployed, outside: list[tuple[str, int]]) -> None:
    for workload in (f"deployment/{RELEASE}-data-plane", f"deployment/{RELEASE}-tansu"):
        found = json.loads(deployed.inside(workload, "python3", "-c", REACHED, json.dumps(outside)))
        assert found == []
    # They would, from anywhere else.
    script = " && ".join(f"nc -w 5 {host} {port} -e true" for host, port in outside)
    elsewhere = ("--namespace=default", "run", "airgap-outside", f"--image={BUSYBOX}", "--restart=Never")
    deployed.kubectl(*elsewhere, "--rm", "--attach", "--quiet", "--command", "--", "sh", "-c", script)


def test_this_host_reaches_nothing_of_the_vendors(outside: list[tuple[str, int]]) -> None:
    _own, *vendors = outside
    for server in vendors:
        with pytest.raises(TimeoutError):
            socket.create_connection(server, timeout=1)


@pytest.mark.parametrize("chart", ["", f"mirrored/data-plane-{CHART}.tgz"], ids=["registry", "folder"])
def test_another_run_needs_nothing_of_the_vendors(deployed: Deployed, tmp_path: Path, chart: str) -> None:
    given = ["--extra-vars", f"popsink_chart_ref={deployed.folder / chart}"] if chart else []
    # Without the chart that earlier runs pulled.
    said = played(deployed, "site.yml", *given, XDG_CACHE_HOME=str(tmp_path))
    assert " changed=0 " in said


def test_another_login_ends_no_pod_and_pulls(deployed: Deployed) -> None:
    before = deployed.incarnations()
    other = {"popsink_image_pull_username": "mirror-2", "popsink_image_pull_password": "{{ other_password }}"}
    # The inventory has the same password for the chart.
    other["popsink_chart_username"] = "mirror-2"
    given = json.dumps({**other, "popsink_rotate": ["image_pull_token"], "other_password": users(deployed)["mirror-2"]})
    said = played(deployed, "playbooks/rotate.yml", "--extra-vars", given)
    assert " changed=1 " in said
    assert deployed.incarnations() == before
    config = json.loads(deployed.secret(f"{RELEASE}-vault-image-pull")[".dockerconfigjson"])
    assert [login["username"] for login in config["auths"].values()] == ["mirror-2"]
    # The node asks the registry even for what it has.
    spec = {"containers": [{"name": "pulls", "imagePullPolicy": "Always"}]}
    image = next(pod["spec"]["containers"][0]["image"] for pod in deployed.pods() if "tansu" in pod["metadata"]["name"])
    spec["containers"][0] |= {"image": image, "command": ["true"]}
    spec |= {"restartPolicy": "Never", "imagePullSecrets": [{"name": f"{RELEASE}-vault-image-pull"}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pulls"}, "spec": spec}
    deployed.kubectl("apply", "--filename=-", stdin=json.dumps(pod))
    try:
        deployed.kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/pulls", "--timeout=60s")
    finally:
        deployed.kubectl("delete", "pod", "pulls", "--now")


def users(deployed: Deployed) -> dict[str, str]:
    """Passwords of the mirror's users."""
    found: dict[str, str] = deployed.lab["mirror"]["users"]
    return found


def played(deployed: Deployed, *arguments: str, **environment: str) -> str:
    """What a playbook says that ends well."""
    argv = [
        *("ansible-playbook", *arguments, "--limit", deployed.name),
        *("-i", str(deployed.folder / "inventory"), "-i", "molecule/airgap/hosts.yml"),
        *("--vault-id", f"lab@{deployed.folder / 'vault-password'}"),
    ]
    # As a user's run, without what Molecule sets for its own.
    known = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "MOLECULE_"))}
    known |= {"ANSIBLE_NOCOLOR": "1", **environment}
    done = subprocess.run(argv, env=known, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout
