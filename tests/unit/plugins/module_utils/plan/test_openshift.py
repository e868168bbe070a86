"""As whom pods run on OpenShift."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.openshift import plan_openshift

from tests.unit.plugins.samples import inputs

FIXED = {"enabled": True, "runAsUser": 1001, "runAsNonRoot": True}
FREE = {"containerSecurityContext": {"runAsUser": None}}
ADAPTS = {"global": {"compatibility": {"openshift": {"adaptSecurityContext": "auto"}}}}
FORCED = {"global": {"compatibility": {"openshift": {"adaptSecurityContext": "force"}}}}


@pytest.mark.parametrize(
    ("mode", "values", "planned"),
    [
        ("managed", {"containerSecurityContext": FIXED}, {}),
        ("route", {"containerSecurityContext": {"runAsNonRoot": True}}, {}),
        ("route", {"containerSecurityContext": FIXED}, FREE),
        ("route", {"podSecurityContext": {"fsGroup": 1}}, {"podSecurityContext": {"fsGroup": None}}),
        ("route", {"tansu": {"securityContext": FIXED}}, {"tansu": {"securityContext": {"runAsUser": None}}}),
        ("route", {"kora": {"containerSecurityContext": FIXED}}, {"kora": FREE}),
        ("route", {"postgresql": {**ADAPTS, "primary": {"containerSecurityContext": FIXED}}}, FORCED),
        ("route", {"extraEnvVars": {"runAsUser": 1}}, {}),
    ],
)
def test_users_are_left_to_openshift(
    chart_205: ChartFacts, mode: str, values: dict[str, Any], planned: dict[str, Any]
) -> None:
    chart = replace(chart_205, values=values, subcharts=("kora", "postgresql"))
    assert plan_openshift(inputs(ingress_mode=mode), chart).values == planned
