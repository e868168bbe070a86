# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A login for a program that takes it from a file only: Helm and skopeo."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .memory_files import in_memory


@contextmanager
def login_file(content: str, folder: Path | None = None) -> Iterator[str]:
    """Path by which programs of this user read the content while the context lasts. It is in memory, and on no disk.

    :param folder: for the file that it is on systems without files in memory; None for the system's own.
    """
    if hasattr(os, "memfd_create"):
        with in_memory(login=content) as paths:
            yield paths["login"]
        return
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, prefix="popsink-login-") as file:
        file.write(content)
        file.flush()
        yield file.name
