"""Authorities and proxies in chart values, and what of them is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import Plan
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import dig

from tests.unit.plugins.certificates import pair
from tests.unit.plugins.samples import ALL, inputs

Charts = Callable[[str], ChartFacts]

CA = pair().certificate
PROXY: dict[str, Any] = {"https_proxy": "http://proxy.example:3128"}


def planned(chart_of: Charts, number: int = 205, **given: Any) -> Plan:
    return build_plan(inputs(**given), chart_of(str(number)), ALL)


def outside(plan: Plan) -> list[tuple[str, str, str]]:
    return [(f.id, f.status, f.found) for f in plan.findings if f.id.startswith("outside.")]


def variables(plan: Plan, block: str) -> dict[str, str]:
    path = f"{block}.extraEnvVars" if block else "extraEnvVars"
    return {entry["name"]: entry["value"] for entry in dig(plan.values, path) or ()}


@pytest.mark.parametrize(
    ("number", "blocks"),
    [(205, ("", "kodansu", "kora")), (132, ("", "tansu", "kora")), (60, ("", "tansu", "karapace"))],
)
def test_every_component_trusts_the_authority(chart_of: Charts, number: int, blocks: tuple[str, ...]) -> None:
    plan = planned(chart_of, number, ca_certificates=CA)
    for block in blocks:
        file = variables(plan, block)["SSL_CERT_FILE"]
        values = dig(plan.values, block) if block else plan.values
        assert values["extraVolumes"] == [{"name": "popsink-ca", "configMap": {"name": "popsink-ca"}}]
        (mount,) = values["extraVolumeMounts"]
        assert file == f"{mount['mountPath']}/ca.crt"


@pytest.mark.parametrize(
    ("given", "block", "runs"),
    [
        ({}, "kora", True),
        ({"values": {"kora": {"enabled": False}}}, "kora", False),
        ({"schema_registry_mode": "external", "values": {"kora": {"enabled": True}}}, "kora", True),
        ({"values": {"tansu": {"enabled": False}}}, "kodansu", False),
        (
            {"values": {"kora": {"enabled": False}}, "values_ignored": ["kora.enabled"]},
            "kora",
            True,
        ),
    ],
)
def test_only_what_runs_gets_them(chart_of: Charts, given: dict[str, Any], block: str, runs: bool) -> None:
    assert bool(variables(planned(chart_of, **given, **PROXY), block)) is runs


def test_another_authority_is_another_path(chart_of: Charts) -> None:
    files = {
        variables(planned(chart_of, ca_certificates=text), "")["SSL_CERT_FILE"]
        for text in (CA, f"# ours\n{CA}", CA + pair().certificate)
    }
    assert len(files) == 2


def test_nothing_is_added_where_nothing_is_asked_for(chart_of: Charts) -> None:
    plan = planned(chart_of, no_proxy=["store.example"])
    assert "extraEnvVars" not in plan.values
    assert outside(plan) == []


def test_names_of_the_cluster_are_reached_without_a_proxy(chart_of: Charts) -> None:
    found = variables(planned(chart_of, release="dp", no_proxy=["store.example"], **PROXY), "")
    direct = found["no_proxy"].split(",")
    assert set(direct) >= {"store.example", ".svc", ".cluster.local", "dp-tansu", "$(KUBERNETES_SERVICE_HOST)"}
    assert found["NO_PROXY"] == found["no_proxy"]
    assert (found["HTTPS_PROXY"], "HTTP_PROXY" in found) == (PROXY["https_proxy"], False)


def test_the_order_of_the_variables_stays(chart_of: Charts) -> None:
    """Another one would start every pod anew."""
    names = [name for name in variables(planned(chart_of, **PROXY), "") if name.upper().endswith("_PROXY")]
    assert names == ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"]


def test_what_the_users_own_values_have_stays(chart_of: Charts) -> None:
    own = {"extraEnvVars": [{"name": "LOG", "value": "debug"}, {"name": "SSL_CERT_FILE", "value": "/mine"}]}
    found = variables(planned(chart_of, ca_certificates=CA, values=own), "")
    assert (found["LOG"], found["SSL_CERT_FILE"]) == ("debug", "/mine")
    assert "AWS_CA_BUNDLE" in found


@pytest.mark.parametrize(
    ("number", "given", "named"),
    [
        (205, {"kotatsu_enabled": True, "ca_certificates": CA}, ["kotatsu"]),
        (205, {"kotatsu_enabled": True, **PROXY}, ["kotatsu"]),
        (205, {"ca_certificates": CA}, []),
        (60, {"ca_certificates": CA, "kafka_ui_enabled": False}, ["metricsExporter"]),
    ],
)
def test_a_component_that_takes_none_is_named(
    chart_of: Charts, number: int, given: dict[str, Any], named: list[str]
) -> None:
    found = outside(planned(chart_of, number, **given))
    assert [row[:2] for row in found] == [("outside.pods", "warn")] * len(named)
    assert all(name in text for name, (_id, _status, text) in zip(named, found, strict=True))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"ca_certificates": "/etc/ssl/ca.pem"}, "popsink_ca_certificates holds no certificate in PEM."),
        ({"ca_certificates": CA.replace("MII", "XXX", 1)}, "popsink_ca_certificates holds a damaged certificate."),
        ({"ca_certificates": CA[: len(CA) // 2]}, "popsink_ca_certificates holds a damaged certificate."),
        (
            {"ca_certificates": f"{CA}-----BEGIN PRIVATE KEY-----\n"},
            "popsink_ca_certificates holds a private key.",
        ),
        ({"https_proxy": "proxy.example:3128"}, "popsink_https_proxy is no URL of a proxy."),
        ({"http_proxy": "http://proxy.example/path"}, "popsink_http_proxy is no URL of a proxy."),
        (
            {"http_proxy": "http://me:word@proxy.example"},
            "popsink_http_proxy holds a login, which whoever may look at the pods would see.",
        ),
        ({"no_proxy": ["*.example"]}, "popsink_no_proxy has *.example, which no program takes."),
        ({"no_proxy": ["https://a.example"]}, "popsink_no_proxy has https://a.example, which no program takes."),
    ],
)
def test_what_cannot_be_used_is_one_failure(chart_of: Charts, given: dict[str, Any], found: str) -> None:
    assert [(status, text) for _id, status, text in outside(planned(chart_of, **given))] == [(FAIL, found)]
