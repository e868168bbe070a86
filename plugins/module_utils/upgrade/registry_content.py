# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a schema registry holds: subjects, versions and ids, and the schemas that have several of these."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

#: Number of the form of :meth:`Audit.as_dict`.
FORMAT = 1

#: As many are named in a summary.
_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a subject.

    :ivar schema: the text as the registry gives it.
    :ivar schema_type: ``AVRO``, ``JSON`` or ``PROTOBUF``.
    :ivar references: what the text refers to, each with ``name``, ``subject`` and ``version``.
    :ivar deleted: whether it is soft-deleted: out of the lists, while its id still counts.
    """

    subject: str
    version: int
    id: int
    schema: str
    schema_type: str
    references: tuple[Mapping[str, Any], ...]
    deleted: bool

    @property
    def content(self) -> tuple[str, str, tuple[str, ...]]:
        """Type, text and references; equal for schemas that differ in spaces and the order of keys alone."""
        text = self.schema
        if self.schema_type in ("AVRO", "JSON"):
            with suppress(ValueError):
                text = _canonical(json.loads(text))
        return self.schema_type, text, tuple(sorted(_canonical(reference) for reference in self.references))


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A subject with its versions in order.

    :ivar versions: none where the registry knows the name only.
    :ivar config: its own settings, as ``{"compatibilityLevel": "FULL"}``; None where the registry's own hold.
    """

    name: str
    versions: tuple[Version, ...]
    config: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Collision:
    """One content under several ids, which a registry that knows a content once cannot take over.

    :ivar ids: in order.
    :ivar versions: all that have this content.
    """

    ids: tuple[int, ...]
    versions: tuple[Version, ...]


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What a registry held.

    :ivar subjects: by name.
    :ivar config: the registry's own settings, as ``{"compatibilityLevel": "BACKWARD"}``; None where it serves none.
    :ivar mode: as ``READWRITE``; None where it serves none.
    :ivar unread: subjects that it lists and whose versions could not be read.
    :ivar notes: sentences on what changed meanwhile or could not be told.
    """

    subjects: tuple[Subject, ...]
    config: Mapping[str, Any] | None
    mode: str | None
    unread: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def versions(self) -> tuple[Version, ...]:
        """Those of all subjects, the soft-deleted ones too."""
        return tuple(version for subject in self.subjects for version in subject.versions)

    @property
    def ids(self) -> tuple[int, ...]:
        """Each id once, in order."""
        return tuple(sorted({version.id for version in self.versions}))

    @property
    def collisions(self) -> tuple[Collision, ...]:
        """By their first id."""
        alike: dict[Any, list[Version]] = {}
        for version in self.versions:
            alike.setdefault(version.content, []).append(version)
        found = (
            Collision(ids=tuple(sorted({version.id for version in group})), versions=tuple(group))
            for group in alike.values()
        )
        return tuple(sorted((one for one in found if len(one.ids) > 1), key=lambda one: one.ids))

    def as_dict(self, *, taken_at: str, registry: str) -> dict[str, Any]:
        """The audit as plain data, equal for registries that hold the same.

        :param taken_at: when it was taken, as ISO 8601.
        :param registry: the registry's URL or name.
        :returns: ``format``, ``taken_at``, ``registry``, ``mode``, ``config``; ``subjects``, each with ``subject``,
            ``config`` and ``versions`` in the registry's own words (``id``, ``version``, ``schema``, ``schemaType``,
            ``references``) and ``deleted``; ``collisions``, each with ``ids`` and, as ``subject``, ``version`` and
            ``id``, the ``versions``; ``unread`` and ``notes``.
        """
        return {
            "format": FORMAT,
            "taken_at": taken_at,
            "registry": registry,
            "mode": self.mode,
            "config": _plain(self.config),
            "subjects": [
                {
                    "subject": subject.name,
                    "config": _plain(subject.config),
                    "versions": [
                        {
                            "id": version.id,
                            "version": version.version,
                            "schema": version.schema,
                            "schemaType": version.schema_type,
                            "references": [_plain(reference) for reference in version.references],
                            "deleted": version.deleted,
                        }
                        for version in subject.versions
                    ],
                }
                for subject in self.subjects
            ],
            "collisions": [
                {
                    "ids": list(collision.ids),
                    "versions": [
                        {"subject": version.subject, "version": version.version, "id": version.id}
                        for version in collision.versions
                    ],
                }
                for collision in self.collisions
            ],
            "unread": list(self.unread),
            "notes": list(self.notes),
        }

    def summary(self) -> str:
        """What was found, for people, without a full stop."""
        counts = (
            _count(len(self.subjects), "subject"),
            _count(len(self.versions), "version"),
            _count(len(self.ids), "schema id"),
        )
        parts = [", ".join(counts)]
        if collisions := self.collisions:
            stand = "stands" if len(collisions) == 1 else "stand"
            ids = _named([", ".join(map(str, collision.ids)) for collision in collisions], "; ")
            parts.append(f"{_count(len(collisions), 'schema')} {stand} under several ids ({ids})")
        if self.unread:
            parts.append(f"{_count(len(self.unread), 'subject')} could not be read ({_named(self.unread, ', ')})")
        return "; ".join(parts)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _plain(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if value is None else {name: value[name] for name in sorted(value)}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _named(names: Iterable[str], between: str) -> str:
    """The first of the names, and how many more there are."""
    every = list(names)
    rest = len(every) - _NAMED
    return between.join([*every[:_NAMED], *([f"and {rest} more"] if rest > 0 else [])])
