"""Which of a user's chart values are taken for secrets."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.sensitive import MASK, at, masked, replaced


@pytest.mark.parametrize(
    "values",
    [
        {"jwt": {"secret": "x"}},
        {"auth": {"password": "x"}},
        {"extraEnvVars": [{"name": "ANY", "value": "x"}]},
        {"env": {"DB_PASS": "x"}},
        {"env": {"PGPASSWORD": "x"}},
        {"passphrase": "x"},
        {"connectionString": "x"},
        {"authorization": "x"},
        {".dockerconfigjson": {"auths": {"r": {"auth": "x"}}}},
        {"tokens": ["x", "y"]},
        {"broker": "postgres://user:x@db:5432/kafka"},
        {"hosts": ["https://user@host/x"]},
    ],
    ids=lambda values: str(next(iter(values))),
)
def test_what_may_be_a_secret_is_masked(values: dict[str, Any]) -> None:
    assert MASK in str(masked(values))
    assert "x'" not in str(masked(values)).replace(MASK, "")


@pytest.mark.parametrize(
    "values",
    [
        {"existingSecret": "a-name", "secretKeys": {"password": "a-key"}},
        {"tolerations": [{"key": "dedicated", "operator": "Exists"}]},
        {"affinity": {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}},
        {"valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}},
        {"ingressUrl": "https://popsink.example.com"},
        {"replicaCount": 2, "password": ""},
        {"auth": {"username": "popsink", "enabled": True}},
    ],
    ids=lambda values: str(next(iter(values))),
)
def test_what_is_none_stays(values: dict[str, Any]) -> None:
    assert masked(values) == values


@pytest.mark.parametrize("key", ["plain", "with/slash", "with.dot", "cert-manager.io/cluster-issuer"])
def test_a_value_is_found_again_by_its_path(key: str) -> None:
    values = {"a": [{"annotations": {key: {"token": "x"}}}]}
    paths = []
    replaced(values, lambda path, _value: paths.append(path))
    assert [at(values, path) for path in paths] == ["x"]
