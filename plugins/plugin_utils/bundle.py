# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Opening and closing a bundle with the play's vault passwords, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from ansible.errors import AnsibleError
from ansible_collections.popsink.data_plane.plugins.module_utils.backup.bundle import Saved, parts_of
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

from .bundle_place import BundlePlace
from .plain import first_line
from .play_vault import VAULT_HEADER, PlayVault


def encrypted(content: Mapping[str, Any], loader: Any, vault_id: str) -> str:
    """Content as Ansible Vault encrypts it.

    :param vault_id: label to encrypt under; empty for the play's own default.
    :raises PopsinkError: the play has no vault password, or none of that label.
    """
    vault = PlayVault(loader)
    key = vault.key(vault_id)
    return vault.encrypt(yaml.safe_dump(dict(content), explicit_start=True, sort_keys=False), key)


def decrypted(content: bytes, loader: Any, title: str) -> Any:
    """What :func:`encrypted` encrypted.

    :raises PopsinkError: it is not encrypted, no password of the play opens it, or it is no YAML.
    """
    if not content.startswith(VAULT_HEADER):
        raise PopsinkError(f"{title} is not encrypted with Ansible Vault.", remedy="Name a backup of this collection.")
    try:
        text, _key = PlayVault(loader).decrypt(content)
        return yaml.safe_load(text)
    except AnsibleError as error:
        raise PopsinkError(
            f"{title} cannot be opened: {first_line(error)}.",
            remedy="Give the vault password that it was encrypted with.",
        ) from error
    except yaml.YAMLError as error:
        raise PopsinkError(f"{title} is damaged: it is no YAML.", remedy="Take an earlier one.") from error


def read_bundle(place: BundlePlace, loader: Any) -> dict[str, Saved]:
    """The deployments of the bundle at a place, by inventory host.

    :raises PopsinkError: there is none, or it cannot be opened.
    """
    return parts_of(decrypted(place.read(), loader, place.title), place.title)
