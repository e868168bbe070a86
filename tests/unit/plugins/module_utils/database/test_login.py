"""How a login is encrypted, and what it does not show."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.popsink.data_plane.plugins.module_utils.database.login import Login, Tls


def test_a_password_is_not_shown() -> None:
    assert "hush" not in repr(Login("localhost", 5432, "records", "app", "hush"))


def test_certificates_are_handed_over_in_memory() -> None:
    with Tls("verify-full", "authority", "certificate", "key").parameters() as given:
        held = {name: Path(given[name]) for name in ("sslrootcert", "sslcert", "sslkey")}
        assert [path.read_text() for path in held.values()] == ["authority", "certificate", "key"]
        assert held["sslkey"].stat().st_mode & 0o777 == 0o600
    assert not any(path.exists() for path in held.values())


def test_no_certificate_of_the_home_directory_is_taken() -> None:
    with Tls().parameters() as given:
        assert {given[name] for name in ("sslrootcert", "sslcert", "sslkey")} == {"/dev/null/none"}
