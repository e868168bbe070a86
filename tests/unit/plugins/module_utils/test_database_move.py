"""What is made of psql's lines, and what is moved, or refused, by what both databases hold."""

from __future__ import annotations

import subprocess
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils import database_move
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.execution import Execution
from ansible_collections.popsink.data_plane.plugins.module_utils.database_move import Content, Move, Target
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

from tests.unit.plugins.fakes import FakeCluster, put_release

SERVER = "the server|15|UTF8\n"
ROWS = "public.a|2|77\npublic.a_id_seq|2|1\n"
FULL = SERVER + ROWS


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (SERVER, {}),
        (SERVER * 2, {}),
        (FULL, {"public.a": "2|77", "public.a_id_seq": "2|1"}),
        (SERVER + "public.a|b|2|77\nnot of ours\n", {"public.a|b": "2|77"}),
    ],
)
def test_content(text: str, rows: dict[str, str]) -> None:
    assert Content.parsed(text) == Content(15, "UTF8", rows)


class Pod:
    """The pod's programs: what the databases hold, and what was done to them."""

    def __init__(self, old: str, new: str, after: str = "") -> None:
        self.old, self.new, self.after = old, new, after or old
        self.done: list[str] = []
        self.fails = ""

    def execute(self, *arguments: Any, seconds: int) -> Execution:
        command, given = arguments[4], arguments[5]
        assert command[:7] == ["sh", "-c", database_move._BOUNDED, "bounded", str(seconds), "sh", "-c"]
        script = command[7].removeprefix(database_move._BEGIN)
        assert given == "of the administrator\nof the role\n"
        assert "of the " not in " ".join(arguments[4])
        names = {database_move._COPY: "copy", database_move._CLOSE: "close", database_move._OPEN: "open"}
        if name := names.get(script):
            self.done.append(name)
            if name == "copy":
                self.new = self.after
        if name == self.fails:
            return Execution(1, "", "psql: error: it is away")
        return Execution(0, self.new if script.startswith("in_new") else self.old, "")


def run(pod: Pod, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(database_move, "execute", pod.execute)
    target = Target("db.example", 5432, "data", "app", "database_password")
    move = Move(FakeCluster(), "popsink", "pod", "popsink", target, "of the administrator", "of the role")
    (copied,) = database_move.moved([move], 60)
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
        script, name = command[7].removeprefix(database_move._BEGIN), command[9]
        verbs = {database_move._COPY: "copy", database_move._CLOSE: "close", database_move._OPEN: "open"}
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
    monkeypatch.setattr(database_move, "execute", two.execute)
    found = [Move(FakeCluster(), "popsink", "pod", target.name, target, "x", "y") for target in (DATA, KORA)]
    with pytest.raises(PopsinkError) if words else nullcontext() as caught:
        assert database_move.moved(found, 60) == [True, True]
    assert [said for said in two.done if said.split()[0] not in ("old", "new")] == done
    assert [word for word in words if word not in str(caught and caught.value)] == []


@pytest.mark.parametrize(
    ("program", "code"), [("true", 0), ("exit 3", 3), ("sleep 5", 124)], ids=["ends", "fails", "goes on"]
)
def test_a_command_is_ended_in_the_pod_too(program: str, code: int) -> None:
    bounded = ["sh", "-c", database_move._BOUNDED, "bounded", "1", "sh", "-c", program]
    assert subprocess.run(bounded, check=False).returncode == code


def test_an_image_without_the_program_that_bounds(tmp_path: Path) -> None:
    (tmp_path / "sh").symlink_to("/bin/sh")
    bounded = ["/bin/sh", "-c", database_move._BOUNDED, "bounded", "1", "sh", "-c", 'read -r line; echo "$line"']
    done = subprocess.run(
        bounded, check=True, input="hush\n", capture_output=True, text=True, env={"PATH": str(tmp_path)}
    )
    assert done.stdout == "hush\n"


DATA = Target("db.example", 5432, "data", "data", "database_password")
KORA = Target("db.example", 5432, "kora", "kora", "schema_registry_database_password")
KNOWN = dict.fromkeys(("database_admin_password", DATA.password, KORA.password), "x")


def bundled(**kora: str) -> dict[str, Any]:
    auth = {"database": "popsink", "existingSecret": "popsink-vault-postgresql"}
    return {"postgresql": {"enabled": True, "auth": auth}, "kora": {"database": {"database": "popsink", **kora}}}


POD = "/api/v1/namespaces/popsink/pods/popsink-postgresql-0"
STATEFUL_SET = "/apis/apps/v1/namespaces/popsink/statefulsets/popsink-postgresql"


def outside(host: str = "db.example", name: str = "data") -> dict[str, Any]:
    return {"postgresql": {"enabled": False}, "externalDatabase": {"host": host, "database": name}}


def planned(
    values: dict[str, Any],
    targets: list[Target],
    known: dict[str, str] | None = None,
    *,
    defaults: dict[str, Any] | None = None,
    failed: dict[str, Any] | None = None,
    there: tuple[str, ...] = (POD,),
) -> list[str]:
    """What is moved.

    :param failed: values of a later revision that failed.
    :param there: what is in the cluster of the bundled PostgreSQL.
    """
    cluster = FakeCluster()
    put_release(cluster, values=values, defaults=defaults)
    if failed is not None:
        put_release(cluster, 2, values=failed, defaults=defaults, status="failed")
    for path in there:
        cluster.put(path)
    found = database_move.moves(cluster, "popsink", "popsink", targets, KNOWN if known is None else known)
    return [f"{move.old} to {move.target.name}" for move in found]


@pytest.mark.parametrize(
    ("values", "targets", "expected"),
    [
        (outside(), [DATA], []),
        (outside("DB.example"), [DATA, KORA], []),
        (bundled(database="kora", host="popsink-postgresql"), [DATA, KORA], ["popsink to data", "kora to kora"]),
        *(
            (
                bundled(database="kora", host=f"popsink-postgresql.{rest}"),
                [DATA, KORA],
                ["popsink to data", "kora to kora"],
            )
            for rest in ("popsink", "popsink.svc", "popsink.svc.cluster.local", "popsink.svc.cluster.local.")
        ),
        (bundled(database="kora", host="popsink-postgresql.other.svc"), [DATA, KORA], ["popsink to data"]),
        (bundled(), [DATA], ["popsink to data"]),
        (bundled(database="kora"), [DATA, KORA], ["popsink to data", "kora to kora"]),
        # Outside already.
        (bundled(database="kora", host="other.example"), [DATA, KORA], ["popsink to data"]),
    ],
)
def test_what_is_moved(values: dict[str, Any], targets: list[Target], expected: list[str]) -> None:
    assert planned(values, targets) == expected


DEFAULTS = {"postgresql": {"enabled": True, "auth": {"database": "popsink"}}, "kora": {"database": {"host": ""}}}


@pytest.mark.parametrize(
    ("values", "defaults", "expected"),
    [
        ({}, DEFAULTS, ["popsink to data"]),
        ({"postgresql": {"auth": {"database": "mine"}}}, DEFAULTS, ["mine to data"]),
        ({"postgresql": {"enabled": True}}, DEFAULTS, ["popsink to data"]),
        (outside(), DEFAULTS, []),
    ],
)
def test_what_a_release_made_by_hand_leaves_to_the_chart(
    values: dict[str, Any], defaults: dict[str, Any], expected: list[str]
) -> None:
    assert planned(values, [DATA], defaults=defaults) == expected


@pytest.mark.parametrize(
    ("there", "expected"),
    [((POD,), ["popsink to data"]), ((), [])],
    ids=["before the change", "the change took the pod away"],
)
def test_a_revision_that_failed_is_not_what_runs(there: tuple[str, ...], expected: list[str]) -> None:
    assert planned(bundled(), [DATA], failed=outside(), there=there) == expected


@pytest.mark.parametrize(
    ("values", "failed", "there", "words"),
    [
        (outside("other.example"), None, (POD,), "pod popsink-postgresql-0 of a bundled PostgreSQL is in namespace"),
        (outside(name="other"), None, (STATEFUL_SET,), "StatefulSet popsink-postgresql of a bundled"),
        ({}, None, (POD,), "Nothing was moved"),
        ({"postgresql": {"enabled": True}}, None, (POD,), "does not say what its database"),
        (bundled(), None, (), "pod popsink/popsink-postgresql-0 is not there"),
        (bundled(), outside("other.example"), (), "pod popsink/popsink-postgresql-0 is not there"),
    ],
)
def test_content_that_would_stay_behind(
    values: dict[str, Any], failed: dict[str, Any] | None, there: tuple[str, ...], words: str
) -> None:
    with pytest.raises(PopsinkError, match=words):
        planned(values, [DATA], failed=failed, there=there)


def test_the_administrator_s_password_of_a_release_made_by_hand() -> None:
    cluster = FakeCluster()
    put_release(cluster, values={}, defaults=DEFAULTS)
    cluster.put(POD)
    cluster.secret("popsink-postgresql", {"postgres-password": "of the chart"}, {})
    (move,) = database_move.moves(cluster, "popsink", "popsink", [DATA], {DATA.password: "x"})
    assert move.admin_password == "of the chart"


@pytest.mark.parametrize(("pending", "fails"), [(True, False), (False, True)])
def test_a_password_that_is_only_to_be_made(pending: bool, fails: bool) -> None:
    with pytest.raises(PopsinkError, match="popsink_database_password") if fails else nullcontext():
        assert planned(bundled(), [replace(DATA, pending=pending)], {"database_admin_password": "x"})


def test_where_nothing_is_left_nothing_is_moved() -> None:
    assert planned(outside("other.example"), [DATA], there=()) == []


@pytest.mark.parametrize(
    ("values", "targets", "known", "words"),
    [
        (
            bundled(),
            [DATA, KORA],
            KNOWN,
            "shares the data plane's database in the release, and would have one of",
        ),
        (bundled(database="kora"), [DATA], KNOWN, "has its own database in the release, and would share one"),
        (bundled(), [DATA], {"database_admin_password": "x"}, "popsink_database_password"),
        (bundled(), [DATA], {"database_password": "x"}, "popsink_database_admin_password"),
    ],
)
def test_what_does_not_fit(values: dict[str, Any], targets: list[Target], known: dict[str, str], words: str) -> None:
    with pytest.raises(PopsinkError, match=words):
        planned(values, targets, known)
