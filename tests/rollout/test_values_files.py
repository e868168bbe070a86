"""The guide's values file, handed in whole: what no longer applies is named first, and the rest is what it means."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.chart.build import choose, write
from tests.lab.deployed import RELEASE, Deployed, forms_of
from tests.unit.plugins.guide import first_guide

from .conftest import SMALL
from .playbook import LAB, Playbook, hand_out


def filled_in(deployed: Deployed) -> dict[str, Any]:
    """The guide's minimal values, with what the lab hands out in the place of AWS."""
    s3 = deployed.s3
    keys = {"accessKeyId": s3["access_key_id"], "secretAccessKey": s3["secret_access_key"]}
    aws = {"region": s3["region"], "endpoint": s3["endpoint"], "allowHttp": True, **keys}
    storage = {"engine": f"s3://{s3['bucket']}/kafka/", "aws": aws}
    persistence = {"size": "1Gi", "storageClass": deployed.lab["storage_class"]}
    guide = first_guide()
    return {
        **guide,
        **deployed.snippet,
        "imagePullSecret": {"create": True, "token": Path(deployed.lab["pull_token_file"]).read_text()},
        "postgresql": {**guide["postgresql"], "primary": {"persistence": persistence}},
        "tansu": {"enabled": True, "storage": storage},
    }


@pytest.fixture
def handed_in(tmp_path: Path) -> tuple[Playbook, Deployed, dict[str, Any]]:
    """A deployment of which the inventory says nothing but where its file and its chart are, a file as well."""
    hand_out("guide-file")
    deployed = Deployed(LAB, "guide-file")
    deployed.kubectl("delete", "namespace", deployed.name, "--ignore-not-found", "--wait")
    deployed.secrets_file.unlink(missing_ok=True)
    values = filled_in(deployed)
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(values))
    (archive,) = write(tmp_path / "charts", choose("205"))
    nothing = dict.fromkeys(
        ["popsink_bucket", "popsink_bucket_region", "popsink_s3_endpoint", "popsink_s3_access_key_id",
         "popsink_s3_secret_access_key", "popsink_onboarding_file", "popsink_image_pull_token_file",
         "popsink_database_storage_class"], "",
    )  # fmt: skip
    given = {**SMALL, **nothing, "popsink_values_files": [str(file)], "popsink_chart_ref": str(archive)}
    return Playbook(deployed.name, tmp_path, given), deployed, values


def test_it_is_named_what_no_longer_applies(
    handed_in: tuple[Playbook, Deployed, dict[str, Any]], secrets_of: Callable[[dict[str, Any]], list[str]]
) -> None:
    playbook, deployed, values = handed_in
    refused = playbook.run("-vvv")
    assert refused.code != 0
    assert "karapace" in refused.words()
    assert "In its place: kora" in refused.words()
    assert "popsink_values_ignored" in refused.words()
    assert deployed.kubectl("get", "namespace", deployed.name, check=False) == ""

    done = playbook.run("-vvv", popsink_values_ignored=["karapace"])
    assert done.code == 0, done.output[-3000:]
    stored = yaml.safe_load(deployed.helm("get", "values", RELEASE, "--output", "yaml"))
    assert stored["kodansu"]["storage"]["engine"] == values["tansu"]["storage"]["engine"]
    assert deployed.log_in("admin", values["adminCredentials"]["password"]) == 200
    assert playbook.run(popsink_values_ignored=["karapace"]).changed == 0
    seen = refused.output + done.output + json.dumps(stored)
    assert [value[:4] for value in secrets_of(values) for form in forms_of(value) if form in seen] == []


@pytest.fixture
def secrets_of() -> Callable[[dict[str, Any]], list[str]]:
    def secrets(values: dict[str, Any]) -> list[str]:
        """What must not be seen of the file."""
        return [
            values["adminCredentials"]["password"],
            values["jwt"]["secret"],
            values["connectorConfigEncryptionKey"]["key"],
            values["postgresql"]["auth"]["password"],
            values["deploymentJwtToken"]["token"],
            values["tansu"]["storage"]["aws"]["secretAccessKey"],
            json.loads(values["imagePullSecret"]["token"])["private_key"].splitlines()[1],
        ]

    return secrets
