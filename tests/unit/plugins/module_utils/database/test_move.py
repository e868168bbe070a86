"""What is moved, or refused, by what both databases hold."""

from __future__ import annotations

import subprocess
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.execution import Execution
from ansible_collections.popsink.data_plane.plugins.module_utils.database import move as moving
from ansible_collections.popsink.data_plane.plugins.module_utils.database.move import Move, Target
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

from tests.unit.plugins.fakes import FakeCluster

DATA = Target("db.example", 5432, "data", "data", "database_password")
KORA = Target("db.example", 5432, "kora", "kora", "schema_registry_database_password")
SERVER = "the server|15|UTF8\n"
ROWS = "public.a|2|77\npublic.a_id_seq|2|1\n"
FULL = SERVER + ROWS


class Pod:
    """The pod's programs: what the databases hold, and what was done to them."""

    def __init__(self, old: str, new: str, after: str = "") -> None:
        self.old, self.new, self.after = old, new, after or old
        self.done: list[str] = []
        self.fails = ""

    def execute(self, *arguments: Any, seconds: int) -> Execution:
        command, given = arguments[4], arguments[5]
        assert command[:7] == ["sh", "-c", moving._BOUNDED, "bounded", str(seconds), "sh", "-c"]
        script = command[7].removeprefix(moving._BEGIN)
        assert given == "of the administrator\nof the role\n"
        assert "of the " not in " ".join(arguments[4])
        names = {moving._COPY: "copy", moving._CLOSE: "close", moving._OPEN: "open"}
        if name := names.get(script):
            self.done.append(name)
            if name == "copy":
                self.new = self.after
        if name == self.fails:
            return Execution(1, "", "psql: error: it is away")
        return Execution(0, self.new if script.startswith("in_new") else self.old, "")


def run(pod: Pod, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(moving, "execute", pod.execute)
    target = Target("db.example", 5432, "data", "app", "database_password")
    move = Move(FakeCluster(), "popsink", "pod", "popsink", target, "of the administrator", "of the role")
    (copied,) = moving.moved([move], 60)
    return copied


@pytest.mark.parametrize(
    ("pod", "copied", "done"),
    [
        (Pod(FULL, SERVER), True, ["close", "copy"]),
        # A run before this one was ended after the copy.
        (Pod(FULL, FULL), False, ["close"]),
        (Pod(FULL, FULL.replace("|15|", "|17|"), FULL), False, ["close"]),
    ],
)
def test_what_is_done(pod: Pod, copied: bool, done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(pod, monkeypatch) is copied
    assert pod.done == done


@pytest.mark.parametrize(
    ("pod", "fails", "words", "done"),
    [
        (Pod(FULL, SERVER + "public.b|1|1\n"), "", "is not empty, and holds something else", []),
        (Pod(FULL, FULL.replace("77", "78")), "", "public.a", []),
        (Pod(FULL, SERVER.replace("15", "13")), "", "does not fit an earlier version", []),
        (Pod(FULL, SERVER.replace("UTF8", "LATIN1")), "", "is in LATIN1", []),
        (Pod(FULL, SERVER), "copy", "The copy failed, and nothing of it is there: psql: error: it is away.",
         ["close", "copy", "open"]),
        (Pod(FULL, SERVER, FULL.replace("77", "78")), "", "The copy differs", ["close", "copy", "open"]),
        (Pod(FULL, SERVER), "close", "cannot be closed", ["close", "open"]),
    ],
)  # fmt: skip
def test_what_is_refused(pod: Pod, fails: str, words: str, done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    pod.fails = fails or "nothing"
    with pytest.raises(PopsinkError, match=words):
        run(pod, monkeypatch)
    assert pod.done == done


class Two:
    """Two databases on their way, and what was done to them.

    :ivar fails: what fails, to how.
    """

    def __init__(self, fails: dict[str, Exception]) -> None:
        self.fails = fails
        self.done: list[str] = []

    def execute(self, *arguments: Any, seconds: int) -> Execution:
        command = arguments[4]
        script, name = command[7].removeprefix(moving._BEGIN), command[9]
        verbs = {moving._COPY: "copy", moving._CLOSE: "close", moving._OPEN: "open"}
        said = f"{verbs.get(script, 'new' if script.startswith('in_new') else 'old')} {name}"
        self.done.append(said)
        if said in self.fails:
            raise self.fails[said]
        copied = f"copy {name}" in self.done
        return Execution(0, SERVER if said.startswith("new") and not copied else FULL, "")


CLOSED_AND_OPENED = ["close data", "close kora", "copy data", "copy kora", "open data", "open kora"]


@pytest.mark.parametrize(
    ("fails", "done", "words"),
    [
        ({}, CLOSED_AND_OPENED[:4], []),
        ({"new kora": PopsinkError("away")}, [], ["away"]),
        ({"copy data": PopsinkError("away")}, ["close data", "close kora", "copy data", "open data", "open kora"],
         ["away"]),
        ({"copy kora": PopsinkError("away")}, CLOSED_AND_OPENED, ["away", "Empty database data at db.example"]),
        ({"copy kora": OSError("broken pipe")}, CLOSED_AND_OPENED, ["broken pipe"]),
        ({"close kora": PopsinkError("away")}, ["close data", "close kora", "open data", "open kora"], ["away"]),
        (
            {"copy kora": PopsinkError("away"), "open data": OSError("gone")},
            CLOSED_AND_OPENED,
            ["away", 'Database data in the bundled PostgreSQL is still closed', 'ALTER DATABASE "data" CONNECTION'],
        ),
    ],
)  # fmt: skip
def test_all_are_opened_where_one_fails(
    fails: dict[str, Exception], done: list[str], words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    two = Two(fails)
    monkeypatch.setattr(moving, "execute", two.execute)
    found = [Move(FakeCluster(), "popsink", "pod", target.name, target, "x", "y") for target in (DATA, KORA)]
    with pytest.raises(PopsinkError) if words else nullcontext() as caught:
        assert moving.moved(found, 60) == [True, True]
    assert [said for said in two.done if said.split()[0] not in ("old", "new")] == done
    assert [word for word in words if word not in str(caught and caught.value)] == []


@pytest.mark.parametrize(
    ("program", "code"), [("true", 0), ("exit 3", 3), ("sleep 5", 124)], ids=["ends", "fails", "goes on"]
)
def test_a_command_is_ended_in_the_pod_too(program: str, code: int) -> None:
    bounded = ["sh", "-c", moving._BOUNDED, "bounded", "1", "sh", "-c", program]
    assert subprocess.run(bounded, check=False).returncode == code


def test_an_image_without_the_program_that_bounds(tmp_path: Path) -> None:
    (tmp_path / "sh").symlink_to("/bin/sh")
    bounded = ["/bin/sh", "-c", moving._BOUNDED, "bounded", "1", "sh", "-c", 'read -r line; echo "$line"']
    done = subprocess.run(
        bounded, check=True, input="hush\n", capture_output=True, text=True, env={"PATH": str(tmp_path)}
    )
    assert done.stdout == "hush\n"


KORA = Target("db.example", 5432, "kora", "kora", "schema_registry_database_password")
