"""Two controllers that start at once against one deployment end with one set of secrets, in cluster and files."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab.deployed import OURS, Deployed

from .agreement import SECRETS, assert_agreement
from .playbook import Playbook, Run, finished

pytestmark = pytest.mark.alone

#: By how many seconds the second starts later, round by round: it starts to work while the first writes its file.
LATER = (0, 0.01, 0.02, 0.04, 0.06, 0.09)

#: How a run begins its advice when it cannot go on because of another.
AGAIN = "Run again"


@pytest.mark.parametrize(
    "names", [("shared.yml", "shared.yml"), ("one.yml", "other.yml")], ids=["one file", "two files"]
)
def test_two_runs_at_once_end_with_one_set_of_secrets(
    fresh: Callable[[str], tuple[Playbook, Deployed]], tmp_path: Path, names: tuple[str, str]
) -> None:
    playbook, deployed = fresh("twice")
    files = [tmp_path / "secrets" / name for name in names]
    for later in LATER:
        print(f"The second {later} s later:")
        for file in files:
            file.unlink(missing_ok=True)
        deployed.kubectl("delete", "secrets", OURS)
        runs = _both(playbook, files, later)
        for run, file in zip(runs, files, strict=True):
            assert run.code == 0 or AGAIN in run.words()
            if run.code:
                assert _run(playbook, file).code == 0
        for file in files:
            assert_agreement(deployed, file)
        assert {path.name for path in files[0].parent.iterdir()} == set(names)
    for file in files:
        again = _run(playbook, file)
        assert (again.code, again.changed) == (0, 0)


def _run(playbook: Playbook, file: Path) -> Run:
    return playbook.run(*SECRETS, popsink_secrets_file=str(file))


def _both(playbook: Playbook, files: list[Path], later: float) -> list[Run]:
    first = playbook.start(*SECRETS, popsink_secrets_file=str(files[0]))
    time.sleep(later)
    second = playbook.start(*SECRETS, popsink_secrets_file=str(files[1]))
    return [finished(first), finished(second)]
