"""What Helm makes of the stand-in chart, version by version: components, names, rules and error words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.chart import build
from tests.unit.lab import helm
from tests.unit.lab.conftest import KOTATSU, NO_KEYS, Render, at, working_values
from tests.unit.lab.test_chart_build import NUMBERS, since, until

VALUES = Path(__file__).parent / "values"
EVERYWHERE = {"popsink-data-plane", "popsink-tansu", "popsink-postgresql"}
#: What runs beside EVERYWHERE without being asked for.
COMPONENTS = {
    44: {"popsink-karapace", "popsink-kafka-ui", "popsink-metrics-exporter"},
    60: {"popsink-karapace", "popsink-kafka-ui", "popsink-metrics-exporter"},
    74: {"popsink-karapace", "popsink-kotatsu", "popsink-metrics-exporter"},
    91: {"popsink-kora", "popsink-kotatsu"},
    127: {"popsink-kora", "popsink-kotatsu"},
    132: {"popsink-kora", "popsink-kotatsu"},
    162: {"popsink-kora"},
    178: {"popsink-kora"},
    205: {"popsink-kora"},
}


def workloads(manifest: helm.Manifest) -> set[str]:
    return {found["metadata"]["name"] for found in manifest.workloads()}


@pytest.mark.parametrize(
    ("number", "variant"), [*((number, "") for number in NUMBERS), (60, "renamed"), (205, "renamed")]
)
def test_every_version_renders(render: Render, number: int, variant: str) -> None:
    assert workloads(render(number, variant=variant)) >= EVERYWHERE


@pytest.mark.parametrize("number", [60, 205])
def test_secrets_that_pods_name_are_made(render: Render, number: int) -> None:
    for variant in ("", "renamed"):
        manifest = render(number, variant=variant)
        for workload in manifest.workloads():
            for value in manifest.container(workload["metadata"]["name"])["env"]:
                reference = value.get("valueFrom", {}).get("secretKeyRef")
                if reference:
                    assert reference["key"] in manifest.get("Secret", reference["name"])["data"]


@pytest.mark.parametrize("number", NUMBERS)
def test_components_that_are_on(render: Render, number: int) -> None:
    assert workloads(render(number)) == EVERYWHERE | COMPONENTS[number]


@pytest.mark.parametrize("number", [162, 178, 205])
def test_kotatsu_can_be_asked_for(render: Render, number: int) -> None:
    assert "popsink-kotatsu" in workloads(render(number, KOTATSU))


#: Blocks of components, and which of the packaged charts read them.
BLOCKS = {
    "karapace": until(90),
    "kora": since(91),
    "kafkaUi": until(70),
    "kotatsu": since(71),
    "metricsExporter": until(74),
}
OLD_WIZARD = {
    "global": {"fqdn": "x"},
    "ingressurl": "x",
    "retention": {"type": "s3"},
    "metadata": {"deploymentName": "x"},
    "serviceAccountSecret": "x",
}


@pytest.mark.parametrize("number", NUMBERS)
def test_unknown_keys_are_ignored(render: Render, number: int) -> None:
    dead = {block: {"enabled": True} for block, known in BLOCKS.items() if (number, False) in known}
    assert workloads(render(number, dead | OLD_WIZARD)) == EVERYWHERE | COMPONENTS[number]


#: Of the release table: broker, Kotatsu, Kora.
IMAGES = {
    44: {"popsink-tansu": "tansu:0.6.0"},
    60: {"popsink-tansu": "tansu:0.6.0"},
    74: {"popsink-tansu": "tansu:0.6.0", "popsink-kotatsu": "kotatsu:0.1.0"},
    91: {"popsink-tansu": "tansu:0.6.2", "popsink-kotatsu": "kotatsu:0.2.1", "popsink-kora": "kora:0.3.3"},
    127: {"popsink-tansu": "tansu:0.7.0-beta.10", "popsink-kotatsu": "kotatsu:0.3.2", "popsink-kora": "kora:0.4.0"},
    132: {"popsink-tansu": "tansu:0.7.0-beta.27", "popsink-kotatsu": "kotatsu:0.3.2", "popsink-kora": "kora:0.4.0"},
    162: {"popsink-tansu": "tansu:1.0.0-alpha.1", "popsink-kotatsu": "kotatsu:0.3.2", "popsink-kora": "kora:0.4.0"},
    178: {"popsink-tansu": "tansu:1.0.0-alpha.20", "popsink-kotatsu": "kotatsu:0.11.0", "popsink-kora": "kora:0.5.0"},
    205: {"popsink-tansu": "tansu:1.0.0-alpha.20", "popsink-kotatsu": "kotatsu:0.11.0", "popsink-kora": "kora:0.5.0"},
}


@pytest.mark.parametrize("number", NUMBERS)
def test_images_of_the_release_table(render: Render, number: int) -> None:
    manifest = render(number, KOTATSU if number >= 162 else None)
    found = {name: manifest.container(name)["image"].rpartition("/")[2] for name in IMAGES[number]}
    assert found == IMAGES[number]


@pytest.mark.parametrize("number", NUMBERS)
def test_image_of_the_data_plane_is_that_of_the_row(
    render: Render, secret_values: dict[str, str], tmp_path: Path, number: int
) -> None:
    chosen = build.choose(str(number))
    (chart,) = build.write(tmp_path, chosen)
    manifest = helm.template(chart, working_values(number, secret_values), tmp_path)
    assert manifest.container("popsink-data-plane")["image"].endswith(f"/data-plane:{chosen[0].app}")


@pytest.mark.parametrize("number", NUMBERS)
def test_names_labels_and_sizes(render: Render, number: int) -> None:
    manifest = render(number)
    service = manifest.get("Service", "popsink-data-plane")
    assert service["spec"]["ports"][0]["port"] == 80
    assert manifest.get("Deployment", "popsink-data-plane")["spec"]["replicas"] == 2
    broker = manifest.get("Deployment", "popsink-tansu")
    assert broker["spec"]["replicas"] == 3
    assert broker["spec"]["template"]["spec"]["serviceAccountName"] == "popsink-tansu"
    assert broker["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"] == "tansu"
    assert broker["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/instance"] == "popsink"
    assert {"popsink-data-plane", "popsink-tansu"} <= manifest.names("PodDisruptionBudget")
    api = manifest.container("popsink-data-plane")
    assert api["livenessProbe"]["httpGet"]["path"] == "/api/livez"
    assert api["readinessProbe"]["httpGet"]["path"] == "/api/readyz"
    assert not manifest.names("Ingress")
    volume = manifest.get("StatefulSet", "popsink-postgresql")["spec"]["persistentVolumeClaimRetentionPolicy"]
    assert volume["whenDeleted"] == "Retain"


def test_kora_is_labelled_by_name(render: Render) -> None:
    pod = render(205).get("Deployment", "popsink-kora")["spec"]["template"]["metadata"]["labels"]
    assert pod == {"app.kubernetes.io/name": "kora", "app.kubernetes.io/instance": "popsink"}


@pytest.mark.parametrize(("number", "truncated"), since(59))
def test_names_of_a_long_release(render: Render, monkeypatch: pytest.MonkeyPatch, number: int, truncated: bool) -> None:
    monkeypatch.setattr(helm, "RELEASE", "r" * 53)
    # The label keeps this call apart from those of the usual release.
    names = render(number, {"podLabels": {"release": "long"}}).names("Service")
    whole = f"{'r' * 53}-data-plane"
    assert {name for name in names if name.startswith(whole[:63])} == {whole[:63] if truncated else whole}


@pytest.mark.parametrize(("number", "there"), since(127))
def test_network_policies(render: Render, number: int, there: bool) -> None:
    assert bool(render(number).names("NetworkPolicy")) == there


def test_ingress(render: Render) -> None:
    ingress = {"enabled": True, "hostname": "popsink.example.com", "ingressClassName": "nginx", "tls": True}
    spec = render(205, {"ingress": ingress | {"existingSecret": "mine"}}).get("Ingress", "popsink-data-plane")["spec"]
    assert spec["ingressClassName"] == "nginx"
    assert spec["tls"] == [{"hosts": ["popsink.example.com"], "secretName": "mine"}]
    assert spec["rules"][0]["host"] == "popsink.example.com"
    backend = spec["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend == {"name": "popsink-data-plane", "port": {"number": 80}}


@pytest.mark.parametrize(("number", "read"), since(59))
def test_secret_of_the_ingress(render: Render, number: int, read: bool) -> None:
    ingress = {"enabled": True, "hostname": "popsink.example.com", "tls": True, "existingSecret": "mine"}
    (tls,) = render(number, {"ingress": ingress}).get("Ingress", "popsink-data-plane")["spec"]["tls"]
    assert tls["secretName"] == ("mine" if read else "popsink.example.com-tls")


def test_random_passwords_differ(render: Render) -> None:
    values = at("postgresql.auth", {"password": ""})
    # Two calls that differ in nothing that matters, so that both are rendered.
    calls = (values, values | {"podLabels": {"a": "b"}})
    first, second = (render(205, call).secret("popsink-postgresql") for call in calls)
    assert first.keys() == second.keys() == {"password", "postgres-password"}
    assert first["password"] != second["password"]


def test_renamed_variant_shares_no_name(render: Render) -> None:
    standard, renamed = (render(205, variant=variant) for variant in ("", "renamed"))
    assert not standard.names("Secret") & renamed.names("Secret")


PLACEHOLDERS = {
    "TOKEN": "token",
    "GAR_JSON": "{}",
    "PW": "password",
    "JWT": "secret",
    "FERNET": "key",
    "PGPW": "password",
    "KORAPW": "password",
}


@pytest.mark.parametrize(("number", "file"), [(60, "guide-60.yaml"), (205, "reference-205.yaml")])
def test_values_files_of_the_guides(render: Render, number: int, file: str) -> None:
    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(one) for key, one in value.items()}
        return PLACEHOLDERS.get(value, value) if isinstance(value, str) else value

    values = filled(yaml.safe_load((VALUES / file).read_text()))
    emptied = at("tansu.storage.aws", NO_KEYS)
    values["tansu"] = {**emptied["tansu"], **values.get("tansu", {})}
    assert render(number, values).workloads()
