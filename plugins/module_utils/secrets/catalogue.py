# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secrets of a deployment: their names, where a value comes from, and the rule it must keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..errors import PopsinkError
from . import generate, rules


@dataclass(frozen=True)
class Secret:
    """One secret.

    :ivar variable: the inventory variable that holds or supplies it.
    :ivar generate: makes a value when there is none; None when only the user can supply it.
    :ivar rule: what is wrong with a value, without showing it, or None.
    :ivar remedy: what to do when a value that must be supplied is missing.
    :ivar hidden: whether the value must not be seen; an account's name may.
    """

    variable: str
    rule: Callable[[str], str | None]
    generate: Callable[[generate.PasswordFormat], str] | None = None
    remedy: str = ""
    hidden: bool = True

    @property
    def generated(self) -> bool:
        """Whether the collection makes a value when there is none."""
        return self.generate is not None


CATALOGUE = {
    "admin_username": Secret("popsink_admin_username", rules.not_a_placeholder, lambda _form: "admin", hidden=False),
    "admin_password": Secret("popsink_admin_password", rules.password, generate.password),
    "jwt_secret": Secret("popsink_jwt_secret", rules.jwt_secret, lambda _form: generate.jwt_secret()),
    "connector_config_encryption_key": Secret(
        "popsink_connector_config_encryption_key", rules.fernet_key, lambda _form: generate.fernet_key()
    ),
    "database_password": Secret("popsink_database_password", rules.password, generate.password),
    "database_admin_password": Secret("popsink_database_admin_password", rules.password, generate.password),
    "database_admin_dsn": Secret(
        "popsink_database_admin_dsn",
        rules.connection_string,
        remedy="Give it the connection string of a role that may make roles and databases there, as a vaulted value.",
    ),
    "database_client_key": Secret(
        "popsink_database_client_key",
        rules.private_key,
        remedy="Give it the key of popsink_database_client_cert in PEM, as a vaulted value.",
    ),
    "deployment_token": Secret(
        "popsink_onboarding_file",
        rules.not_a_placeholder,
        remedy="It must hold the control plane's snippet with deploymentJwtToken: {token: ...}.",
    ),
    "image_pull_docker_config": Secret(
        "popsink_image_pull_token (or a file that popsink_image_pull_token_file names)",
        rules.docker_config,
        remedy="Give it the service-account JSON that Popsink handed out for the image registry (a file that is named "
        "is not there, or empty), or name an existing pull secret with popsink_image_pull_mode: existing.",
    ),
    "image_pull_token": Secret(
        "popsink_image_pull_token (or a file that popsink_image_pull_token_file names)",
        rules.content,
        remedy="Give it the service-account JSON that Popsink handed out for the image registry (a file that is named "
        "is not there, or empty).",
    ),
    "s3_access_key_id": Secret(
        "popsink_s3_access_key_id",
        rules.not_a_placeholder,
        remedy="Give it the id of a key that may read and write the bucket.",
        hidden=False,
    ),
    "s3_secret_access_key": Secret(
        "popsink_s3_secret_access_key",
        rules.not_a_placeholder,
        remedy="Give it the secret half of that key, as a vaulted value.",
    ),
    "storage_postgresql_url": Secret(
        "popsink_storage_postgresql_url",
        rules.postgresql_url,
        remedy="Give it the postgres:// URL of the database for the broker's records, as a vaulted value.",
    ),
    "schema_registry_database_password": Secret(
        "popsink_schema_registry_database_password",
        rules.password,
        generate.password,
        remedy="Give it the password of popsink_schema_registry_database_user, as a vaulted value.",
    ),
    "schema_registry_username": Secret(
        "popsink_schema_registry_username",
        rules.not_a_placeholder,
        remedy="Give it the user at the schema registry, or set popsink_schema_registry_auth to none.",
        hidden=False,
    ),
    "schema_registry_password": Secret(
        "popsink_schema_registry_password",
        rules.not_a_placeholder,
        remedy="Give it that user's password, as a vaulted value.",
    ),
    "kafka_sasl_password": Secret(
        "popsink_kafka_sasl_password",
        rules.not_a_placeholder,
        remedy="Give it the password of popsink_kafka_sasl_username, as a vaulted value.",
    ),
    "kafka_client_key": Secret(
        "popsink_kafka_client_key",
        rules.private_key,
        remedy="Give it the key of popsink_kafka_client_cert in PEM, as a vaulted value.",
    ),
}


#: What must not be made anew while data exists that only the old value opens.
BOUND_TO_DATA = ("connector_config_encryption_key", "database_password", "database_admin_password")


def made(name: str, form: generate.PasswordFormat) -> str:
    """A new value for a secret.

    :raises PopsinkError: only the user can supply one.
    """
    secret = CATALOGUE[name]
    if secret.generate is None:
        raise PopsinkError(f"{secret.variable} is not set.", remedy=secret.remedy)
    return secret.generate(form)


def variables_of(names: Iterable[str]) -> str:
    """Secrets as the variables that hold them, for people; a name that this version does not know as it is."""
    return ", ".join(CATALOGUE[name].variable if name in CATALOGUE else name for name in names)
