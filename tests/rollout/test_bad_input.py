"""Bad input ends before anything is changed, with the variable's name and what to do."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.deployed import Deployed

from .playbook import Playbook

OTHER_DEPLOYMENT = "00000000-0000-4000-8000-000000000000"


def _token_for(deployment: str) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": deployment}).encode()).decode().rstrip("=")
    return f"x.{claims}.x"


def _snippet(deployed: Deployed, **changes: Any) -> dict[str, Any]:
    return {"popsink_onboarding": yaml.safe_dump({**deployed.snippet, **changes})}


ROWS: dict[str, tuple[Callable[[Deployed], dict[str, Any]], tuple[str, ...]]] = {
    "no chart version": (lambda d: {"popsink_chart_version": ""}, ("popsink_chart_version is not set", "Set it to")),
    "chart version that is none": (
        lambda d: {"popsink_chart_version": "latest"},
        ("popsink_chart_version is 'latest'",),
    ),
    "chart version that is not there": (
        lambda d: {"popsink_chart_version": "0.1.0-alpha.9999"},
        ("0.1.0-alpha.9999 could not be pulled", "check popsink_chart_version"),
    ),
    "misspelt name": (
        lambda d: {"popsink_buckett": "x"},
        ("no variable popsink_buckett", "Did you mean popsink_bucket?"),
    ),
    "name that is not defined": (
        lambda d: {"popsink_helm": "{{ nowhere }}"},
        ("popsink_helm cannot be resolved", "nowhere", "set what popsink_helm refers to"),
    ),
    "wrong type": (lambda d: {"popsink_replicas": "many"}, ("popsink_replicas", "int")),
    "wrong choice": (
        lambda d: {"popsink_ingress_mode": "yes"},
        ("popsink_ingress_mode", "managed, chart, route, gateway, istio, none"),
    ),
    "no snippet": (
        lambda d: {"popsink_onboarding_file": "/nowhere"},
        ("popsink_onboarding_file (/nowhere) does not exist", "snippet there, verbatim"),
    ),
    "flat token": (lambda d: _snippet(d, deploymentJwtToken="abc"), ("deploymentJwtToken", "must be an object")),
    "token of another deployment": (
        lambda d: _snippet(d, deploymentJwtToken={"token": _token_for(OTHER_DEPLOYMENT)}),
        (f"belongs to deployment {OTHER_DEPLOYMENT}", "popsink_onboarding_file"),
    ),
    "no bucket named": (lambda d: {"popsink_bucket": ""}, ("popsink_bucket is not set",)),
    "bucket that is not there": (
        lambda d: {"popsink_bucket": "nobody-made-this"},
        ("storage.bucket", "nobody-made-this", "popsink_s3_access_key_id"),
    ),
    "wrong key": (
        lambda d: {"popsink_s3_secret_access_key": "wrong" * 8},
        ("storage.bucket", "popsink_s3_secret_access_key"),
    ),
    "pull token of a person": (
        lambda d: {"popsink_image_pull_token": '{"type": "authorized_user"}'},
        ("popsink_image_pull_token is not a service-account key", "authorized_user", "popsink_image_pull_mode"),
    ),
    "pull token that is no JSON": (lambda d: {"popsink_image_pull_token": "abc"}, ("neither JSON nor base64",)),
    "unknown StorageClass": (
        lambda d: {"popsink_database_storage_class": "floppy"},
        ("no StorageClass floppy", "standard", "popsink_database_storage_class"),
    ),
    "unknown IngressClass": (
        lambda d: {"popsink_ingress_class": "none-such"},
        ("no IngressClass none-such", "traefik"),
    ),
    "too few nodes": (
        lambda d: {"popsink_required_nodes": 7},
        ("cluster.nodes", "needed: 7 nodes", "popsink_required_nodes"),
    ),
    "no kubeconfig": (lambda d: {"popsink_kubeconfig": "/nowhere"}, ("popsink_kubeconfig",)),
    "cluster that does not answer": (
        lambda d: {"popsink_cluster": {"host": "https://127.0.0.1:9", "api_key": "x"}, "popsink_kubeconfig": ""},
        ("https://127.0.0.1:9 does not answer", "popsink_kubeconfig"),
    ),
    "no Helm": (lambda d: {"popsink_helm": "/nowhere/helm"}, ("/nowhere/helm was not found", "popsink_helm")),
    "short JWT secret": (
        lambda d: {"popsink_jwt_secret": "short"},
        ("popsink_jwt_secret has fewer than 32 characters",),
    ),
    "Fernet key that is none": (
        lambda d: {"popsink_connector_config_encryption_key": "x" * 44},
        ("popsink_connector_config_encryption_key", "not 32"),
    ),
    "literal beside a Secret": (
        lambda d: {"popsink_values": {"jwt": {"secret": "y" * 40}}},
        ("jwt.secret is set in", "popsink_values"),
    ),
    "value that the chart's schema refuses": (
        lambda d: {"popsink_values": {"replicaCount": "two"}},
        ("FAIL release.render", "replicaCount", "Correct the input"),
    ),
    "object that the server would not take": (
        lambda d: {"popsink_values": {"podLabels": {"team": "no label!"}}},
        ("FAIL release.objects", "no label!", "popsink_values"),
    ),
    "key of another chart": (
        lambda d: {"popsink_values": {"karapace": {"enabled": True}}},
        ("popsink_values.karapace is not known", "charts 0.1.0-alpha.2 to .90 read it", "In its place: kora"),
    ),
    "store that the chart's broker does not take": (
        lambda d: {"popsink_storage_type": "postgresql", "popsink_storage_postgresql_url": "postgres://u:p@db/x"},
        ("popsink_storage_type is 'postgresql'", "Use an S3 bucket"),
    ),
    "role and keys": (
        lambda d: {"popsink_s3_irsa_role_arn": "arn:aws:iam::1:role/x"},
        ("popsink_s3_irsa_role_arn is set, and popsink_s3_auth is 'keys'",),
    ),
    "chart that is no chart": (
        lambda d: {"popsink_chart_ref": str(d.folder / "lab.json")},
        ("popsink_chart_ref",),
    ),
    "control plane that does not answer": (
        lambda d: _snippet(d, controlPlaneUrl="http://127.0.0.1:9/api"),
        ("control_plane.config", "http://127.0.0.1:9/api does not answer"),
    ),
}


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Playbook, Deployed]:
    """A deployment that is never rolled out."""
    from .playbook import LAB, hand_out

    hand_out("refused")
    folder: Path = tmp_path_factory.mktemp("refused")
    return Playbook("refused", folder, {}), Deployed(LAB, "refused")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.replace(" ", "-"))
def test_bad_input_is_refused_before_anything_changes(untouched: tuple[Playbook, Deployed], row: str) -> None:
    playbook, deployed = untouched
    make, expected = ROWS[row]
    run = playbook.run(**make(deployed))
    assert run.code != 0
    assert run.changed == 0
    words = run.words()
    assert [text for text in expected if text not in words] == []
    assert "Traceback" not in run.output
    assert deployed.kubectl("get", "namespace", "refused", "--ignore-not-found") == ""
    assert not deployed.secrets_file.exists()


def test_without_a_vault_password_nothing_is_made(untouched: tuple[Playbook, Deployed]) -> None:
    playbook, deployed = untouched
    run = playbook.run(vault=False)
    assert run.code != 0
    assert run.changed == 0
    assert "--ask-vault-pass" in run.output
    assert deployed.kubectl("get", "namespace", "refused", "--ignore-not-found") == ""
