"""Runs that are killed while they generate, store and create secrets.

After each the next run converges, no secret that was ever in the cluster has changed, and no file is torn.
"""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest

from tests.lab.deployed import OURS, Deployed
from tests.lab.process import Holder

from .agreement import SECRETS, assert_agreement, beside
from .killing import kill, wait_for_the_end
from .playbook import Playbook

pytestmark = pytest.mark.alone

#: Repeats a sample, as far as timing can be repeated.
SEED = "KILLS_SEED"

#: What somebody else keeps in the secrets file.
OTHERS = b"# Kept by hand, do not reorder\nsite_region:   'north'   # not ours\n"

#: From the first trace of a run on disk to its end, as a part of the whole run.
TRACED = 0.15


class Victim:
    """A run that is to be killed, and what can be seen of it from outside meanwhile."""

    def __init__(self, playbook: Playbook, deployed: Deployed, watch: subprocess.Popen[bytes]) -> None:
        self._file = deployed.secrets_file
        self._beside = beside(self._file)
        self._before = self._inode()
        self._watch = watch
        self._announced = b""
        self.process = playbook.start(*SECRETS)
        self._began = time.monotonic()

    def seconds(self) -> float:
        """For how long it has run."""
        return time.monotonic() - self._began

    def writes(self) -> bool:
        """Whether something appeared beside the secrets file, or in its place."""
        return beside(self._file) != self._beside or self.has_stored()

    def has_stored(self) -> bool:
        """Whether there is a new secrets file."""
        return self._inode() != self._before

    def created(self) -> int:
        """How many Secrets it has created."""
        with suppress(BlockingIOError):
            self._announced += os.read(self._watch.stdout.fileno(), 65536) if self._watch.stdout else b""
        return self._announced.count(b"\n")

    def until(self, seen: Callable[[], bool]) -> None:
        """Wait for something to be seen, or for its end."""
        while self.process.poll() is None and not seen():
            time.sleep(0.0003)

    def kill(self, *, alone: bool) -> list[Holder]:
        """Kill it with all that it started, or alone; gives those of its processes that live on.

        Ansible's workers have sessions of their own: whoever kills ansible-playbook leaves one at work.
        """
        return kill(self.process, alone=alone)

    def _inode(self) -> int:
        try:
            return self._file.stat().st_ino
        except FileNotFoundError:
            return 0


@contextmanager
def _started(playbook: Playbook, deployed: Deployed) -> Iterator[Victim]:
    """A run, with a watch on the Secrets that it creates."""
    argv = [deployed.lab["kubectl"], f"--kubeconfig={deployed.lab['kubeconfig']}", f"--namespace={deployed.name}"]
    argv += ["get", "secrets", OURS, "--watch-only", "--output=name"]
    # Connects long before the run, which must start first, creates anything.
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as watch:
        assert watch.stdout
        os.set_blocking(watch.stdout.fileno(), False)
        victim = Victim(playbook, deployed, watch)
        try:
            yield victim
        finally:
            victim.kill(alone=False)
            watch.kill()


# What is there when the run starts


def _nothing(deployed: Deployed) -> None:
    _only_the_file(deployed)
    deployed.secrets_file.unlink()


def _only_the_file(deployed: Deployed) -> None:
    deployed.kubectl("delete", "secrets", OURS)


def _only_the_secrets(deployed: Deployed) -> None:
    deployed.secrets_file.unlink()


def _others_in_the_file(deployed: Deployed) -> None:
    _nothing(deployed)
    deployed.secrets_file.write_bytes(OTHERS)


# When it is killed: a moment is waited for, given how long a whole run takes and how many Secrets it creates.


@dataclass(frozen=True)
class Whole:
    """A run that is left alone."""

    seconds: float
    secrets: int


def _at_any_time(victim: Victim, whole: Whole, chance: random.Random) -> None:
    end = whole.seconds * chance.uniform(0.5, 1)
    victim.until(lambda: victim.seconds() >= end)


def _while_it_writes(victim: Victim, whole: Whole, chance: random.Random) -> None:
    victim.until(victim.writes)
    end = victim.seconds() + whole.seconds * chance.uniform(0, TRACED)
    victim.until(lambda: victim.seconds() >= end)


def _while_it_creates(victim: Victim, whole: Whole, chance: random.Random) -> None:
    wanted = chance.randint(1, whole.secrets - 1)
    victim.until(lambda: victim.created() >= wanted)


def _when_it_has_stored(victim: Victim, whole: Whole, chance: random.Random) -> None:
    victim.until(victim.has_stored)


@dataclass(frozen=True)
class Case:
    """A kill.

    :ivar alone: ansible-playbook dies and the worker that it started lives on, as after `kill -9`; else all die at
        once, as when the machine loses its power.
    """

    prepare: Callable[[Deployed], None]
    wait: Callable[[Victim, Whole, random.Random], None]
    alone: bool = False

    def __str__(self) -> str:
        names = (function.__name__.strip("_").replace("_", " ") for function in (self.prepare, self.wait))
        return ", ".join((*names, *(("worker lives on",) if self.alone else ())))


CASES = (
    Case(_nothing, _at_any_time),
    Case(_nothing, _while_it_writes),
    Case(_nothing, _while_it_writes, alone=True),
    Case(_nothing, _while_it_creates),
    Case(_others_in_the_file, _while_it_creates),
    Case(_others_in_the_file, _when_it_has_stored),
    Case(_only_the_file, _while_it_creates, alone=True),
    Case(_only_the_secrets, _while_it_writes),
)


@pytest.mark.parametrize(
    "kills", [pytest.param(len(CASES), id="sample"), pytest.param(200, id="many", marks=pytest.mark.long)]
)
def test_next_run_converges_with_every_secret_that_was_there(
    fresh: Callable[[str], tuple[Playbook, Deployed]], kills: int, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = os.environ.get(SEED) or str(random.SystemRandom().randrange(10**6))
    print(f"To repeat: {SEED}={seed} python -m pytest tests/rollout/test_kills.py")
    chance = random.Random(seed)  # noqa: S311 - no secret
    playbook, deployed = fresh("kills")
    whole = _measured(playbook, deployed)
    fell: Counter[str] = Counter()
    for number in range(kills):
        # Each case once, then again in another order.
        if not number % len(CASES):
            order = chance.sample(CASES, len(CASES))
        case = order[number % len(CASES)]
        where = _kill_and_recover(case, playbook, deployed, whole, chance)
        print(f"Kill {number + 1} ({case}): {where}")
        fell[where] += 1
    with capsys.disabled():
        found = ", ".join(f"{where} {count}" for where, count in fell.most_common())
        print(f"\n{SEED}={seed}, {kills} kills of runs of {whole.seconds:.2f} s, which found: {found}")
    assert fell["some Secrets"] + fell["all Secrets, no file"], "no kill fell between the first Secret and the file"


def _measured(playbook: Playbook, deployed: Deployed) -> Whole:
    """A whole run that makes everything; the very first run of a deployment also fetches the chart."""
    assert playbook.run(*SECRETS).code == 0
    _nothing(deployed)
    began = time.monotonic()
    assert playbook.run(*SECRETS).code == 0
    return Whole(time.monotonic() - began, len(deployed.secrets()))


def _kill_and_recover(case: Case, playbook: Playbook, deployed: Deployed, whole: Whole, chance: random.Random) -> str:
    """Says where the kill fell."""
    case.prepare(deployed)
    file = deployed.secrets_file
    stored, text = _stored(deployed)
    created = deployed.secrets()
    with _started(playbook, deployed) as victim:
        case.wait(victim, whole, chance)
        ended = victim.process.poll() is not None
        surviving = victim.kill(alone=case.alone)
        live = deployed.secrets()
        stored_then, _text = _stored(deployed)
        recovered = playbook.run(*SECRETS)
        wait_for_the_end(surviving)

    assert recovered.code == 0
    after = deployed.secrets()
    assert {name: after.get(name) for name in {**created, **live}} == {**created, **live}
    assert_agreement(deployed, file)
    vaulted = deployed.vaulted
    assert {name: vaulted.get(name) for name in {**stored, **stored_then}} == {**stored, **stored_then}
    assert file.read_bytes().startswith(text)
    again = playbook.run(*SECRETS)
    assert (again.code, again.changed) == (0, 0)
    assert beside(file) == set()
    return _where(case, whole, live, ended=ended, stored=set(stored_then) > set(stored))


def _stored(deployed: Deployed) -> tuple[dict[str, str], bytes]:
    """The secrets in the file, all of which can be decrypted, and its bytes; nothing where there is no file."""
    file = deployed.secrets_file
    return (deployed.vaulted, file.read_bytes()) if file.exists() else ({}, b"")


def _where(case: Case, whole: Whole, live: dict[str, dict[str, str]], *, ended: bool, stored: bool) -> str:
    if ended:
        return "the run ended"
    if case.prepare is _only_the_secrets:
        return f"adopted Secrets, {'the file' if stored else 'no file'}"
    if len(live) == whole.secrets:
        return "all Secrets, the file" if stored or case.prepare is _only_the_file else "all Secrets, no file"
    return "some Secrets" if live else "no Secret"
