"""For how long there is hope beside something that is wrong."""

from __future__ import annotations

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.patience import Patience, is_stuck


@pytest.mark.parametrize(
    ("seen", "ends_at"),
    [
        pytest.param([(0, True), (5, True), (10, True)], 10, id="from the clock's first second on"),
        pytest.param([(0, False), (7, True), (16, True), (17, True)], 17, id="from when it is seen first"),
        pytest.param([(0, True), (9, True), (9.5, False), (12, True), (21, True)], None, id="anew after a break"),
        pytest.param([(0, False), (100, False)], None, id="nothing is wrong"),
    ],
)
def test_when_it_ends(seen: list[tuple[float, bool]], ends_at: float | None) -> None:
    patience = Patience(10)
    ended = [now for now, wrong in seen if patience.has_ended(now, wrong=wrong)]
    assert ended == ([] if ends_at is None else [ends_at])


@pytest.mark.parametrize(
    ("reasons", "stuck"),
    [([], False), (["Unschedulable"], False), (["Unschedulable", "ErrImagePull"], True)],
)
def test_a_pod_that_finds_no_node_may_get_one(reasons: list[str], stuck: bool) -> None:
    assert is_stuck(reasons) is stuck
