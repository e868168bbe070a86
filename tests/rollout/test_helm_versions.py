"""Helm 4 goes on with what Helm 3 began, and mends what was changed by hand as Helm 3 does."""

from __future__ import annotations

import pytest

from tests.lab.deployed import RELEASE

from .conftest import rolled_out
from .playbook import LAB

HELM_3 = {"popsink_helm": "{{ lab_helm3 }}"}


def test_helm_4_after_helm_3(tmp_path_factory: pytest.TempPathFactory) -> None:
    rollout = rolled_out("helms", tmp_path_factory.mktemp("helms"), variables=HELM_3)
    rollout.deployed.kubectl("scale", f"deployment/{RELEASE}-tansu", "--replicas=2")
    mended = rollout.playbook.run("--tags", "release")
    assert (mended.code, mended.changed_roles) == (0, {"release"})
    assert rollout.deployed.get("deployment", f"{RELEASE}-tansu")["spec"]["replicas"] == 1
    assert rollout.playbook.run(popsink_helm=str(LAB / "bin/helm")).changed == 0
    values = {"podAnnotations": {"example.com/by": "helm-4"}}
    upgraded = rollout.playbook.run(popsink_helm=str(LAB / "bin/helm"), popsink_values=values)
    assert (upgraded.code, upgraded.changed_roles) == (0, {"release"})
    template = rollout.deployed.get("deployment", f"{RELEASE}-data-plane")["spec"]["template"]
    assert template["metadata"]["annotations"]["example.com/by"] == "helm-4"
    assert rollout.playbook.run(popsink_helm=str(LAB / "bin/helm"), popsink_values=values).changed == 0
