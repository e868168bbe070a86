# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: chart values, the Kubernetes Secrets they name, further objects, and findings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ..errors import PopsinkError
from ..findings import Finding
from ..tree import leaves, merged

#: In chart values, a mapping with only this key stands for a secret's value: the step that runs Helm resolves it.
LITERAL = "__popsink_secret__"


@dataclass(frozen=True)
class PlannedSecret:
    """A Kubernetes Secret that must exist before the release.

    :ivar name: object name.
    :ivar role: the role that answers for it.
    :ivar data: key within the Secret to the name of a secret in the catalogue; never a value.
    :ivar type: the Secret's type.
    :ivar variable: the input that names it, where somebody else looks after it: it is then read and never written.
    """

    name: str
    role: str
    data: dict[str, str]
    type: str = "Opaque"
    variable: str = ""


@dataclass(frozen=True)
class Plan:
    """What one deployment needs. Merged from parts; later parts win key by key.

    :ivar values: chart values.
    :ivar secrets: the Secrets that the values name.
    :ivar blocks: dotted path of each block of values that names one of them, to its name.
    :ivar manifests: objects beside the chart's, for instance an Ingress.
    :ivar absent: objects that this collection may have made earlier and that are not wanted now.
    :ivar supplied: names of secrets that only the user can supply here, although others of the name are made.
    :ivar asked: names of secrets that steps need and that reach neither a Secret nor chart values.
    :ivar findings: what is wrong or worth knowing.
    """

    values: dict[str, Any] = field(default_factory=dict)
    secrets: tuple[PlannedSecret, ...] = ()
    blocks: dict[str, str] = field(default_factory=dict)
    manifests: tuple[dict[str, Any], ...] = ()
    absent: tuple[dict[str, Any], ...] = ()
    supplied: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def merge(self, other: Plan) -> Plan:
        """This plan with another part laid over it."""
        return Plan(
            values=merged(self.values, other.values),
            secrets=self.secrets + other.secrets,
            blocks={**self.blocks, **other.blocks},
            manifests=self.manifests + other.manifests,
            absent=self.absent + other.absent,
            supplied=self.supplied + other.supplied,
            asked=self.asked + other.asked,
            findings=self.findings + other.findings,
        )

    @staticmethod
    def of(parts: Iterable[Plan]) -> Plan:
        """Parts merged in order."""
        whole = Plan()
        for part in parts:
            whole = whole.merge(part)
        return whole

    @property
    def reads(self) -> set[str]:
        """Names of the secrets that it needs, in a Secret or as a chart value; those of the user's own values too."""
        held = {name for secret in self.secrets for name in secret.data.values()}
        return literals_in(self.values) | held | set(self.asked)

    def secrets_of(self, role: str) -> list[dict[str, Any]]:
        """The Secrets that a role answers for, as plain data."""
        return [asdict(secret) for secret in self.secrets if secret.role == role]


#: Names of secrets that stand in what the user hands in: one of these, and the path there as JSON.
OWN_VALUES = ("popsink_values", "popsink_values_files", "popsink_onboarding")


def own_value(source: str, path: Sequence[str]) -> str:
    """The name of a secret that stands in a user's variable at a path of keys."""
    return f"{source}:{json.dumps(list(path))}"


def path_of_own_value(name: str) -> tuple[str, tuple[str, ...]] | None:
    """Variable and path of what :func:`own_value` named; None for a secret of the catalogue."""
    source, colon, path = name.partition(":")
    return (source, tuple(json.loads(path))) if colon and source in OWN_VALUES else None


def literal(secret: str) -> dict[str, str]:
    """The placeholder of a secret's value within chart values."""
    return {LITERAL: secret}


def literals_in(values: Any) -> set[str]:
    """Names of the secrets for which placeholders stand."""
    if is_placeholder(values):
        return {values[LITERAL]}
    if isinstance(values, Mapping):
        return set().union(*(literals_in(value) for value in values.values())) if values else set()
    if isinstance(values, list):
        return set().union(*(literals_in(value) for value in values)) if values else set()
    return set()


def with_literals(values: Any, known: Mapping[str, Any], *, partly: bool = False) -> Any:
    """Chart values with each placeholder replaced by the secret's value.

    :param partly: whether a placeholder without a value may stay, as in a run that only looks.
    :raises PopsinkError: there is no value for a placeholder.
    """
    if is_placeholder(values):
        secret = values[LITERAL]
        if secret in known:
            return known[secret]
        if partly:
            return values
        raise PopsinkError(
            f"The chart takes the value of {secret} directly, and there is none.",
            remedy="Supply it, as a vaulted value.",
        )
    if isinstance(values, Mapping):
        return {name: with_literals(value, known, partly=partly) for name, value in values.items()}
    if isinstance(values, list):
        return [with_literals(value, known, partly=partly) for value in values]
    return values


def is_placeholder(value: Any) -> bool:
    """Whether a chart value stands for a secret."""
    return isinstance(value, Mapping) and set(value) == {LITERAL}


def value_leaves(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Dotted path and value of all chart values; a placeholder is one value."""
    return leaves(values, is_leaf=is_placeholder)
