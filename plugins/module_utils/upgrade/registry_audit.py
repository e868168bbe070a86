# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that a schema registry holds, written down before an upgrade removes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote

from ..cluster.session import ApiError, Cluster, together
from ..errors import PopsinkError
from .registry_content import Audit, Subject, Version

#: GET of a REST path of the registry, its query included: the parsed JSON, or None where the registry answers 404.
#: Raises ApiError for any other error status, and PopsinkError where there is no answer or one that is no JSON.
Ask = Callable[[str], Any]

_Item = TypeVar("_Item", int, str)

#: Asks a registry for what is soft-deleted too.
_DELETED = "?deleted=true"

#: What a registry says to a path or parameter that it does not know, beside 404.
_NOT_SERVED = (400, 405, 422)

#: Subjects that are read before an error of one of them ends the audit.
_BATCH = 12


def audit(ask: Ask) -> Audit:
    """Read everything; changes nothing.

    Where the registry refuses to tell what is soft-deleted, the rest is read and a note says so. One that passes over
    the parameter without a word cannot be told from one in which nothing is soft-deleted.

    What comes or goes meanwhile is left out with a note. A subject that is listed but not found under its name, because
    a proxy on the way changed the name, is taken from the list of all schemas, or counted as unread without one.

    :param ask: how the registry is asked; called from several threads.
    :raises PopsinkError: the registry refuses, does not answer, or answers otherwise than a schema registry does.
    """
    names, everything, notes = _begin(ask)
    config, mode = _object(ask, "/config"), _mode(ask)
    readings: list[_Reading] = []
    for start in range(0, len(names), _BATCH):
        readings += together(*(partial(_read, ask, name, everything) for name in names[start : start + _BATCH]))
    now = _each(ask, f"/subjects{everything}", str) or []
    readings = [*_again(ask, readings, now), *(_appeared(name) for name in sorted(set(now) - set(names)))]
    return Audit(
        subjects=tuple(reading.subject for reading in readings if reading.subject),
        config=config,
        mode=mode,
        unread=tuple(reading.name for reading in readings if reading.unread),
        notes=(*notes, *(note for reading in readings for note in reading.notes)),
    )


def through_cluster(cluster: Cluster, namespace: str, service: str, port: int) -> Ask:
    """Ask a registry through the API server, so that no Ingress and no route is needed.

    The API server decodes paths and hands no credentials on. A subject with ``/`` or ``+`` in its name is thus not
    found under it.

    :param service: the registry's Service.
    """
    root = f"/api/v1/namespaces/{namespace}/services/http:{service}:{port}/proxy"

    def ask(path: str) -> Any:
        location, _mark, query = path.partition("?")
        try:
            answer = cluster.request("GET", f"{root}{location}", query=dict(parse_qsl(query)))
        except ApiError as error:
            if error.status == 404 and not error.by_server:
                return None
            message, remedy = _refusal(error, path, f"{namespace}/{service}", port)
            raise ApiError(error.status, message, remedy=remedy, by_server=error.by_server) from error
        if isinstance(answer, str):
            raise PopsinkError(
                f"Service {namespace}/{service} answers GET {path} with something that is no JSON.",
                remedy=f"Check that port {port} of it is the schema registry's.",
            )
        return answer

    return ask


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """What came of one subject.

    :ivar subject: None where it was not found under its name.
    """

    name: str
    subject: Subject | None = None
    unread: bool = False
    notes: tuple[str, ...] = ()


def _begin(ask: Ask) -> tuple[list[str], str, list[str]]:
    """The subjects, the query that asks for deleted ones too (none where that is refused), and a note if so."""
    names = _each(partial(_optional, ask), f"/subjects{_DELETED}", str)
    if names is not None:
        return names, _DELETED, []
    names = _each(ask, "/subjects", str)
    if names is None:
        raise PopsinkError(
            "There is no schema registry where one is asked: it answers GET /subjects with status 404.",
            remedy="Check the registry's address.",
        )
    return names, "", ["The registry does not tell what is soft-deleted: that is missing here."]


def _read(ask: Ask, name: str, everything: str) -> _Reading:
    path = f"/subjects/{quote(name, safe='')}/versions"
    numbers = _each(ask, f"{path}{everything}", int)
    if numbers is None:
        return _Reading(name=name)
    answers = {number: _object(ask, f"{path}/{number}{everything}") for number in numbers}
    if any(answer is not None and answer.get("subject", name) != name for answer in answers.values()):
        return _Reading(name=name)
    # Asked after the versions, so that it shows what came meanwhile.
    live = (_each(ask, path, int) or []) if everything else numbers
    versions = tuple(
        _version(answer, f"{path}/{number}", deleted=number not in live)
        for number, answer in answers.items()
        if answer is not None
    )
    gone = [f"Version {number} of subject {name} vanished while it was read." for number in numbers
            if answers[number] is None]  # fmt: skip
    new = [f"Version {number} of subject {name} appeared while it was read." for number in live
           if number not in answers]  # fmt: skip
    subject = Subject(name=name, versions=versions, config=_own_config(ask, name))
    return _Reading(name=name, subject=subject, notes=(*gone, *new))


def _again(ask: Ask, readings: list[_Reading], now: list[str]) -> list[_Reading]:
    """The readings, with those that failed replaced by what can be told of them."""
    if all(reading.subject or reading.name not in now for reading in readings):
        listing: dict[str, list[Version]] | None = None
    else:
        listing = _listing(ask)
    return [reading if reading.subject else _otherwise(ask, reading.name, now, listing) for reading in readings]


def _otherwise(ask: Ask, name: str, now: list[str], listing: Mapping[str, list[Version]] | None) -> _Reading:
    """A subject that was not found under its name."""
    if name not in now:
        return _Reading(name=name, notes=(f"Subject {name} vanished while it was read.",))
    # Nothing on the way changes a name that needs no quotes: the registry itself knows no versions of it.
    safe = quote(name, safe="") == name and name.strip(".") != ""
    if listing is None and not safe:
        return _Reading(name=name, unread=True, notes=(f"Subject {name} is listed, but not found under its name.",))
    versions = tuple((listing or {}).get(name, ()))
    if safe:
        return _Reading(name=name, subject=Subject(name=name, versions=versions, config=_own_config(ask, name)))
    note = f"Subject {name} is not found under its name: whether it has settings of its own could not be told."
    return _Reading(name=name, subject=Subject(name=name, versions=versions, config=None), notes=(note,))


def _appeared(name: str) -> _Reading:
    return _Reading(name=name, notes=(f"Subject {name} appeared while the registry was read.",))


def _listing(ask: Ask) -> dict[str, list[Version]] | None:
    """All versions by subject, in order, from the list of all schemas; None where the registry serves none.

    Karapace has the parameter the wrong way round, and gives the soft-deleted ones without it: what is in one of both
    lists only is deleted, whichever it is.
    """
    lists = []
    for path in ("/schemas", f"/schemas{_DELETED}"):
        answer = _optional(ask, path)
        if answer is None:
            return None
        if not _is_list_of(answer, Mapping):
            raise _unexpected(path)
        lists.append({(item.get("subject"), item.get("version")): item for item in answer})
    one, other = lists
    found: dict[str, list[Version]] = {}
    for key, item in {**one, **other}.items():
        version = _version(item, "/schemas", deleted=not (key in one and key in other))
        found.setdefault(version.subject, []).append(version)
    return {name: sorted(versions, key=lambda version: version.version) for name, versions in found.items()}


def _version(answer: Mapping[str, Any], path: str, *, deleted: bool) -> Version:
    subject, number, schema_id, schema = (answer.get(name) for name in ("subject", "version", "id", "schema"))
    references = answer.get("references") or []
    if not (
        isinstance(subject, str)
        and isinstance(number, int)
        and isinstance(schema_id, int)
        and isinstance(schema, str)
        and _is_list_of(references, Mapping)
    ):
        raise _unexpected(path)
    return Version(
        subject=subject,
        version=number,
        id=schema_id,
        schema=schema,
        schema_type=str(answer.get("schemaType") or "AVRO"),
        references=tuple(references),
        deleted=deleted,
    )


def _own_config(ask: Ask, name: str) -> Mapping[str, Any] | None:
    return _object(ask, f"/config/{quote(name, safe='')}")


def _mode(ask: Ask) -> str | None:
    answer = _object(partial(_optional, ask), "/mode")
    return str(answer["mode"]) if answer and answer.get("mode") else None


def _optional(ask: Ask, path: str) -> Any:
    """An answer, or None where the registry does not know the path or its parameter."""
    try:
        return ask(path)
    except ApiError as error:
        if error.status in _NOT_SERVED and not error.by_server:
            return None
        raise


def _object(ask: Ask, path: str) -> Mapping[str, Any] | None:
    answer = ask(path)
    if answer is None or isinstance(answer, Mapping):
        return answer
    raise _unexpected(path)


def _each(ask: Ask, path: str, kind: type[_Item]) -> list[_Item] | None:
    """Names or numbers, each once and in order."""
    answer = ask(path)
    if answer is None:
        return None
    if not _is_list_of(answer, kind):
        raise _unexpected(path)
    return sorted(set(answer))


def _is_list_of(answer: Any, kind: type) -> bool:
    return isinstance(answer, list) and all(isinstance(item, kind) for item in answer)


def _unexpected(path: str) -> PopsinkError:
    return PopsinkError(
        f"GET {path} is not answered as a schema registry does.", remedy="Check that the address is the registry's."
    )


def _refusal(error: ApiError, path: str, service: str, port: int) -> tuple[str, str]:
    """What a refusal through the API server means, and what to do about it."""
    if error.by_server and error.status == 403:
        return (
            "The account of popsink_kubeconfig may not reach the schema registry through the API server.",
            f"Grant it get on services/proxy in namespace {service.partition('/')[0]}.",
        )
    if error.by_server and error.status == 404:
        return f"There is no Service {service}.", "Check that the release still has this schema registry."
    if error.by_server and error.status >= 500:
        return (
            f"Nothing answers GET {path} behind Service {service}: {error}",
            f"See that the schema registry's pods are Ready and that the Service has port {port}.",
        )
    if not error.by_server and error.status in (401, 403):
        return (
            f"The schema registry at Service {service} wants a name and password for GET {path}.",
            "The API server hands none on: let it be read without them while the audit is taken.",
        )
    if error.by_server:
        return str(error), ""
    return (
        f"The schema registry at Service {service} answers GET {path} with status {error.status}: {error}",
        "Look at the log of its pods.",
    )
