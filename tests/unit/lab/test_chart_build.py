"""The packaging of the stand-in chart: directives, values, the same bytes each time."""

from __future__ import annotations

import io
import json
import re
import tarfile

import pytest
import yaml

from tests.lab.chart import build, naming, versions
from tests.lab.chart.versions import Version

#: The packaged ones.
NUMBERS = [44, 60, 74, 91, 127, 132, 162, 178, 205]


#: A chart number, and whether a chart of it has what is asked for.
Table = list[tuple[int, bool]]


def within(first: int, last: int) -> Table:
    """The packaged numbers and both sides of both ends: whether they are between the ends, which are included."""
    ends = {number for number in (first - 1, first, last, last + 1) if NUMBERS[0] <= number <= NUMBERS[-1]}
    return [(number, first <= number <= last) for number in sorted({*NUMBERS, *ends})]


def since(first: int) -> Table:
    return within(first, NUMBERS[-1])


def until(last: int) -> Table:
    return within(NUMBERS[0], last)


def version(number: int) -> Version:
    return Version(number, "2026.07.21")


def unpack(package: bytes) -> dict[str, str]:
    with tarfile.open(fileobj=io.BytesIO(package)) as tar:
        members = [(member.name, tar.extractfile(member)) for member in tar.getmembers()]
        return {name: content.read().decode() for name, content in members if content}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a\n#% if kora\nb\n#% end\nc\n", "a\nb\nc\n"),
        ("a\n#% if not kora\nb\n#% end\nc\n", "a\nc\n"),
        ("#% if karapace\nb\n#% else\nc\n#% end\n", "c\n"),
        ("#% if karapace\n#% if kora\nb\n#% end\n#% end\n", ""),
        ("  #% if kora\n  b\n  #% end\n", "  b\n"),
        ("#% file kora\nb\n", "b\n"),
        ("#% file karapace\nb\n", None),
        ("tag: @{tag.kora}\n", "tag: 0.5.0\n"),
    ],
)
def test_directives(text: str, result: str | None) -> None:
    assert build.render(text, frozenset({"kora"}), {"tag.kora": "0.5.0"}, "values.yaml") == result


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("#% if nonsense\n#% end\n", "values.yaml:1: no such feature: nonsense"),
        ("a\n#% unless kora\n", "values.yaml:2: not a directive: #% unless kora"),
        ("#% end\n", "values.yaml:1: end without if"),
        ("#% if kora\n", "values.yaml: an if has no end"),
        ("@{nonsense}\n", "values.yaml:1: no such value: nonsense"),
    ],
)
def test_wrong_directives(text: str, problem: str) -> None:
    with pytest.raises(build.SourceError, match="^" + problem + "$"):
        build.render(text, frozenset({"kora"}), {}, "values.yaml")


@pytest.mark.parametrize("variant", sorted(naming.VARIANTS))
@pytest.mark.parametrize("number", NUMBERS)
def test_package_is_complete_and_holds_no_directive(number: int, variant: str) -> None:
    files = unpack(build.package(version(number), variant))
    assert next(iter(files)) == "data-plane/Chart.yaml"
    for name, text in files.items():
        assert "#%" not in text, name
        assert "@{" not in text, name
    chart = yaml.safe_load(files["data-plane/Chart.yaml"])
    assert chart["version"] == f"0.1.0-alpha.{number}"
    parts = {f"data-plane/charts/{part['name']}/Chart.yaml": part["version"] for part in chart["dependencies"]}
    assert parts == {name: yaml.safe_load(files[name])["version"] for name in files if name in parts}


def test_packaged_versions() -> None:
    assert [row.number for row in versions.VERSIONS] == NUMBERS


@pytest.mark.parametrize(
    ("number", "tag"),
    [(60, "2026.05.12"), (91, "2026.06.17"), (162, "2026.08.27"), (178, "2026.09.14"), (205, "2026.10.09")],
)
def test_image_tag_of_the_data_plane(number: int, tag: str) -> None:
    (row,) = build.choose(str(number))
    assert versions.images(row)["data-plane"] == tag


def test_image_tags_of_the_data_plane_are_in_order() -> None:
    tags = [row.app for row in versions.VERSIONS]
    assert tags == sorted(set(tags))


#: What a packaged version says only where it has it: a pattern, and the first and last chart.
TRACES: list[tuple[str, int, int]] = [
    (r"karapace", 2, 90),
    (r"\bkora\b", 91, 999),
    (r"kora\.database must be provided", 162, 999),
    (r"kafka-?ui", 1, 70),
    (r"kotatsu", 71, 999),
    (r"metrics-?exporter", 26, 74),
    (r"network-?policy", 127, 999),
    (r"kodansu", 178, 999),
    (r"abfss://", 178, 999),
    (r"Two tags change the layout of the objects", 178, 999),
    (r"extraEnvVarsSecret", 132, 999),
    (r"ingress\.existingSecret", 59, 999),
    (r"ingress\.hostname must be provided", 1, 61),
    (r"\(admin when empty\)", 1, 133),
    (r"postgres, or oracle", 113, 127),
    (r"WORKER_REQUIRES_REGISTRY_LOGIN", 60, 64),
    (r"json-schema\.org", 162, 999),
]


@pytest.mark.parametrize("number", NUMBERS)
def test_no_trace_of_what_a_version_lacks(number: int) -> None:
    text = "\n".join(f"{name}\n{content}" for name, content in unpack(build.package(version(number))).items())
    found = {pattern for pattern, _first, _last in TRACES if re.search(pattern, text, re.IGNORECASE)}
    assert found == {pattern for pattern, first, last in TRACES if first <= number <= last}


@pytest.mark.parametrize(("number", "there"), since(162))
def test_values_schema(number: int, there: bool) -> None:
    assert ("data-plane/values.schema.json" in unpack(build.package(version(number)))) == there


@pytest.mark.parametrize("number", [162, 178, 205])
def test_values_schema_leaves_room_for_unknown_keys(number: int) -> None:
    schema = unpack(build.package(version(number)))["data-plane/values.schema.json"]
    assert json.loads(schema)["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert "additionalProperties" not in schema


def test_same_bytes_each_time() -> None:
    assert build.package(version(205)) == build.package(version(205))


def test_variants_name_the_same_things_otherwise() -> None:
    assert naming.STANDARD.keys() == naming.RENAMED.keys()
    same = {name for name, value in naming.STANDARD.items() if naming.RENAMED[name] == value}
    assert not same


@pytest.mark.parametrize(
    ("number", "components"),
    [
        (44, {"karapace", "kafka-ui", "metrics-exporter"}),
        (60, {"karapace", "kafka-ui", "metrics-exporter"}),
        (70, {"karapace", "kafka-ui", "metrics-exporter"}),
        (71, {"karapace", "kotatsu", "metrics-exporter"}),
        (74, {"karapace", "kotatsu", "metrics-exporter"}),
        (75, {"karapace", "kotatsu"}),
        (90, {"karapace", "kotatsu"}),
        (91, {"kora", "kotatsu"}),
        (127, {"kora", "kotatsu"}),
        (132, {"kora", "kotatsu"}),
        (162, {"kora", "kotatsu"}),
        (178, {"kora", "kotatsu"}),
        (205, {"kora", "kotatsu"}),
    ],
)
def test_components_by_version(number: int, components: set[str]) -> None:
    always = {"data-plane", "connector-worker", "tansu", "postgresql"}
    assert versions.images(version(number)).keys() == always | components


@pytest.mark.parametrize(
    ("number", "tag"),
    [
        (34, "0.5.11"),
        (35, "0.6.0"),
        (76, "0.6.0"),
        (80, "0.6.1"),
        (130, "0.7.0-beta.10"),
        (131, "0.7.0-beta.10"),
        (132, "0.7.0-beta.27"),
        (177, "1.0.0-alpha.10"),
        (205, "1.0.0-alpha.20"),
    ],
)
def test_broker_tag_by_version(number: int, tag: str) -> None:
    assert versions.tag_at(versions.BROKER_TAGS, number) == tag


def test_image_list_has_each_image_once() -> None:
    assert build.image_list([Version(60, "2026.05.12"), Version(61, "2026.05.12")]) == [
        "connector-worker:2026.05.12",
        "data-plane:2026.05.12",
        "kafka-ui:0.7.2",
        "karapace:4.1.3",
        "metrics-exporter:0.4.0",
        "postgresql:17.6.0",
        "tansu:0.6.0",
    ]


def test_every_feature_decides_something() -> None:
    source = "".join(path.read_text() for path in build.SOURCE.rglob("*") if path.is_file())
    assert {name for name in versions.FEATURES if not re.search(rf"#% \w+ (not )?{name}\b", source)} == set()


def test_unknown_version_is_named() -> None:
    with pytest.raises(SystemExit, match=r"no row in tests/lab/chart/versions\.py for 61"):
        build.choose("60,61")
