"""All checks at once: none hides another's answer, and the report comes in time."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight import run
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.check import (
    Verdict,
    check,
    fails,
    passes,
    warns,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import Inside
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.run import CHECKS, run_checks
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.site import Site

from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.sites import requirements, site


@check("one.passes", "nothing")
def good(site: Site) -> Verdict:
    return passes("it is there")


@check("one.fails", "{nodes} of them")
def bad(site: Site) -> Verdict:
    return fails("it is not there", "make it")


@check("one.warns", "nothing")
def doubtful(site: Site) -> Verdict:
    return warns("it is old", "renew it")


@check("one.refused", "nothing")
def refused(site: Site) -> Verdict:
    raise ApiError(403, "you may not")


@check("one.silent", "nothing")
def silent(site: Site) -> Verdict:
    raise PopsinkError("no answer")


@check("one.essential", "nothing", essential=True)
def essential(site: Site) -> Verdict:
    raise PopsinkError("no answer")


@check("one.defect", "nothing")
def defect(site: Site) -> Verdict:
    raise KeyError("status")


@check("one.ahead", "nothing", ahead=True)
def ahead(site: Site) -> Verdict:
    return passes("it would fit")


@check("one.inside", "nothing", inside=True)
def inside(site: Site) -> Verdict:
    return passes("seen from inside")


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Takes the place of the real checks."""

    def take(*checks: Any) -> None:
        monkeypatch.setattr(run, "CHECKS", run.checks_of([SimpleNamespace(**{item.id: item for item in checks})]))

    return take


def statuses(at: Site, **how: Any) -> dict[str, str]:
    return {finding.id: finding.status for finding in run_checks(at, **how).findings}


@pytest.mark.parametrize(
    ("one", "status", "words"),
    [
        (good, PASS, "it is there"),
        (bad, FAIL, "it is not there"),
        (doubtful, WARN, "it is old"),
        (refused, NOT_CHECKED, "you may not"),
        (silent, NOT_CHECKED, "no answer"),
        (essential, FAIL, "no answer"),
        (defect, NOT_CHECKED, "The check itself failed: KeyError (test_run.py, line"),
    ],
    ids=lambda value: getattr(value, "id", None),
)
def test_what_a_check_says(checks: Any, one: Any, status: str, words: str) -> None:
    checks(one, good)
    finding = run_checks(site()).findings[0]
    assert (finding.id, finding.status, words in finding.found) == (one.id, status, True)


def test_none_hides_another(checks: Any) -> None:
    checks(defect, silent, refused, bad, good)
    assert statuses(site())["one.passes"] == PASS


def test_an_account_that_may_not_is_told_what_it_needs(checks: Any) -> None:
    checks(refused)
    assert "preflight.yaml" in run_checks(site()).findings[0].remedy


def test_thresholds_stand_in_what_is_needed(checks: Any) -> None:
    checks(bad)
    assert run_checks(site(nodes=7)).findings[0].needed == "7 of them"


@pytest.mark.parametrize(
    ("one", "level", "status", "words"),
    [
        (bad, "warn", WARN, "made a warning by popsink_preflight_checks"),
        (good, "warn", PASS, "it is there"),
        (silent, "warn", NOT_CHECKED, "no answer"),
        (bad, "off", NOT_CHECKED, "Turned off by popsink_preflight_checks"),
        (doubtful, "fail", FAIL, "Must pass, by popsink_preflight_checks; otherwise: warn"),
        (silent, "fail", FAIL, "Must pass, by popsink_preflight_checks; otherwise: not checked"),
        (good, "fail", PASS, "it is there"),
    ],
    ids=lambda value: getattr(value, "id", None),
)
def test_levels(checks: Any, one: Any, level: Any, status: str, words: str) -> None:
    checks(one)
    (finding,) = run_checks(site(levels={one.id: level})).findings
    assert (finding.status, words in finding.found) == (status, True)


@pytest.mark.parametrize(
    ("as_planned", "thorough", "done"),
    [(True, False, False), (True, True, True), (False, False, True), (False, True, True)],
)
def test_what_concerns_a_rollout_only(checks: Any, as_planned: bool, thorough: bool, done: bool) -> None:
    checks(ahead, good)
    checked = run_checks(site(as_planned=as_planned), thorough=thorough)
    assert ("one.ahead" in [finding.id for finding in checked.findings]) == done
    assert checked.left_out == (() if done else ("one.ahead",))


@pytest.mark.parametrize("asked", [True, False])
def test_what_is_seen_from_inside_is_on_request(checks: Any, asked: bool) -> None:
    checks(inside, good)
    assert ("one.inside" in statuses(site(inside=Inside("busybox", 60) if asked else None))) == asked


def test_they_run_at_the_same_time(checks: Any) -> None:
    running, most = set(), []

    def slow(name: str) -> Any:
        @check(name, "nothing")
        def look(site: Site) -> Verdict:
            running.add(name)
            time.sleep(0.1)
            most.append(len(running))
            running.discard(name)
            return passes("")

        return look

    checks(*(slow(f"slow.{number}") for number in range(4)))
    run_checks(site())
    assert max(most) == 4


@pytest.mark.parametrize(("is_essential", "status"), [(False, NOT_CHECKED), (True, FAIL)])
def test_whoever_hangs_is_not_waited_for(checks: Any, is_essential: bool, status: str) -> None:
    @check("one.hangs", "nothing", essential=is_essential)
    def hangs(site: Site) -> Verdict:
        time.sleep(5)
        return passes("at last")

    checks(hangs, good)
    at = site()
    at._end = time.monotonic() + 0.3
    began = time.monotonic()
    found = {finding.id: finding for finding in run_checks(at).findings}
    assert time.monotonic() - began < 2
    assert (found["one.hangs"].status, found["one.passes"].status) == (status, PASS)
    assert "popsink_preflight_timeout" in found["one.hangs"].found


def test_a_defect_in_the_outlook_hides_no_check(checks: Any) -> None:
    def broken() -> Any:
        raise KeyError("kind")

    checks(good, ahead)
    at = Site(requirements(), FakeCluster(), {}, {}, seconds=10.0)
    at._outlook = broken  # type: ignore[method-assign]
    findings = {finding.id: finding for finding in run_checks(at, thorough=False).findings}
    assert (findings["one.passes"].status, findings["release.outlook"].status) == (PASS, NOT_CHECKED)


@pytest.mark.parametrize(("level", "status"), [("warn", WARN), ("", FAIL)])
def test_a_late_answer_is_taken_as_the_user_wants_it(level: str, status: str) -> None:
    assert essential.late(site(levels={"one.essential": level})).status == status


def test_ids_are_unique_and_every_check_says_what_it_needs() -> None:
    ids = [item.id for item in CHECKS]
    assert len(set(ids)) == len(ids)
    assert all(item.finding(site().want.required, passes("")).needed for item in CHECKS)


def test_a_terminal_obeys_nothing_that_a_server_says(checks: Any) -> None:
    @check("one.odd", "nothing")
    def odd(site: Site) -> Verdict:
        return fails("It says \x1b[2J\x07\0.", "")

    checks(odd)
    assert "\x1b" not in run_checks(site()).findings[0].found


def test_a_defect_in_what_is_essential_is_no_way_on(checks: Any) -> None:
    @check("one.broken", "nothing", essential=True)
    def broken(site: Site) -> Verdict:
        raise KeyError("status")

    checks(broken)
    assert run_checks(site()).findings[0].status == FAIL
