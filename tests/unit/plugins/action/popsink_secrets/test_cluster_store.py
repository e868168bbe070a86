"""The cluster alone keeps the secrets, for controllers whose files vanish."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.plugins.action.popsink_secrets.conftest import CLUSTER, GENERATED, Run, live
from tests.unit.plugins.conftest import Play
from tests.unit.plugins.fakes import FakeCluster, secret_path


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
