"""Tokens that the data plane signs with JWT_SECRET."""

from __future__ import annotations

import time

import jwt

from standin.web import HttpError

ALGORITHM = "HS256"
SESSION = "session"
WORKER = "worker"
SESSION_SECONDS = 3600


def for_session(secret: str, user: str) -> str:
    now = int(time.time())
    claims = {"sub": user, "token_type": SESSION, "iat": now, "exp": now + SESSION_SECONDS}
    return jwt.encode(claims, secret, ALGORITHM)


def for_worker(secret: str, worker: str) -> str:
    """The same token each time, so that it says nothing new about the worker's pod."""
    return jwt.encode({"sub": worker, "token_type": WORKER}, secret, ALGORITHM)


def subject(secret: str, token: str, kind: str) -> str:
    """Whom a valid token of this kind belongs to. Raises HttpError otherwise."""
    try:
        claims = jwt.decode(token, secret, [ALGORITHM])
    except jwt.InvalidTokenError:
        raise HttpError(401, "Unauthorized") from None
    if claims.get("token_type") != kind:
        raise HttpError(401, "Unauthorized")
    return str(claims.get("sub", ""))
