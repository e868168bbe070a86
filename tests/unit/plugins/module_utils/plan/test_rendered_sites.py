"""Inventories on the pages about sites, rendered: what their pods have."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import failures
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.inputs import PREFIX

from tests.unit.plugins.certificates import pair
from tests.unit.plugins.rendering import Objects, environment, objects_of, pods, render
from tests.unit.plugins.samples import ALL, ROOT, inputs

#: Inputs that the plan does not read.
ELSEWHERE = ("popsink_chart_version",)
Rendered = Callable[[str], Objects]


@pytest.fixture
def rendered(helm: str, chart_of: Callable[[str], ChartFacts]) -> Rendered:
    """What Helm makes of an inventory; templates are the text of a certificate."""

    def objects(name: str) -> Objects:
        inventory = yaml.safe_load((ROOT / f"tests/rendered/{name}.yml").read_text("utf-8"))
        (host,) = inventory["data_planes"]["hosts"].values()
        ca = pair().certificate
        given: dict[str, Any] = {
            variable.removeprefix(PREFIX): ca if "{{" in str(value) else value
            for variable, value in host.items()
            if variable not in ELSEWHERE
        }
        chart = chart_of(host["popsink_chart_version"].rpartition(".")[2])
        plan = build_plan(inputs(**given), chart, ALL)
        assert failures(plan.findings) == []
        return objects_of(render(helm, chart.archive, plan.values))

    return objects


def test_pull_secret(rendered: Rendered) -> None:
    found = dict(pods(rendered("pull-secret")))
    secrets = {entry["name"] for spec in found.values() for entry in spec["imagePullSecrets"]}
    images = {container["image"] for spec in found.values() for container in spec["containers"]}
    assert secrets == {"popsink-vault-image-pull"}
    assert [name for name in images if not name.startswith("registry.acme.example/popsink/")] == []


@pytest.mark.parametrize("workload", ["popsink-data-plane", "popsink-tansu", "popsink-kora"])
def test_proxy_and_private_ca(rendered: Rendered, workload: str) -> None:
    objects = rendered("proxy-and-private-ca")
    found = environment(objects, workload)
    spec = dict(pods(objects))[workload]
    (volume,), (mount,) = spec["volumes"], spec["containers"][0]["volumeMounts"]
    assert found["HTTPS_PROXY"] == found["http_proxy"] == "http://proxy.acme.example:3128"
    assert found["no_proxy"].startswith(".storage.acme.example,localhost,")
    assert found["SSL_CERT_FILE"] == found["AWS_CA_BUNDLE"] == f"{mount['mountPath']}/ca.crt"
    assert volume == {"name": mount["name"], "configMap": {"name": "popsink-ca"}}
    assert "PRIVATE" not in json.dumps(spec)
