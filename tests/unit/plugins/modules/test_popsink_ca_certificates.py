"""The step that gives the pods the authorities that they trust."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext
from ansible_collections.popsink.data_plane.plugins.modules import popsink_ca_certificates
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import run_inside

from tests.unit.plugins.certificates import pair
from tests.unit.plugins.fakes import FakeCluster

PATH = "/api/v1/namespaces/popsink/configmaps/popsink-ca"
ONE, OTHER = pair().certificate, pair().certificate


@pytest.fixture(autouse=True)
def _there(monkeypatch: pytest.MonkeyPatch, cluster: FakeCluster) -> None:
    cluster.namespace("popsink")
    monkeypatch.setattr(Cluster, "connect", lambda _auth: cluster)


def run(monkeypatch: pytest.MonkeyPatch, public: str, private: str) -> dict[str, Any]:
    """Run from a host that trusts these public authorities."""
    monkeypatch.setattr(popsink_ca_certificates, "public_authorities", lambda: public)
    arguments = {"name": "popsink-ca", "namespace": "popsink", "release": "popsink", "certificates": private}
    return run_inside(popsink_ca_certificates, arguments, StepContext())


def content(cluster: FakeCluster) -> str:
    return "".join(cluster.objects[PATH]["data"].values())


@pytest.mark.parametrize(
    ("public", "private", "changed", "found"),
    [
        pytest.param("theirs\n", ONE + OTHER, False, f"ours\n{ONE}{OTHER}", id="another host"),
        pytest.param("theirs\n", ONE, True, f"theirs\n{ONE}", id="other private ones"),
        pytest.param("theirs\n", OTHER, True, f"theirs\n{OTHER}", id="the first private one is gone"),
    ],
)
def test_public_authorities_stay_while_the_private_ones_do(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch, public: str, private: str, changed: bool, found: str
) -> None:
    assert run(monkeypatch, "ours\n", ONE + OTHER)["changed"] is True
    assert run(monkeypatch, public, private)["changed"] is changed
    assert content(cluster) == found


def test_what_somebody_put_between_them_goes(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, "ours\n", ONE)
    ((file, text),) = cluster.objects[PATH]["data"].items()
    cluster.objects[PATH]["data"][file] = f"foreign\n{text}"
    assert run(monkeypatch, "ours\n", ONE)["changed"] is True
    assert content(cluster) == f"ours\n{ONE}"
