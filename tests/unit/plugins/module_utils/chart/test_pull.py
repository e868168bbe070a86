"""Pulling the pinned chart once."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.pull import (
    Access,
    cache_folder,
    local_chart,
    pulled_chart,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

REF = "oci://registry.example/charts/data-plane"
VERSION = "0.1.0-alpha.205"
#: Writes an archive named after the version into the folder that follows --destination, and notes its arguments.
WORKS = 'echo "$@" >> $here/calls; echo "$2 $4" > "$6/data-plane-$4.tgz"'
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
LOGIN = Access(username="mirror", password="password-of-the-test")

Pull = Callable[..., Path]


@pytest.fixture
def helm(tmp_path: Path) -> Callable[[str], str]:
    """A program in Helm's place, made of shell lines."""

    def make(lines: str) -> str:
        path = tmp_path / "helm"
        path.write_text(f"#!/bin/sh\nhere={tmp_path}\n{lines}\n", "utf-8")
        path.chmod(0o755)
        return str(path)

    return make


@pytest.fixture
def pull(tmp_path: Path, helm: Callable[[str], str]) -> Pull:
    def pull(ref: str = REF, version: str = VERSION, *, lines: str = WORKS, access: Access | None = None) -> Path:
        return pulled_chart(ref, version, helm=helm(lines), cache=tmp_path / "cache", access=access)

    return pull


def calls(tmp_path: Path) -> list[str]:
    return (tmp_path / "calls").read_text("utf-8").splitlines()


def test_the_archive_is_what_helm_pulled(pull: Pull) -> None:
    assert pull().read_text("utf-8") == f"{REF} {VERSION}\n"


def test_the_second_time_nothing_is_pulled(pull: Pull, tmp_path: Path) -> None:
    assert pull() == pull()
    assert len(calls(tmp_path)) == 1


def test_what_is_cached_needs_no_helm(pull: Pull, tmp_path: Path) -> None:
    first = pull()
    assert pulled_chart(REF, VERSION, helm="/nowhere/helm", cache=tmp_path / "cache") == first


@pytest.mark.parametrize(("ref", "version"), [(REF, "0.1.0-alpha.60"), ("oci://mirror.example/data-plane", VERSION)])
def test_another_chart_is_another_file(pull: Pull, ref: str, version: str) -> None:
    assert pull() != pull(ref, version)


def test_an_archive_that_was_deleted_is_pulled_again(pull: Pull) -> None:
    pull().unlink()
    assert pull().is_file()


@pytest.mark.parametrize("damaged", [b"", b"registry", b"something else altogether, and longer than it was"])
def test_an_archive_that_was_damaged_is_pulled_again(pull: Pull, damaged: bytes) -> None:
    first = pull()
    content = first.read_bytes()
    first.write_bytes(damaged)
    assert (pull(), first.read_bytes()) == (first, content)


def test_an_archive_that_was_damaged_and_cannot_be_pulled_is_named(pull: Pull) -> None:
    first = pull()
    first.write_bytes(b"")
    with pytest.raises(PopsinkError, match=rf"The kept chart {first} is damaged, .* could not be pulled: Error: gone"):
        pull(lines="echo Error: gone >&2; exit 1")


@pytest.mark.parametrize("pointer", [b"", bytes(75), b"\xff\xfe", b"../elsewhere.tgz", b"sha256-0.tgz"])
def test_a_pointer_that_was_damaged_is_written_again(pull: Pull, tmp_path: Path, pointer: bytes) -> None:
    first = pull()
    (place,) = (tmp_path / "cache" / "refs").iterdir()
    place.write_bytes(pointer)
    assert (pull(), place.read_text("ascii")) == (first, first.name)


def test_nothing_is_left_beside_the_archive(pull: Pull, tmp_path: Path) -> None:
    archive = pull(access=LOGIN)
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == sorted([archive.name, "refs"])


@pytest.mark.parametrize(("age", "stays"), [(3600, False), (60, True)], ids=["of a killed run", "of another run"])
def test_what_a_killed_run_left_is_removed(pull: Pull, tmp_path: Path, age: int, stays: bool) -> None:
    folder = tmp_path / "cache" / "pull-x"
    folder.mkdir(parents=True)
    (folder / "login.json").write_text("{}", "utf-8")
    then = folder.stat().st_mtime - age
    os.utime(folder, (then, then))
    pull()
    assert folder.exists() == stays


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


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("", "popsink_chart_version is not set. Set it to the version that the control plane names"),
        ("latest", "popsink_chart_version is 'latest', which is not a version"),
        ("^0.1.0", "popsink_chart_version is '^0.1.0', which is not a version"),
        (">=0.1.0-alpha.1", "which is not a version"),
        ("0.1", "which is not a version"),
        ("0.1.0-alpha.205\n", "which is not a version"),
        ("--help", "which is not a version"),
    ],
)
def test_what_is_no_exact_version(pull: Pull, tmp_path: Path, version: str, message: str) -> None:
    with pytest.raises(PopsinkError) as caught:
        pull(version=version)
    assert message in str(caught.value)
    assert not (tmp_path / "calls").exists()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            'echo noise >&2; echo "Error: manifest unknown." >&2; exit 1',
            "could not be pulled: Error: manifest unknown.",
        ),
        (
            'echo "Error: no login" >&2; echo "main.main" >&2; echo "  runtime/proc.go:272" >&2; exit 1',
            "could not be pulled: Error: no login.",
        ),
        ("echo killed >&2; exit 1", "could not be pulled: killed."),
        ("exit 1", "could not be pulled: Helm gave no reason."),
        ("exit 0", "could not be pulled: Helm gave no reason."),
    ],
    ids=["refused", "with a trace", "not by Helm itself", "silent", "nothing written"],
)
def test_a_pull_that_fails(pull: Pull, lines: str, message: str) -> None:
    with pytest.raises(PopsinkError) as caught:
        pull(lines=lines)
    assert f"Chart {REF} {VERSION} {message}" in str(caught.value)
    assert "popsink_chart_version" in str(caught.value)


#: What Helm 3.17.3 and 4.1.4 said when they were tried on a registry, by cause.
SAID = {
    "login refused, Helm 3": "unexpected status from HEAD request to https://r/v2/x/manifests/1: 401 Unauthorized",
    "login refused, Helm 4": 'failed to perform "FetchReference" on source: GET "https://r/v2/x/manifests/1": response '
    "status code 401: unauthorized: authentication required: [map[Action:pull]]",
    "not allowed": "unexpected status from HEAD request to https://r/v2/x/manifests/1: 403 Forbidden",
    "no login, Helm 3": "pull access denied, repository does not exist or may require authorization: authorization "
    "failed: no basic auth credentials",
    "no login, Helm 4": 'failed to perform "FetchReference" on source: GET "https://r/v2": basic credential not found',
    "no version, Helm 3": "registry.example/charts/data-plane:0.1.0-alpha.401: not found",
    "no version, Helm 4": 'failed to perform "FetchReference" on source: registry.example/charts/data-plane:'
    "0.1.0-alpha.403: not found",
    "unknown authority": 'failed to do request: Head "https://r/v2/x/manifests/1": tls: failed to verify certificate: '
    "x509: certificate signed by unknown authority",
    "another name": "tls: failed to verify certificate: x509: certificate is valid for 10.0.0.9, not 10.0.0.1",
    "no certificates, Helm 3": "missing registry client: can't create TLS config for client: failed to append "
    "certificates from file: /ca.pem",
    "no certificates, Helm 4": "missing registry client: can't create TLS config for client: failed to append "
    "certificates from pem block",
    "HTTP": 'failed to do request: Head "https://r/v2/x": http: server gave HTTP response to HTTPS client',
    "HTTPS, Helm 3": "unexpected status from HEAD request to http://r/v2/x/manifests/1: 400 Bad Request",
    "HTTPS, Helm 4": 'failed to perform "FetchReference" on source: GET "http://r/v2/x/manifests/1": response status '
    "code 400: Bad Request",
    "no such host": 'failed to do request: Head "https://r/v2/x": dial tcp: lookup r on 10.0.0.1:53: no such host',
    "nobody listens": 'failed to do request: Head "https://r/v2/x": dial tcp 10.0.0.1:443: connect: connection refused',
    "no reference": "invalid_reference: missing repository",
}


@pytest.mark.parametrize(
    ("cause", "remedy"),
    [
        ("login refused, Helm 3", "Check popsink_chart_username and popsink_chart_password, and"),
        ("login refused, Helm 4", "Check popsink_chart_username and popsink_chart_password, and"),
        ("not allowed", "Check popsink_chart_username and popsink_chart_password, and"),
        ("no login, Helm 3", "Check popsink_chart_username and popsink_chart_password, and"),
        ("no login, Helm 4", "Check popsink_chart_username and popsink_chart_password, and"),
        ("no version, Helm 3", "check popsink_chart_version"),
        ("no version, Helm 4", "check popsink_chart_version"),
        ("unknown authority", "in popsink_chart_ca_file"),
        ("another name", "correct the host in popsink_chart_ref"),
        ("no certificates, Helm 3", "Have popsink_chart_ca_file name a file of PEM certificates"),
        ("no certificates, Helm 4", "Have popsink_chart_ca_file name a file of PEM certificates"),
        ("HTTP", "set popsink_chart_plain_http to true"),
        ("HTTPS, Helm 3", "set popsink_chart_plain_http to false"),
        ("HTTPS, Helm 4", "set popsink_chart_plain_http to false"),
        ("no such host", "Correct the host in popsink_chart_ref"),
        ("nobody listens", "Check host and port in popsink_chart_ref"),
        ("no reference", "popsink_chart_ref is no reference"),
    ],
)
def test_a_cause_has_its_remedy(pull: Pull, cause: str, remedy: str) -> None:
    said = SAID[cause]
    with pytest.raises(PopsinkError) as caught:
        pull(lines=f"cat >&2 <<'END'\nError: {said}\nEND\nexit 1", access=LOGIN)
    assert f"could not be pulled: Error: {said}. " in str(caught.value)
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    ("cause", "remedy"),
    [
        ("HTTP", "correct popsink_mirror_chart_ref, or set popsink_mirror_chart_plain_http to true"),
        ("HTTPS, Helm 4", "set popsink_mirror_chart_plain_http to false"),
        ("no such host", "Correct the host in popsink_mirror_chart_ref"),
        ("no reference", "popsink_mirror_chart_ref is no reference"),
        ("not allowed", "(helm registry login), and that popsink_mirror_chart_ref"),
    ],
)
def test_the_inputs_are_named_that_the_chart_was_pulled_with(pull: Pull, cause: str, remedy: str) -> None:
    with pytest.raises(PopsinkError) as caught:
        pull(lines=f"cat >&2 <<'END'\nError: {SAID[cause]}\nEND\nexit 1", access=Access(inputs="popsink_mirror_chart"))
    assert remedy in str(caught.value)
    assert "popsink_chart_ref" not in str(caught.value)


def test_who_gave_no_login_is_told_of_helms(pull: Pull) -> None:
    with pytest.raises(PopsinkError, match=r"helm registry login\), or set popsink_chart_username"):
        pull(lines=f"echo '{SAID['not allowed']}' >&2; exit 1")


def test_what_a_reference_is_called_is_no_cause(pull: Pull) -> None:
    with pytest.raises(PopsinkError, match="check popsink_chart_version"):
        pull("oci://forbidden.example/denied", lines="echo Error: forbidden.example/denied:1: not found >&2; exit 1")


def test_a_pull_that_failed_is_tried_again(pull: Pull) -> None:
    with pytest.raises(PopsinkError):
        pull(lines="exit 1")
    assert pull().is_file()


def test_a_missing_helm_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(PopsinkError, match="popsink_helm"):
        pulled_chart(REF, VERSION, helm="/nowhere/helm", cache=tmp_path / "cache")


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, helm: Callable[[str], str]) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(PopsinkError, match="file/cache"):
        pulled_chart(REF, VERSION, helm=helm(WORKS), cache=tmp_path / "file" / "cache")


def test_the_cache_is_where_caches_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "popsink" / "charts"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "popsink" / "charts"


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder among the temporary files of a user whose home cannot be written to."""
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)

    def closed(_path: Path) -> bool:
        # As where a folder on the way is not this user's.
        raise PermissionError

    monkeypatch.setattr(Path, "exists", closed)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"popsink-{os.getuid()}"


def test_a_user_without_a_home_has_a_cache_of_its_own(temporary: Path) -> None:
    for _time in range(2):
        assert cache_folder() == temporary / "charts"
    assert temporary.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("prepare", [lambda path: path.mkdir(mode=0o777), lambda path: path.symlink_to(path.parent)])
def test_a_cache_that_others_may_have_filled_is_refused(temporary: Path, prepare: Callable[[Path], None]) -> None:
    prepare(temporary)
    with suppress(OSError):
        temporary.chmod(0o777)
    with pytest.raises(PopsinkError, match="is not this user's alone"):
        cache_folder()


def test_a_packaged_chart_of_this_host_is_copied_by_its_digest(tmp_path: Path) -> None:
    (tmp_path / "chart.tgz").write_bytes(b"content")
    copied = local_chart(str(tmp_path / "chart.tgz"), cache=tmp_path / "cache")
    assert copied == tmp_path / "cache" / f"sha256-{hashlib.sha256(b'content').hexdigest()}.tgz"
    assert copied.read_bytes() == b"content"


def test_a_chart_of_this_host_that_changed_is_read_again(tmp_path: Path) -> None:
    chart = tmp_path / "chart.tgz"
    chart.write_bytes(b"before")
    local_chart(str(chart), cache=tmp_path / "cache")
    chart.write_bytes(b"after")
    assert local_chart(str(chart), cache=tmp_path / "cache").read_bytes() == b"after"


def test_a_damaged_copy_is_made_again(tmp_path: Path) -> None:
    chart = tmp_path / "chart.tgz"
    chart.write_bytes(b"content")
    local_chart(str(chart), cache=tmp_path / "cache").write_bytes(b"")
    assert local_chart(str(chart), cache=tmp_path / "cache").read_bytes() == b"content"


def test_a_chart_in_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "chart.tgz").write_bytes(b"content")
    assert local_chart("~/chart.tgz", cache=tmp_path / "cache").read_bytes() == b"content"


def test_a_folder_is_kept_as_an_archive(tmp_path: Path) -> None:
    (tmp_path / "chart").mkdir()
    (tmp_path / "chart" / "Chart.yaml").write_text("name: data-plane\nversion: 1.0.0\n", "utf-8")
    kept = local_chart(str(tmp_path / "chart"), cache=tmp_path / "cache")
    assert kept.read_bytes().startswith(b"\x1f\x8b")


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("charts/data-plane.tgz", "is 'charts/data-plane.tgz', which is neither a reference to a registry nor an"),
        ("http://charts.example/x.tgz", "which is neither a reference to a registry nor an absolute path"),
        ("", "popsink_chart_ref is '', which is neither"),
        (
            "/nowhere/chart.tgz",
            "popsink_chart_ref is /nowhere/chart.tgz, which cannot be read on the host that reaches",
        ),
        ("https://user:a-password@charts.example/x", "popsink_chart_ref holds a user's name or password"),
    ],
)
def test_what_is_no_chart_of_this_host(tmp_path: Path, ref: str, message: str) -> None:
    with pytest.raises(PopsinkError) as caught:
        local_chart(ref, cache=tmp_path / "cache")
    assert message in str(caught.value)
    assert "a-password" not in str(caught.value)
