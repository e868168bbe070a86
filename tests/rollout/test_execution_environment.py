"""In the execution environment, as AWX starts it, a data plane is rolled out: nothing of this machine is needed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.execution_environment import container
from tests.execution_environment.build import Image
from tests.lab.deployed import Deployed

from .conftest import SMALL
from .playbook import LAB, Run, finished, hand_out

NAME = "in-image"
#: Files that the inventory names, which AWX would inject.
_FILES = ("popsink_kubeconfig", "popsink_image_pull_token_file", "popsink_onboarding_file")
#: What leads to this machine's own folders.
_NOT_THERE = ("popsink_helm", "popsink_secrets_file")


def inventory(folder: Path) -> dict[str, Any]:
    """The lab's variables of the deployment, with the files that they name copied into the folder, /runner inside."""
    variables: dict[str, Any] = {}
    for file in ("group_vars/all.yml", "group_vars/data_planes/lab.yml", f"host_vars/{NAME}/main.yml"):
        variables |= yaml.safe_load((LAB / "inventory" / file).read_text("utf-8"))
    for name in _FILES:
        shutil.copy(variables[name], folder / name)
        variables[name] = f"/runner/{name}"
    kept = {name: value for name, value in variables.items() if name not in _NOT_THERE and not name.startswith("lab_")}
    return {**kept, **SMALL, "popsink_secrets_store": "cluster"}


def job(image: Image, folder: Path, above: Path) -> Run:
    """One job: ansible-runner on a private data folder, which is also the home, and closed but for its artifacts."""
    above.mkdir()
    command = ("ansible-runner", "run", "/runner", "--playbook", "popsink.data_plane.site")
    return finished(container.start(image, command, above, binds={folder: "/runner"}))


def test_rolls_out_and_finds_nothing_to_change(tmp_path: Path) -> None:
    image = container.made()
    hand_out(NAME)
    deployed = Deployed(LAB, NAME)
    deployed.kubectl("delete", "namespace", NAME, "--ignore-not-found", "--wait")
    folder = tmp_path / "private-data"
    for name in ("inventory", "project", "artifacts"):
        (folder / name).mkdir(parents=True)
    hosts = {"data_planes": {"hosts": {NAME: inventory(folder)}}}
    (folder / "inventory/hosts.json").write_text(json.dumps(hosts))
    for path in (folder / "artifacts", *(file for file in folder.rglob("*") if file.is_file())):
        os.chown(path, container.USER, container.GROUP)
    first = job(image, folder, tmp_path / "first")
    assert first.code == 0
    assert deployed.at_control_plane()["state"] == "Connected"
    second = job(image, folder, tmp_path / "second")
    assert (second.code, second.changed) == (0, 0)
