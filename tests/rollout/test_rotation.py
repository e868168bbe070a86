"""Secrets are replaced everywhere at once, a rotation that was ended is finished by the next, and one never begins."""

from __future__ import annotations

import os
import random
import time

import pytest

from tests.lab.deployed import RELEASE, Deployed

from .conftest import Rollout, rolled_out
from .killing import kill
from .playbook import Playbook, Run

PLAYBOOK = "playbooks/rotate.yml"
GENERATED = ["admin_password", "jwt_secret", "database_password", "database_admin_password"]
SEED = int(os.environ.get("KILLS_SEED") or random.SystemRandom().randrange(10**6))


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Rollout:
    return rolled_out("rotation", tmp_path_factory.mktemp("rotation"))


def rotate(playbook: Playbook, *arguments: str, what: list[str]) -> Run:
    return playbook.run(*arguments, playbook=PLAYBOOK, popsink_rotate=what)


def in_cluster(deployed: Deployed) -> dict[str, str]:
    """Values of our Secrets by their key."""
    names = deployed.kubectl("get", "secrets", "--selector=app.kubernetes.io/managed-by=popsink.data_plane",
                             "--output=jsonpath={.items[*].metadata.name}").split()  # fmt: skip
    return {f"{name}.{key}": value for name in names for key, value in deployed.secret(name).items()}


def standing(deployed: Deployed) -> dict[str, tuple[str, int]]:
    """The release's pods; the data plane replaces its connector worker by itself, some time after a rotation."""
    return {name: pod for name, pod in deployed.incarnations().items() if "connector-worker" not in name}


def test_every_secret_is_replaced_and_works(deployment: Rollout) -> None:
    deployed, playbook = deployment.deployed, deployment.playbook
    before, workers = deployed.vaulted, deployed.sql("SELECT count(*) FROM connector")
    run = rotate(playbook, what=GENERATED)
    assert run.code == 0, run.output
    for said in (
        "takes the new password and refuses the old one",
        "sessions are signed with the new secret",
        "PostgreSQL takes the new password and refuses the old one",
    ):
        assert said in run.words()
    after = deployed.vaulted
    assert {name for name in after if after[name] != before[name]} == {f"popsink_{name}" for name in GENERATED}
    assert deployed.log_in("admin", after["popsink_admin_password"]) == 200
    assert deployed.log_in("admin", before["popsink_admin_password"]) == 400
    # Connector configurations are read on start: the key that encrypts them is the same.
    assert deployed.sql("SELECT count(*) FROM connector") == workers != "0"
    for value in (*before.values(), *after.values()):
        assert value == "admin" or value not in run.output
    second = playbook.run()
    assert (second.code, second.changed) == (0, 0), second.output


def test_a_check_run_names_what_would_change_and_changes_nothing(deployment: Rollout) -> None:
    deployed = deployment.deployed
    before = (deployed.secrets_file.read_bytes(), in_cluster(deployed), standing(deployed))
    run = rotate(deployment.playbook, "--check", "--diff", what=["admin_password", "database_password"])
    assert (run.code, run.changed) == (0, 1), run.output
    assert f"{RELEASE}-data-plane: restarted (check mode: not done)" in run.output
    assert (deployed.secrets_file.read_bytes(), in_cluster(deployed), standing(deployed)) == before


@pytest.mark.parametrize(
    ("what", "extra", "words"),
    [
        (["connector_config_encryption_key"], {}, "There is no way and no flag to rotate it"),
        (["admin_pasword"], {}, "Did you mean admin_password?"),
        ([], {}, "popsink_rotate is empty"),
        (["s3_keys"], {}, "the cluster has that value already"),
        (["s3_keys"], {"popsink_s3_secret_access_key": "not-the-key-of-the-bucket"}, "does not open the bucket"),
    ],
    ids=["never", "misspelt", "nothing", "supplied and not new", "supplied and wrong"],
)
def test_what_cannot_be_rotated_is_told_and_nothing_changed(
    deployment: Rollout, what: list[str], extra: dict[str, str], words: str
) -> None:
    deployed = deployment.deployed
    before = (deployed.secrets_file.read_bytes(), in_cluster(deployed), standing(deployed))
    run = deployment.playbook.run(playbook=PLAYBOOK, popsink_rotate=what, **extra)  # type: ignore[arg-type]
    assert run.code != 0
    assert words in run.words()
    assert (deployed.secrets_file.read_bytes(), standing(deployed)) == (before[0], before[2])
    assert {name: value for name, value in in_cluster(deployed).items() if "pending." not in name} == before[1]
    assert deployment.playbook.run().changed == 0


@pytest.mark.parametrize("wanted", [1, pytest.param(6, marks=pytest.mark.long)])
def test_a_rotation_that_was_killed_is_finished_by_the_next(deployment: Rollout, wanted: int) -> None:
    """Killed anywhere, until so many kills have left a rotation to finish."""
    deployed, playbook = deployment.deployed, deployment.playbook
    started = time.monotonic()
    assert rotate(playbook, what=GENERATED).code == 0
    whole = time.monotonic() - started
    print(f"KILLS_SEED={SEED}, a rotation takes {whole:.1f} s")
    generator = random.Random(SEED)  # noqa: S311
    refused = 0
    kills = 4 * wanted
    while refused < wanted and kills:
        kills -= 1
        delay = generator.uniform(0.1, 0.9) * whole
        process = playbook.start(playbook=PLAYBOOK, popsink_rotate=GENERATED)
        time.sleep(delay)
        kill(process)
        begun = "__pending_" in deployed.secrets_file.read_text()
        if begun:
            refused += 1
            told = playbook.run("--tags", "secrets")
            assert told.code != 0
            assert "is not finished" in told.words()
        run = rotate(playbook, what=GENERATED)
        assert run.code == 0, run.output
        vaulted = deployed.vaulted
        assert deployed.log_in("admin", vaulted["popsink_admin_password"]) == 200
        assert deployed.sql("SELECT 1") == "1"
        assert not [name for name in in_cluster(deployed) if "pending." in name]
        after = playbook.run()
        assert (after.code, after.changed) == (0, 0), after.output
    assert refused == wanted, "too many kills missed what they are about"


def test_the_cluster_alone_keeps_what_is_rotated(deployment: Rollout) -> None:
    """As with a controller whose files vanish: the cluster's value is replaced, and no file is written."""
    deployed, playbook = deployment.deployed, deployment.playbook
    kept = deployed.secrets_file.read_bytes()
    deployed.secrets_file.unlink()
    store = {"popsink_secrets_store": "cluster"}
    try:
        before = in_cluster(deployed)
        run = playbook.run(playbook=PLAYBOOK, popsink_rotate=["admin_password"], vault=False, **store)  # type: ignore[arg-type]
        assert run.code == 0, run.output
        after = in_cluster(deployed)
        assert {name for name in after if after[name] != before.get(name)} == {
            f"{RELEASE}-vault-admin-credentials.admin-password"
        }
        assert not deployed.secrets_file.exists()
    finally:
        deployed.secrets_file.write_bytes(kept)
