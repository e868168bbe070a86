"""The client's side of SCRAM, against the RFCs' own examples."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.kafka.scram import NotScramError, Scram

# RFC 7677, section 3.
NONCE = "rOprNGfwEbeRWgbNEkqO"
SERVER_FIRST = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
FINAL = b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
SERVER_FINAL = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def scram(**changes: str) -> Scram:
    return Scram(**{"mechanism": "SCRAM-SHA-256", "username": "user", "password": "pencil", "nonce": NONCE, **changes})


def test_the_example_of_the_rfc() -> None:
    login = scram()
    assert login.first() == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert login.final(SERVER_FIRST) == FINAL
    login.verify(SERVER_FINAL)


def test_the_longer_hash() -> None:
    """The proof is what the server finds when it undoes it, as RFC 5802 has it."""
    login = scram(mechanism="SCRAM-SHA-512")
    final = login.final(SERVER_FIRST)
    bare, _comma, proof = final.partition(b",p=")
    salted = hashlib.pbkdf2_hmac("sha512", b"pencil", base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096)
    stored = hashlib.sha512(hmac.digest(salted, b"Client Key", "sha512")).digest()
    signature = hmac.digest(stored, b"n=user,r=" + NONCE.encode() + b"," + SERVER_FIRST + b"," + bare, "sha512")
    client_key = bytes(a ^ b for a, b in zip(base64.b64decode(proof), signature, strict=True))
    assert hashlib.sha512(client_key).digest() == stored


def test_a_name_may_hold_what_separates_fields() -> None:
    assert scram(username="a=b,c").first().startswith(b"n,,n=a=3Db=2Cc,r=")


def test_each_login_has_a_nonce_of_its_own() -> None:
    assert scram(nonce="").first() != scram(nonce="").first()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"e=other-error",
        SERVER_FIRST.replace(b"r=rOpr", b"r=else"),
        SERVER_FIRST.replace(b"i=4096", b"i=0"),
        SERVER_FIRST.replace(b"i=4096", b"i=100000000"),
        SERVER_FIRST.replace(b"i=4096", b"i=many"),
        SERVER_FIRST.replace(b"s=W22", b"s=W2"),
        b"\xff\xfe",
    ],
)
def test_an_answer_that_is_none(said: bytes) -> None:
    with pytest.raises(NotScramError):
        scram().final(said)


@pytest.mark.parametrize("said", [b"", b"v=", b"v=AAAA", b"e=invalid-proof"])
def test_a_server_that_does_not_know_the_password(said: bytes) -> None:
    login = scram()
    login.final(SERVER_FIRST)
    with pytest.raises(NotScramError):
        login.verify(said)
