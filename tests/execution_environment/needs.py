"""What locks pin, and what plugins need of them."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.tools.environment import ROOT

REQUIREMENTS = ROOT / "requirements"
LOCK = REQUIREMENTS / "execution-environment.txt"


def pins(lock: Path) -> dict[str, str]:
    """A lock's packages with their versions."""
    return dict(re.findall(r"^([a-z0-9.-]+)==([^\s;]+)", lock.read_text(encoding="utf-8"), re.MULTILINE))


def package(name: str) -> str:
    """A package's name in the one way in which locks write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def libraries() -> set[str]:
    """The modules outside of Python and Ansible that plugins import, wherever in a file."""
    return set(_imported()) - sys.stdlib_module_names - {"ansible", "ansible_collections"}


def _imported() -> Iterator[str]:
    for file in sorted((ROOT / "plugins").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (name.name.partition(".")[0] for name in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield str(node.module).partition(".")[0]
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "importlib.import_module":
                yield from (str(word.value).partition(".")[0] for word in node.args if isinstance(word, ast.Constant))
