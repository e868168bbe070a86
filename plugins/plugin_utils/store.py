# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where secrets that are made are kept beside the cluster's Secrets: in a file of the inventory, or nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

from .vault_file import VaultFile

#: Prefix of the variable that holds the value which is to replace another one's.
PENDING = "__pending_"


class Prepared(Protocol):
    """What is ready to be stored."""

    def commit(self) -> None:
        """Store it."""

    def drop(self) -> None:
        """Remove it, if it was not stored."""


class Store(Protocol):
    """A place for values that are made.

    :ivar generated: what is said of a value that was made.
    :ivar adopted: what is said of a value that was taken from the cluster; empty where that is no change.
    :ivar restored: what is said of a value that was taken from a backup; empty where that is no change.
    :ivar recovery: what helps when it lost the values.
    """

    generated: str
    adopted: str
    restored: str
    recovery: str

    def require(self) -> None:
        """End before anything is made where it could not be kept.

        :raises PopsinkError: it could not, and what to do.
        """

    def tidy(self) -> None:
        """Remove what runs left that were ended while they stored."""

    def locked(self) -> AbstractContextManager[None]:
        """Keep other runs on this machine from storing at the same time."""

    def prepared(self, changes: Mapping[str, str | None]) -> Prepared:
        """Values by variable, or None where one is removed, ready to be stored."""


class FileStore:
    """A file of the inventory, encrypted with the play's vault password."""

    generated = "generated and vaulted"
    adopted = "taken from the cluster into the vault"
    restored = "taken from the backup into the vault"
    recovery = "Bring back popsink_secrets_file from version control, or from a backup (playbooks/restore.yml)."

    def __init__(self, file: VaultFile, vault_id: str, awx_job: str) -> None:
        """
        :param vault_id: label to encrypt under; empty for the play's own default.
        :param awx_job: number of the AWX job that this is; empty outside AWX.
        """
        self._file = file
        self._vault_id = vault_id
        self._awx_job = awx_job

    def require(self) -> None:
        """See :class:`Store`. What an AWX job writes is thrown away with its checkout when it ends."""
        if self._awx_job:
            raise PopsinkError(
                f"popsink_secrets_file {self._file.path} would vanish with the files of AWX job {self._awx_job}, so no "
                "secrets were made.",
                remedy="Set popsink_secrets_store: cluster, and keep a backup (playbooks/backup.yml). Or run once "
                "outside AWX and commit the file that this writes, or supply the values as variables.",
            )
        self._file.require(self._vault_id)

    def tidy(self) -> None:
        """See :class:`Store`."""
        self._file.tidy()

    def locked(self) -> AbstractContextManager[None]:
        """See :class:`Store`."""
        return self._file.locked()

    def prepared(self, changes: Mapping[str, str | None]) -> Prepared:
        """See :class:`Store`."""
        return self._file.prepared(changes, self._vault_id)


class ClusterStore:
    """The cluster's own Secrets and nothing beside them: for controllers that keep no files, as AWX."""

    generated = "generated, kept in the cluster alone"
    adopted = ""
    restored = ""
    recovery = "Bring back the Secrets from a backup (playbooks/restore.yml)."

    def require(self) -> None:
        """See :class:`Store`."""

    def tidy(self) -> None:
        """See :class:`Store`."""

    def locked(self) -> AbstractContextManager[None]:
        """See :class:`Store`. The cluster's own create decides between runs."""
        return nullcontext()

    def prepared(self, changes: Mapping[str, str | None]) -> Prepared:
        """See :class:`Store`."""
        return _Nothing()


class _Nothing:
    """There is nothing to write beside the cluster."""

    def commit(self) -> None:
        """See :class:`Prepared`."""

    def drop(self) -> None:
        """See :class:`Prepared`."""
