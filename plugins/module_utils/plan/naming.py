# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that Kubernetes and Helm take, and key names for blocks that there are."""

from __future__ import annotations

import re

from ..chart.facts import ChartFacts
from ..findings import Finding, failed
from ..names import did_you_mean
from .inputs import Inputs
from .model import Plan

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")

#: What a chart calls Services after must begin with a letter.
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")

#: Names of Secrets, as of most of Kubernetes' objects.
SUBDOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")

#: Names of labels and annotations, without what may stand before them.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")

#: Input, most characters, form, and what else is said of it. Kubernetes labels the pods of StatefulSet
#: <release>-postgresql with its name, a hyphen and a hash of ten characters, and a label has at most 63.
_FORMS = (
    ("release", 41, _SERVICE, ", and begin with a letter"),
    ("namespace", 63, _LABEL, ""),
)


def is_qualified_name(text: str) -> bool:
    """Whether Kubernetes takes a text as the name of a label or an annotation: ``NAME`` or ``PREFIX/NAME``."""
    prefix, slash, name = text.rpartition("/")
    return _PLAIN_NAME.fullmatch(name) is not None and (not slash or SUBDOMAIN.fullmatch(prefix) is not None)


def plan_naming(inputs: Inputs, chart: ChartFacts) -> Plan:
    """Findings about names; no values."""
    return Plan(findings=(*_names(inputs), *_secret_keys(inputs, chart)))


def _names(inputs: Inputs) -> tuple[Finding, ...]:
    return tuple(
        failed(
            f"inputs.{field}",
            f"popsink_{field} is {value!r}, which is no name for a {field}.",
            f"Use small letters, digits and hyphens, at most {longest} characters, and no hyphen at either end{more}.",
        )
        for field, longest, form, more in _FORMS
        if not form.fullmatch(value := getattr(inputs, field)) or len(value) > longest
    )


def _secret_keys(inputs: Inputs, chart: ChartFacts) -> tuple[Finding, ...]:
    findings = []
    for block, keys in inputs.secret_keys.items():
        if not isinstance(keys, dict):
            findings.append(
                failed(
                    "inputs.secret_keys",
                    f"popsink_secret_keys['{block}'] is not a mapping of purpose to key.",
                    f"Write for instance {{{block}: {{password: NAME_OF_THE_KEY}}}}.",
                )
            )
        elif not chart.offers_existing_secret(block):
            findings.append(
                failed(
                    "inputs.secret_keys",
                    f"Chart {chart.version} has no block that takes a Secret for popsink_secret_keys['{block}'].",
                    did_you_mean(block, chart.secret_blocks()) or "Remove it.",
                )
            )
    return tuple(findings)
