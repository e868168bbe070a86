"""From a chart with Karapace to one with Kora: stopped first, the schemas written down; with consent, no data lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.deployed import RELEASE, Deployed

from .conftest import Rollout, rolled_out

BEFORE, AFTER = "0.1.0-alpha.60", "0.1.0-alpha.205"

#: Registers a schema from within a pod, as a connector worker does.
_REGISTER = (
    "import json, urllib.request as r; "
    "q = r.Request('http://popsink-karapace:8081/subjects/orders-value/versions', "
    'json.dumps({"schema": json.dumps({"type": "record", "name": "orders", '
    '"fields": [{"name": "id", "type": "long"}]})}).encode(), {"Content-Type": "application/json"}); '
    "print(r.urlopen(q, timeout=10).read().decode())"
)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Rollout:
    made = rolled_out("upgrade", tmp_path_factory.mktemp("upgrade"), variables={"popsink_chart_version": BEFORE})
    made.deployed.inside(f"deployment/{RELEASE}-data-plane", "python3", "-c", _REGISTER)
    return made


def kept(deployed: Deployed) -> dict[str, str]:
    """What must survive: encrypted configurations, and the key that opens them."""
    return {
        "connectors": deployed.sql("SELECT name, config FROM connector ORDER BY name"),
        "key": deployed.vaulted["popsink_connector_config_encryption_key"],
    }


def test_an_upgrade_that_loses_the_registry(deployment: Rollout) -> None:
    deployed, playbook = deployment.deployed, deployment.playbook
    before, pods, objects = kept(deployed), deployed.incarnations(), set(deployed.objects())
    audit = deployed.own / "registry-audit.json"
    audit.unlink(missing_ok=True)
    wanted: dict[str, Any] = {"popsink_chart_version": AFTER, "popsink_registry_audit_file": str(audit)}

    looked = playbook.run("--check", **wanted)
    assert looked.code != 0
    assert not audit.exists()

    stopped = playbook.run(**wanted)
    assert stopped.code != 0
    assert stopped.changed == 0
    for said in (
        f"chart {BEFORE} becomes {AFTER}",
        "goes: karapace",
        "goes: kafka-ui",
        "comes: kora",
        "image of tansu: tansu:0.6.0 becomes tansu:1.0.0-alpha.20",
        "tansu.… is named kodansu.… now",
        "FAIL upgrade.karapace Karapace goes.",
        "popsink_karapace_schemas",
        "Two tags change the layout of the objects in the bucket",
        f"the registry's content is written to {audit}",
    ):
        assert said in stopped.words(), said
    assert deployed.incarnations() == pods
    held = json.loads(audit.read_text())
    (version,) = next(entry for entry in held["subjects"] if entry["subject"] == "orders-value")["versions"]
    assert (version["version"], json.loads(version["schema"])["name"]) == (1, "orders")
    assert version["id"] > 0

    upgraded = playbook.run(**wanted, popsink_karapace_schemas="discard")
    assert upgraded.code == 0, upgraded.output[-3000:]
    assert f"Deployment {RELEASE}-tansu: stopped before its image changes" in upgraded.words()
    assert kept(deployed) == before
    # The data plane decrypts each configuration when it starts, and starts its worker with it.
    assert "karapace" not in " ".join(pod["metadata"]["name"] for pod in deployed.pods())
    assert objects <= set(deployed.objects())
    assert playbook.run(**wanted).changed == 0


def test_the_way_back_is_refused(deployment: Rollout) -> None:
    back = deployment.playbook.run(popsink_chart_version=BEFORE)
    assert back.code != 0
    assert "FAIL upgrade.downgrade" in back.words()
    assert back.changed == 0
