"""Keys and certificates: the cluster's, the registry's token signer, and the pull token."""

from __future__ import annotations

import datetime
import ipaddress
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .lab import Lab, write

Key = ec.EllipticCurvePrivateKey

LIFETIME = datetime.timedelta(days=3650)
NODE = "popsink-lab"

#: Client certificates: file name, common name, group.
CLIENTS = (
    ("admin", "lab-admin", "system:masters"),
    ("apiserver-kubelet-client", "kube-apiserver-kubelet-client", "system:masters"),
    ("controller-manager", "system:kube-controller-manager", None),
    ("coredns", "lab-coredns", "system:masters"),
    ("kubelet", f"system:node:{NODE}", "system:nodes"),
    ("proxy", "system:kube-proxy", None),
    ("scheduler", "system:kube-scheduler", None),
    ("traefik", "lab-traefik", "system:masters"),
    # To the cluster nobody; to the Kafka outside of it, its user.
    ("kafka-client", "popsink", None),
)


#: Servers outside of the cluster that speak TLS.
SERVERS = ("kafka", "mirror", "postgresql", "s3")


@dataclass(frozen=True)
class Authority:
    """What signs."""

    certificate: x509.Certificate
    key: Key


def ensure(lab: Lab) -> None:
    """Make what is missing; what is there stays, so that a lab that comes back is the same cluster."""
    if (lab.pki / "done").exists():
        _clients(lab)
        _servers(lab)
        return
    network = lab.network
    authority = _authority(lab.pki / "ca", "popsink-lab")
    names = [f"kubernetes{rest}" for rest in ("", ".default", ".default.svc", ".default.svc.cluster.local")]
    reached_at = [network.node, network.api_service]
    _leaf(authority, lab.pki / "apiserver", "kube-apiserver", names=names, addresses=reached_at)
    _leaf(authority, lab.pki / "kubelet-serving", NODE, names=[NODE], addresses=[network.node])
    _clients(lab)
    _servers(lab)
    _authority(lab.pki / "registry-token", "popsink-lab-registry")
    _key_file(lab.pki / "service-account.key", _new_key())
    write(lab.pull_token, json.dumps(_service_account(), indent=2))
    write(lab.pki / "done", "")


def _clients(lab: Lab) -> None:
    """Those that are missing: all at first, later those of programs that the lab did not have then."""
    missing = [client for client in CLIENTS if not (lab.pki / f"{client[0]}.key").exists()]
    if not missing:
        return
    authority = _stored(lab.pki / "ca")
    for file, common_name, group in missing:
        _leaf(authority, lab.pki / file, common_name, group=group)


def _servers(lab: Lab) -> None:
    """Certificates of servers outside of the cluster, at the node's address."""
    for name in SERVERS:
        if not (lab.pki / f"{name}.key").exists():
            _leaf(_stored(lab.pki / "ca"), lab.pki / name, name, addresses=[lab.network.node, lab.network.host])


def _new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def _key_file(file: Path, key: Key) -> None:
    # The API server reads service-account keys in this format alone.
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    write(file, text.decode())


def _builder(common_name: str, group: str | None, key: Key, issuer: x509.Name | None = None) -> x509.CertificateBuilder:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if group:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, group))
    subject = x509.Name(attributes)
    # An hour back: clocks of virtual machines jump.
    began = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _authority(stem: Path, common_name: str) -> Authority:
    key = _new_key()
    # Python 3.13 and newer verify strictly: without these extensions every client in Python refuses the cluster.
    certificate = (
        _builder(common_name, None, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _store(stem, certificate, key)
    return Authority(certificate, key)


def _leaf(
    authority: Authority,
    stem: Path,
    common_name: str,
    *,
    group: str | None = None,
    names: Sequence[str] = (),
    addresses: Sequence[str] = (),
) -> None:
    key = _new_key()
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if addresses else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = (
        _builder(common_name, group, key, authority.certificate.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
    )
    if addresses:
        alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
        alternatives += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    _store(stem, builder.sign(authority.key, hashes.SHA256()), key)


def _store(stem: Path, certificate: x509.Certificate, key: Key) -> None:
    write(stem.with_suffix(".crt"), certificate.public_bytes(serialization.Encoding.PEM).decode(), 0o644)
    _key_file(stem.with_suffix(".key"), key)


def _stored(stem: Path) -> Authority:
    key = serialization.load_pem_private_key(stem.with_suffix(".key").read_bytes(), password=None)
    assert isinstance(key, Key)
    return Authority(x509.load_pem_x509_certificate(stem.with_suffix(".crt").read_bytes()), key)


def _service_account() -> dict[str, str]:
    """A key file as the cloud's console hands it out, with a real key that opens nothing but this lab's registry."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    project, account = "popsink-common-438615", "onprem-pull"
    email = f"{account}@{project}.iam.gserviceaccount.com"
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {
        "type": "service_account",
        "project_id": project,
        "private_key_id": secrets.token_hex(20),
        "private_key": pem.decode(),
        "client_email": email,
        "client_id": str(secrets.randbelow(9 * 10**20) + 10**20),
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url": f"https://www.googleapis.com/robot/v1/metadata/x509/{email.replace('@', '%40')}",
        "universe_domain": "googleapis.com",
    }
