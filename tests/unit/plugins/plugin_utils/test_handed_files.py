"""Handed files that lie in the open are found, and encrypted where they are without losing a byte."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.plugin_utils.handed_files import OpenFile, open_files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.plugins.samples import encrypted

SNIPPET = b"# from the wizard\r\ndeploymentId: x\r\n\r\ningressUrl: https://p.example"


@pytest.fixture
def handed(tmp_path: Path) -> Path:
    """A snippet inside an inventory."""
    path = tmp_path / "inventory" / "files" / "snippet.yaml"
    path.parent.mkdir(parents=True)
    path.write_bytes(SNIPPET)
    return path


def found(path: Path, inventory: Path | None, loader: DataLoader, **variables: Any) -> list[OpenFile]:
    known = {"popsink_onboarding_file": str(path), "inventory_dir": inventory and str(inventory), **variables}
    return open_files(known.get, loader)


def test_a_file_in_the_open_is_found(handed: Path, loader: DataLoader) -> None:
    (file,) = found(handed, handed.parents[1], loader)
    assert "popsink_vault_files: true" in file.finding().remedy


def test_others_are_not(handed: Path, loader: DataLoader, tmp_path: Path) -> None:
    assert found(handed, tmp_path / "elsewhere", loader) == []
    assert found(handed, None, loader) == []
    assert found(handed.parent / "missing", handed.parents[1], loader) == []
    assert found(handed.parent, handed.parents[1], loader) == []
    handed.write_text(encrypted("a: b", b"any"))
    assert found(handed, handed.parents[1], loader) == []


def further(loader: DataLoader, inventory: Path, *names: str) -> list[tuple[str, str]]:
    known = {"inventory_dir": str(inventory)}
    return [
        (file.variable, file.name)
        for file in open_files(known.get, loader, [("popsink_values_files", name) for name in names])
    ]


def test_other_files_with_secrets_are_found_too(handed: Path, loader: DataLoader) -> None:
    other = handed.with_name("values.yaml")
    other.write_text("jwt: {}", "utf-8")
    names = [str(handed), str(other)]
    assert further(loader, handed.parents[1], *names) == [("popsink_values_files", name) for name in names]


@pytest.mark.parametrize("content", [None, "vaulted"], ids=["missing", "vaulted"])
def test_of_other_files_only_those_in_the_open(handed: Path, loader: DataLoader, content: str | None) -> None:
    other = handed.with_name("values.yaml")
    if content:
        other.write_text(encrypted("jwt: {}", b"any"), "utf-8")
    assert further(loader, handed.parents[1], str(other)) == []


def test_another_file_is_encrypted_like_the_rest(handed: Path, loader: DataLoader, vault_password: bytes) -> None:
    known = {"inventory_dir": str(handed.parents[1])}
    (file,) = open_files(known.get, loader, [("popsink_values_files", str(handed))])
    file.encrypt(loader, "")
    assert opened(handed, vault_password) == SNIPPET


def test_the_warning_names_input_and_file(handed: Path, loader: DataLoader) -> None:
    known = {"inventory_dir": str(handed.parents[1])}
    (file,) = open_files(known.get, loader, [("popsink_values_files", str(handed))])
    assert f"popsink_values_files ({handed})" in file.finding().found


def opened(path: Path, password: bytes) -> bytes:
    content: bytes = VaultLib([("lab", VaultSecret(password))]).decrypt(path.read_bytes())
    return content


def test_it_is_encrypted_where_it_is(handed: Path, loader: DataLoader, vault_password: bytes) -> None:
    (file,) = found(handed, handed.parents[1], loader)
    file.encrypt(loader, "")
    assert handed.read_text().startswith("$ANSIBLE_VAULT;1.2;AES256;lab\n")
    assert opened(handed, vault_password) == SNIPPET
    assert found(handed, handed.parents[1], loader) == []
    once = handed.read_bytes()
    # A run that found it in the open before another one encrypted it.
    file.encrypt(loader, "")
    assert handed.read_bytes() == once
    assert list(handed.parent.iterdir()) == [handed]


def test_a_link_to_it_stays_one(handed: Path, loader: DataLoader, vault_password: bytes) -> None:
    link = handed.with_name("link.yaml")
    link.symlink_to(handed.name)
    (file,) = found(link, handed.parents[1], loader)
    file.encrypt(loader, "")
    assert link.is_symlink()
    assert opened(handed, vault_password) == SNIPPET


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_text_opens_again_as_it_was(text: bytes, handed: Path, loader: DataLoader, vault_password: bytes) -> None:
    handed.write_bytes(text)
    for file in found(handed, handed.parents[1], loader):
        try:
            file.encrypt(loader, "")
        except PopsinkError:
            assert handed.read_bytes() == text
        else:
            assert opened(handed, vault_password) == text


def _full(_descriptor: int) -> None:
    raise OSError(28, "No space left on device")


def test_what_goes_wrong_leaves_it_as_it_was(
    handed: Path, loader: DataLoader, play: Callable[..., DataLoader], monkeypatch: pytest.MonkeyPatch
) -> None:
    (file,) = found(handed, handed.parents[1], loader)
    with pytest.raises(PopsinkError, match="no vault password"):
        file.encrypt(play(), "")
    with pytest.raises(PopsinkError, match="with the id other"):
        file.encrypt(play("lab"), "other")
    monkeypatch.setattr(os, "fsync", _full)
    with pytest.raises(PopsinkError, match="cannot be encrypted: No space left on device"):
        file.encrypt(play("lab"), "")
    assert handed.read_bytes() == SNIPPET
