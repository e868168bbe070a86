"""The deployment's token, and the control plane's answer with its time."""

from __future__ import annotations

import base64
import json
import time
from email.utils import formatdate
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils import control_plane as asking
from ansible_collections.popsink.data_plane.plugins.module_utils.control_plane import ControlPlane
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN
from ansible_collections.popsink.data_plane.plugins.module_utils.http_request import Answer, NoAnswerError
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import control_plane
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.site import Site

from tests.unit.plugins.fakes import FakeCluster, put_release
from tests.unit.plugins.sites import site

ID = "00000000-0000-4000-8000-000000000001"
HERE = ControlPlane("https://control.example/api", ID)


def part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def token(algorithm: str | None = "HS256", **claims: Any) -> str:
    """The usual one, with claims changed; those that are None are left out."""
    whole = {"sub": ID, "deployment_id": ID, "aud": "popsink:deployment", "iat": 1, **claims}
    kept = {name: value for name, value in whole.items() if value is not None}
    return f"{part({'alg': algorithm})}.{part(kept)}.hidden"


def at(text: str = "", **want: Any) -> Site:
    return site(known={"deployment_token": text} if text else {}, **{"control_plane": HERE, **want})


NOW = time.time()


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        (token(), PASS, "was made for this deployment"),
        (token(deployment_id=None), PASS, "was made for this deployment"),
        (token(sub=None), PASS, "was made for this deployment"),
        (token(aud=["other", "popsink:deployment"]), PASS, "was made for this deployment"),
        (token(nbf=NOW - 5), PASS, "was made for this deployment"),
        (token(nbf=NOW + 5), PASS, "was made for this deployment"),
        (token(nbf=NOW + 3600), FAIL, "is not valid before"),
        (token(exp=NOW - 3600), FAIL, "ended at"),
        (token(exp=NOW + 3600), WARN, "ends at"),
        (token(exp=1e300), WARN, "seconds after 1970"),
        (token("none"), FAIL, "is not signed"),
        (token("None"), FAIL, "is not signed"),
        (token(None), FAIL, "is not signed"),
        (token(sub="other"), FAIL, f"belongs to other, but the deployment is {ID}"),
        (token(deployment_id="other"), FAIL, f"belongs to other, but the deployment is {ID}"),
        (token(sub=None, deployment_id=None), FAIL, "names no deployment"),
        (token(aud="popsink:user"), FAIL, "is for popsink:user, not for popsink:deployment"),
        (token(aud=None), WARN, "does not say that it is for popsink:deployment"),
        (token("none", aud="popsink:user"), FAIL, "is not signed, and is for popsink:user"),
        ("no-token", FAIL, "is no JSON Web Token"),
        ("", NOT_CHECKED, "no deployment token that could be read"),
    ],
)
def test_token(text: str, status: str, words: str) -> None:
    finding = control_plane.token.run(at(text))
    assert finding.status == status
    assert words in finding.found
    assert "hidden" not in str(finding)
    assert status not in (FAIL, WARN) or "popsink_onboarding_file" in finding.remedy


@pytest.mark.parametrize("check", [control_plane.token, control_plane.config, control_plane.clock])
def test_a_deployment_without_a_control_plane_asks_none(check: Any) -> None:
    finding = check.run(at(token(), control_plane=None))
    assert (finding.status, "STANDALONE" in finding.found) == (PASS, True)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets the control plane answer; gives what it was asked."""
    asked: list[str] = []

    def take(answer: Any) -> list[str]:
        def ask(_method: str, url: str, _headers: Any) -> Answer:
            asked.append(url)
            if isinstance(answer, Exception):
                raise answer
            return Answer(answer[0], {"date": answer[1]} if answer[1] else {})

        monkeypatch.setattr(asking, "ask", ask)
        return asked

    return take


@pytest.mark.parametrize(
    ("ahead", "status", "words"),
    [
        (0, PASS, "differ by 0 seconds"),
        (29, PASS, "differ by"),
        (-29, PASS, "differ by"),
        (60, WARN, "seconds behind"),
        (-60, WARN, "seconds ahead"),
    ],
)
def test_clock(answers: Any, ahead: int, status: str, words: str) -> None:
    answers((200, formatdate(time.time() + ahead, usegmt=True)))
    finding = control_plane.clock.run(at(token()))
    assert (finding.status, words in finding.found) == (status, True)


def test_both_clocks_are_told(answers: Any) -> None:
    answers((200, "Tue, 24 Nov 2020 21:24:26 GMT"))
    found = control_plane.clock.run(at(token())).found
    assert "It is 2020-11-24T21:24:26+00:00 at the control plane and 20" in found


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_refusal_tells_the_time_as_well(answers: Any, status: int) -> None:
    answers((status, formatdate(time.time() - 3600, usegmt=True)))
    assert control_plane.clock.run(at(token())).status == WARN


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, ""), "does not tell its time"),
        ((200, "yesterday"), "does not tell its time"),
        ((200, "Tue, 99 Nov 2020 21:24:26 GMT"), "does not tell its time"),
        (NoAnswerError("refused"), "did not answer"),
    ],
)
def test_a_clock_that_is_not_known_is_not_judged(answers: Any, answer: Any, words: str) -> None:
    answers(answer)
    finding = control_plane.clock.run(at(token()))
    assert (finding.status, words in finding.found) == (NOT_CHECKED, True)


@pytest.mark.parametrize(("told", "skew"), [(100.0, 0), (99.0, 0), (102.0, 0), (110.0, 8), (90.0, -9)])
def test_time_on_the_way_is_no_difference(told: float, skew: float) -> None:
    # Asked at 100 and answered at 102; the header is cut to the second.
    assert control_plane.skew_of(told, 100.0, 102.0) == skew


def test_one_question_answers_both(answers: Any) -> None:
    asked = answers((200, formatdate(usegmt=True)))
    here = at(token())
    assert [check.run(here).status for check in (control_plane.config, control_plane.clock)] == [PASS, PASS]
    assert asked == [f"https://control.example/api/deployment/{ID}/config"]


@pytest.mark.parametrize(
    ("error", "found", "remedy"),
    [
        (NoAnswerError("self-signed", untrusted=True), "does not trust the certificate", "popsink_ca_certificates"),
        (NoAnswerError("refused"), "does not answer: refused", "https_proxy"),
    ],
)
def test_config_says_what_to_do(answers: Any, error: Exception, found: str, remedy: str) -> None:
    answers(error)
    finding = control_plane.config.run(at(token()))
    assert (finding.status, found in finding.found, remedy in finding.remedy) == (FAIL, True, True)


@pytest.mark.parametrize(
    ("answer", "installed", "status"),
    [
        (NoAnswerError("refused"), False, FAIL),
        (NoAnswerError("refused"), True, WARN),
        (Answer(503, {}), True, WARN),
        (Answer(403, {}), True, FAIL),
    ],
)
def test_without_it_what_is_installed_can_be_mended(
    monkeypatch: pytest.MonkeyPatch, cluster: FakeCluster, answer: Any, installed: bool, status: str
) -> None:
    def ask(*_arguments: Any, **_options: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(asking, "ask", ask)
    cluster.namespace("popsink")
    if installed:
        put_release(cluster)
    around = site(cluster, known={"deployment_token": token()}, control_plane=HERE)
    assert control_plane.config.run(around).status == status


def test_a_page_for_people_is_no_control_plane(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Answer(200, {"content-type": "text/html; charset=utf-8"})
    monkeypatch.setattr(asking, "ask", lambda *_arguments, **_options: page)
    finding = control_plane.config.run(at(token()))
    assert (finding.status, "page for people" in finding.found) == (FAIL, True)
