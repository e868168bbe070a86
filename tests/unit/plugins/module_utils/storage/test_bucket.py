"""Looking at the bucket, with a store that answers as it is told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS
from ansible_collections.popsink.data_plane.plugins.module_utils.http_request import Answer, NoAnswerError
from ansible_collections.popsink.data_plane.plugins.module_utils.storage import bucket
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.bucket import Bucket, look_at

KEY = ("key-id", "key-secret")


class Store(BaseHTTPRequestHandler):
    """Answers by the bucket's name: status, or status and region."""

    seen: list[str]
    heard: list[dict[str, str]]

    def do_HEAD(self) -> None:
        self.seen.append(f"{self.command} {self.path}")
        self.heard.append(dict(self.headers))
        status, _dash, region = self.path.strip("/").partition("-")
        self.send_response(int(status))
        if region:
            self.send_header("x-amz-bucket-region", region)
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    Store.seen, Store.heard = [], []
    with ThreadingHTTPServer(("127.0.0.1", 0), Store) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("name", "status", "id", "words"),
    [
        ("200", PASS, "storage.bucket", "bucket 200 is there"),
        ("200-eu-west-1", PASS, "storage.bucket", "bucket 200-eu-west-1 is there"),
        ("200-eu-west-3", FAIL, "storage.region", "is in eu-west-3, and popsink_bucket_region is eu-west-1"),
        ("301-eu-west-3", FAIL, "storage.region", "is in eu-west-3, and popsink_bucket_region is eu-west-1"),
        ("400", FAIL, "storage.bucket", "(HTTP 400)"),
        ("403", FAIL, "storage.bucket", "(HTTP 403)"),
        ("404", FAIL, "storage.bucket", "There is no bucket 404."),
        ("501", FAIL, "storage.bucket", "answers HTTP 501"),
    ],
)
def test_an_answer(endpoint: str, name: str, status: str, id: str, words: str) -> None:
    finding = look_at(Bucket(name, "eu-west-1", endpoint), *KEY)
    assert (finding.status, finding.id) == (status, id)
    assert words in finding.found


def test_an_untrusted_store_is_for_the_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*_arguments: object) -> None:
        raise NoAnswerError("self-signed certificate", untrusted=True)

    monkeypatch.setattr(bucket, "ask", ask)
    finding = look_at(Bucket("records", "eu-west-1", "https://minio.example:9000"), *KEY)
    assert "https://minio.example:9000/records does not answer: self-signed" in finding.found
    assert "popsink_ca_certificates" in finding.remedy


@pytest.mark.parametrize("name", ["404", "403", "301-eu-west-3"])
def test_what_is_wrong_names_the_variable(endpoint: str, name: str) -> None:
    assert "popsink_" in look_at(Bucket(name, "eu-west-1", endpoint), *KEY).remedy


@pytest.mark.parametrize("name", ["200", "403", "501"])
def test_no_finding_shows_a_key(endpoint: str, name: str) -> None:
    finding = look_at(Bucket(name, "eu-west-1", endpoint), "shown-id", "shown-secret")
    assert "shown-" not in str(finding)


def test_nothing_but_a_look(endpoint: str) -> None:
    Store.seen.clear()
    look_at(Bucket("200", "eu-west-1", endpoint), *KEY)
    assert Store.seen == ["HEAD /200"]


def test_the_request_is_signed_with_the_keys_for_the_host_that_it_names(endpoint: str) -> None:
    Store.heard.clear()
    look_at(Bucket("200", "eu-west-1", endpoint), *KEY)
    (headers,) = Store.heard
    scope = f"{headers['X-Amz-Date'][:8]}/eu-west-1/s3/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential=key-id/{scope}, SignedHeaders=host"
    assert headers["Authorization"].startswith(signed)
    assert headers["Host"] == endpoint.removeprefix("http://")


@pytest.mark.parametrize(
    ("given", "endpoint", "host"),
    [
        (Bucket("b", "eu-west-1"), "https://s3.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"),
        (Bucket("b", "cn-north-1"), "https://s3.cn-north-1.amazonaws.com.cn", "s3.cn-north-1.amazonaws.com.cn"),
        (Bucket("b", "eusc-de-east-1"), "https://s3.eusc-de-east-1.amazonaws.eu", "s3.eusc-de-east-1.amazonaws.eu"),
        (Bucket("b", "nowhere"), "https://s3.nowhere.amazonaws.com", "s3.nowhere.amazonaws.com"),
        (Bucket("b", "x", "https://minio.example:443/"), "https://minio.example:443", "minio.example"),
        (Bucket("b", "x", "http://minio.example:80"), "http://minio.example:80", "minio.example"),
        (Bucket("b", "x", "https://minio.example:9000"), "https://minio.example:9000", "minio.example:9000"),
    ],
    ids=lambda value: value.region if isinstance(value, Bucket) else None,
)
def test_where_a_bucket_is(monkeypatch: pytest.MonkeyPatch, given: Bucket, endpoint: str, host: str) -> None:
    asked: list[tuple[str, str]] = []

    def ask(_method: str, url: str, headers: dict[str, str]) -> Answer:
        asked.append((url, headers["Host"]))
        return Answer(200, {})

    monkeypatch.setattr(bucket, "ask", ask)
    assert look_at(given, *KEY).status == PASS
    assert asked == [(f"{endpoint}/b", host)]


@pytest.mark.parametrize("content", ["default login user password from-netrc", "not a netrc file"])
def test_a_netrc_file_takes_no_part(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    (tmp_path / "netrc").write_text(content)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    Store.heard.clear()
    assert look_at(Bucket("200", "eu-west-1", endpoint), *KEY).status == PASS
    assert Store.heard[0]["Authorization"].startswith("AWS4-HMAC-SHA256")


def test_a_store_that_is_not_there_is_a_failure() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        finding = look_at(Bucket("records", "eu-west-1", f"http://127.0.0.1:{free.getsockname()[1]}"), *KEY)
    assert (finding.status, "popsink_s3_endpoint" in finding.remedy) == (FAIL, True)


@pytest.fixture
def no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name resolves."""

    def unknown(*_arguments: Any, **_options: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)


@pytest.mark.usefixtures("no_names")
def test_a_name_of_the_cluster_cannot_be_judged_from_here() -> None:
    finding = look_at(Bucket("records", "eu-west-1", "http://minio.minio.svc:9000"), *KEY)
    assert finding.status == NOT_CHECKED
    assert "minio.minio.svc" in finding.found


@pytest.mark.usefixtures("no_names")
def test_a_misspelt_region_is_a_failure() -> None:
    finding = look_at(Bucket("records", "eu-wset-1"), *KEY)
    assert finding.status == FAIL
    assert "eu-wset-1" in finding.found
    assert "popsink_bucket_region" in finding.remedy


def test_a_region_that_is_none_is_a_failure() -> None:
    finding = look_at(Bucket("records", "not a region"), *KEY)
    assert (finding.status, "popsink_bucket_region" in finding.remedy) == (FAIL, True)


def test_an_endpoint_that_is_none_is_a_failure() -> None:
    finding = look_at(Bucket("records", "eu-west-1", "not an endpoint"), *KEY)
    assert (finding.status, "popsink_s3_endpoint" in finding.remedy) == (FAIL, True)
