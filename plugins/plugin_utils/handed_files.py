# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files with secrets that were handed to the user, and that lie unencrypted in the inventory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import Finding, warned

from .controller_path import controller_path
from .play_vault import VAULT_HEADER, PlayVault
from .prepared_file import PreparedFile

#: The inputs that name such files.
_VARIABLES = ("popsink_onboarding_file", "popsink_image_pull_token_file")


@dataclass(frozen=True)
class OpenFile:
    """A file in the open inside the inventory, from where it gets into version control.

    :ivar variable: the input that names it.
    :ivar name: as the input has it.
    """

    variable: str
    name: str
    path: Path

    def finding(self) -> Finding:
        """The warning about it."""
        return warned(
            "secrets.plaintext",
            f"{self.variable} ({self.name}) holds a secret in the open.",
            f"Encrypt it where it is: ansible-vault encrypt {self.path}, or set popsink_vault_files: true.",
        )

    def encrypt(self, loader: Any, vault_id: str) -> None:
        """Encrypt it as a whole where it is. It is proven to open before it takes the place of the plain one.

        :param vault_id: label to encrypt under; empty for the play's own default.
        :raises PopsinkError: no vault password, no room, no permission, or it is no text.
        """
        vault = PlayVault(loader)
        key = vault.key(vault_id)
        try:
            content = self.path.read_bytes()
            if content.startswith(VAULT_HEADER):
                # Another run was quicker.
                return
            encrypted = vault.encrypt(content.decode("utf-8"), key).encode("ascii")
            if vault.decrypt(encrypted)[0] != content:
                raise PopsinkError(f"{self.variable} ({self.name}) would not open again as it was; it was left alone.")
            PreparedFile.beside(self.path.resolve(), encrypted).commit()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise PopsinkError(
                f"{self.variable} ({self.name}) cannot be encrypted: {reason}.",
                remedy="It was left as it was. Encrypt it yourself, or set popsink_vault_files: false.",
            ) from error


def open_files(variable: Callable[[str], Any], loader: Any, further: Iterable[tuple[str, str]] = ()) -> list[OpenFile]:
    """The files in the open.

    :param variable: gives the value of a variable.
    :param further: input and name of other files with secrets.
    """
    inventory = variable("inventory_dir")
    found = []
    for input_name, name in [*((input_name, variable(input_name)) for input_name in _VARIABLES), *further]:
        path = controller_path(str(name), inventory, loader) if name else None
        if inventory and path and path.is_file() and path.resolve().is_relative_to(Path(inventory).resolve()):
            # What cannot be read is told where it is needed.
            with suppress(OSError), path.open("rb") as file:
                if file.read(len(VAULT_HEADER)) != VAULT_HEADER:
                    found.append(OpenFile(input_name, str(name), path))
    return found
