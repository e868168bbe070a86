"""Charts, vault and Helm for the tests of the plugins."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable

import pytest
from ansible.parsing import vault
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecret
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.archive import read_chart
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts

from tests.lab.chart.build import choose, write
from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.samples import ROOT

#: Version and naming of the charts that the plan is tried on.
CHARTS = ("60", "205", "60-renamed", "205-renamed")


@pytest.fixture(autouse=True)
def _no_access_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may depend on the cluster, registry or cloud account of whoever runs it."""
    for name in [name for name in os.environ if name.startswith(("K8S_AUTH_", "AWS_", "HELM_", "KUBECONFIG"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture(scope="session")
def chart_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ChartFacts]:
    """Facts of a packaged chart by version, ``-renamed`` appended for the second naming."""
    folder = tmp_path_factory.mktemp("charts")
    facts: dict[str, ChartFacts] = {}

    def chart(name: str) -> ChartFacts:
        if name not in facts:
            number, _dash, variant = name.partition("-")
            (archive,) = write(folder / name, choose(number), variant)
            facts[name] = read_chart(archive)
        return facts[name]

    return chart


@pytest.fixture(params=CHARTS)
def chart(request: pytest.FixtureRequest, chart_of: Callable[[str], ChartFacts]) -> ChartFacts:
    """Each of the charts in turn."""
    return chart_of(request.param)


@pytest.fixture
def chart_205(chart_of: Callable[[str], ChartFacts]) -> ChartFacts:
    """The newest chart."""
    return chart_of("205")


@pytest.fixture
def cluster() -> FakeCluster:
    """An empty cluster."""
    return FakeCluster()


@pytest.fixture(scope="session")
def vault_password() -> bytes:
    """The password of label ``lab``."""
    return secrets.token_hex(16).encode()


Play = Callable[..., DataLoader]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    """Starts a play with passwords by label, random ones for labels alone; gives its loader."""

    def start(*labels: str, **passwords: bytes) -> DataLoader:
        given = {**{label: secrets.token_hex(8).encode() for label in labels}, **passwords}
        loaded = [(label, VaultSecret(password)) for label, password in given.items()]
        if context := getattr(vault, "VaultSecretsContext", None):
            # A play sets it once; from ansible-core 2.19 on values are decrypted with it.
            monkeypatch.setattr(context, "_current", context(loaded))
        made = DataLoader()
        made.set_vault_secrets(loaded)
        return made

    return start


@pytest.fixture
def loader(play: Play, vault_password: bytes) -> DataLoader:
    """Ansible's loader in a play that was started with one vault password, label ``lab``."""
    return play(lab=vault_password)


@pytest.fixture(scope="session")
def helm() -> str:
    """A real Helm: that of HELM, of a lab of this checkout, or on PATH."""
    candidates = [os.environ.get("HELM"), *map(str, sorted(ROOT.glob(".lab*/bin/helm"))), "helm"]
    for candidate in candidates:
        if candidate and (found := shutil.which(candidate)):
            return found
    pytest.skip("no helm on PATH, in HELM or in a lab")
