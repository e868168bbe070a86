"""How a step reaches servers outside of the cluster."""

from __future__ import annotations

import json
import os
import ssl
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils import outside
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.outside import (
    certificates_in,
    going_out,
    public_authorities,
)

from tests.unit.plugins.certificates import pair

CA = pair().certificate


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def given(**asked: Any) -> dict[str, Any]:
    return {"outside": asked}


def test_nothing_given_leaves_everything_as_it_is() -> None:
    before = dict(os.environ)
    with going_out({}), going_out(given()):
        assert dict(os.environ) == before


def test_private_authorities_are_trusted_beside_the_others() -> None:
    with going_out(given(ca_certificates=CA)):
        file = Path(os.environ["SSL_CERT_FILE"])
        content = file.read_text()
        trusted = {item["serialNumber"] for item in ssl.create_default_context().get_ca_certs()}
    assert content == f"{public_authorities()}{CA}\n"
    assert content.count("BEGIN") > 100
    assert trusted
    assert not file.exists()
    assert os.environ.get("SSL_CERT_FILE") != str(file)


def test_a_host_without_public_authorities_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(outside, "_BUNDLES", (str(tmp_path / "none.crt"),))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: SimpleNamespace(cafile=None))
    with pytest.raises(PopsinkError, match=r"popsink_ca_certificates.* Install ca-certificates"):
        public_authorities()
    with pytest.raises(PopsinkError, match="popsink_ca_certificates"), going_out(given(ca_certificates=CA)):
        pass


def test_the_environment_is_as_before_even_after_an_error() -> None:
    before = dict(os.environ)
    with pytest.raises(ValueError, match="inside"), going_out(given(https_proxy="http://proxy.example")):
        raise ValueError("inside")
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("access", "direct"),
    [
        ({"host": "https://api.example:6443", "api_key": "-"}, True),
        ({"host": "https://[fd00::1]:6443", "api_key": "-"}, True),
        ({"host": "https://api.example:6443", "api_key": "-", "proxy": "http://other.example"}, False),
        ({}, False),
    ],
)
def test_the_clusters_api_is_asked_directly(access: dict[str, str], direct: bool) -> None:
    hosts = ("api.example", "fd00::1")
    with going_out({**given(https_proxy="http://proxy.example", no_proxy=["store.example"]), **access}):
        no_proxy = os.environ["NO_PROXY"].split(",")
        assert os.environ["https_proxy"] == os.environ["HTTPS_PROXY"] == "http://proxy.example"
    assert "store.example" in no_proxy
    assert any(host in no_proxy for host in hosts) == direct


@pytest.mark.parametrize(
    ("asked", "inherited", "found"),
    [
        pytest.param(
            {"no_proxy": ["a.example"]}, "own.example, .corp", ["own.example", ".corp"], id="beside the host's"
        ),
        pytest.param({"no_proxy": ["a.example"]}, "", [], id="the host has none"),
        pytest.param(
            {"http_proxy": "http://p.example", "no_proxy": ["a.example"]}, "own.example", [], id="in its place"
        ),
    ],
)
def test_what_is_asked_directly(
    monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any], inherited: str, found: list[str]
) -> None:
    monkeypatch.setenv("NO_PROXY", inherited)
    with going_out({**given(**asked), "host": "https://api.example:6443", "api_key": "-"}):
        assert os.environ["no_proxy"] == os.environ["NO_PROXY"]
        direct = os.environ["no_proxy"].split(",")
    assert direct == ["a.example", *found, "localhost", "127.0.0.1", ".svc", ".cluster.local", "api.example"]


def test_a_host_that_asks_everything_directly_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with going_out(given(no_proxy=["a.example"])):
        assert os.environ["no_proxy"] == "*"


def test_the_api_is_that_of_the_kubeconfig(tmp_path: Path) -> None:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": "https://from-file.example:6443"}}],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    (tmp_path / "config").write_text(json.dumps(config))
    with going_out({**given(http_proxy="http://proxy.example"), "kubeconfig": str(tmp_path / "config")}):
        assert "from-file.example" in os.environ["no_proxy"].split(",")


@pytest.mark.parametrize("text", [CA[: len(CA) // 2], CA.replace("MII", "XXX", 1)])
def test_a_damaged_certificate_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - Python's own, or ours
        certificates_in(f"{pair().certificate}{text}")


def test_each_certificate_counts_once_whatever_stands_around_it() -> None:
    indented = "".join(f"  {line}\n" for line in CA.splitlines())
    assert certificates_in(f"Subject: ours\n{CA}\n{indented}") == [CA.strip()]
