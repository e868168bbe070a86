"""A deployment without a control plane: nothing of one is in the cluster, and nothing was asked of one."""

from __future__ import annotations

from tests.lab.deployed import RELEASE, Deployed


def test_there_is_no_token(deployed: Deployed) -> None:
    names = [item["metadata"]["name"] for item in deployed.get("secrets")["items"]]
    assert [name for name in names if "token" in name and not name.startswith("sh.helm.")] == []
    kept = deployed.release_objects() + str(deployed.secrets())
    assert deployed.snippet["deploymentJwtToken"]["token"] not in kept


def test_the_data_plane_knows_no_control_plane(deployed: Deployed) -> None:
    told = deployed.inside(f"deployment/{RELEASE}-data-plane", "sh", "-c", 'echo "$DEPLOYMENT_MODE$CONTROL_PLANE_URL"')
    assert told.strip() == "STANDALONE"


def test_nothing_was_asked_of_the_control_plane(deployed: Deployed) -> None:
    known = deployed.at_control_plane()
    assert (known["state"], known["config_requests"], known["workers"]) == ("Awaiting connection", 0, [])
