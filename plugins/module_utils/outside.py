# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a step reaches servers outside of the cluster: through which proxies, and whose certificates it trusts.

Both are told by the environment, from which Ansible's own HTTP, Python's TLS, boto3 and Helm take them.
"""

from __future__ import annotations

import os
import re
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.kubernetes.core.plugins.module_utils.k8s import client as k8s_client

from .cluster.auth import ACCESS_OPTIONS, auth_of
from .errors import PopsinkError

#: What a module that asks outside accepts besides.
OUTSIDE_ARGUMENT_SPEC: dict[str, Any] = {
    "outside": {
        "type": "dict",
        "default": {},
        "options": {
            "ca_certificates": {"type": "str", "default": ""},
            "http_proxy": {"type": "str", "default": ""},
            "https_proxy": {"type": "str", "default": ""},
            "no_proxy": {"type": "list", "elements": "str", "default": []},
        },
    }
}

#: Never asked through a proxy, from wherever: this machine, and names that only a cluster knows.
LOCAL = ("localhost", "127.0.0.1", ".svc", ".cluster.local")

#: Where distributions keep the authorities that they trust, in one file: Debian, Red Hat, SUSE, Alpine.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def certificates_in(text: str) -> list[str]:
    """The certificates of a PEM text, each once; what people write around them is left out.

    :raises ValueError: one of them is damaged.
    """
    found: list[str] = []
    blocks = _CERTIFICATE.findall(text)
    if len(blocks) != text.count("-----BEGIN CERTIFICATE-----"):
        raise ValueError("a certificate has no end")
    for block in blocks:
        pem = "\n".join(line.strip() for line in block.splitlines())
        der = ssl.PEM_cert_to_DER_cert(pem)
        try:
            # Python's own reading, which tells whether it is a certificate at all.
            ssl.create_default_context(cadata=der)
        except ssl.SSLError as error:
            raise ValueError("no certificate") from error
        found.append(ssl.DER_cert_to_PEM_cert(der).strip())
    return list(dict.fromkeys(found))


def are_certificates(text: str) -> bool:
    """Whether a text has certificates in PEM, and none that is damaged."""
    try:
        return bool(certificates_in(text))
    except ValueError:
        return False


def public_authorities() -> str:
    """The authorities that this host trusts, in PEM.

    :raises PopsinkError: it keeps them in no file: whoever got the private ones alone would trust no public server.
    """
    own = ssl.get_default_verify_paths().cafile
    for place in filter(None, (own, *_BUNDLES)):
        with suppress(OSError, UnicodeDecodeError):
            if certificates := _CERTIFICATE.findall(Path(place).read_text("utf-8")):
                return "\n".join(certificates) + "\n"
    raise PopsinkError(
        "The authorities of popsink_ca_certificates are trusted beside public ones; this host has no file of them.",
        remedy="Install ca-certificates on the host that reaches the cluster.",
    )


@contextmanager
def going_out(params: Mapping[str, Any]) -> Iterator[None]:
    """Have everything in this process go out as a module's parameters say, and the cluster's API be asked as ever."""
    given = {name: value for name, value in (params.get("outside") or {}).items() if value}
    before = dict(os.environ)
    try:
        with _trusting(str(given.get("ca_certificates") or "")):
            os.environ.update(_proxies(given, params))
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _trusting(certificates: str) -> Iterator[None]:
    """Private authorities beside those that this host trusts, in a file of this step's own."""
    if not certificates:
        yield
        return
    with tempfile.NamedTemporaryFile("w", encoding="ascii", prefix="popsink-ca-", suffix=".pem") as file:
        file.write(f"{public_authorities()}{certificates}\n")
        file.flush()
        # The last two are boto3's, which has authorities of its own otherwise.
        os.environ.update(dict.fromkeys(("SSL_CERT_FILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"), file.name))
        yield


def _proxies(given: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, str]:
    names = {name: str(given[name]) for name in ("http_proxy", "https_proxy") if name in given}
    if names or "no_proxy" in given:
        # What this host asks directly stays so with the host's own proxies; others are told anew what is.
        inherited = () if names else _inherited()
        direct = [*given.get("no_proxy", ()), *inherited, *LOCAL, *_api_host(params)]
        # For everything, which counts where it stands alone.
        names["no_proxy"] = "*" if "*" in direct else ",".join(dict.fromkeys(direct))
    return in_both_spellings(names)


def in_both_spellings(variables: Mapping[str, str]) -> dict[str, str]:
    """Some programs read one way of writing a proxy's variable, some the other.

    In this order: pods whose variables are in another start anew.
    """
    return {written: value for name, value in variables.items() for written in (name.upper(), name)}


def _inherited() -> list[str]:
    """What this host asks without a proxy."""
    text = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def _api_host(params: Mapping[str, Any]) -> list[str]:
    """The host of the cluster's API, unless that has a proxy of its own."""
    if not any(name in params for name in ACCESS_OPTIONS):
        return []
    auth = {name: value for name, value in auth_of(params).items() if name in ACCESS_OPTIONS and value is not None}
    # What is wrong with the access is told by whoever uses it.
    with suppress(Exception):
        spec = k8s_client._create_auth_spec(**auth)
        host = urlsplit(k8s_client._create_configuration(spec).host).hostname
        return [] if spec.get("proxy") else [str(host)]
    return []
