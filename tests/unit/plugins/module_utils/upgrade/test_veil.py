"""A way through a result that no redaction can change."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.common.parameters import remove_values
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.upgrade.veil import unveiled, veiled

AUDIT = {"subjects": {"admin-value": [1, 2], "ünïcode": ["1"]}, "schema": '{"name": "admin"}'}


def test_it_comes_back_as_it_was_behind_a_redaction() -> None:
    result = json.loads(json.dumps({"audit": veiled(AUDIT)}))
    assert unveiled(remove_values(result, {"admin", "1", "name", "a"})["audit"]) == AUDIT


@pytest.mark.parametrize("text", ["", "********", veiled(AUDIT)[1:]])
def test_what_was_changed_all_the_same_is_found(text: str) -> None:
    with pytest.raises(PopsinkError, match="came back altered"):
        unveiled(text)
