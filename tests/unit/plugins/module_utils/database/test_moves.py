"""What of a release's bundled PostgreSQL is to be moved."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.database.move import Target
from ansible_collections.popsink.data_plane.plugins.module_utils.database.moves import moves
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

from tests.unit.plugins.fakes import FakeCluster, put_release

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
    found = moves(cluster, "popsink", "popsink", targets, KNOWN if known is None else known)
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
    (move,) = moves(cluster, "popsink", "popsink", [DATA], {DATA.password: "x"})
    assert move.admin_password == "of the chart"


@pytest.mark.parametrize(("pending", "fails"), [(True, False), (False, True)])
def test_a_password_that_is_only_to_be_made(pending: bool, fails: bool) -> None:
    with pytest.raises(PopsinkError, match="popsink_database_password") if fails else nullcontext():
        assert planned(bundled(), [replace(DATA, pending=pending)], {"database_admin_password": "x"})


def test_from_one_server_to_another_nothing_is_moved() -> None:
    with pytest.raises(PopsinkError, match=r"with another than the inventory names.* popsink_accept"):
        planned(outside("other.example"), [DATA], there=())


def test_where_there_is_no_release_there_is_nothing_to_move() -> None:
    assert moves(FakeCluster(), "popsink", "popsink", [DATA], KNOWN) == []


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
