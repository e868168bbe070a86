"""How the registry is reached: certificates, and a login that nobody else sees."""

from __future__ import annotations

import base64
import json
import os
from contextlib import nullcontext
from pathlib import Path

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.pull import (
    Access,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

from tests.unit.plugins.module_utils.chart.pull.conftest import LOGIN, REF, WORKS, Pull, calls

#: Keeps what is told of the login, where it stood, and who could read it.
KEEPS_LOGIN = """
while [ $# -gt 1 ]; do
  if [ "$1" = --registry-config ]; then
    echo "$2" > $here/place
    cp "$2" $here/login
    stat -L -c %a "$2" > $here/modes
    grep -r password $here/cache > $here/found
    grep -r "$(sed 's/.*"auth": "//; s/".*//' "$2")" $here/cache >> $here/found
  fi
  shift
done
"""


@pytest.mark.parametrize("plain_http", [False, True])
def test_unencrypted_only_where_asked_for(pull: Pull, tmp_path: Path, plain_http: bool) -> None:
    pull(access=Access(plain_http=plain_http))
    assert ("--plain-http" in calls(tmp_path)[0]) == plain_http


def test_a_private_authority_is_named_to_helm(pull: Pull, tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text("a certificate", "utf-8")
    pull(access=Access(ca_file=str(authority)))
    assert calls(tmp_path)[0].endswith(f" --ca-file {authority}")


def test_without_a_login_helm_uses_its_own(pull: Pull, tmp_path: Path) -> None:
    pull()
    assert "--registry-config" not in calls(tmp_path)[0]


@pytest.mark.parametrize(
    ("ref", "hosts"),
    [
        (REF, ["registry.example"]),
        ("oci://127.0.0.1:5000/data-plane", ["127.0.0.1:5000"]),
        ("oci://docker.io/popsink/data-plane", ["docker.io", "https://index.docker.io/v1/"]),
    ],
)
def test_a_login_is_for_the_references_host(pull: Pull, tmp_path: Path, ref: str, hosts: list[str]) -> None:
    pull(ref, access=LOGIN, lines=WORKS + KEEPS_LOGIN)
    encoded = base64.b64encode(b"mirror:password-of-the-test").decode()
    expected = {"auths": {host: {"auth": encoded} for host in hosts}}
    assert json.loads((tmp_path / "login").read_text("utf-8")) == expected


def test_a_login_is_for_one_users_eyes_and_gone_afterwards(pull: Pull, tmp_path: Path) -> None:
    pull(access=LOGIN, lines=WORKS + KEEPS_LOGIN)
    assert (tmp_path / "modes").read_text("utf-8").split() == ["600"]
    assert not Path((tmp_path / "place").read_text("utf-8").strip()).exists()


def test_a_login_lies_on_no_disk(pull: Pull, tmp_path: Path) -> None:
    pull(access=LOGIN, lines=WORKS + KEEPS_LOGIN)
    assert (tmp_path / "found").read_text("utf-8") == ""


@pytest.mark.parametrize("fails", [True, False])
def test_a_login_stands_where_it_is_looked_for_after_a_kill(
    pull: Pull, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    """Where the system has no files in memory."""
    monkeypatch.delattr(os, "memfd_create")
    with pytest.raises(PopsinkError) if fails else nullcontext():
        pull(access=LOGIN, lines=f"{WORKS}{KEEPS_LOGIN}{'exit 1' if fails else ''}")
    place = Path((tmp_path / "place").read_text("utf-8").strip())
    assert place.parent.match(f"{tmp_path}/cache/pull-*")
    assert not place.exists()


def test_a_login_is_gone_after_a_refusal_too(pull: Pull, tmp_path: Path) -> None:
    with pytest.raises(PopsinkError):
        pull(access=LOGIN, lines=f"{KEEPS_LOGIN}exit 1")
    assert not Path((tmp_path / "place").read_text("utf-8").strip()).exists()


def test_a_password_is_on_no_command_line(pull: Pull, tmp_path: Path) -> None:
    pull(access=LOGIN)
    assert "password-of-the-test" not in calls(tmp_path)[0]


def test_a_password_is_not_printed_with_the_rest() -> None:
    assert "password-of-the-test" not in repr(LOGIN)


@pytest.mark.parametrize(
    ("ref", "access", "message"),
    [
        (REF, Access(username="mirror"), "popsink_chart_username is set, and popsink_chart_password is not"),
        (REF, Access(password="x"), "popsink_chart_password is set, and popsink_chart_username is not"),
        (REF, Access(username="a:b", password="x"), "popsink_chart_username has a colon in it"),
        (REF, Access(ca_file="/nowhere/ca.pem"), "popsink_chart_ca_file is /nowhere/ca.pem, which cannot be read"),
        ("oci://user:a-password@registry.example/data-plane", Access(), "popsink_chart_ref holds a user's name"),
        ("oci://user:a/password@registry.example/data-plane", Access(), "popsink_chart_ref holds a user's name"),
        ("https://charts.example/data-plane.tgz", Access(), "is no reference to a registry. Give for instance oci://"),
        ("--help", Access(), "is no reference to a registry. Give for instance oci://"),
    ],
)
def test_what_cannot_be_an_access(pull: Pull, tmp_path: Path, ref: str, access: Access, message: str) -> None:
    with pytest.raises(PopsinkError) as caught:
        pull(ref, access=access)
    assert message in str(caught.value)
    assert "password@" not in str(caught.value)
    assert not (tmp_path / "calls").exists()
