# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replacing a file in one step: whatever happens before, the old one stands whole."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

_MODE = 0o600

#: What the name of a file ends with that is still being written.
UNFINISHED = ".new"


def require_writable(path: Path) -> None:
    """Find out whether a file could be put there, without a trace.

    :raises OSError: the nearest folder above it that exists is none, or cannot be written.
    """
    there = next(folder for folder in path.parents if folder.exists())
    if not there.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, f"{there} is no folder")
    if not os.access(there, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


class PreparedFile:
    """Content beside a file, on the disk, to be put into its place or dropped."""

    def __init__(self, written: Path, target: Path) -> None:
        self._written = written
        self._target = target

    @classmethod
    def beside(cls, target: Path, content: bytes) -> PreparedFile:
        """Write it, readable by the owner alone, who is that of the file.

        :param target: the file itself, not a symbolic link to it.
        :raises OSError: no room, no permission.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=UNFINISHED, dir=target.parent)
        prepared = cls(Path(name), target)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(_MODE)
            if target.exists():
                status = target.stat()
                os.chown(name, status.st_uid, status.st_gid)
        except BaseException:
            prepared.drop()
            raise
        return prepared

    def commit(self) -> None:
        """Put it into place in one step, and make sure that it survives a power cut."""
        try:
            self._written.replace(self._target)
        except OSError:
            self.drop()
            raise
        self._sync_folder()

    def commit_as_new(self) -> None:
        """The same where nothing must be there yet.

        :raises FileExistsError: something is.
        """
        try:
            # Unlike a rename it fails where the name is taken.
            os.link(self._written, self._target)
        except FileExistsError:
            raise
        except OSError:
            # Not every share of a network knows links.
            if self._target.exists():
                raise FileExistsError from None
            self._written.rename(self._target)
        self.drop()
        self._sync_folder()

    def _sync_folder(self) -> None:
        folder = os.open(self._target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def drop(self) -> None:
        """Remove it, if it was not put into place."""
        self._written.unlink(missing_ok=True)
