# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vault passwords that the play has loaded, however they were given: prompt, file, client script, or AWX."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

#: What is encrypted as a whole begins with it.
VAULT_HEADER = b"$ANSIBLE_VAULT"


@dataclass(frozen=True)
class VaultKey:
    """A vault password with the label that is written beside what it encrypts.

    :ivar label: None where no label is written, as ansible-vault does for the label ``default``.
    """

    label: str | None
    secret: Any


class PlayVault:
    """Encrypts and decrypts in memory, with what the play has. The one place that knows Ansible's vault from inside."""

    def __init__(self, loader: Any) -> None:
        self._vault = loader._vault

    def key(self, vault_id: str) -> VaultKey:
        """The key to encrypt new things with.

        :param vault_id: its label; empty for the play's own default.
        :raises PopsinkError: the play has no vault password, or none of that label.
        """
        loaded = self._vault.secrets or []
        wanted = vault_id or constants.config.get_config_value("DEFAULT_VAULT_ENCRYPT_IDENTITY")
        for label, secret in loaded:
            if not wanted or label == wanted:
                return VaultKey(None if label == "default" else label, secret)
        if loaded:
            labels = ", ".join(sorted(str(label) for label, _secret in loaded))
            raise PopsinkError(
                f"The play has no vault password with the id {wanted} (it has: {labels}).",
                remedy=f"Give it with --vault-id {wanted}@prompt, or change popsink_vault_id.",
            )
        raise PopsinkError(
            "Secrets must be stored, and the play has no vault password to encrypt them with.",
            remedy="Start it with --ask-vault-pass, or with --vault-id LABEL@prompt (or @file); "
            "in AWX attach a Vault credential to the job template.",
        )

    def encrypt(self, text: str, key: VaultKey) -> str:
        """The text as ansible-vault writes it, header first, several lines."""
        encrypted: str = self._vault.encrypt(text, key.secret, vault_id=key.label).decode("ascii")
        return encrypted

    def decrypt(self, content: bytes) -> tuple[bytes, VaultKey]:
        """What was encrypted as a whole, and the key to encrypt it with again: the same password and label.

        :raises AnsibleError: no password of the play opens it.
        """
        try:
            plain, _label, secret = self._vault.decrypt_and_get_vault_id(content)
        except AnsibleError:
            raise
        except Exception as error:
            # A damaged file; on ansible-core 2.16 what the parser says of it reaches here as it is.
            raise AnsibleError(f"it is damaged ({type(error).__name__})") from None
        header = content.split(b"\n", 1)[0].decode("ascii", "replace").strip().split(";")
        return bytes(plain), VaultKey(header[3] if len(header) > 3 else None, secret)
