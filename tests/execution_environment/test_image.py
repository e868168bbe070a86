"""What the steps of the Containerfile make, started as AWX starts it: nothing that a job needs is missing."""

from __future__ import annotations

import json

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from tests.tools.environment import ROOT

from .conftest import Container
from .needs import LOCK, libraries, package, pins

LOCKED = pins(LOCK)


@pytest.mark.parametrize(
    ("argv", "answer"),
    [
        (("ansible-playbook", "--version"), f"[core {LOCKED['ansible-core']}]"),
        (("ansible-runner", "--version"), LOCKED["ansible-runner"]),
        (("helm", "version", "--template", "{{.Version}}"), "v4."),
        (("skopeo", "--version"), "skopeo version"),
        # For hosts that are bastions.
        (("ssh", "-V"), "OpenSSH"),
        (("sh", "-c", "grep -c BEGIN /etc/ssl/certs/ca-certificates.crt"), "1"),
        # Ansible and ssh want a user of whom the system knows.
        (("id", "--user", "--name"), "1000660000"),
        (
            ("python3", "-c", "import os; print(os.environ['PIP_NO_INDEX'] == '', os.path.exists('/output'))"),
            "True False",
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_program(inside: Container, argv: tuple[str, ...], answer: str) -> None:
    assert answer in inside(*argv)


def test_collections(inside: Container) -> None:
    found = json.loads(inside("ansible-galaxy", "collection", "list", "--format", "json"))
    versions = {name: about["version"] for about in found.values() for name, about in about.items()}
    wanted = yaml.safe_load((ROOT / "requirements.yml").read_text("utf-8"))["collections"]
    own = yaml.safe_load((ROOT / "galaxy.yml").read_text("utf-8"))
    allowed = {entry["name"]: entry["version"] for entry in wanted} | {"popsink.data_plane": f"=={own['version']}"}
    assert versions.keys() == allowed.keys()
    assert {name for name, version in versions.items() if version not in SpecifierSet(allowed[name])} == set()


def test_libraries_are_the_locked_ones(inside: Container) -> None:
    inside("python3", "-c", f"import {', '.join(sorted(libraries()))}")
    inside("python3", "-m", "pip", "check")
    listed = json.loads(inside("python3", "-m", "pip", "list", "--format", "json"))
    installed = {package(entry["name"]): entry["version"] for entry in listed}
    other_systems = {"typing-extensions", "tzdata"}
    assert {name for name, version in LOCKED.items() if installed.get(name) != version} <= other_systems


# What sets AWX up is run beside AWX, with a collection of AWX's that no job needs (docs/awx.md).
@pytest.mark.parametrize("playbook", sorted({path.stem for path in (ROOT / "playbooks").glob("*.yml")} - {"awx"}))
def test_playbook_can_be_read(inside: Container, playbook: str) -> None:
    inside("ansible-playbook", "--syntax-check", "-i", "localhost,", f"popsink.data_plane.{playbook}")
