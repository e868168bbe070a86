"""The image, which is made once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from . import container
from .build import Image

Container = Callable[..., str]


@pytest.fixture(scope="session")
def image() -> Image:
    return container.made()


@pytest.fixture
def inside(image: Image, tmp_path: Path) -> Container:
    """Runs a program in the image, to a good end, and gives what it said."""

    def run(*argv: str) -> str:
        process = container.start(image, argv, tmp_path)
        said, _nothing = process.communicate(timeout=120)
        assert process.returncode == 0, said
        return said

    return run
