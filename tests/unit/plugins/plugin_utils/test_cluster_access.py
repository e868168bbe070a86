"""How the cluster is reached: by the task's own options, or else by the inventory's."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.plugin_utils.cluster_access import with_access

INVENTORY = {"popsink_kubeconfig": "/k", "popsink_context": "c"}


@pytest.mark.parametrize(
    ("inventory", "task", "expected"),
    [
        ({}, {}, {}),
        ({}, {"name": "x"}, {"name": "x"}),
        (INVENTORY, {"name": "x"}, {"name": "x", "kubeconfig": "/k", "context": "c"}),
        ({**INVENTORY, "popsink_context": ""}, {}, {"kubeconfig": "/k"}),
        ({"popsink_cluster": {"host": "https://h"}}, {}, {"host": "https://h"}),
        ({"popsink_cluster": '{"host": "https://h"}'}, {}, {"host": "https://h"}),
        ({"popsink_cluster": ""}, {}, {}),
        ({**INVENTORY, "popsink_cluster": {"context": "other"}}, {}, {"kubeconfig": "/k", "context": "other"}),
        (INVENTORY, {"kubeconfig": "/mine"}, {"kubeconfig": "/mine"}),
        (INVENTORY, {"host": "https://h", "api_key": "t"}, {"host": "https://h", "api_key": "t"}),
        (INVENTORY, {"context": None}, {"kubeconfig": "/k", "context": "c"}),
        ({**INVENTORY, "popsink_cluster_uid": "u"}, {}, {"kubeconfig": "/k", "context": "c", "cluster_uid": "u"}),
        ({**INVENTORY, "popsink_cluster_uid": "u"}, {"context": "other"}, {"context": "other"}),
        ({"popsink_cluster_uid": ""}, {}, {}),
        (INVENTORY, {"validate_certs": False}, {"kubeconfig": "/k", "context": "c", "validate_certs": False}),
    ],
    ids=[
        "nothing", "no access at all", "the inventory's", "the current context", "further options", "as text",
        "set to nothing", "the further options win", "the task's", "never mixed", "left out by the task",
        "pinned", "not the pinned one", "not pinned", "beside the inventory's",
    ],
)  # fmt: skip
def test_access(inventory: dict[str, Any], task: dict[str, Any], expected: dict[str, Any]) -> None:
    assert with_access(task, inventory.get) == expected


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"contxt": "x"}, "popsink_cluster has contxt.*Did you mean context"),
        ({"zzz": 1}, "popsink_cluster has zzz.*The options of kubernetes.core are: api_key, "),
        # An option of the modules themselves, which must not get there this way.
        ({"known": {}}, "popsink_cluster has known"),
    ],
)
def test_what_is_no_option_for_access_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(PopsinkError, match=said):
        with_access({}, {"popsink_cluster": given}.get)


def test_what_is_no_mapping_names_the_variable() -> None:
    with pytest.raises(PopsinkError, match="popsink_cluster"):
        with_access({}, {"popsink_cluster": "[1]"}.get)


@pytest.mark.parametrize(
    ("inventory", "task"), [({"popsink_kubeconfig": {"a": 1}}, {}), ({}, {"kubeconfig": {"a": 1}})]
)
def test_a_kubeconfig_that_helm_cannot_use_is_told(inventory: dict[str, Any], task: dict[str, Any]) -> None:
    with pytest.raises(PopsinkError, match="kubeconfig is given as a mapping"):
        with_access(task, inventory.get)
