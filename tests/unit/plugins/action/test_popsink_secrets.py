"""Variables, vault file and cluster are kept in agreement, whatever was lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.action.popsink_secrets import ActionModule
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import decoded
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError, Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.labels import labels
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import CATALOGUE, made
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.generate import PasswordFormat
from ansible_collections.popsink.data_plane.plugins.modules import popsink_database
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import plain
from ansible_collections.popsink.data_plane.plugins.plugin_utils.prepared_file import PreparedFile
from ansible_collections.popsink.data_plane.plugins.plugin_utils.vault_file import VaultFile

from tests.unit.plugins.actions import action_of
from tests.unit.plugins.conftest import Play
from tests.unit.plugins.fakes import FakeCluster, secret_path
from tests.unit.plugins.samples import ALL, inline_vault, inputs, variables

Run = Callable[..., dict[str, Any]]

#: Of a deployment whose schema registry shares the data plane's role.
GENERATED = sorted(
    name for name, secret in CATALOGUE.items() if secret.generated and name != "schema_registry_database_password"
)
#: A database server outside of the chart, in which the deployment's database is made.
CREATION: dict[str, Any] = {
    "made": True,
    "host": "db.example",
    "port": 5432,
    "deployment": "one",
    "databases": [{"name": "data", "user": "data", "role": "data", "password": "database_password"}],
}
JWT = secret_path("popsink-vault-jwt")
CREATE = ("POST", "/api/v1/namespaces/popsink/secrets")


@pytest.fixture(autouse=True)
def _connected(monkeypatch: pytest.MonkeyPatch, cluster: FakeCluster) -> None:
    monkeypatch.setattr(Cluster, "connect", lambda _auth: cluster)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "host_vars" / "popsink_secrets.yml"


@pytest.fixture
def given(tmp_path: Path) -> dict[str, Any]:
    """The host's variables: the same in each run of a test."""
    return variables(tmp_path)


@pytest.fixture
def run(loader: DataLoader, given: dict[str, Any], chart_205: ChartFacts) -> Run:
    """The task of the role, as a play runs it."""

    def run(
        check: bool = False,
        play: DataLoader | None = None,
        existing: dict[str, str] | None = None,
        database: dict[str, Any] | None = None,
        database_is_empty: bool = False,
        **changes: Any,
    ) -> dict[str, Any]:
        plan = build_plan(inputs(existing_secrets=existing or {}), chart_205, ALL)
        secrets = [*plan.secrets_of("secrets"), *plan.secrets_of("database")]
        looked = {"database": database, "database_is_empty": database_is_empty}
        arguments = {"namespace": "popsink", "release": "popsink", "secrets": secrets, **looked}
        action = action_of(ActionModule, play or loader, arguments, check_mode=check)
        result: dict[str, Any] = action.run(task_vars={**given, **changes})
        return result

    return run


def vaulted(path: Path, loader: DataLoader) -> dict[str, str]:
    values: dict[str, str] = plain(VaultFile(path, loader).read())
    return values


def live(cluster: FakeCluster) -> dict[str, str]:
    """Secret name in the catalogue to the value in the cluster, as far as it is generated."""
    keys = {
        "admin-username": "admin_username",
        "admin-password": "admin_password",
        "jwt-secret": "jwt_secret",
        "connector-config-encryption-key": "connector_config_encryption_key",
        "postgres-password": "database_admin_password",
        "password": "database_password",
        "kora-db-password": "database_password",
    }
    found = {}
    for here, item in cluster.objects.items():
        if "/secrets/" in here:
            found.update({keys[key]: value for key, value in decoded(item).items() if key in keys})
    return found


def agreed(path: Path, loader: DataLoader, cluster: FakeCluster) -> bool:
    """Whether vault and cluster hold the same value for every generated secret."""
    return vaulted(path, loader) == {CATALOGUE[name].variable: value for name, value in live(cluster).items()}


def test_what_is_missing_everywhere_is_made(run: Run, path: Path, loader: DataLoader, cluster: FakeCluster) -> None:
    assert run()["generated"] == GENERATED
    assert sorted(live(cluster)) == GENERATED
    assert agreed(path, loader, cluster)


def test_the_second_run_changes_nothing(run: Run, path: Path, cluster: FakeCluster) -> None:
    run()
    before = path.read_bytes()
    cluster.requests.clear()
    assert not run()["changed"]
    assert (path.read_bytes(), cluster.writes) == (before, [])


def test_a_lost_file_is_recovered_from_the_cluster(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster
) -> None:
    run()
    before = live(cluster)
    path.unlink()
    result = run()
    assert (result["generated"], result["adopted"]) == ([], GENERATED)
    assert (live(cluster), agreed(path, loader, cluster)) == (before, True)


def test_a_lost_cluster_is_restored_from_the_file(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster
) -> None:
    run()
    before = path.read_bytes()
    cluster.objects.clear()
    result = run()
    assert (result["generated"], result["adopted"], result["changed"]) == ([], [], True)
    assert (path.read_bytes(), agreed(path, loader, cluster)) == (before, True)


def test_one_lost_secret_is_put_back(run: Run, path: Path, loader: DataLoader, cluster: FakeCluster) -> None:
    run()
    del cluster.objects[JWT]
    assert run()["created"] == ["popsink-vault-jwt"]
    assert agreed(path, loader, cluster)


def test_a_difference_is_named_and_nothing_touched(run: Run, path: Path, cluster: FakeCluster) -> None:
    run()
    before = path.read_bytes()
    cluster.secret("popsink-vault-jwt", {"jwt-secret": "by hand" * 5}, labels("popsink"))
    del cluster.objects[secret_path("popsink-vault-postgresql")]
    cluster.requests.clear()
    result = run()
    assert result["failed"]
    assert "popsink-vault-jwt.jwt-secret" in result["msg"]
    assert (path.read_bytes(), cluster.writes) == (before, [])


@pytest.mark.parametrize("name", ["jwt_secret", "admin_password"])
def test_what_the_user_supplies_is_not_made(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster, name: str
) -> None:
    result = run(**{CATALOGUE[name].variable: "of the user" * 5})
    assert name not in result["generated"]
    assert live(cluster)[name] == "of the user" * 5
    assert CATALOGUE[name].variable not in vaulted(path, loader)


def test_what_a_later_version_needs_is_added(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster, vault_password: bytes
) -> None:
    kept = inline_vault("popsink_jwt_secret", "kept" * 10, vault_password)
    path.parent.mkdir()
    path.write_text(kept, "utf-8")
    assert run()["generated"] == sorted(set(GENERATED) - {"jwt_secret"})
    assert path.read_text("utf-8").startswith(kept)
    assert (live(cluster)["jwt_secret"], agreed(path, loader, cluster)) == ("kept" * 10, True)


@pytest.mark.parametrize("check", [False, True])
def test_without_vault_password_nothing_is_made(
    run: Run, play: Play, path: Path, cluster: FakeCluster, check: bool
) -> None:
    result = run(check, play())
    assert result["failed"]
    assert "--ask-vault-pass" in result["msg"]
    assert (path.exists(), cluster.writes) == (False, [])


def test_a_file_that_cannot_be_written_leaves_the_cluster_alone(run: Run, tmp_path: Path, cluster: FakeCluster) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    result = run(popsink_secrets_file=str(tmp_path / "file" / "secrets.yml"))
    assert result["failed"]
    assert "popsink_secrets_file" in result["msg"]
    assert cluster.writes == []


def test_a_cluster_that_refuses_leaves_no_file(run: Run, path: Path, cluster: FakeCluster) -> None:
    cluster.namespace("popsink")
    cluster.answers[CREATE] = ApiError(403, "forbidden")
    assert run()["failed"]
    assert [entry.name for entry in path.parent.iterdir() if not entry.name.endswith(".lock")] == []


def test_check_mode_tells_and_writes_nothing(run: Run, path: Path, cluster: FakeCluster) -> None:
    result = run(check=True)
    assert (result["changed"], result["generated"]) == (True, GENERATED)
    assert (path.exists(), path.parent.exists(), cluster.writes) == (False, False, [])


@pytest.mark.parametrize("check", [False, True])
def test_data_of_a_former_installation_is_not_locked_out(
    run: Run, path: Path, cluster: FakeCluster, check: bool
) -> None:
    cluster.namespace("popsink")
    cluster.put(
        "/api/v1/namespaces/popsink/persistentvolumeclaims/data-popsink-postgresql-0",
        metadata={"labels": {"app.kubernetes.io/instance": "popsink"}},
    )
    result = run(check)
    assert result["failed"]
    assert "data-popsink-postgresql-0" in result["msg"]
    assert "popsink_connector_config_encryption_key" in result["msg"]
    assert (path.exists(), cluster.writes) == (False, [])


def test_an_end_at_the_worst_moment_is_mended_by_the_next_run(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cluster has the Secrets, the file is not in its place yet."""

    class Killed(BaseException):
        pass

    def killed(_self: PreparedFile) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(PreparedFile, "commit", killed)
        with pytest.raises(Killed):
            run()
    made = live(cluster)
    run()
    assert (live(cluster), agreed(path, loader, cluster)) == (made, True)


def test_an_end_between_two_secrets_is_mended_by_the_next_run(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    original = FakeCluster.create

    def killed(self: FakeCluster, manifest: Any) -> Any:
        if manifest["metadata"]["name"] == "popsink-vault-connector-config-encryption-key":
            raise Killed
        return original(self, manifest)

    with monkeypatch.context() as patch:
        patch.setattr(FakeCluster, "create", killed)
        with pytest.raises(Killed):
            run()
    kept = live(cluster)["jwt_secret"]
    run()
    assert (live(cluster)["jwt_secret"], agreed(path, loader, cluster)) == (kept, True)


@pytest.mark.parametrize("leftover", [".popsink_secrets.yml.lock", ".popsink_secrets.yml.x1.new"])
def test_what_an_ended_run_left_is_removed_also_when_nothing_is_missing(run: Run, path: Path, leftover: str) -> None:
    """It ended after its file had taken its place, or before a user brought the file back."""
    run()
    path.with_name(leftover).touch()
    run(check=True)
    assert {file.name for file in path.parent.iterdir()} == {path.name, leftover}
    assert not run()["changed"]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_quicker_of_two_runs_wins_and_both_have_its_values(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster
) -> None:
    """Another controller creates all its Secrets between this one's look and its first creation."""
    run()
    theirs = dict(cluster.objects)
    winner = live(cluster)
    cluster.objects.clear()
    path.unlink()

    def created_meanwhile(_body: Any) -> None:
        cluster.objects.update(theirs)
        raise ApiError(409, "it exists")

    cluster.namespace("popsink")
    cluster.answers[CREATE] = created_meanwhile
    result = run()
    assert "failed" not in result
    assert (live(cluster), agreed(path, loader, cluster)) == (winner, True)


def test_values_that_another_run_creates_before_the_comparison_are_taken(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another controller is quicker by what it takes to encrypt the file."""
    run()
    theirs = dict(cluster.objects)
    winner = live(cluster)
    cluster.objects.clear()
    path.unlink()
    prepared = VaultFile.prepared

    def created_meanwhile(self: VaultFile, *arguments: Any) -> PreparedFile:
        cluster.objects.update(theirs)
        return prepared(self, *arguments)

    monkeypatch.setattr(VaultFile, "prepared", created_meanwhile)
    result = run()
    assert "failed" not in result
    assert (live(cluster), agreed(path, loader, cluster)) == (winner, True)


def test_a_difference_from_what_the_inventory_has_stays_one_while_others_are_made(
    run: Run, path: Path, cluster: FakeCluster, loader: DataLoader, vault_password: bytes
) -> None:
    path.parent.mkdir()
    path.write_text(inline_vault("popsink_jwt_secret", "kept" * 10, vault_password), "utf-8")
    cluster.secret("popsink-vault-jwt", {"jwt-secret": "by hand" * 5}, labels("popsink"))
    result = run()
    assert result["failed"]
    assert "popsink-vault-jwt.jwt-secret" in result["msg"]
    assert (list(vaulted(path, loader)), cluster.writes) == (["popsink_jwt_secret"], [])


def test_a_value_of_the_cluster_that_breaks_its_rule_is_not_taken(run: Run, path: Path, cluster: FakeCluster) -> None:
    cluster.secret("popsink-vault-jwt", {"jwt-secret": "short"}, labels("popsink"))
    result = run()
    assert result["failed"]
    assert "popsink-vault-jwt.jwt-secret" in result["msg"]
    assert (path.exists(), cluster.writes) == (False, [])


@pytest.mark.parametrize(("data", "said"), [("", "is empty"), ("/w==", "is not text")])
def test_a_value_of_the_cluster_that_is_none_is_not_made_anew(
    run: Run, path: Path, cluster: FakeCluster, data: str, said: str
) -> None:
    cluster.namespace("popsink")
    cluster.put(secret_path("popsink-vault-jwt"), data={"jwt-secret": data}, type="Opaque")
    result = run()
    assert f"popsink-vault-jwt.jwt-secret in the cluster {said}" in result["msg"]
    assert not path.exists()


def test_different_values_for_one_secret_are_named(run: Run, cluster: FakeCluster) -> None:
    cluster.secret(
        "popsink-vault-postgresql", {"password": "one" * 4, "postgres-password": "x" * 12}, labels("popsink")
    )
    cluster.secret("popsink-vault-schema-registry-database", {"kora-db-password": "two" * 4}, labels("popsink"))
    result = run()
    assert result["failed"]
    assert "different values for popsink_database_password" in result["msg"]


def test_no_result_shows_a_value(run: Run, cluster: FakeCluster) -> None:
    result = run()
    shown = [name for name, value in live(cluster).items() if name != "admin_username" and value in str(result)]
    assert shown == []


JWT_OF_OTHERS = {"jwt": "sessions"}


def test_a_secret_of_somebody_else_is_used_and_neither_stored_nor_written(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster
) -> None:
    cluster.secret("sessions", {"jwt-secret": "k" * 40})
    before = dict(cluster.objects[secret_path("sessions")])
    result = run(existing=JWT_OF_OTHERS)
    assert result["generated"] == sorted(set(GENERATED) - {"jwt_secret"})
    assert "popsink_jwt_secret" not in vaulted(path, loader)
    assert (JWT in cluster.objects, cluster.objects[secret_path("sessions")]) == (False, before)
    assert not run(existing=JWT_OF_OTHERS)["changed"]


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("values", [None, {}, {"jwt-secret": "short"}], ids=["missing", "without key", "bad form"])
def test_a_secret_of_somebody_else_that_is_unfit_ends_it_before_anything_is_made(
    run: Run, path: Path, cluster: FakeCluster, values: dict[str, str] | None, check: bool
) -> None:
    cluster.namespace("popsink")
    if values is not None:
        cluster.secret("sessions", values)
    result = run(check, existing=JWT_OF_OTHERS)
    assert result["failed"]
    assert "sessions" in result["msg"]
    assert (path.exists(), cluster.writes) == (False, [])


def test_a_password_that_somebody_else_keeps_reaches_our_other_secret(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster
) -> None:
    """The schema registry's Secret is ours, and holds the same database's password."""
    cluster.secret("database", {"password": "theirs" * 3, "postgres-password": "admin" * 3})
    run(existing={"postgresql.auth": "database"})
    assert decoded(cluster.objects[secret_path("popsink-vault-schema-registry-database")]) == {
        "kora-db-password": "theirs" * 3
    }
    assert "popsink_database_password" not in vaulted(path, loader)


CLUSTER = {"popsink_secrets_store": "cluster"}


def test_the_cluster_alone_keeps_what_is_made(run: Run, play: Play, path: Path, cluster: FakeCluster) -> None:
    """No vault password is needed, since nothing is written to a file."""
    assert run(play=play(), **CLUSTER)["generated"] == GENERATED
    made = live(cluster)
    second = run(play=play(), **CLUSTER)
    assert (second["changed"], second["adopted"], live(cluster)) == (False, [], made)
    assert (sorted(made), path.exists()) == (GENERATED, False)


def test_the_cluster_alone_makes_a_lost_key_anew_only_without_data(run: Run, cluster: FakeCluster) -> None:
    run(**CLUSTER)
    cluster.objects.pop(secret_path("popsink-vault-connector-config-encryption-key"))
    cluster.put(
        "/api/v1/namespaces/popsink/persistentvolumeclaims/data-popsink-postgresql-0",
        metadata={"labels": {"app.kubernetes.io/instance": "popsink"}},
    )
    result = run(**CLUSTER)
    assert result["failed"]
    assert "backup" in result["msg"]


@pytest.mark.parametrize("check", [False, True])
def test_a_job_whose_files_vanish_makes_nothing_for_a_file(
    run: Run, path: Path, cluster: FakeCluster, check: bool
) -> None:
    result = run(check, awx_job_id=42)
    assert result["failed"]
    assert "popsink_secrets_store: cluster" in result["msg"]
    assert (path.exists(), cluster.writes) == (False, [])


def test_a_job_whose_files_vanish_uses_what_a_file_has(run: Run, cluster: FakeCluster) -> None:
    run()
    made = live(cluster)
    assert not run(awx_job_id=42)["changed"]
    assert run(awx_job_id=42, **CLUSTER)["changed"] is False
    assert live(cluster) == made


THERE = {**CREATION, "made": False}
KEY = "popsink_connector_config_encryption_key"
ADMIN = {"database_admin_dsn": "user=admin"}
ROLE = {"database_password": "hush-hush"}


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("database", "key", "is_empty", "asks"),
    [
        (None, False, False, None),
        (CREATION, False, False, ADMIN),
        (CREATION, True, False, None),
        # What is made on request is looked at by its administrator, whoever else did.
        (CREATION, False, True, ADMIN),
        (THERE, False, False, {**ADMIN, **ROLE}),
        (THERE, True, False, None),
        (THERE, False, True, None),
    ],
    ids=[
        *("bundled", "made, and the key is lost", "made, and the key is known", "made, and seen"),
        *("there, and the key is lost", "there, and the key is known", "there, and seen to be empty"),
    ],
)
def test_no_new_key_is_made_for_tables_that_are_there(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    cluster: FakeCluster,
    path: Path,
    check: bool,
    database: Any,
    key: bool,
    is_empty: bool,
    asks: Any,
) -> None:
    """Vault and cluster are lost, and a database outside of the chart is not: whichever roles are run."""
    asked = []

    def require_readable(_creation: Any, known: dict[str, str]) -> None:
        asked.append(known)
        raise PopsinkError("It holds 3 tables.")

    monkeypatch.setattr(popsink_database, "require_readable", require_readable)
    own = {KEY: made("connector_config_encryption_key", PasswordFormat())} if key else {}
    given = {**own, "popsink_database_password": ROLE["database_password"], "popsink_database_admin_dsn": "user=admin"}
    result = run(check, database=database, database_is_empty=is_empty, **given)
    assert (bool(result.get("failed")), asked) == (asks is not None, [asks] if asks else [])
    assert bool(cluster.writes) is (asks is None and not check)
    assert path.exists() is (asks is None and not check)


def test_the_roles_password_is_found_in_the_cluster_too(
    run: Run, monkeypatch: pytest.MonkeyPatch, cluster: FakeCluster, path: Path
) -> None:
    run()
    path.unlink()
    password = live(cluster)["database_password"]
    cluster.objects = {here: item for here, item in cluster.objects.items() if "encryption-key" not in here}
    asked: list[dict[str, str]] = []
    monkeypatch.setattr(popsink_database, "require_readable", lambda _creation, known: asked.append(known))
    run(database=THERE)
    assert asked == [{"database_password": password}]
