"""How many tests a phase ran, and how they ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree


@dataclass(frozen=True)
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"


def of_case(case: ElementTree.Element) -> Counts:
    if case.find("failure") is not None or case.find("error") is not None:
        return Counts(failed=1)
    return Counts(skipped=1) if case.find("skipped") is not None else Counts(passed=1)


def reported(folder: Path) -> Counts:
    """The sum of all JUnit reports in a folder."""
    total = Counts()
    for report in sorted(folder.glob("*.xml")):
        # Written by the tools that were just run.
        for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314
            total += of_case(case)
    return total


def of_phase(folder: Path, *, succeeded: bool, counts_itself: bool) -> Counts:
    """A phase that failed counts a failure, even when none of its tests names one."""
    total = reported(folder)
    if counts_itself or total == Counts():
        return total + (Counts(passed=1) if succeeded else Counts(failed=1))
    return total if succeeded or total.failed else total + Counts(failed=1)
