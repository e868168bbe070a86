# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trying what a broker does in its bucket: an object is written, read, listed and deleted, so that nothing is left."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from .client import Reply, StoreClient, StoreUnreachableError, keys_in

#: How the names of objects begin that are written to try it.
TRIAL = ".popsink-preflight-"

#: What a broker does, and the action of a policy that allows it.
ACTIONS = {"put": "s3:PutObject", "get": "s3:GetObject", "list": "s3:ListBucket", "delete": "s3:DeleteObject"}

_FORBIDDEN = (401, 403)


@dataclass(frozen=True)
class Trial:
    """How it went.

    :ivar refused: the store's own code for each of :data:`ACTIONS` that it refused.
    :ivar forbidden: those of them that it refused to these keys.
    :ivar untrue: what a store may not do, such as forgetting an object; empty where it is true to its word.
    :ivar left: what is left in the bucket; empty for nothing.
    """

    refused: dict[str, str] = field(default_factory=dict)
    forbidden: tuple[str, ...] = ()
    untrue: str = ""
    left: str = ""


def trial_key(prefix: str) -> str:
    """The name of an object that is written to try a bucket.

    :param prefix: empty, or ending in a slash.
    """
    return f"{prefix}{TRIAL}{secrets.token_hex(8)}"


def try_access(client: StoreClient, prefix: str, key: str = "", *, suspended: bool = False) -> Trial:
    """Write, read, list and delete an object under a prefix.

    Every operation is tried, whatever became of the others, so that all that is missing is known at once.

    :param prefix: empty, or ending in a slash.
    :param key: of the object; empty for one of :func:`trial_key`.
    :param suspended: whether the bucket had versions once, and still keeps markers of what is deleted.
    :raises StoreUnreachableError: no answer, after which it was deleted all the same, or the message says what is left.
    """
    key, content = key or trial_key(prefix), secrets.token_hex(16).encode("ascii")
    put = None
    try:
        put = client.ask("PUT", key, body=content)
        got, listed = client.ask("GET", key), client.list(key, 1)
    except BaseException as error:
        _deleted, left = _delete(client, key, put, suspended)
        if isinstance(error, StoreUnreachableError):
            raise StoreUnreachableError(f"{error} {left}".strip()) from error
        raise
    deleted, left = _delete(client, key, put, suspended)
    replies = {"put": put, "get": got, "list": listed, "delete": deleted}
    refused = {name: reply for name, reply in replies.items() if reply is None or _is_refusal(name, reply, replies)}
    return Trial(
        {name: reply.code if reply else "no answer" for name, reply in refused.items()},
        tuple(name for name, reply in refused.items() if reply and reply.status in _FORBIDDEN),
        _untrue(put, got, listed, key, content),
        left,
    )


def _is_refusal(name: str, reply: Reply, replies: dict[str, Reply | None]) -> bool:
    if reply.good:
        return False
    put, listed = replies["put"], replies["list"]
    if name not in ("get", "delete") or (put and put.good):
        return True
    if reply.status == 404:
        # There is nothing to be had, since nothing was put.
        return False
    # Who may not list is not told what is not there.
    return name == "delete" or bool(listed and listed.good)


def _untrue(put: Reply, got: Reply, listed: Reply, key: str, content: bytes) -> str:
    if not put.good:
        return ""
    if got.good and got.body != content:
        return "It gives back something else than was put into it."
    if listed.good and key not in keys_in(listed):
        return "It does not list what was put into it."
    return ""


def _delete(client: StoreClient, key: str, put: Reply | None, suspended: bool) -> tuple[Reply | None, str]:
    """Delete the object as a broker does, then what a bucket with versions keeps of it.

    :param put: the answer when it was put, None for no answer.
    :return: the answer to the first of it, None for no answer; and what is left.
    """
    try:
        plain = client.ask("DELETE", key)
        versions = [reply.headers.get("x-amz-version-id", "") for reply in (plain, put) if reply and reply.good]
        # Object and marker of a bucket without versions of late have this name, and no header tells it.
        versions += ["null"] if suspended else []
        kept = [client.ask("DELETE", key, {"versionId": version}) for version in dict.fromkeys(versions) if version]
    except StoreUnreachableError:
        return None, "" if put and not put.good else f"Object {key} may still be in the bucket."
    stays = [reply.code for reply in kept if not reply.good and reply.status != 404]
    if plain.good and stays:
        return plain, f"A delete marker of {key} stays, and what it marks: versions may not be deleted ({stays[0]})."
    gone = plain.good or plain.status == 404 or (kept and not stays)
    if gone or (put and not put.good):
        return plain, ""
    return plain, f"Object {key} {'stays' if put else 'may still be'} in the bucket."
