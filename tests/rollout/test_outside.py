"""A site behind a proxy, whose control plane and object store have certificates of a private authority."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lab import lab as labs
from tests.lab.deployed import RELEASE, Deployed

from .conftest import SMALL
from .playbook import LAB, Playbook, Run, eventually, hand_out
from .way_out import proxy, with_tls

NAME = "outside"


@dataclass(frozen=True)
class Site:
    """The deployment, rolled out.

    :ivar first: run without the authority.
    :ivar second: run with it.
    :ivar servers: addresses of control plane and store, without scheme.
    :ivar proxy_log: who went where.
    """

    deployed: Deployed
    first: Run
    second: Run
    third: Run
    servers: list[str]
    proxy_log: Path

    def went(self, network: str) -> set[str]:
        """Where somebody of a network went through the proxy."""
        found, client = set(), ""
        # A request comes behind the line that names who asks.
        for line in self.proxy_log.read_text().splitlines():
            if " Connect (" in line:
                client = line.split()[-1]
            elif " Request (" in line and client.startswith(network):
                found.add(line.split()[-2])
        return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Refused, rolled out, and run once more."""
    folder = tmp_path_factory.mktemp("outside")
    hand_out(NAME)
    deployed = Deployed(LAB, NAME)
    deployed.kubectl("delete", "namespace", NAME, "--ignore-not-found", "--wait")
    deployed.secrets_file.unlink(missing_ok=True)
    network = labs.at(LAB).network
    with (
        with_tls(network.control_plane) as control_plane,
        with_tls(network.s3) as store,
        proxy(folder) as (url, log),
    ):
        snippet = folder / "snippet.yaml"
        snippet.write_text(json.dumps({**deployed.snippet, "controlPlaneUrl": f"{control_plane}/api"}))
        settings: dict[str, Any] = {
            "popsink_onboarding_file": str(snippet),
            "popsink_s3_endpoint": store,
            "popsink_https_proxy": url,
        }
        playbook = Playbook(NAME, folder, SMALL)
        first = playbook.run(**settings)
        settings["popsink_ca_certificates"] = (labs.at(LAB).pki / "ca.crt").read_text()
        second = playbook.run("-vvv", "--diff", **settings)
        assert second.code == 0, second.output[-3000:]
        third = playbook.run("--check", "--diff", **settings)
        yield Site(deployed, first, second, third, [u.removeprefix("https://") for u in (control_plane, store)], log)
    deployed.kubectl("delete", "namespace", NAME, "--wait=false")


def test_an_authority_that_nobody_knows_ends_the_run_before_anything_is_changed(site: Site) -> None:
    assert site.first.code != 0
    assert site.first.changed == 0
    words = site.first.words()
    assert "does not trust the certificate of the control plane" in words
    assert "popsink_ca_certificates" in words


def test_the_control_plane_hears_from_the_pods(site: Site) -> None:
    assert eventually(lambda: site.deployed.at_control_plane()["state"] == "Connected", 30)
    assert site.deployed.objects()


def test_pods_and_collection_go_through_the_proxy(site: Site) -> None:
    network = labs.at(LAB).network
    assert site.went(network.host) >= set(site.servers)
    # The cluster's own, among them its API, are asked without it.
    assert site.went(network.pods.rpartition(".")[0]) == set(site.servers)
    assert network.api.removeprefix("https://") not in site.went("")


def test_pods_trust_public_authorities_too(site: Site) -> None:
    count = "grep -c BEGIN $SSL_CERT_FILE"
    for workload in ("data-plane", "tansu", "kora"):
        assert int(site.deployed.inside(f"deployment/{RELEASE}-{workload}", "sh", "-c", count)) > 100


def test_another_run_changes_nothing(site: Site) -> None:
    assert (site.third.code, site.third.changed) == (0, 0)
