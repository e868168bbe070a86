"""New values, and the catalogue that says which rule each must keep."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets import generate
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import CATALOGUE, Secret

from tests.unit.plugins.samples import ROOT

GENERATED = {name: secret for name, secret in CATALOGUE.items() if secret.generate}
TIMES = 100


@pytest.mark.parametrize("secret", GENERATED.values(), ids=GENERATED)
def test_what_is_generated_keeps_its_rule(secret: Secret) -> None:
    assert secret.generate is not None
    assert {secret.rule(secret.generate()) for _time in range(TIMES)} == {None}


@pytest.mark.parametrize("make", [generate.password, generate.jwt_secret, generate.fernet_key])
def test_no_two_are_equal(make: Any) -> None:
    assert len({make() for _time in range(TIMES)}) == TIMES


@pytest.mark.parametrize("make", [generate.password, generate.jwt_secret])
def test_no_quoting_is_needed_anywhere(make: Any) -> None:
    """YAML, shells, URLs and connection strings take it as it is."""
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", make()) for _time in range(TIMES))


def test_a_password_cannot_be_tried_out() -> None:
    assert len(generate.password()) >= 24


def test_a_jwt_secret_is_as_strong_as_48_random_bytes() -> None:
    assert len(generate.jwt_secret()) == 64


@pytest.mark.parametrize("name", [name for name, secret in CATALOGUE.items() if not secret.generated])
def test_what_must_be_supplied_has_a_remedy(name: str) -> None:
    assert CATALOGUE[name].remedy


@pytest.mark.parametrize("secret", CATALOGUE.values(), ids=CATALOGUE)
def test_each_names_variables_that_there_are(secret: Secret) -> None:
    specs = yaml.safe_load((ROOT / "roles/popsink/meta/argument_specs.yml").read_text("utf-8"))["argument_specs"]
    options = {name for spec in specs.values() for name in spec.get("options", {})}
    assert set(re.findall(r"popsink_\w+", secret.variable)) <= options
