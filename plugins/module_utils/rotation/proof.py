# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a rotation took effect: the new value works, and the old one does not any more."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..cluster.session import Cluster
from ..database.bundled_server import BundledServer
from ..findings import PASS, Finding, failed, not_checked, passed, warned
from ..storage.bucket import Bucket, look_at
from ..verification.login import Login, LoginRefused


@dataclass(frozen=True)
class Surroundings:
    """What the values are tried at."""

    cluster: Cluster
    login: Login
    database: BundledServer | None
    bucket: Bucket | None


@dataclass(frozen=True)
class Values:
    """Secret values by name.

    :ivar now: those that hold now, the new ones among them.
    :ivar before: the old ones, as far as they are still known.
    """

    now: Mapping[str, str]
    before: Mapping[str, str]


def prove(names: list[str], around: Surroundings, values: Values) -> list[Finding]:
    """One finding for each rotated secret that can be tried: FAIL where it is not effective."""
    return [finding for name in names if name in _PROOFS for finding in [_PROOFS[name](around, values)]]


def _admin_password(around: Surroundings, values: Values) -> Finding:
    user, new, old = values.now.get("admin_username", ""), values.now["admin_password"], values.before
    try:
        around.login.token(user, new)
    except LoginRefused:
        return failed(
            "rotation.admin_password",
            "The data plane refuses the new popsink_admin_password.",
            "It may take the administrator's password at its first start only. Change it in the product, and then "
            "here: ansible-vault encrypt_string.",
        )
    if "admin_password" not in old:
        return _unknown("admin_password")
    try:
        around.login.token(user, old["admin_password"])
    except LoginRefused:
        return passed("rotation.admin_password", "the data plane takes the new password and refuses the old one")
    return failed("rotation.admin_password", "The data plane still takes the old popsink_admin_password.")


def _jwt_secret(around: Surroundings, values: Values) -> Finding:
    try:
        token = around.login.token(values.now.get("admin_username", ""), values.now.get("admin_password", ""))
    except LoginRefused:
        return not_checked("rotation.jwt_secret", "Nobody could log in to see which secret signs the sessions.")
    if signed_with(token, values.now["jwt_secret"]):
        return passed("rotation.jwt_secret", "sessions are signed with the new secret; older ones have ended")
    if "jwt_secret" in values.before and signed_with(token, values.before["jwt_secret"]):
        return failed("rotation.jwt_secret", "Sessions are still signed with the old popsink_jwt_secret.")
    return not_checked("rotation.jwt_secret", "The data plane's tokens do not show which secret signs them.")


def _database(name: str) -> Callable[[Surroundings, Values], Finding]:
    def proof(around: Surroundings, values: Values) -> Finding:
        database = around.database
        if database is None or not (role := database.role(name)):
            return not_checked(f"rotation.{name}", "The database is not the bundled one.")
        if not database.takes(around.cluster, role, values.now[name]):
            return failed(f"rotation.{name}", f"PostgreSQL refuses the new popsink_{name}.", "Run again.")
        if name not in values.before:
            return _unknown(name)
        if database.takes(around.cluster, role, values.before[name]):
            return failed(f"rotation.{name}", f"PostgreSQL still takes the old popsink_{name}.", "Run again.")
        return passed(f"rotation.{name}", "PostgreSQL takes the new password and refuses the old one")

    return proof


def _s3_keys(around: Surroundings, values: Values) -> Finding:
    # Where only the secret half is new, the id is as before.
    old = [{**values.now, **values.before}.get(name, "") for name in ("s3_access_key_id", "s3_secret_access_key")]
    if "s3_secret_access_key" not in values.before:
        return _unknown("s3_keys")
    if around.bucket and look_at(around.bucket, *old).status == PASS:
        return warned(
            "rotation.s3_keys", "The broker uses the new key, but the old one still opens the bucket.",
            "Revoke it at the object store.",
        )  # fmt: skip
    return passed("rotation.s3_keys", "the broker uses the new key, and the store refuses the old one")


def _pull_token(_around: Surroundings, _values: Values) -> Finding:
    return not_checked(
        "rotation.image_pull_token",
        "The new token counts at the next pull of an image, which pods that run do not need.",
        "Revoke the old one at the registry when that was seen.",
    )


def _deployment_token(_around: Surroundings, _values: Values) -> Finding:
    return passed("rotation.deployment_token", "the data plane runs with it, and the control plane takes it")


def _unknown(name: str) -> Finding:
    return not_checked(
        f"rotation.{name}", "The new value works; the old one is not known any more, so it could not be tried."
    )


_PROOFS: dict[str, Callable[[Surroundings, Values], Finding]] = {
    "admin_password": _admin_password,
    "jwt_secret": _jwt_secret,
    "database_password": _database("database_password"),
    "schema_registry_database_password": _database("schema_registry_database_password"),
    "database_admin_password": _database("database_admin_password"),
    "s3_secret_access_key": _s3_keys,
    "image_pull_docker_config": _pull_token,
    "deployment_token": _deployment_token,
}


def signed_with(token: str, secret: str) -> bool:
    """Whether a JSON Web Token carries an HS256 signature of this secret."""
    signed, _dot, signature = token.rpartition(".")
    expected = base64.urlsafe_b64encode(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))
    return hmac.compare_digest(expected.rstrip(b"="), signature.encode())
