# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be rotated, and what cannot."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import PopsinkError
from ..names import did_you_mean

#: What a user asks for, to the secrets of the catalogue that change together.
KINDS: dict[str, tuple[str, ...]] = {
    "admin_password": ("admin_password",),
    "jwt_secret": ("jwt_secret",),
    "database_password": ("database_password",),
    "database_admin_password": ("database_admin_password",),
    "image_pull_token": ("image_pull_docker_config",),
    "s3_keys": ("s3_access_key_id", "s3_secret_access_key"),
    "deployment_token": ("deployment_token",),
    "schema_registry_login": ("schema_registry_username", "schema_registry_password"),
    "schema_registry_database_password": ("schema_registry_database_password",),
    "kafka_sasl_password": ("kafka_sasl_password",),
}

_NEVER = {
    "connector_config_encryption_key": "The connector configurations in the database are encrypted with it, and the "
    "data plane cannot encrypt them anew: with another key they are lost. There is no way and no flag to rotate it.",
    "admin_username": "It is a name and no secret.",
    "kafka_client_key": "It belongs to popsink_kafka_client_cert, and changes with it: put both into the inventory, "
    "delete the Secret that holds the key, where there is one, and run site.yml.",
}


def secrets_to_rotate(kinds: Iterable[str]) -> list[str]:
    """Secrets of the catalogue for what was asked for.

    :raises PopsinkError: something cannot be rotated.
    """
    names: list[str] = []
    for kind in map(str.strip, kinds):
        if reason := _NEVER.get(kind.removeprefix("popsink_")):
            raise PopsinkError(f"{kind} cannot be rotated; nothing was changed. {reason}")
        if kind not in KINDS:
            raise PopsinkError(
                f"popsink_rotate: there is nothing called {kind}.",
                remedy=did_you_mean(kind, KINDS) or f"There is: {', '.join(KINDS)}.",
            )
        names += [name for name in KINDS[kind] if name not in names]
    return names
