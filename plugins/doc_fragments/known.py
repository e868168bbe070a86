# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the option with which secret values reach a module."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment ``popsink.data_plane.known``."""

    DOCUMENTATION = r"""
options:
  known:
    description:
      - Values by secret name. The action plugin fills this in on the controller, where the vault is; leave it out.
    type: dict
    default: {}
    suboptions:
      admin_username:
        description: Name of the first administrator.
        type: str
      admin_password:
        description: Password of the first administrator.
        type: str
      jwt_secret:
        description: Secret that signs user sessions.
        type: str
      connector_config_encryption_key:
        description: Fernet key for connector configurations.
        type: str
      database_password:
        description: Password of the data plane's database role.
        type: str
      database_admin_password:
        description: Password of the bundled PostgreSQL's administrator.
        type: str
      database_admin_dsn:
        description: Connection string of whoever makes role and database.
        type: str
      database_client_key:
        description: Key of the client certificate for the database.
        type: str
      deployment_token:
        description: Token of the deployment at its control plane.
        type: str
      image_pull_docker_config:
        description: Login to the image registry, as Kubernetes stores it.
        type: str
      s3_access_key_id:
        description: Id of the broker's key.
        type: str
      s3_secret_access_key:
        description: Secret half of the broker's key.
        type: str
      image_pull_token:
        description: The registry's login as it was handed out.
        type: str
      storage_postgresql_url:
        description: URL of the broker's database, where it keeps its records in one.
        type: str
      schema_registry_database_password:
        description: Password of the schema registry's database role.
        type: str
      schema_registry_username:
        description: User at an external schema registry.
        type: str
      schema_registry_password:
        description: That user's password.
        type: str
      kafka_sasl_password:
        description: Password at an external Kafka.
        type: str
      kafka_client_key:
        description: Key of the client certificate for an external Kafka.
        type: str
"""
