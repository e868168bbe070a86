"""Names that the vendor's documentation leaves open: keys inside Secrets, and the Secrets that the chart makes.

A second naming exists so that whatever assumes the first one instead of reading the chart breaks.
"""

from __future__ import annotations

STANDARD: dict[str, str] = {
    "key.deployment_token": "deployment-jwt-token",
    "key.jwt": "jwt-secret",
    "key.fernet": "connector-config-encryption-key",
    "key.admin_username": "admin-username",
    "key.admin_password": "admin-password",
    "key.database_password": "db-password",
    "key.registry_username": "schema-registry-username",
    "key.registry_password": "schema-registry-password",
    "key.aws_access_key_id": "aws-access-key-id",
    "key.aws_secret_access_key": "aws-secret-access-key",
    "key.kora_password": "kora-db-password",
    "key.postgresql_admin": "postgres-password",
    "key.postgresql_user": "password",
    "secret.deployment_token": "deployment-jwt",
    "secret.jwt": "jwt",
    "secret.fernet": "connector-config-encryption-key",
    "secret.admin": "admin-credentials",
    "secret.database": "external-database",
    "secret.registry": "schema-registry",
    "secret.default_kafka": "default-kafka",
    "secret.broker_aws": "aws",
    "secret.kora": "database",
    "secret.postgresql": "postgresql",
}

RENAMED: dict[str, str] = {
    "key.deployment_token": "DEPLOYMENT_JWT_TOKEN",
    "key.jwt": "JWT_SECRET",
    "key.fernet": "CONNECTOR_CONFIG_ENCRYPTION_KEY",
    "key.admin_username": "ADMIN_PANEL_USERNAME",
    "key.admin_password": "ADMIN_PANEL_PASSWORD",
    "key.database_password": "DB_PASSWORD",
    "key.registry_username": "SCHEMA_REGISTRY_USERNAME",
    "key.registry_password": "SCHEMA_REGISTRY_PASSWORD",
    "key.aws_access_key_id": "AWS_ACCESS_KEY_ID",
    "key.aws_secret_access_key": "AWS_SECRET_ACCESS_KEY",
    "key.kora_password": "KORA_DB_PASSWORD",
    "key.postgresql_admin": "superuser-password",
    "key.postgresql_user": "owner-password",
    "secret.deployment_token": "identity",
    "secret.jwt": "sessions",
    "secret.fernet": "encryption",
    "secret.admin": "first-login",
    "secret.database": "metadata-store",
    "secret.registry": "registry-login",
    "secret.default_kafka": "kafka-login",
    "secret.broker_aws": "object-store",
    "secret.kora": "metadata-store",
    "secret.postgresql": "postgresql-credentials",
}

VARIANTS = {"": STANDARD, "renamed": RENAMED}
