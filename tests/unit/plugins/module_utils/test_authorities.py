"""Whom each client trusts where no CA of its own is given: the site's, and public ones if it trusted those before."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.command import run
from ansible_collections.popsink.data_plane.plugins.module_utils.kafka.login import tls_of
from ansible_collections.popsink.data_plane.plugins.module_utils.outside import certificates_in, going_out
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.database import database_authorities
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.visitor import trusting

from tests.unit.plugins.certificates import pair
from tests.unit.plugins.samples import inputs

SITE, OWN = pair(authority=True).certificate, pair(authority=True).certificate


def _of(context: ssl.SSLContext) -> set[str]:
    return {ssl.DER_cert_to_PEM_cert(der).strip() for der in context.get_ca_certs(binary_form=True)}


def _kafka(own: str) -> set[str]:
    return _of(tls_of(own, "", ""))


def _public_url(own: str) -> set[str]:
    return _of(trusting(own))


def _api(_own: str) -> set[str]:
    return _of(ssl.create_default_context())


def _store(_own: str) -> set[str]:
    return set(certificates_in(Path(botocore.session.get_session().get_config_variable("ca_bundle")).read_text()))


def _program(_own: str) -> set[str]:
    script = "import os; print(open(os.environ['SSL_CERT_FILE']).read())"
    return set(certificates_in(run([sys.executable, "-c", script]).stdout))


def _database(mode: str) -> Callable[[str], set[str]]:
    def trusted(own: str) -> set[str]:
        given: dict[str, Any] = {"database_mode": "external", "database_host": "db.example", "database_sslmode": mode}
        return set(certificates_in(database_authorities(inputs(**given, database_ca_cert=own, ca_certificates=SITE))))

    return trusted


@pytest.mark.parametrize(
    ("client", "own", "site", "public"),
    [
        # Helm and skopeo; the control plane and registries' own API; the bucket.
        (_program, "", True, True),
        (_api, "", True, True),
        (_store, "", True, True),
        (_kafka, "", True, True),
        (_kafka, OWN, False, False),
        (_public_url, "", True, True),
        (_public_url, OWN, True, True),
        # Nobody but the site's own may stand in for a database.
        (_database("verify-full"), "", True, False),
        (_database("verify-ca"), "", True, False),
        (_database("verify-full"), OWN, False, False),
        (_database("require"), "", False, False),
    ],
)
def test_whom_a_client_trusts(client: Callable[[str], set[str]], own: str, site: bool, public: bool) -> None:
    with going_out({"outside": {"ca_certificates": SITE}}):
        trusted = client(own)
    assert (SITE.strip() in trusted, len(trusted) > 100) == (site, public)
    assert (OWN.strip() in trusted) is bool(own)
