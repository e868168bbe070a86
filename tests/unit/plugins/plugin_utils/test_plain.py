"""Values without what Ansible adds to them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import plain

from tests.unit.plugins.samples import inline_vault


class Text(str):
    """Text with something added."""


@pytest.mark.parametrize("value", [None, True, False, 1, 1.5, "text", [], {}, [1, {"a": [None]}], {"a": {"b": "c"}}])
def test_plain_values_stay_as_they_are(value: Any) -> None:
    assert plain(value) == value


@pytest.mark.parametrize(
    ("value", "kind"), [(Text("a"), str), (wrap_var("a"), str), (wrap_var({"a": 1}), dict), (wrap_var([1]), list)]
)
def test_types_are_pythons_own(value: Any, kind: type) -> None:
    assert plain(value).__class__ is kind


def test_booleans_are_no_numbers() -> None:
    assert plain([True, 1]) == [True, 1]
    assert [type(item) for item in plain([True, 1])] == [bool, int]


def test_vaulted_text_is_decrypted(loader: DataLoader, vault_password: bytes) -> None:
    assert plain(loader.load(inline_vault("a", "the value", vault_password))) == {"a": "the value"}
