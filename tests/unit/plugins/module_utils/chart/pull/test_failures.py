"""Why a chart cannot be pulled, and what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.pull import (
    Access,
    pulled_chart,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

from tests.unit.plugins.module_utils.chart.pull.conftest import LOGIN, REF, VERSION, Pull


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


def test_a_missing_helm_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(PopsinkError, match="popsink_helm"):
        pulled_chart(REF, VERSION, helm="/nowhere/helm", cache=tmp_path / "cache")
