"""Packages the stand-in chart: `python -m tests.lab.chart.build --out DIR [--versions 60,205] [--variant NAME]`.

The files under source/ are those of a chart, plus directives on lines of their own that are resolved here, so that a
packaged version holds only what a chart of its age would hold:

    #% file NAME          (first line) the file exists only where the feature NAME does; `not NAME` inverts
    #% if NAME … #% else … #% end
    @{name}               a value: a version, an image tag, or a name from naming.py
"""

from __future__ import annotations

import argparse
import gzip
import io
import re
import sys
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.lab.chart import naming, versions
from tests.lab.chart.versions import Version

SOURCE = Path(__file__).parent / "source"
CHART = "data-plane"
DIRECTIVE = re.compile(r"^\s*#% (if|else|end|file)(?: (not )?([a-z_]+))?\s*$")
PLACEHOLDER = re.compile(r"@\{([a-z_.-]+)\}")
#: Any fixed time will do; this one is the first that every tar reader shows without surprise.
MTIME = 315532800


class SourceError(ValueError):
    """A directive or value that cannot be resolved."""


def known_features() -> frozenset[str]:
    return frozenset(versions.FEATURES) | {f"variant_{name}" for name in naming.VARIANTS if name}


class Conditions:
    """The `#% if` blocks that a line stands in."""

    def __init__(self, features: frozenset[str]) -> None:
        self._features = features
        self._stack: list[bool] = []

    @property
    def hold(self) -> bool:
        return all(self._stack)

    @property
    def open(self) -> bool:
        return bool(self._stack)

    def wanted(self, name: str | None, negated: bool) -> bool:
        if name not in known_features():
            raise SourceError(f"no such feature: {name}")
        return (name in self._features) != negated

    def apply(self, verb: str, name: str | None, negated: bool) -> None:
        if verb == "if":
            self._stack.append(self.wanted(name, negated))
        elif not self._stack:
            raise SourceError(f"{verb} without if")
        elif verb == "else":
            self._stack[-1] = not self._stack[-1]
        else:
            self._stack.pop()


def render(text: str, features: frozenset[str], values: dict[str, str], where: str) -> str | None:
    """The text of one source file in a version with these features; None where the version lacks the file."""
    conditions = Conditions(features)
    lines: list[str] = []
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        try:
            match = DIRECTIVE.match(line)
            if match is None:
                if "#%" in line:
                    raise SourceError(f"not a directive: {line.strip()}")
                if conditions.hold:
                    lines.append(substitute(line, values))
                continue
            verb, negated, name = match.group(1), bool(match.group(2)), match.group(3)
            if verb != "file":
                conditions.apply(verb, name, negated)
            elif not conditions.wanted(name, negated):
                return None
        except SourceError as problem:
            raise SourceError(f"{where}:{number}: {problem}") from None
    if conditions.open:
        raise SourceError(f"{where}: an if has no end")
    return "".join(lines)


def substitute(line: str, values: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        if match.group(1) not in values:
            raise SourceError(f"no such value: {match.group(1)}")
        return values[match.group(1)]

    return PLACEHOLDER.sub(value, line)


def values_of(version: Version, variant: str) -> dict[str, str]:
    return {
        **naming.VARIANTS[variant],
        **{f"tag.{name}": tag for name, tag in versions.images(version).items()},
        "version": version.name,
        "app": version.app,
        "postgresql_chart": versions.POSTGRESQL_CHART,
    }


def files(version: Version, variant: str = "") -> Iterator[tuple[str, bytes]]:
    """Path inside the archive and content, sorted by path."""
    features = versions.features(version.number) | ({f"variant_{variant}"} if variant else frozenset())
    values = values_of(version, variant)
    for path in sorted(SOURCE.rglob("*")):
        if path.is_dir():
            continue
        name = path.relative_to(SOURCE).as_posix()
        text = render(path.read_text(encoding="utf-8"), features, values, name)
        if text is not None:
            yield f"{CHART}/{name}", text.encode()


def package(version: Version, variant: str = "") -> bytes:
    """The chart archive, with the same bytes for the same source."""
    archive = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=archive, mode="wb", filename="", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        # Helm takes the first Chart.yaml for the chart's own: it stands first.
        for name, content in sorted(files(version, variant), key=lambda item: (item[0].count("/"), item[0])):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = len(content), 0o644, MTIME
            tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


def write(out: Path, chosen: Iterable[Version], variant: str = "") -> list[Path]:
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for version in chosen:
        target = out / f"{CHART}-{version.name}.tgz"
        target.write_bytes(package(version, variant))
        written.append(target)
    return written


def image_list(chosen: Iterable[Version]) -> list[str]:
    return sorted({f"{name}:{tag}" for version in chosen for name, tag in versions.images(version).items()})


def choose(numbers: str | None) -> list[Version]:
    if numbers is None:
        return list(versions.VERSIONS)
    by_number = {version.number: version for version in versions.VERSIONS}
    wanted = [int(number) for number in numbers.split(",")]
    unknown = [str(number) for number in wanted if number not in by_number]
    if unknown:
        have = ", ".join(str(number) for number in by_number)
        raise SystemExit(f"no row in tests/lab/chart/versions.py for {', '.join(unknown)}; there are {have}")
    return [by_number[number] for number in wanted]


def main(argv: list[str] | None = None) -> int:
    description = (__doc__ or "").split("\n", maxsplit=1)[0]
    parser = argparse.ArgumentParser(prog="python -m tests.lab.chart.build", description=description)
    parser.add_argument("--out", type=Path, help="folder for the archives")
    parser.add_argument("--versions", help="chart numbers, separated by commas (default: all)")
    parser.add_argument("--variant", default="", choices=sorted(naming.VARIANTS), help="another naming of the Secrets")
    parser.add_argument("--list-images", action="store_true", help="print the images that the charts name, and end")
    arguments = parser.parse_args(argv)
    chosen = choose(arguments.versions)
    if arguments.list_images:
        print("\n".join(image_list(chosen)))
        return 0
    if arguments.out is None:
        parser.error("--out is required")
    for path in write(arguments.out, chosen, arguments.variant):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
