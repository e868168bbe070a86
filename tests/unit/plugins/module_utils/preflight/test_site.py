"""Answers: each is asked for once, errors included, and the secrets that count are found."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import SecretSpec
from ansible_collections.popsink.data_plane.plugins.module_utils.control_plane import ControlPlane
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import Inside
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.site import Site

from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.sites import requirements, site

OURS = SecretSpec("popsink-vault-deployment-token", {"token": "deployment_token"})
FOREIGN = SecretSpec("bucket-key", {"id": "s3_access_key_id", "key": "s3_secret_access_key"}, variable="x")


def test_a_question_is_asked_once(cluster: FakeCluster) -> None:
    at = site(cluster)
    threads = [threading.Thread(target=lambda: at.nodes) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cluster.requests) == 1


def test_an_error_is_everybodys(cluster: FakeCluster) -> None:
    cluster.answers["GET", "/version"] = PopsinkError("no answer")
    at = site(cluster)
    for _number in range(2):
        with pytest.raises(PopsinkError, match="no answer"):
            _version = at.version
    assert len(cluster.requests) == 1


def test_what_only_the_cluster_has_is_read_there(cluster: FakeCluster) -> None:
    cluster.secret("popsink-vault-deployment-token", {"token": "kept-token"})
    at = site(cluster, secrets=[OURS], control_plane=ControlPlane("https://cp.example/api", "id"))
    assert at.secret("deployment_token") == "kept-token"


def test_the_controllers_value_comes_before_the_clusters_own(cluster: FakeCluster) -> None:
    cluster.secret("popsink-vault-deployment-token", {"token": "kept-token"})
    assert site(cluster, secrets=[OURS], known={"deployment_token": "a"}).secret("deployment_token") == "a"


def test_a_value_of_the_controller_does_not_count_where_somebody_else_keeps_it(cluster: FakeCluster) -> None:
    cluster.secret("bucket-key", {"id": "an-id", "key": "a-key"})
    at = site(cluster, secrets=[FOREIGN], known={"s3_secret_access_key": "an-old-key"})
    assert at.secret("s3_secret_access_key") == "a-key"


@pytest.mark.parametrize("spec", [OURS, FOREIGN], ids=["ours", "somebody else's"])
def test_without_the_cluster_the_controllers_values_count_unless_somebody_else_keeps_them(
    cluster: FakeCluster, spec: SecretSpec
) -> None:
    cluster.answers["GET", f"/api/v1/namespaces/popsink/secrets/{spec.name}"] = PopsinkError("no answer")
    at = site(cluster, secrets=[spec], known={"s3_access_key_id": "an-id"})
    if spec is OURS:
        assert at.secret("s3_access_key_id") == "an-id"
    else:
        with pytest.raises(PopsinkError, match="no answer"):
            at.secret("s3_access_key_id")


def test_a_secret_that_is_nowhere_is_empty(cluster: FakeCluster) -> None:
    assert site(cluster).secret("kafka_sasl_password") == ""


def test_in_check_mode_nothing_is_made(cluster: FakeCluster) -> None:
    at = Site(requirements(inside=Inside("busybox", 60)), cluster, {}, {}, check_mode=True)
    for make in (lambda: at.probe, at.require_trials):
        with pytest.raises(PopsinkError, match="check mode"):
            make()
    assert cluster.writes == []


def test_when_the_time_is_up_nothing_is_begun(cluster: FakeCluster) -> None:
    at = site(cluster, inside=Inside("busybox", 60))
    at.close()
    with pytest.raises(PopsinkError, match="time is up"):
        _probe = at.probe


def test_what_is_not_undone_in_time_is_undone_at_the_end(cluster: FakeCluster) -> None:
    at, undone = site(cluster), []
    with at.undone_by(lambda: undone.append("done by itself")):
        pass
    began = at.undone_by(lambda: undone.append("late"))
    began.__enter__()
    at.close()
    assert undone == ["late"]


def test_nothing_is_made_that_nobody_would_undo(cluster: FakeCluster) -> None:
    at = site(cluster)
    at.close()
    with pytest.raises(PopsinkError, match="time is up"), at.undone_by(lambda: None):
        pass


def test_what_the_controller_has_is_not_asked_of_the_cluster(cluster: FakeCluster) -> None:
    at = site(cluster, secrets=[OURS], known={"deployment_token": "a-token"})
    assert (at.secret("deployment_token"), cluster.requests) == ("a-token", [])
