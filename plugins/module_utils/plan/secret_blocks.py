# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Blocks of chart values that take secrets, and how a Kubernetes Secret is made for each."""

from __future__ import annotations

from dataclasses import dataclass

from ..chart.facts import ChartFacts
from ..findings import Finding, warned
from ..tree import merged, nested
from .inputs import Inputs
from .model import Plan, PlannedSecret, literal


@dataclass(frozen=True)
class Entry:
    """One secret value of a block.

    :ivar secret: name in the catalogue of secrets.
    :ivar literal: key of the block that takes the value itself.
    :ivar purposes: further names by which a ``secretKeys`` map may call it.
    """

    secret: str
    literal: str
    purposes: tuple[str, ...] = ()

    def is_called(self, purpose: str) -> bool:
        """Whether a ``secretKeys`` map means this entry by ``purpose``."""
        return purpose.casefold() in {name.casefold() for name in (self.literal, *self.purposes)}


@dataclass(frozen=True)
class SecretBlock:
    """A block of chart values that takes secrets.

    :ivar path: dotted path of the block.
    :ivar role: the role that puts the Secret into the cluster.
    :ivar suffix: last part of the Secret's name.
    :ivar entries: its values.
    :ivar alternatives: purposes that a ``secretKeys`` map may name and that are not needed here.
    :ivar otherwise: what to do where the chart takes no Secret.
    """

    path: str
    role: str
    suffix: str
    entries: tuple[Entry, ...]
    alternatives: tuple[str, ...] = ()
    otherwise: str = "Prefer a later popsink_chart_version."


#: The input that names Secrets which somebody else looks after.
EXISTING = "popsink_existing_secrets"

#: The input that names blocks whose secrets stay chart values, as in a release that was made by hand.
IN_VALUES = "popsink_secrets_in_values"


def plan_secret_block(inputs: Inputs, chart: ChartFacts, block: SecretBlock) -> Plan:
    """The Secret for a block and the values that name it; the literal where the chart takes no Secret there."""
    if not chart.offers_existing_secret(block.path):
        return _as_literals(
            block,
            f"Chart {chart.version} takes no existingSecret for {block.path}: its values stand in the release.",
            block.otherwise,
        )
    if block.path in inputs.secrets_in_values:
        return _as_literals(
            block,
            f"{block.path} is named in {IN_VALUES}: its values stand in the release, for whoever may read its values.",
            f"Remove it from {IN_VALUES}; the values then move into a Secret, and the pods are started anew.",
        )
    given = inputs.secret_keys.get(block.path, {})
    # What is no mapping is a finding of its own.
    overrides = {str(purpose): str(key) for purpose, key in given.items()} if isinstance(given, dict) else {}
    keys, findings = _key_names(chart, block, overrides)
    existing = inputs.existing_secrets.get(block.path)
    name = str(existing or f"{inputs.release}-vault-{block.suffix}")
    values = nested(f"{block.path}.existingSecret", name)
    if overrides:
        values = merged(values, nested(f"{block.path}.secretKeys", overrides))
    return Plan(
        values=values,
        blocks={block.path: name},
        secrets=(
            PlannedSecret(
                name=name,
                role=block.role,
                data={key: keys[key] for key in sorted(keys)},
                variable=f"{EXISTING}['{block.path}']" if existing else "",
            ),
        ),
        findings=findings,
    )


def _key_names(
    chart: ChartFacts, block: SecretBlock, overrides: dict[str, str]
) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """Key within the Secret to secret name, as the user or else the chart calls the keys."""
    told = chart.secret_keys(block.path)
    named: dict[Entry, str] = {}
    unknown: list[str] = []
    for purpose, key in [*told.items(), *overrides.items()]:
        entry = next((entry for entry in block.entries if entry.is_called(purpose)), None)
        if entry is None and len(told) == len(block.entries) == 1:
            entry = block.entries[0]
        if entry is not None and key:
            named[entry] = key
        elif entry is None and purpose.casefold() not in {name.casefold() for name in block.alternatives}:
            unknown.append(purpose)
    missing = [entry for entry in block.entries if entry not in named]
    found = {key: entry.secret for entry, key in named.items()}
    # A chart without the map has fixed key names, which its files do not tell: its own literals' names are the guess.
    found.update({entry.literal: entry.secret for entry in missing})
    findings = []
    if unknown:
        findings.append(
            warned(
                f"secrets.{block.path}",
                f"The chart's {block.path}.secretKeys has {', '.join(sorted(unknown))}, whose purpose is not known; "
                "no such key is written.",
                f"Map it in popsink_secret_keys['{block.path}'] if the chart needs it.",
            )
        )
    if missing:
        guessed = ", ".join(entry.literal for entry in missing)
        findings.append(
            warned(
                f"secrets.{block.path}",
                f"The chart does not say under which key it reads {guessed} of {block.path}; that name is used.",
                f"If the pods miss it, name the key in popsink_secret_keys['{block.path}'].",
            )
        )
    return found, tuple(findings)


def _as_literals(block: SecretBlock, found: str, remedy: str) -> Plan:
    values: dict[str, object] = {}
    for entry in block.entries:
        values = merged(values, nested(f"{block.path}.{entry.literal}", literal(entry.secret)))
    return Plan(values=values, findings=(warned(f"secrets.{block.path}", found, remedy),))
