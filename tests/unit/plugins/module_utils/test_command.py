"""Running programs."""

from __future__ import annotations

import sys

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.command import find_program, run
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError


def test_a_missing_program_comes_with_its_remedy() -> None:
    with pytest.raises(PopsinkError, match=r"no-such-program was not found on this host\. Install it\."):
        find_program("no-such-program", remedy="Install it.")


def test_text_goes_in_and_comes_out() -> None:
    assert run(["cat"], stdin="through\n").stdout == "through\n"


def test_the_environment_is_the_given_one_only() -> None:
    done = run([sys.executable, "-c", "import os; print(os.environ.get('HOME'))"], env={"ONE": "1"})
    assert done.stdout == "None\n"


def test_a_failing_program_is_an_answer() -> None:
    assert run(["false"]).returncode == 1


@pytest.mark.parametrize(
    ("argv", "message"),
    [(["sleep", "5"], "sleep did not end within 0.1 seconds"), (["/"], "/ could not be started")],
)
def test_a_program_that_does_not_answer(argv: list[str], message: str) -> None:
    with pytest.raises(PopsinkError, match=message):
        run(argv, timeout=0.1)
