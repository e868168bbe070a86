"""Each check fails when its thing is broken, with its finding and what to do; with everything in order all pass."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from .looking import NAME, Looked, Place
from .playbook import Playbook, hand_out
from .preflight_scenes import SCENES

pytestmark = pytest.mark.alone

ROWS = [(scene, name) for scene, given in SCENES.items() for name in given.expected]

#: Where it cannot be told, not even here.
UNKNOWN = {"volumes.speed"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Everything around a deployment that is never rolled out."""
    made = Place(tmp_path_factory.mktemp("looked"))
    yield made
    made.clean()


@pytest.fixture(scope="module")
def scenes(place: Place) -> dict[str, Looked]:
    """What was found, by scene; each is made when it is first asked for."""

    class Found(dict[str, Looked]):
        def __missing__(self, name: str) -> Looked:
            with SCENES[name].broken(place) as variables:
                self[name] = place.look(**variables)
            return self[name]

    return Found()


def test_with_everything_in_order_all_pass(place: Place) -> None:
    looked = place.look()
    assert (looked.run.code, looked.run.changed) == (0, 0)
    assert (looked.ids("fail"), looked.ids("warn"), looked.ids("not checked")) == (set(), set(), UNKNOWN)
    assert len(looked.ids("pass")) > 40


@pytest.mark.parametrize(("scene", "name"), ROWS, ids=[f"{scene}-{name}".replace(" ", "-") for scene, name in ROWS])
def test_what_is_broken_is_found(scenes: dict[str, Looked], scene: str, name: str) -> None:
    status, found, remedy = SCENES[scene].expected[name]
    finding = scenes[scene].findings[name]
    assert (finding["status"], finding["id"]) == (status, name)
    assert found in finding["found"]
    assert remedy in finding["remedy"]
    assert finding["needed"] or name.startswith("release.")


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.replace(" ", "-"))
def test_a_scene_ends_as_it_must_and_breaks_nothing_else(scenes: dict[str, Looked], scene: str) -> None:
    looked, given = scenes[scene], SCENES[scene]
    failing = {name for name, (status, *_words) in given.expected.items() if status == "fail"}
    if given.others:
        assert failing <= looked.ids("fail")
    else:
        assert looked.ids("fail") == failing
    assert (looked.run.code == 0) == (not looked.ids("fail"))
    assert looked.run.changed == 0
    assert "Traceback" not in looked.run.output
    assert all(len(line) <= 100 for line in _table(looked))


def _table(looked: Looked) -> list[str]:
    """The lines of the report on the terminal, less those with a name that is longer than a line."""
    lines = looked.run.output.splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith(("FAIL ", "WARN ", "NOT CHECKED ")))
    told = list(itertools.takewhile(lambda line: not line.startswith("["), lines[begin:]))
    assert len(told) > len(looked.findings)
    return [line for line in told if len(line.strip().split(" ")[-1]) < 60]


def test_a_fleet_is_one_line_each_and_then_the_details_of_those_that_fail(place: Place, tmp_path: Path) -> None:
    hand_out("demo")
    broken = {**place.variables(), "popsink_ingress_tls_secret": "nothing"}
    run = Playbook(NAME, tmp_path, broken).run(
        *("--limit", f"{NAME},demo"),
        playbook="playbooks/preflight.yml",
        popsink_preflight_json_file=str(tmp_path / "found.json"),
        popsink_preflight_junit_file=str(tmp_path / "found.xml"),
    )
    lines = run.output.splitlines()
    told = [number for number, line in enumerate(lines) if line.startswith((f"FAIL  {NAME}", "WARN  demo"))]
    details = next(number for number, line in enumerate(lines) if "FAIL  ingress.certificate" in line)
    assert told == [told[0], told[0] + 1]
    assert told[1] < details
    assert f"{NAME}                     : ok=" in run.output
    found = json.loads((tmp_path / "found.json").read_text())["deployments"]
    assert {name: deployment["status"] for name, deployment in found.items()} == {NAME: "fail", "demo": "warn"}
    suites = ElementTree.parse(tmp_path / "found.xml").getroot()  # noqa: S314 - our own
    assert {suite.get("name"): suite.get("failures") for suite in suites} == {NAME: "1", "demo": "0"}
    assert run.code != 0


def test_every_check_was_seen_failing_or_says_why_not(scenes: dict[str, Looked]) -> None:
    """A check that cannot fail is a defect."""
    broken = {name for scene in SCENES.values() for name in scene.expected}
    elsewhere = {
        *("access.permissions",),
        *("kafka.bootstrap", "kafka.topics", "schema_registry.answers"),
        *(name for name in scenes["thresholds"].findings if name.startswith("database.")),
        # Nothing here is OpenShift; a pooler, and a PostgreSQL of tomorrow, are in the unit tests alone, as is that.
        "namespace.scc",
    }
    assert set(scenes["thresholds"].findings) - broken - elsewhere == set()
