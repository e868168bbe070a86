"""New values, and the catalogue that says which rule each must keep."""

from __future__ import annotations

import re
import shlex
import string
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets import generate
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import CATALOGUE, Secret
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.samples import ROOT

GENERATED = {name: secret for name, secret in CATALOGUE.items() if secret.generate}
TIMES = 100


FORM = generate.PasswordFormat()
MAKERS = {
    "password": lambda: generate.password(FORM),
    "jwt_secret": generate.jwt_secret,
    "fernet_key": generate.fernet_key,
}


@pytest.mark.parametrize("secret", GENERATED.values(), ids=GENERATED)
def test_what_is_generated_keeps_its_rule(secret: Secret) -> None:
    assert secret.generate is not None
    assert {secret.rule(secret.generate(FORM)) for _time in range(TIMES)} == {None}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_no_two_are_equal(make: Any) -> None:
    assert len({make() for _time in range(TIMES)}) == TIMES


@pytest.mark.parametrize("make", [MAKERS["password"], MAKERS["jwt_secret"]], ids=["password", "jwt_secret"])
def test_no_quoting_is_needed_anywhere(make: Any) -> None:
    """YAML, shells, URLs and connection strings take it as it is."""
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", make()) for _time in range(TIMES))


@given(
    st.integers(min_value=1, max_value=80),
    st.text(alphabet=sorted(generate.UNQUOTED), min_size=1, max_size=64),
)
def test_a_password_is_as_it_was_asked_for(length: int, alphabet: str) -> None:
    form = generate.PasswordFormat(length, alphabet)
    if form.problem():
        return
    made = generate.password(form)
    assert (len(made), set(made) <= set(alphabet)) == (length, True)
    # What begins with a digit may be a number to YAML, what begins with a hyphen an option to a shell.
    assert made[0] in string.ascii_letters
    assert (yaml.safe_load(made), shlex.split(made), quote(made, safe="")) == (made, [made], made)


@pytest.mark.parametrize(
    ("length", "alphabet", "problem"),
    [
        (32, FORM.alphabet, None),
        (22, FORM.alphabet, None),
        (21, FORM.alphabet, "make it 22 or more"),
        (32, "ab", "make it 128 or more"),
        (128, "ab", None),
        (257, FORM.alphabet, "make it 256 or fewer"),
        (250, "aaaa", "use more than one letter"),
        (40, "0123456789", "holds no letter"),
        (32, "abc$ ", "holds ' $'"),
        (32, "", "holds no letter"),
        (0, FORM.alphabet, "make it 22 or more"),
        (-1, FORM.alphabet, "make it 22 or more"),
    ],
)
def test_what_is_asked_for_must_be_strong_and_need_no_quotes(length: int, alphabet: str, problem: str | None) -> None:
    found = generate.PasswordFormat(length, alphabet).problem()
    assert found is None if problem is None else problem in (found or "")


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
