# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A YAML file of the inventory that holds secrets, as inline ``!vault`` values or encrypted as a whole."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleError
from ansible.utils.display import Display
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

from .plain import first_line, not_yaml, plain
from .play_vault import VAULT_HEADER, PlayVault, VaultKey
from .prepared_file import UNFINISHED, PreparedFile, require_writable
from .splice import spliced

display = Display()

_MODE = 0o600

_HEADER = """\
---
# Secrets of this deployment, encrypted with Ansible Vault. Keep this file, and back it up: whoever loses
# popsink_connector_config_encryption_key can never again read the connector configurations in the database.
"""


@dataclass(frozen=True)
class _Content:
    """What stands in a file.

    :ivar whole: the key under which it is encrypted as a whole; None where it is not.
    """

    text: str
    whole: VaultKey | None = None


class VaultFile:
    """Reads and extends one file. What it does not add, it leaves byte for byte as it was."""

    def __init__(self, path: Path, loader: Any) -> None:
        self.path = path
        self._loader = loader
        self._vault = PlayVault(loader)

    def read(self) -> dict[str, Any]:
        """The file's keys, vaulted values still encrypted; empty when there is no file.

        :raises PopsinkError: it cannot be read or parsed.
        """
        return self._parse(self._content().text) if self.path.exists() else {}

    @contextmanager
    def locked(self, *, wait: bool = True) -> Iterator[None]:
        """Keep other runs on this machine from writing the file at the same time.

        :param wait: until another run is done.
        :raises PopsinkError: the folder cannot be written.
        :raises BlockingIOError: another run is at it, and it is not waited for.
        """
        lock = self._lock_file
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = _lock(lock, wait=wait)
        except BlockingIOError:
            raise
        except OSError as error:
            raise self._cannot_write(error) from error
        try:
            self._sweep()
            yield
        finally:
            lock.unlink(missing_ok=True)
            os.close(descriptor)

    def tidy(self) -> None:
        """Remove what runs left beside the file that were ended while they wrote it.

        What cannot be removed stays, and so does what a run is at that writes just now.
        """
        if self._lock_file.exists() or self._unfinished():
            with suppress(PopsinkError, OSError), self.locked(wait=False):
                pass

    @property
    def _lock_file(self) -> Path:
        """A file of its own beside it, since the file itself is replaced; nothing of it stays."""
        return self.path.with_name(f".{self.path.name}.lock")

    def _unfinished(self) -> list[Path]:
        target = self._target()
        return list(target.parent.glob(f".{target.name}.*{UNFINISHED}"))

    def _sweep(self) -> None:
        """Remove what runs left that were ended while they wrote; nobody else writes while the lock is held."""
        for leftover in self._unfinished():
            leftover.unlink(missing_ok=True)

    def require(self, vault_id: str) -> None:
        """Fail unless the play has the vault password to encrypt with, and the file's place can be written.

        :param vault_id: its label; empty for the play's own default. A file that is encrypted as a whole keeps its own.
        :raises PopsinkError: it has none, or none of that label; or no folder that can be written.
        """
        try:
            require_writable(self._target())
        except OSError as error:
            raise self._cannot_write(error) from error
        if self.path.exists() and self._content().whole:
            return
        self._vault.key(vault_id)

    def prepared(self, changes: Mapping[str, str | None], vault_id: str) -> PreparedFile:
        """The file with keys added, replaced or removed, written beside it and ready to take its place.

        A file that is encrypted as a whole stays so, under its own password and label; what is put into any other is
        vaulted value by value. A key that is new comes last.

        :param changes: key to plain value, or to None where it is removed.
        :param vault_id: label to encrypt under; empty for the play's own default.
        :raises PopsinkError: no vault secret, no room, no permission, or the result would not read back as meant.
        """
        before = self._content() if self.path.exists() else _Content("")
        text = before.text or _HEADER
        # The file's own kind of line break, whatever this machine's is.
        line_break = "\r\n" if "\r\n" in text else "\n"
        if not text.endswith("\n"):
            text += line_break
        for key, value in changes.items():
            lines = [] if value is None else self._lines(key, value, before.whole, vault_id)
            try:
                text = spliced(text, key, "".join(line + line_break for line in lines))
            except yaml.YAMLError as error:
                raise self._cannot_change() from error
        self._prove(before.text, text, changes)
        written = self._vault.encrypt(text, before.whole) if before.whole else text
        return self._beside(written)

    def _lines(self, key: str, value: str, whole: VaultKey | None, vault_id: str) -> list[str]:
        if whole:
            # Quoted as JSON, which YAML reads as the same text.
            return [f"{key}: {json.dumps(value)}"]
        encrypted = self._vault.encrypt(value, self._vault.key(vault_id))
        return [f"{key}: !vault |", *(f"  {line}" for line in encrypted.splitlines())]

    def _prove(self, before: str, text: str, changes: Mapping[str, str | None]) -> None:
        """Parse the changed text: the changed keys hold their values, and all others are what they were.

        Others are compared encrypted as they stand; their passwords need not be those of this play.
        """
        try:
            after = self._parse(text)
        except PopsinkError as error:
            raise self._cannot_change() from error
        wanted = {key: value for key, value in changes.items() if value is not None}
        found = {key: plain(after[key]) for key in changes if key in after}
        if found != wanted or _undecrypted(text, changes) != _undecrypted(before, changes):
            raise self._cannot_change()

    def _cannot_change(self) -> PopsinkError:
        return PopsinkError(
            f"{self.path} cannot be changed: what is put into it does not read back as meant.",
            remedy="Make it one plain mapping of variables in block style without an end mark, or name another "
            "popsink_secrets_file.",
        )

    def _content(self) -> _Content:
        """The file's text with its own line breaks, and its key if it is encrypted as a whole.

        :raises PopsinkError: it is no readable text file, or no password of the play opens it.
        """
        try:
            content = self.path.read_bytes()
            if not content.startswith(VAULT_HEADER):
                return _Content(content.decode("utf-8"))
            text, key = self._vault.decrypt(content)
            return _Content(text.decode("utf-8"), key)
        except AnsibleError as error:
            raise PopsinkError(
                f"popsink_secrets_file {self.path} cannot be decrypted: {first_line(error)}.",
                remedy="Give the vault password that it was encrypted with.",
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise PopsinkError(
                f"popsink_secrets_file {self.path} cannot be read: {reason}.",
                remedy="Mend it, or name another popsink_secrets_file.",
            ) from error

    def _parse(self, text: str) -> dict[str, Any]:
        try:
            content = self._loader.load(text, show_content=False) if text else None
        except AnsibleError as error:
            raise PopsinkError(
                f"popsink_secrets_file {self.path} {not_yaml(error)}.",
                remedy="Mend it, or name another popsink_secrets_file.",
            ) from error
        if content is None:
            return {}
        if not isinstance(content, Mapping):
            raise PopsinkError(
                f"popsink_secrets_file {self.path} is not a mapping of variables.",
                remedy="Name another popsink_secrets_file.",
            )
        return dict(content)

    def _target(self) -> Path:
        """The file itself, so that a symbolic link to it stays one."""
        return self.path.resolve()

    def _beside(self, text: str) -> PreparedFile:
        try:
            return PreparedFile.beside(self._target(), text.encode("utf-8"))
        except OSError as error:
            raise self._cannot_write(error) from error

    def _cannot_write(self, error: OSError) -> PopsinkError:
        return PopsinkError(
            f"popsink_secrets_file {self.path} cannot be written: {error.strerror or error}.",
            remedy="Nothing was changed. Make room or give write access, or name another popsink_secrets_file.",
        )


def _lock(path: Path, *, wait: bool) -> int:
    """Hold a lock file; gives its descriptor, which holds the lock until it is closed.

    :raises BlockingIOError: another run holds it, and it is not waited for.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, _MODE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                os.close(descriptor)
                raise
            display.display(f"Waiting for another run that writes secrets here ({path})")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            # Whoever had it may have removed it meanwhile: then another file is the lock now.
            if path.stat().st_ino == os.fstat(descriptor).st_ino:
                return descriptor
        except FileNotFoundError:
            pass
        os.close(descriptor)


class _Encrypted(yaml.SafeLoader):
    """Takes vaulted values as the text that they are, and unknown tags as the text or structure below them."""


def _as_written(loader: Any, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    text = loader.construct_scalar(node)
    # Line breaks at the end of a vaulted value mean nothing.
    return (node.tag, text.strip() if node.tag == "!vault" else text)


_Encrypted.add_multi_constructor("!", _as_written)


def _undecrypted(text: str, without: Collection[str]) -> dict[str, Any]:
    """The keys of a text with vaulted values as they stand."""
    content = yaml.load(text, Loader=_Encrypted) or {}  # noqa: S506 - a safe loader
    return {key: value for key, value in content.items() if key not in without}
