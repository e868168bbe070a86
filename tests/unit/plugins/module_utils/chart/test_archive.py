"""Reading a packaged chart."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.archive import read_chart
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

from tests.lab.chart.build import choose, package

Content = Mapping[str, "bytes | str | dict[str, Any]"]
METADATA = {"name": "data-plane", "version": "1.0.0"}


def archive(files: Content) -> bytes:
    """A chart archive; content that is a mapping is written as YAML."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            text = yaml.safe_dump(content) if isinstance(content, dict) else content
            data = text.encode() if isinstance(text, str) else text
            entry = tarfile.TarInfo(f"data-plane/{name}")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes | Content], ChartFacts]:
    def read(content: bytes | Content) -> ChartFacts:
        path = tmp_path / "chart.tgz"
        path.write_bytes(content if isinstance(content, bytes) else archive(content))
        return read_chart(path)

    return read


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("name", "data-plane"),
        ("version", "0.1.0-alpha.205"),
        ("app_version", "2026.10.09"),
        ("subcharts", ("kora", "postgresql")),
    ],
)
def test_facts(chart_205: ChartFacts, attribute: str, value: Any) -> None:
    assert getattr(chart_205, attribute) == value


def test_a_chart_has_only_the_sub_charts_of_its_age(chart_of: Callable[[str], ChartFacts]) -> None:
    assert chart_of("60").subcharts == ("postgresql",)


def test_the_digest_is_that_of_the_file(chart_205: ChartFacts) -> None:
    assert chart_205.digest == "sha256:" + hashlib.sha256(Path(chart_205.archive).read_bytes()).hexdigest()


def test_the_chart_wins_over_its_sub_chart(read: Callable[[Content], ChartFacts]) -> None:
    facts = read(
        {
            "Chart.yaml": METADATA,
            "values.yaml": {"db": {"size": "8Gi"}},
            "charts/db/Chart.yaml": {"name": "db"},
            "charts/db/values.yaml": {"size": "1Gi", "port": 5432},
        }
    )
    assert facts.values == {"db": {"size": "8Gi", "port": 5432}}


def test_a_packed_sub_chart(read: Callable[[Content], ChartFacts]) -> None:
    packed = archive({"Chart.yaml": {"name": "db"}, "values.yaml": {"port": 5432}})
    facts = read({"Chart.yaml": METADATA, "values.yaml": {}, "charts/db-1.2.3.tgz": packed})
    assert (facts.values, facts.subcharts) == ({"db": {"port": 5432}}, ("db",))


def test_a_sub_chart_stands_under_its_alias(read: Callable[[Content], ChartFacts]) -> None:
    facts = read(
        {
            "Chart.yaml": {**METADATA, "dependencies": [{"name": "postgresql", "alias": "db"}]},
            "charts/postgresql/Chart.yaml": {"name": "postgresql"},
            "charts/postgresql/values.yaml": {"port": 5432},
        }
    )
    assert (facts.values, facts.subcharts) == ({"db": {"port": 5432}}, ("db",))


def test_a_sub_chart_of_a_sub_chart_stands_below_it(read: Callable[[Content], ChartFacts]) -> None:
    facts = read(
        {
            "Chart.yaml": METADATA,
            "charts/db/Chart.yaml": {"name": "db"},
            "charts/db/charts/common/Chart.yaml": {"name": "common"},
            "charts/db/charts/common/values.yaml": {"x": 1},
        }
    )
    assert (facts.values, facts.subcharts) == ({"db": {"common": {"x": 1}}}, ("db",))


@pytest.mark.parametrize(
    "files",
    [{"Chart.yaml": METADATA}, {"Chart.yaml": METADATA, "values.yaml": "# nothing\n"}],
    ids=["no file", "no content"],
)
def test_a_chart_without_values(read: Callable[[Content], ChartFacts], files: Content) -> None:
    assert read(files).values == {}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty file"),
        pytest.param(b"<html>not found</html>", id="a page"),
        pytest.param(archive({"Chart.yaml": METADATA})[:60], id="cut off"),
        pytest.param({"values.yaml": {}}, id="no Chart.yaml"),
        pytest.param({"Chart.yaml": "a: ["}, id="Chart.yaml is not YAML"),
        pytest.param({"Chart.yaml": ""}, id="Chart.yaml is empty"),
        pytest.param({"Chart.yaml": "- a list"}, id="Chart.yaml is a list"),
        pytest.param({"Chart.yaml": {"name": "data-plane"}}, id="no version"),
        pytest.param({"Chart.yaml": METADATA, "values.yaml": "a: ["}, id="values.yaml is not YAML"),
        pytest.param({"Chart.yaml": METADATA, "values.yaml": "- a list"}, id="values.yaml is a list"),
        pytest.param({"Chart.yaml": METADATA, "charts/db.tgz": b"broken"}, id="a broken sub-chart"),
    ],
)
def test_what_is_no_chart(read: Callable[[bytes | Content], ChartFacts], content: bytes | Content) -> None:
    with pytest.raises(
        PopsinkError, match=r"(?s)chart\.tgz is not a Helm chart that can be read.*popsink_chart_version"
    ):
        read(content)


@pytest.mark.parametrize("tenth", range(10))
def test_a_damaged_archive_is_read_or_refused(read: Callable[[bytes], ChartFacts], tenth: int) -> None:
    damaged = bytearray(package(choose("205")[0]))
    place = len(damaged) * tenth // 10
    damaged[place : place + 40] = bytes(40)
    # Where only a comment or a template is hit, the chart is read.
    with suppress(PopsinkError):
        read(bytes(damaged))
