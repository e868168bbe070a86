"""That a lab made before some program came to it gets what that program needs, and stays the same cluster."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509

from tests.lab import pki
from tests.lab.lab import Lab


def test_a_client_that_came_later_is_signed_by_the_same_authority(tmp_path: Path) -> None:
    lab = Lab("", tmp_path, 0)
    pki.ensure(lab)
    before = {file.name: file.read_bytes() for file in lab.pki.iterdir()}
    for kind in ("crt", "key"):
        (lab.pki / f"traefik.{kind}").unlink()

    pki.ensure(lab)

    after = {file.name: file.read_bytes() for file in lab.pki.iterdir()}
    assert {name for name in after if after[name] != before[name]} == {"traefik.crt", "traefik.key"}
    authority = x509.load_pem_x509_certificate(after["ca.crt"])
    x509.load_pem_x509_certificate(after["traefik.crt"]).verify_directly_issued_by(authority)
