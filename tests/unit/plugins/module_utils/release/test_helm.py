"""How Helm is started: access through its environment, values over standard input, and what it says."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.release import helm
from ansible_collections.popsink.data_plane.plugins.module_utils.release.helm import (
    Helm,
    helm_environment,
    reason,
    version_of,
)

Program = Callable[[str], Path]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A program in Helm's place, made of shell lines; ``version`` is answered first."""

    def make(lines: str) -> Path:
        path = tmp_path / "helm"
        path.write_text(f"#!/bin/sh\nhere={tmp_path}\n{lines}\n", "utf-8")
        path.chmod(0o755)
        return path

    return make


@pytest.mark.parametrize(
    ("option", "value", "environment"),
    [
        ("kubeconfig", "/x/kubeconfig", {"KUBECONFIG": "/x/kubeconfig"}),
        ("context", "prod", {"HELM_KUBECONTEXT": "prod"}),
        ("host", "https://c.example", {"HELM_KUBEAPISERVER": "https://c.example", "KUBECONFIG": os.devnull}),
        ("api_key", "a-token", {"HELM_KUBETOKEN": "a-token"}),
        ("ca_cert", "/x/ca.pem", {"HELM_KUBECAFILE": "/x/ca.pem"}),
        ("validate_certs", False, {"HELM_KUBEINSECURE_SKIP_TLS_VERIFY": "true"}),
        ("validate_certs", True, {}),
        ("proxy", "http://p:1", {"HTTPS_PROXY": "http://p:1"}),
        ("no_proxy", "10.0.0.0/8", {"NO_PROXY": "10.0.0.0/8"}),
        ("context", None, {}),
    ],
)
def test_helm_environment(option: str, value: Any, environment: dict[str, str]) -> None:
    assert helm_environment({option: value}) == environment


def test_variables_of_the_field_count_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K8S_AUTH_CONTEXT", "prod")
    assert helm_environment({})["HELM_KUBECONTEXT"] == "prod"


def test_an_option_wins_over_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K8S_AUTH_CONTEXT", "prod")
    assert helm_environment({"context": "staging"}) == {"HELM_KUBECONTEXT": "staging"}


@pytest.mark.parametrize(
    ("option", "value", "named"),
    [
        ("username", "someone", "username"),
        ("password", "a-password", "password"),
        ("client_cert", "/x/cert.pem", "cert"),
        ("client_key", "/x/key.pem", "key"),
        ("proxy_headers", {"basic_auth": "a:b"}, "proxy_headers"),
        ("kubeconfig", {"apiVersion": "v1"}, "kubeconfig"),
    ],
)
def test_what_helm_takes_on_its_command_line_only_is_refused(option: str, value: Any, named: str) -> None:
    with pytest.raises(PopsinkError, match=rf"Helm cannot be given .*{named}.*popsink_kubeconfig"):
        helm_environment({option: value})


#: Neither changes whom Helm talks to, or as whom.
WITHOUT_MEANING_FOR_HELM = {"persist_config"}


@pytest.mark.parametrize("option", sorted(set(AUTH_ARG_SPEC) - WITHOUT_MEANING_FOR_HELM))
def test_no_option_is_lost(option: str) -> None:
    """Helm that talks to another cluster, or as another user, than the other steps would be worse than an error."""
    samples: dict[str, Any] = {"bool": False, "dict": {"basic_auth": "a:b"}, "list": ["admins"]}
    try:
        environment = helm_environment({option: samples.get(str(AUTH_ARG_SPEC[option].get("type")), "/x/y")})
    except PopsinkError:
        return
    assert environment != {}


@pytest.mark.parametrize(
    ("stderr", "text"),
    [
        ("Error: the reason\n", "the reason"),
        ("Error: the reason.\n", "the reason"),
        ("WARNING: Kubernetes configuration file is group-readable.\nError: the reason\n", "the reason"),
        ('level=WARN msg="unable to find exact version"\nError: the reason\n', "the reason"),
        ("coalesce.go:298: warning: cannot overwrite table\nError: the reason\n", "the reason"),
        ("W0109 12:00:00.000000 1 warnings.go:70] would violate PodSecurity\nError: the reason\n", "the reason"),
        ("W1109 12:00:00.000000 1 warnings.go:70] would violate PodSecurity\nError: the reason\n", "the reason"),
        (
            "Error: execution error:\n\nThe values cannot be used:\n- a\n- b\n",
            "execution error: The values cannot be used: - a - b",
        ),
        ("WARNING: only this\n", "WARNING: only this"),
        ("", "it gave no reason"),
    ],
)
def test_reason(stderr: str, text: str) -> None:
    assert reason(stderr) == text


@pytest.mark.parametrize(
    ("printed", "version"), [("v3.17.0+g301108e", (3, 17, 0)), ("v4.1.2", (4, 1, 2)), ("v3.8.0-rc.1", (3, 8, 0))]
)
def test_version_of(program: Program, printed: str, version: tuple[int, int, int]) -> None:
    assert version_of(str(program(f"echo {printed}"))) == version


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Programs that were started for their version."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    started: list[str] = []

    def run(argv: list[str], **_how: object) -> subprocess.CompletedProcess[str]:
        started.append(argv[0])
        return subprocess.CompletedProcess(argv, 0, f"v4.1.{len(started)}+g1", "")

    monkeypatch.setattr(helm, "run", run)
    return started


def _program(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o755)
    return path


def test_a_compiled_helm_is_asked_once_until_it_is_another_file(tmp_path: Path, asked: list[str]) -> None:
    program = _program(tmp_path / "helm", b"\x7fELF one")
    assert [version_of(str(program)) for _time in range(3)] == [(4, 1, 1)] * 3
    _program(program, b"\x7fELF another")
    assert version_of(str(program)) == (4, 1, 2)
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("name", "content"), [("helm", b"#!/bin/sh"), ("mise", b"\x7fELF")], ids=["a script", "a version manager"]
)
def test_what_only_leads_to_a_helm_is_asked_each_time(
    tmp_path: Path, asked: list[str], name: str, content: bytes
) -> None:
    _program(tmp_path / name, content)
    link = tmp_path / "bin"
    link.mkdir()
    (link / "helm").symlink_to(tmp_path / name)
    assert [version_of(str(link / "helm")) for _time in range(2)] == [(4, 1, 1), (4, 1, 2)]


def test_where_nothing_can_be_kept_helm_is_asked_each_time(
    tmp_path: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    program = _program(tmp_path / "helm", b"\x7fELF one")
    assert [version_of(str(program)) for _time in range(2)] == [(4, 1, 1), (4, 1, 2)]


@pytest.mark.parametrize("lines", ["exit 1", "echo none"])
def test_a_program_that_is_not_helm(program: Program, lines: str) -> None:
    with pytest.raises(PopsinkError, match="does not tell its version"):
        version_of(str(program(lines)))


def test_a_missing_helm_names_the_variable() -> None:
    with pytest.raises(PopsinkError, match="popsink_helm"):
        Helm("/nowhere/helm", {})


UPGRADE = 'if [ "$1" = version ]; then echo v%s; else echo "$@" > $here/argv; cat > $here/stdin; echo "{}"; fi'


@pytest.mark.parametrize(
    ("version", "call", "options"),
    [
        ("3.8.0", Helm.render, ["--dry-run", "--output", "json"]),
        ("3.17.0", Helm.upgrade, []),
        ("3.17.0", Helm.render, ["--dry-run=server", "--output", "json"]),
        ("4.1.0", Helm.upgrade, ["--server-side=true", "--force-conflicts"]),
        ("4.1.0", Helm.render, ["--dry-run=server", "--output", "json", "--server-side=true", "--force-conflicts"]),
    ],
)
def test_it_is_called_as_its_version_takes_it(
    program: Program, tmp_path: Path, version: str, call: Callable[..., Any], options: list[str]
) -> None:
    call(Helm(str(program(UPGRADE % version)), {}), "r", "ns", Path("c.tgz"), {})
    fixed = ["upgrade", "r", "c.tgz", "--install", "--namespace", "ns", "--values", "-", "--timeout", "600s"]
    assert (tmp_path / "argv").read_text("utf-8").split() == fixed + options


def test_what_is_rendered_is_given_as_objects(program: Program) -> None:
    printed = json.dumps({"manifest": "---\nkind: Service\n---\nkind: Secret\n"})
    helm = Helm(str(program(f"if [ \"$1\" = version ]; then echo v4.1.0; else printf %s '{printed}'; fi")), {})
    assert helm.render("r", "ns", Path("c.tgz"), {}) == [{"kind": "Service"}, {"kind": "Secret"}]


def test_values_go_in_unseen(program: Program, tmp_path: Path) -> None:
    Helm(str(program(UPGRADE % "4.1.0")), {}).upgrade("r", "ns", Path("c.tgz"), {"jwt": {"secret": "hidden"}})
    assert yaml.safe_load((tmp_path / "stdin").read_text("utf-8")) == {"jwt": {"secret": "hidden"}}
    assert "hidden" not in (tmp_path / "argv").read_text("utf-8")


@pytest.mark.parametrize("text", ["12345e7", "1e3", "0o17", "true", "null", "2026-10-09"])
def test_a_text_stays_a_text(program: Program, tmp_path: Path, text: str) -> None:
    Helm(str(program(UPGRADE % "4.1.0")), {}).upgrade("r", "ns", Path("c.tgz"), {"image": {"tag": text}})
    assert (tmp_path / "stdin").read_text("utf-8") == f'{{"image": {{"tag": "{text}"}}}}'


def test_what_leads_helm_elsewhere_is_left_out(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HELM_KUBECONTEXT", "HELM_KUBEAPISERVER", "HELM_NAMESPACE", "HELM_DRIVER"):
        monkeypatch.setenv(name, "another-one")
    script = UPGRADE % "4.1.0" + "\nenv > $here/environment"
    Helm(str(program(script)), {"kubeconfig": "/x"}).upgrade("r", "ns", Path("c.tgz"), {})
    assert "another-one" not in (tmp_path / "environment").read_text("utf-8")


def test_a_token_goes_in_unseen(program: Program, tmp_path: Path) -> None:
    script = UPGRADE % "4.1.0" + "\necho $HELM_KUBETOKEN > $here/token"
    Helm(str(program(script)), {"api_key": "a-token"}).upgrade("r", "ns", Path("c.tgz"), {})
    assert (tmp_path / "token").read_text("utf-8") == "a-token\n"
    assert "a-token" not in (tmp_path / "argv").read_text("utf-8")


def test_a_refusal_has_helms_reason(program: Program) -> None:
    script = 'if [ "$1" = version ]; then echo v4.1.0; else echo "Error: the reason" >&2; exit 1; fi'
    with pytest.raises(PopsinkError, match=r"Helm could not bring release r to the plan: the reason\."):
        Helm(str(program(script)), {}).upgrade("r", "ns", Path("c.tgz"), {})
