"""The cluster's keys for the tokens of its service accounts: `python -m tests.lab.services.issuer LAB_FOLDER`.

A managed cluster publishes them for the cloud's token service, which then gives roles to service accounts. Here the
object store is that service.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from .. import lab as labs
from ..lab import Lab

#: As the API server signs them.
ISSUER = "https://kubernetes.default.svc.cluster.local"
ALGORITHM = "ES256"


def documents(lab: Lab) -> dict[str, Any]:
    """What is answered, by path."""
    key = serialization.load_pem_private_key((lab.pki / "service-account.key").read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    public = key.public_key()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    # The API server's own way to name a key.
    name = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
    described = {**ECAlgorithm.to_jwk(public, as_dict=True), "kid": name, "alg": ALGORITHM, "use": "sig"}
    return {
        "/.well-known/openid-configuration": {
            "issuer": ISSUER,
            "jwks_uri": f"http://{lab.network.issuer}/keys",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
        },
        "/keys": {"keys": [described]},
    }


def main() -> None:
    lab = labs.at(Path(sys.argv[1]))
    answers = documents(lab)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path)
            content = json.dumps(answer).encode()
            self.send_response(200 if answer else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    host, port = lab.network.issuer.split(":")
    ThreadingHTTPServer((host, int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main()
