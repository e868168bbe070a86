"""What `make check`, `make test` and the like consist of: one row a phase, in the order in which they run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.tools.environment import ROOT

#: The plugins under the names by which Ansible imports them.
PLUGINS = "collections/ansible_collections/popsink/data_plane/plugins"

#: Scenarios that no other stands beside: for a while nothing on this machine reaches what is published.
ALONE = ("airgap",)

UNIT_TESTS = ("python", "-m", "pytest", "--numprocesses=auto")
#: Tests that need the lab: their name, where they are, how many files at once, their group, and which of them.
#: A roll-out mostly waits, and has a namespace of its own.
CLUSTER_TESTS = (
    ("lab tests", "tests/lab", 1, "cluster", "not long"),
    ("rollout tests", "tests/rollout", 2, "cluster", "not long and not alone"),
    ("rollout tests, alone", "tests/rollout", 1, "cluster", "not long and alone"),
    ("lab tests, long", "tests/lab", 1, "long", "long"),
    ("rollout tests, long", "tests/rollout", 1, "long", "long"),
)


@dataclass(frozen=True)
class Phase:
    """One command. It counts as one test, unless it reports tests of its own."""

    name: str
    group: str
    command: tuple[str, ...]
    #: It is ended after so long.
    minutes: float
    needs_lab: bool = False
    #: The environment whose programs it finds first.
    environment: str = ".venv"
    #: It counts itself beside the tests that it reports.
    counts_itself: bool = False
    #: So many of those of its group that have the same number run at the same time.
    at_once: int = 1


def phases() -> Iterator[Phase]:
    yield Phase("ruff", "lint", ("ruff", "check"), 1, at_once=2)
    yield Phase("ruff format", "lint", ("ruff", "format", "--check"), 1, at_once=2)
    yield Phase("mypy", "lint", ("mypy",), 3, at_once=2)
    # With the lowest Python that they may meet on a bastion (tests/config.yml).
    yield Phase("mypy, Python 3.10", "lint", ("mypy", "--python-version", "3.10", PLUGINS), 3, at_once=2)
    yield Phase("ansible-lint", "lint", ("ansible-lint", "--strict"), 5, at_once=2)
    yield Phase("unit tests", "unit", UNIT_TESTS, 9)
    # One file is one story, so each stays with one worker.
    yield Phase("AWX", "unit", (*UNIT_TESTS, "--dist=loadfile", "tests/awx"), 10)
    yield Phase("unit tests, oldest", "oldest", UNIT_TESTS, 9, environment=".venv-oldest")
    yield Phase("sanity", "sanity", ("python", "-m", "tests.tools.sanity"), 12)
    # What a Containerfile's steps make is kept: the first time takes minutes.
    yield Phase("execution environment", "image", ("python", "-m", "pytest", "tests/execution_environment"), 10)
    # The first time, Kubernetes is built.
    yield Phase("lab", "lab", ("python", "-m", "tests.lab", "up"), 30, counts_itself=True)
    for scenario in sorted(ROOT.glob("molecule/*/molecule.yml")):
        name = scenario.parent.name
        command = ("molecule", "test", "--no-command-borders", "--scenario-name", name)
        # A scenario mostly waits for its pods, and has a namespace of its own.
        at_once = 1 if name in ALONE else 2
        yield Phase(f"molecule {name}", "molecule", command, 12, needs_lab=True, counts_itself=True, at_once=at_once)
    for name, folder, at_once, group, wanted in CLUSTER_TESTS:
        workers = (f"--numprocesses={at_once}", "--dist=loadfile") if at_once > 1 else ()
        command = ("python", "-m", "pytest", folder, "--durations=20", *workers, "-m", wanted)
        yield Phase(name, group, command, 60, needs_lab=True)


#: All but what takes long.
EVERYTHING = ("lint", "unit", "oldest", "sanity", "image", "lab", "molecule", "cluster")
#: The groups that a make target runs.
TARGETS = {
    "lint": ("lint",),
    "unit": ("unit",),
    "check": ("lint", "unit"),
    "sanity": ("sanity",),
    "molecule": ("lab", "molecule"),
    "cluster": ("lab", "cluster"),
    "test": EVERYTHING,
    "test-long": (*EVERYTHING, "long"),
}
