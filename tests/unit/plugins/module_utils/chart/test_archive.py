"""Reading a packaged chart."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.archive import packed, read_chart
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

from tests.lab.chart.build import choose, files, package

Content = Mapping[str, "bytes | str | dict[str, Any]"]
METADATA = {"name": "data-plane", "version": "1.0.0"}


def archive(files: Content, top: str = "data-plane/") -> bytes:
    """A chart archive; content that is a mapping is written as YAML."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            text = yaml.safe_dump(content) if isinstance(content, dict) else content
            data = text.encode() if isinstance(text, str) else text
            entry = tarfile.TarInfo(f"{top}{name}")
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
        ("kube_version", ">=1.23.0-0"),
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


def test_a_sub_chart_with_two_aliases_stands_under_both(read: Callable[[Content], ChartFacts]) -> None:
    facts = read(
        {
            "Chart.yaml": {
                **METADATA,
                "dependencies": [{"name": "db", "alias": "one"}, {"name": "db", "alias": "two"}],
            },
            "charts/db/Chart.yaml": {"name": "db"},
            "charts/db/values.yaml": {"port": 5432},
        }
    )
    assert facts.values == {"one": {"port": 5432}, "two": {"port": 5432}}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("released: 2026-10-09\n", {"released": "2026-10-09"}),
        ("8080: web\ntrue: on\n", {"8080": "web", "true": True}),
        ("a: {b: [~, 1.5]}\n", {"a": {"b": [None, 1.5]}}),
    ],
    ids=["a date", "keys that are no texts", "nothing special"],
)
def test_values_are_such_as_json_has(read: Callable[[Content], ChartFacts], text: str, values: dict[str, Any]) -> None:
    assert read({"Chart.yaml": METADATA, "values.yaml": text}).values == values


@pytest.mark.parametrize("schema", [{}, {"values.schema.json": "{}"}], ids=["none", "one"])
def test_a_schema_is_seen(read: Callable[[Content], ChartFacts], schema: Content) -> None:
    assert read({"Chart.yaml": METADATA, **schema}).has_schema == bool(schema)


def test_a_sub_charts_schema_is_not_the_charts(read: Callable[[Content], ChartFacts]) -> None:
    below: Content = {"charts/db/Chart.yaml": {"name": "db"}, "charts/db/values.schema.json": "{}"}
    assert not read({"Chart.yaml": METADATA, **below}).has_schema


def test_what_the_vendor_says_of_the_brokers_tag(chart_205: ChartFacts) -> None:
    assert chart_205.notes["tansu.image.tag"].splitlines()[:2] == [
        "@param tansu.image.tag Tag of the image",
        "Two tags change the layout of the objects in the bucket. Crossing one on a bucket that holds data needs every",
    ]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("image:\n  # one\n  ## two\n  tag: x\n", "one\ntwo"),
        ("image:\n  #   indented\n  tag: x\n", "  indented"),
        ("image:\n  # apart\n\n  # directly above\n  tag: x\n", "directly above"),
        ("image:\n  # far\n  name: x\n  # near\n  tag: x\n", "near"),
        ("image:\n  pullSecrets:\n    - a\n  # after a list\n  tag: x\n", "after a list"),
        ("image:\n  labels: {a: 1,\n    b: 2}\n  # after braces\n  tag: x\n", "after braces"),
        ("image:\n  name:\n  # after nothing\n  tag: x\n", "after nothing"),
        ("image:\n    # deep\n    'tag': x\n", "deep"),
        ("image:\r\n  # lines of another system\r\n  tag: x\r\n", "lines of another system"),
        ("\ufeffimage:\n  # after a mark\n  tag: x\n", "after a mark"),
        ("image:\n  text: |\n    # no comment\n  tag: x\n", None),
        ("image:\n  text: |\n    # no comment\n  # a comment\n  tag: x\n", "a comment"),
        ('image:\n  text: "a\n    # no comment"\n  tag: x\n', None),
        ("image:\n  tag: x # beside\n", None),
        ("image:\n  # apart\n\n  tag: x\n", None),
        ("# above the block\nimage: {tag: x}\n", None),
        ("image:\n  # of another key\n  name: x\n", None),
        ("image:\n# tag: commented out\n  name: x\n", None),
    ],
)
def test_notes_are_comments_directly_above(read: Callable[[Content], ChartFacts], text: str, note: str | None) -> None:
    assert read({"Chart.yaml": METADATA, "values.yaml": text}).notes.get("image.tag") == note


def test_notes_without_libyaml(read: Callable[[Content], ChartFacts], monkeypatch: pytest.MonkeyPatch) -> None:
    text = "image:\n  text: |\n    # no comment\n  pullSecrets:\n    - a\n  # a comment\n  tag: x\n"
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert read({"Chart.yaml": METADATA, "values.yaml": text}).notes == {"image.tag": "a comment"}


@pytest.mark.parametrize("key", ["image.name", "imagetag", "tag", "image.tag.name", "myimage.tag"])
def test_other_keys_have_no_notes(read: Callable[[Content], ChartFacts], key: str) -> None:
    *blocks, last = key.split(".")
    text = "".join(f"{'  ' * depth}{name}:\n" for depth, name in enumerate(blocks))
    depth = "  " * len(blocks)
    assert read({"Chart.yaml": METADATA, "values.yaml": f"{text}{depth}# note\n{depth}{last}: x\n"}).notes == {}


def test_a_sub_charts_notes_stand_below_it_and_the_chart_wins(read: Callable[[Content], ChartFacts]) -> None:
    noted = "image:\n  # {}\n  tag: x\n"
    facts = read(
        {
            "Chart.yaml": METADATA,
            "values.yaml": "two:\n  image:\n    # the chart\n    tag: x\n",
            "charts/one/Chart.yaml": {"name": "one"},
            "charts/one/values.yaml": noted.format("the first"),
            "charts/two/Chart.yaml": {"name": "two"},
            "charts/two/values.yaml": noted.format("the second"),
        }
    )
    assert facts.notes == {"one.image.tag": "the first", "two.image.tag": "the chart"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "", id="empty file"),
        pytest.param(b"<html>not found</html>", "Not a gzipped file", id="a page"),
        pytest.param(archive({"Chart.yaml": METADATA})[:60], "ended before the end-of-stream marker", id="cut off"),
        pytest.param(archive({"Chart.yaml": METADATA})[:-8], "ended before", id="its checksum cut off"),
        pytest.param(gzip.compress(b"no archive"), "ReadError", id="no tar in it"),
        pytest.param({"values.yaml": {}}, "it holds no Chart.yaml", id="no Chart.yaml"),
        pytest.param({"Chart.yaml": "a: ["}, "Chart.yaml is not YAML", id="Chart.yaml is not YAML"),
        pytest.param({"Chart.yaml": ""}, "Chart.yaml does not hold keys", id="Chart.yaml is empty"),
        pytest.param({"Chart.yaml": "- a list"}, "Chart.yaml does not hold keys", id="Chart.yaml is a list"),
        pytest.param({"Chart.yaml": {"name": "data-plane"}}, "Chart.yaml tells no version", id="no version"),
        pytest.param({"Chart.yaml": {"version": "1.0.0"}}, "Chart.yaml tells no name", id="no name"),
        pytest.param(
            {"Chart.yaml": METADATA, "values.yaml": "a: ["}, "values.yaml is not YAML", id="values.yaml is not YAML"
        ),
        pytest.param(
            {"Chart.yaml": METADATA, "values.yaml": "- a list"}, "values.yaml does not hold", id="values.yaml is a list"
        ),
        pytest.param(
            {"Chart.yaml": METADATA, "values.yaml": "false"}, "values.yaml does not hold", id="a single value"
        ),
        pytest.param(
            {"Chart.yaml": METADATA, "values.yaml": "a: &a [*a]"}, "values.yaml is not YAML", id="around in a circle"
        ),
        pytest.param({"Chart.yaml": METADATA, "values.yaml": "a: !!set {b}"}, "a value of type set", id="no JSON"),
        pytest.param(
            {"Chart.yaml": METADATA, "values.yaml": "a: 2026-13-45"}, "values.yaml is not YAML", id="no such day"
        ),
        pytest.param({"Chart.yaml": METADATA, "charts/db.tgz": b"broken"}, "sub-chart charts/db.tgz", id="a sub-chart"),
        pytest.param(
            {"Chart.yaml": METADATA, "charts/db/Chart.yaml": "{}"}, "charts/db/Chart.yaml tells no name", id="nameless"
        ),
        pytest.param(
            {"Chart.yaml": {**METADATA, "dependencies": [{"name": "db"}]}},
            "its sub-chart db is not in it",
            id="missing",
        ),
        pytest.param({"Chart.yaml": {**METADATA, "dependencies": ["db"]}}, "dependencies in Chart.yaml", id="unnamed"),
        pytest.param(
            archive({"one/Chart.yaml": METADATA, "two/Chart.yaml": METADATA}, ""),
            "it holds more than one chart: one, two",
            id="two charts",
        ),
        pytest.param(archive({"Chart.yaml": METADATA}, "/data-plane/"), "'/data-plane/Chart.yaml', whose path", id="/"),
        pytest.param(
            {"Chart.yaml": METADATA, "../../etc/passwd": "x"}, "whose path leads out of the chart", id="upwards"
        ),
        pytest.param(
            {"Chart.yaml": METADATA, "..\\x": "x"}, "whose path leads out of the chart", id="upwards, as Windows has it"
        ),
    ],
)
def test_what_is_no_chart(read: Callable[[bytes | Content], ChartFacts], content: bytes | Content, words: str) -> None:
    with pytest.raises(
        PopsinkError, match=r"(?s)chart\.tgz is not a Helm chart that can be read.*popsink_chart_version"
    ) as caught:
        read(content)
    assert words in str(caught.value)


def test_a_chart_that_unpacks_without_end(
    read: Callable[[Content], ChartFacts], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(read_chart.__globals__, "_LIMIT", 4096)
    with pytest.raises(PopsinkError, match="it is larger than"):
        read({"Chart.yaml": METADATA, "values.yaml": "a: " + "x" * 4096})


@pytest.mark.parametrize(
    ("given", "ends"),
    [({}, "to have it pulled again."), ({"local": "/srv/chart.tgz"}, "Package it again with helm package.")],
    ids=["pulled", "of this host"],
)
def test_a_broken_chart_has_the_remedy_of_its_place(tmp_path: Path, given: dict[str, str], ends: str) -> None:
    (tmp_path / "chart.tgz").write_bytes(b"")
    with pytest.raises(PopsinkError) as caught:
        read_chart(tmp_path / "chart.tgz", **given)
    assert str(caught.value).startswith(given.get("local", str(tmp_path)))
    assert str(caught.value).endswith(ends)


def test_another_version_than_the_pinned_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "chart.tgz").write_bytes(archive({"Chart.yaml": METADATA}))
    with pytest.raises(
        PopsinkError, match=r"popsink_chart_version is 2\.0\.0, and the chart in /srv/x\.tgz is version 1\.0\.0\. Set"
    ):
        read_chart(tmp_path / "chart.tgz", version="2.0.0", local="/srv/x.tgz")


@pytest.mark.parametrize("version", ["", "1.0.0"])
def test_the_pinned_version_or_any(tmp_path: Path, version: str) -> None:
    (tmp_path / "chart.tgz").write_bytes(archive({"Chart.yaml": METADATA}))
    assert read_chart(tmp_path / "chart.tgz", version=version).version == "1.0.0"


@pytest.mark.parametrize("tenth", range(10))
def test_a_damaged_archive_is_read_or_refused(read: Callable[[bytes], ChartFacts], tenth: int) -> None:
    damaged = bytearray(package(choose("205")[0]))
    place = len(damaged) * tenth // 10
    damaged[place : place + 40] = bytes(40)
    # Where only a comment or a template is hit, the chart is read.
    with suppress(PopsinkError):
        read(bytes(damaged))


def test_a_damaged_checksum_is_refused(read: Callable[[bytes], ChartFacts]) -> None:
    damaged = bytearray(archive({"Chart.yaml": METADATA}))
    damaged[-6] ^= 1
    with pytest.raises(PopsinkError, match="CRC"):
        read(bytes(damaged))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A chart's folder."""
    for name, content in files(choose("205")[0]):
        path = tmp_path / "sources" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return (tmp_path / "sources" / "data-plane").rename(tmp_path / "sources" / "checkout")


def names(content: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
        return tar.getnames()


def test_a_folder_has_the_facts_of_its_chart(folder: Path, tmp_path: Path, chart_205: ChartFacts) -> None:
    (tmp_path / "chart.tgz").write_bytes(packed(folder))
    facts = read_chart(tmp_path / "chart.tgz").as_dict()
    others = {"archive", "digest"}
    assert {name: facts[name] for name in facts.keys() - others} == {
        name: value for name, value in chart_205.as_dict().items() if name not in others
    }


def test_a_folder_is_the_same_bytes_however_it_was_written(folder: Path, tmp_path: Path) -> None:
    before = packed(folder)
    for path in sorted(folder.rglob("*"), reverse=True):
        os.utime(path, (0, 0))
        if path.is_file():
            path.chmod(0o600)
    assert packed(folder.rename(tmp_path / "elsewhere")) == before


def test_a_folder_that_changed_is_other_bytes(folder: Path) -> None:
    before = packed(folder)
    (folder / "values.yaml").write_text("a: 1\n", "utf-8")
    assert packed(folder) != before


def test_an_archive_tells_no_time(folder: Path) -> None:
    # Bytes 4 to 8 of gzip's header; were it the time, two runs would have two digests.
    assert packed(folder)[4:8] == bytes(4)


def test_the_charts_own_file_stands_first_in_a_folder_of_its_name(folder: Path) -> None:
    (folder / "CHANGELOG.md").write_text("sorts before it", "utf-8")
    first, *others = names(packed(folder))
    assert first == "data-plane/Chart.yaml"
    assert others == sorted(others)


def test_a_folder_is_packed_without_what_is_not_the_charts(folder: Path, tmp_path: Path) -> None:
    before = packed(folder)
    (tmp_path / "secret").write_text("x", "utf-8")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("x", "utf-8")
    (folder / "outside").symlink_to(tmp_path / "secret")
    (folder / "templates" / "outside").symlink_to(tmp_path)
    (folder / "templates" / "around").symlink_to("..")
    (folder / "nowhere").symlink_to("missing")
    os.mkfifo(folder / "pipe")
    assert packed(folder) == before


def test_a_link_within_the_chart_is_what_it_leads_to(folder: Path) -> None:
    (folder / "more").symlink_to("templates/data-plane")
    (folder / "copy.yaml").symlink_to("values.yaml")
    found = names(packed(folder))
    assert {"data-plane/copy.yaml", "data-plane/more/service.yaml"} <= set(found)


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (None, "it holds no Chart.yaml"),
        ("a: [", "Chart.yaml is not YAML"),
        ("version: 1.0.0", "Chart.yaml tells no name"),
        ("name: ../up", "names it '../up', which is no name"),
    ],
)
def test_what_is_no_charts_folder(tmp_path: Path, metadata: str | None, words: str) -> None:
    if metadata is not None:
        (tmp_path / "Chart.yaml").write_text(metadata, "utf-8")
    with pytest.raises(PopsinkError, match=rf"popsink_chart_ref is {tmp_path}, a folder that is not") as caught:
        packed(tmp_path)
    assert words in str(caught.value)
