"""Start a program when those that it needs answer: `python -m tests.lab.gate CA ADDRESS... -- COMMAND...`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .probe import answers, wait

PATIENCE = 180


def main() -> None:
    split = sys.argv.index("--")
    authority, needed, command = Path(sys.argv[1]), sys.argv[2:split], sys.argv[split + 1 :]
    for address in needed:
        if not wait(lambda address=address: answers(address, authority), PATIENCE):  # type: ignore[misc]
            sys.exit(f"{address} did not answer within {PATIENCE} s; {command[0]} was not started")
    os.execvp(command[0], command)  # noqa: S606 (there is no shell on purpose)


if __name__ == "__main__":
    main()
