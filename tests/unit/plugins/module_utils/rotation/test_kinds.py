"""What can be rotated."""

from __future__ import annotations

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.rotation.kinds import KINDS, secrets_to_rotate
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import CATALOGUE

#: Chart values only: whoever changes the input changes the release.
IN_VALUES = {"image_pull_token", "storage_postgresql_url"}

#: The collection's own: nothing in the cluster has them.
OWN = {"database_admin_dsn", "database_client_key"}


def test_everything_that_may_change_can_be_rotated() -> None:
    never = {"connector_config_encryption_key", "admin_username", "kafka_client_key"}
    assert {*secrets_to_rotate(KINDS), *never, *IN_VALUES, *OWN} == set(CATALOGUE)


def test_what_is_asked_for_twice_changes_once() -> None:
    assert secrets_to_rotate(["jwt_secret", "s3_keys", "jwt_secret"]) == [
        "jwt_secret",
        "s3_access_key_id",
        "s3_secret_access_key",
    ]


@pytest.mark.parametrize("name", ["connector_config_encryption_key", "popsink_connector_config_encryption_key"])
def test_the_encryption_key_is_never_rotated(name: str) -> None:
    with pytest.raises(PopsinkError, match="no way and no flag"):
        secrets_to_rotate(["jwt_secret", name])


def test_a_key_is_not_rotated_without_its_certificate() -> None:
    with pytest.raises(PopsinkError, match="popsink_kafka_client_cert, and changes with it"):
        secrets_to_rotate(["kafka_client_key"])


@pytest.mark.parametrize(("name", "words"), [("jwt_secrets", "Did you mean jwt_secret?"), ("zzz", "There is: ")])
def test_what_nobody_knows_is_told(name: str, words: str) -> None:
    with pytest.raises(PopsinkError) as caught:
        secrets_to_rotate([name])
    assert words in str(caught.value)
