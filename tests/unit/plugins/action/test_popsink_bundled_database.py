"""The passwords with which the schema registry's database is made in the bundled PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.action.popsink_bundled_database import ActionModule

from tests.unit.plugins.actions import action_of

OF_KORA = "schema_registry_database_password"
SECRET = {"name": "s", "data": {"password": OF_KORA, "postgresPassword": "database_admin_password"}}


@pytest.mark.parametrize("secrets", [[SECRET], []], ids=["in a Secret", "in the release's values"])
def test_passwords_of_the_inventory_are_handed_over(loader: DataLoader, secrets: list[dict[str, Any]]) -> None:
    creation = {"server": {}, "wanted": {"name": "kora", "user": "kora", "role": "kora", "password": OF_KORA}}
    base = {"namespace": "popsink", "release": "popsink", "secrets": secrets, "creation": creation}
    variables = {"popsink_database_admin_password": "of-postgres", f"popsink_{OF_KORA}": "of-kora"}
    known = action_of(ActionModule, loader, base).arguments(variables)["known"]
    assert (known["database_admin_password"], known[OF_KORA]) == ("of-postgres", "of-kora")
