"""Who may pull and push at the lab's registry: `python -m tests.lab.services.registry_token LAB_FOLDER`.

The registry sends its clients here for a token (the token authentication of the distribution registry).
Whether a client has the right pull token is decided on the whole of it, as parsed JSON.
"""

from __future__ import annotations

import base64
import binascii
import json
import ssl
import sys
import time
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

from .. import lab as labs
from ..config import IMAGES_PATH
from ..lab import Lab

#: Open to everyone: the charts, and what the node itself needs.
OPEN = ("popsink/charts/", "popsink/lab/")
PUSHER = "lab"
LIFETIME = 300


@dataclass(frozen=True)
class Grants:
    """What each user may do."""

    pull_token: Any
    push_password: str

    def knows(self, user: str, password: str) -> bool:
        if user == "_json_key":
            try:
                return bool(json.loads(password) == self.pull_token)
            except ValueError:
                return False
        return user == PUSHER and password == self.push_password

    def allowed(self, user: str | None, repository: str) -> set[str]:
        if user == PUSHER:
            return {"pull", "push", "delete"}
        if repository.startswith(OPEN):
            return {"pull"}
        return {"pull"} if user == "_json_key" and repository.startswith(f"{IMAGES_PATH}/") else set()


@dataclass(frozen=True)
class Signer:
    """Makes tokens that the registry believes."""

    key: str
    certificate: str

    def token(self, user: str | None, access: list[dict[str, Any]]) -> str:
        now = int(time.time())
        claims = {
            "iss": "popsink-lab", "aud": "popsink-lab", "sub": user or "", "jti": uuid.uuid4().hex,
            "iat": now, "nbf": now - 60, "exp": now + LIFETIME, "access": access,
        }  # fmt: skip
        chain = [base64.b64encode(ssl.PEM_cert_to_DER_cert(self.certificate)).decode()]
        return jwt.encode(claims, self.key, algorithm="ES256", headers={"x5c": chain})


def signer(lab: Lab) -> Signer:
    return Signer((lab.pki / "registry-token.key").read_text(), (lab.pki / "registry-token.crt").read_text())


def credentials(header: str | None) -> tuple[str, str] | None:
    """User and password of an Authorization header; None when there is none."""
    if not header or not header.lower().startswith("basic "):
        return None
    try:
        user, _colon, password = base64.b64decode(header[6:]).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password


def granted(scopes: list[str], user: str | None, grants: Grants) -> list[dict[str, Any]]:
    """The part of the scopes asked for (`repository:NAME:ACTION,...`) that the user may have."""
    access = []
    for scope in " ".join(scopes).split():
        kind, _colon, rest = scope.partition(":")
        name, _colon, actions = rest.rpartition(":")
        allowed = set(actions.split(",")) & grants.allowed(user, name) if kind == "repository" else set()
        if allowed:
            access.append({"type": kind, "name": name, "actions": sorted(allowed)})
    return access


def serve(listen: str, grants: Grants, signing: Signer) -> None:
    """Answer until the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given = credentials(self.headers.get("Authorization"))
            if given and not grants.knows(*given):
                self.reply(401, {"errors": [{"code": "UNAUTHORIZED", "message": "unknown user or password"}]})
                return
            user = given[0] if given else None
            asked = parse_qs(urlsplit(self.path).query).get("scope", [])
            token = signing.token(user, granted(asked, user, grants))
            self.reply(200, {"token": token, "access_token": token, "expires_in": LIFETIME})

        def do_POST(self) -> None:
            # Clients that try OAuth first go on with GET when they hear this.
            self.reply(404, {})

        def reply(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    host, port = listen.split(":")
    ThreadingHTTPServer((host, int(port)), Handler).serve_forever()


def main() -> None:
    lab = labs.at(Path(sys.argv[1]))
    grants = Grants(json.loads(lab.pull_token.read_text()), lab.secret("registry push"))
    serve(lab.network.registry_token, grants, signer(lab))


if __name__ == "__main__":
    main()
