"""Images that are pulled with a login of somebody else: a Secret that is named, or that the service accounts have."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lab.config import IMAGES_HOST
from tests.lab.deployed import OURS, RELEASE, Deployed

from .conftest import SMALL
from .playbook import LAB, Playbook, Run, finished, hand_out

SECRET = "company-pull"
#: What the inventory says, by the deployment's name.
INPUTS = {
    "pull-existing": {"popsink_image_pull_mode": "existing", "popsink_image_pull_secret": SECRET},
    # The platform's own token is not the collection's to know.
    "pull-none": {"popsink_image_pull_mode": "none", "popsink_image_pull_token_file": ""},
}


@dataclass(frozen=True)
class Site:
    """A deployment that was rolled out, and a second run of it.

    :ivar handed: version of the Secret before the first run.
    """

    deployed: Deployed
    handed: str
    first: Run
    second: Run

    @property
    def version(self) -> str:
        """Version of the Secret now."""
        return str(self.deployed.get("secret", SECRET)["metadata"]["resourceVersion"])


def objects(deployed: Deployed) -> Iterator[dict[str, Any]]:
    """What a platform team prepares: the namespace, with the Secret and accounts that name it."""
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": deployed.name}}
    login = f"_json_key:{Path(deployed.lab['pull_token_file']).read_text()}"
    content = {"auths": {IMAGES_HOST: {"auth": base64.b64encode(login.encode()).decode()}}}
    meta = {"namespace": deployed.name}
    yield {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/dockerconfigjson",
        "metadata": {**meta, "name": SECRET},
        "stringData": {".dockerconfigjson": json.dumps(content)},
    }
    if INPUTS[deployed.name]["popsink_image_pull_mode"] != "none":
        return
    # So that Helm takes over those that are its own, and leaves alone what it does not set.
    helms = {
        "labels": {"app.kubernetes.io/managed-by": "Helm"},
        "annotations": {"meta.helm.sh/release-name": RELEASE, "meta.helm.sh/release-namespace": deployed.name},
    }
    for name, more in {"default": {}, f"{RELEASE}-data-plane": helms, f"{RELEASE}-tansu": helms}.items():
        yield {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {**meta, "name": name, **more},
            "imagePullSecrets": [{"name": SECRET}],
        }


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Site]]:
    """Both at the same time, from nothing."""
    deployments, playbooks, handed = {}, {}, {}
    for name, given in INPUTS.items():
        hand_out(name)
        deployed = deployments[name] = Deployed(LAB, name)
        deployed.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait")
        deployed.secrets_file.unlink(missing_ok=True)
        for item in objects(deployed):
            deployed.kubectl("apply", "--filename=-", stdin=json.dumps(item))
        handed[name] = str(deployed.get("secret", SECRET)["metadata"]["resourceVersion"])
        playbooks[name] = Playbook(name, tmp_path_factory.mktemp(name), {**SMALL, **given})

    def runs() -> dict[str, Run]:
        started = {name: playbook.start() for name, playbook in playbooks.items()}
        return {name: finished(process) for name, process in started.items()}

    first, second = runs(), runs()
    yield {name: Site(deployments[name], handed[name], first[name], second[name]) for name in INPUTS}
    for name, deployed in deployments.items():
        deployed.kubectl("delete", "namespace", name, "--wait=false")


@pytest.mark.parametrize("name", INPUTS)
def test_it_works_and_another_run_changes_nothing(sites: dict[str, Site], name: str) -> None:
    site = sites[name]
    assert site.first.code == 0, site.first.output[-3000:]
    assert (site.second.code, site.second.changed) == (0, 0)


@pytest.mark.parametrize("name", INPUTS)
def test_every_pod_pulls_with_the_secret_that_was_there(sites: dict[str, Site], name: str) -> None:
    pods = sites[name].deployed.pods()
    assert len(pods) > 3
    named = {tuple(entry["name"] for entry in pod["spec"].get("imagePullSecrets", ())) for pod in pods}
    assert named == {(SECRET,)}


@pytest.mark.parametrize("name", INPUTS)
def test_none_is_made_and_that_one_is_untouched(sites: dict[str, Site], name: str) -> None:
    site = sites[name]
    ours = site.deployed.get("secrets", OURS)["items"]
    assert [secret for secret in ours if secret["type"] == "kubernetes.io/dockerconfigjson"] == []
    assert site.version == site.handed


def test_the_release_names_the_secret_only_where_it_is_told(sites: dict[str, Site]) -> None:
    kept = {name: SECRET in site.deployed.release_objects() for name, site in sites.items()}
    assert kept == {"pull-existing": True, "pull-none": False}
