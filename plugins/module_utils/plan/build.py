# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a deployment: one pure function of inputs, chart facts and the secrets that exist."""

from __future__ import annotations

from collections.abc import Iterable

from ..chart.facts import ChartFacts
from .broker import plan_broker, with_blocks_as_named
from .components import plan_components
from .credentials import plan_credentials
from .database import plan_database, plan_database_tls
from .decided import contradictions
from .forms import plan_forms
from .identity import plan_identity
from .image_pull import plan_image_pull
from .ingress import plan_ingress
from .inputs import Inputs
from .known import plan_supplied
from .mirror import with_mirror
from .model import Plan
from .naming import plan_naming
from .openshift import plan_openshift
from .outside import with_outside
from .overrides import plan_overrides
from .review import review
from .schema_registry import plan_schema_registry
from .sizing import plan_sizing
from .version import plan_version

#: In the order in which they are laid over each other.
PARTS = (
    plan_naming,
    plan_forms,
    plan_identity,
    plan_version,
    plan_credentials,
    plan_image_pull,
    plan_broker,
    plan_database,
    plan_database_tls,
    plan_schema_registry,
    plan_components,
    plan_ingress,
    plan_openshift,
    plan_sizing,
)


def build_plan(inputs: Inputs, chart: ChartFacts, known: Iterable[str]) -> Plan:
    """Chart values, the Kubernetes Secrets that they name, further objects, and findings.

    Raises nothing: what is wrong is a finding.

    :param known: names of the secrets that have a value already.
    """
    inputs = with_blocks_as_named(inputs, chart)
    planned = Plan.of(part(inputs, chart) for part in PARTS)
    plan = planned.merge(plan_overrides(inputs, chart))
    # What is added to the whole, the user's own values among it.
    plan = with_outside(with_mirror(plan, inputs, chart), inputs, chart)
    findings = (*contradictions(planned, inputs, chart), *review(plan, inputs, chart))
    return plan.merge(Plan(findings=findings)).merge(plan_supplied(plan, frozenset(known)))
