"""Checks of another schema registry, with one that answers as it is told."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS
from ansible_collections.popsink.data_plane.plugins.module_utils.http_request import (
    Answer,
    NoAnswerError,
    NotAskedError,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import schema_registry
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks.schema_registry import answers
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import SchemaRegistry
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.site import Site

from tests.unit.plugins.sites import site

KNOWN = {"schema_registry_username": "popsink", "schema_registry_password": "shown-password"}
URL = "https://registry.example/base/"


class Registry:
    """Answers, or raises."""

    def __init__(self) -> None:
        self.says = Answer(200, {})
        self.error: Exception | None = None
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    def ask(self, method: str, url: str, headers: dict[str, str], **_options: Any) -> Answer:
        self.asked.append((method, url, headers))
        if self.error:
            raise self.error
        return self.says


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    fake = Registry()
    monkeypatch.setattr(schema_registry, "ask", fake.ask)
    return fake


def place(auth: str = "basic", url: str = URL) -> Site:
    return site(known=KNOWN, schema_registry=SchemaRegistry(url, auth))


def test_it_lists_its_subjects_to_the_deployment(registry: Registry) -> None:
    assert answers.run(place()).status == PASS
    ((method, url, headers),) = registry.asked
    assert (method, url) == ("GET", "https://registry.example/base/subjects")
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"popsink:shown-password"


def test_without_a_login_none_is_given_away(registry: Registry) -> None:
    assert answers.run(place("none")).status == PASS
    assert "Authorization" not in registry.asked[0][2]


def test_the_bundled_one_is_no_matter(registry: Registry) -> None:
    assert (answers.run(site()).status, registry.asked) == (PASS, [])


@pytest.mark.parametrize(
    ("auth", "says", "status", "words", "remedy"),
    [
        ("basic", Answer(401, {}), FAIL, "does not take the login", "popsink_schema_registry_password"),
        ("basic", Answer(403, {}), FAIL, "does not take the login", "popsink_schema_registry_username"),
        ("none", Answer(401, {}), FAIL, "wants a login", "popsink_schema_registry_auth"),
        ("basic", Answer(404, {}), FAIL, "HTTP 404", "popsink_schema_registry_url"),
        ("basic", Answer(204, {}), FAIL, "HTTP 204", "popsink_schema_registry_url"),
        ("basic", Answer(302, {"location": "https://login"}), FAIL, "points elsewhere", "popsink_schema_registry_url"),
        ("basic", Answer(503, {}), FAIL, "HTTP 503", "popsink_schema_registry_url"),
        ("basic", NoAnswerError("refused"), FAIL, "does not answer: refused", "network"),
        ("basic", NoAnswerError("self-signed", untrusted=True), FAIL, "self-signed", "popsink_ca_certificates"),
        ("basic", NoAnswerError("unknown", unresolved=True), NOT_CHECKED, "cannot be resolved from here", ""),
        ("basic", NotAskedError("ValueError"), FAIL, "no URL", "https://"),
    ],
)
def test_an_answer(
    registry: Registry, auth: str, says: Answer | Exception, status: str, words: str, remedy: str
) -> None:
    if isinstance(says, Exception):
        registry.error = says
    else:
        registry.says = says
    finding = answers.run(place(auth))
    assert (finding.status, words in finding.found, remedy in finding.remedy) == (status, True, True)
    assert "shown-password" not in str(finding)


@pytest.mark.parametrize("url", ["registry.example", "", "https://h:x"])
def test_a_url_that_is_none_is_not_asked(registry: Registry, url: str) -> None:
    assert (answers.run(place(url=url)).status, registry.asked) == (FAIL, [])
