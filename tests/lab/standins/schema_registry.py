"""A schema registry outside of the cluster that asks for a login: `schema_registry.py --listen ADDRESS:PORT`."""

from __future__ import annotations

import argparse
import base64
import hmac
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from karapace import Memory
from standin import environment, log, process, registry, web
from standin.web import HttpError, Request, Response, Routes


class Guarded(Routes):
    """Routes that are open to one user only."""

    def __init__(self, inner: Routes, username: str, password: str) -> None:
        super().__init__(tuple(inner.quiet))
        self._inner = inner
        login = base64.b64encode(f"{username}:{password}".encode()).decode()
        self._wanted = f"Basic {login}"

    def answer(self, request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), self._wanted.encode()):
            raise HttpError(401, "Unauthorized")
        return self._inner.answer(request)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen", required=True, metavar="ADDRESS:PORT")
    host, _colon, port = parser.parse_args().listen.rpartition(":")
    username = environment.required("SCHEMA_REGISTRY_USERNAME")
    password = environment.required("SCHEMA_REGISTRY_PASSWORD")
    web.serve(Guarded(registry.routes(Memory()), username, password), host, int(port))
    log.info(f"schema registry listens on {host}:{port}")


if __name__ == "__main__":
    process.run(main)
