"""The build context of the execution environment: what ansible-builder makes of its definition."""

from __future__ import annotations

import importlib.metadata
import re
import tarfile
from pathlib import Path

import pytest
import yaml

from tests.execution_environment.containerfile import Copy, NotUnderstood, Run, Stage, read
from tests.execution_environment.needs import LOCK, REQUIREMENTS, libraries, package, pins
from tests.tools.environment import ROOT

#: An image of Debian, wherever the engine finds such: no registry.
NO_REGISTRY = re.compile(r"[a-z]+:[\w.-]+")


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("ansible_builder", reason="the oldest environment has no ansible-builder")
    from tests.execution_environment.context import create

    return create(tmp_path_factory.mktemp("execution-environment"))


@pytest.fixture(scope="module")
def stages(context: Path) -> dict[str, Stage]:
    return {stage.name: stage for stage in read((context / "Containerfile").read_text("utf-8"), {})}


def test_stages_are_those_of_ansible_builder(stages: dict[str, Stage]) -> None:
    assert {name: stage.parent for name, stage in stages.items() if name != "base"} == {
        "galaxy": "base",
        "builder": "base",
        "final": "base",
    }
    assert NO_REGISTRY.fullmatch(stages["base"].parent)


def test_image_starts_as_awx_expects(stages: dict[str, Stage]) -> None:
    final = stages["final"].settings
    assert (final.user, final.folder) == ("1000", "/runner")
    assert final.entrypoint == ("/opt/builder/bin/entrypoint", "dumb-init")


def test_base_image_is_an_input(context: Path) -> None:
    chosen = {"EE_BASE_IMAGE": "mine", "PKGMGR": "/usr/bin/dnf", "PYPKG": "python3.12", "PYCMD": "/usr/bin/python3.12"}
    base = read((context / "Containerfile").read_text("utf-8"), chosen)[0]
    assert base.parent == "mine"
    assert chosen.items() <= base.arguments.items()


def test_pip_takes_nothing_that_is_not_locked(stages: dict[str, Stage]) -> None:
    pip = [
        step
        for stage in stages.values()
        for step in stage.steps
        if isinstance(step, Run) and " -m pip " in step.command
    ]
    assert len(pip) >= 4
    for step in pip:
        assert "--require-hashes" in step.command or step.environment["PIP_NO_INDEX"], step.command
    # Whoever builds on the image has an index again.
    assert stages["final"].settings.environment["PIP_NO_INDEX"] == ""


@pytest.mark.parametrize("lock", ["execution-environment.txt", "helm.txt"])
def test_context_has_the_locks(context: Path, lock: str) -> None:
    assert (context / "_build/requirements" / lock).read_bytes() == (REQUIREMENTS / lock).read_bytes()


@pytest.mark.parametrize("other", ["controller.txt", "dev.txt"])
def test_versions_are_those_of_the_controller(other: str) -> None:
    here, there = pins(LOCK), pins(REQUIREMENTS / other)
    assert {"ansible-core", "kubernetes"} <= here.keys() & there.keys()
    assert {name: here[name] for name in here.keys() & there.keys() if here[name] != there[name]} == {}


def test_lock_has_what_runs_playbooks() -> None:
    assert {"ansible-core", "ansible-runner", "dumb-init"} <= pins(LOCK).keys()


def test_lock_has_every_library_that_plugins_import() -> None:
    assert {"boto3", "kafka", "kubernetes", "psycopg", "yaml"} <= libraries()
    packages = importlib.metadata.packages_distributions()
    locked = pins(LOCK)
    wanted = {module: set(map(package, packages[module])) for module in libraries()}
    assert {module for module, names in wanted.items() if not names & locked.keys()} == set()


def test_collections_are_those_of_the_requirements(context: Path) -> None:
    assert (context / "_build/requirements.yml").read_bytes() == (ROOT / "requirements.yml").read_bytes()
    (archive,) = (context / "_build/collection").glob("*.tar.gz")
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text("utf-8"))["version"]
    assert archive.name == f"popsink-data_plane-{version}.tar.gz"


def test_collection_tells_what_it_needs(context: Path) -> None:
    """For those who have this collection in an environment of their own."""
    (archive,) = (context / "_build/collection").glob("*.tar.gz")
    with tarfile.open(archive) as collection:
        names = collection.getnames()
    needs = yaml.safe_load((ROOT / "meta/execution-environment.yml").read_text("utf-8"))["dependencies"]
    assert {"meta/execution-environment.yml", *needs.values()} <= set(names)
    assert [name for name in names if name.startswith(("execution-environment.yml", "dist"))] == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("FROM debian", "FROM debian"),
        ('ARG A="b"\nFROM $A AS base\nADD a b', "ADD a b"),
        ("FROM a AS base\nRUN a \\\n  b", "a line that goes on in the next: RUN a \\"),
        ("FROM a AS base\nCOPY --chown=1 a b", "COPY --chown=1 a b"),
        ("FROM a AS base\nUSER 1000\nRUN a", "RUN a"),
        ("FROM a AS base\nENV A=b C=d", "ENV A=b C=d"),
        ("ARG A\nFROM a AS base", "ARG A"),
    ],
)
def test_reader_refuses_what_it_does_not_know(text: str, problem: str) -> None:
    with pytest.raises(NotUnderstood, match=f"^{re.escape(problem)}$"):
        read(text, {})


def test_reader_refuses_an_argument_that_the_file_does_not_take() -> None:
    with pytest.raises(NotUnderstood, match="the file takes no BASE"):
        read('ARG A="b"\nFROM $A AS base', {"BASE": "c"})


def test_stage_has_its_parents_variables_and_not_its_arguments() -> None:
    text = 'ARG A="b"\nFROM $A AS base\nARG A\nENV C=d\nWORKDIR /e\nFROM base AS next\nRUN f\nCOPY g h'
    base, following = read(text, {"A": "x"})
    assert (base.parent, base.arguments) == ("x", {"A": "x"})
    (run, copy) = following.steps
    assert isinstance(run, Run)
    assert (run.environment, run.folder) == ({"C": "d"}, "/e")
    assert copy == Copy("g", "/e/h")
