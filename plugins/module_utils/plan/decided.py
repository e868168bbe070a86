# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chart values that inputs decide: the user's own values may not say otherwise.

The chart would go by the user's value, and everything that looks at the inputs, the checks before a rollout and those
of what no two deployments may share among it, by another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..chart.facts import ChartFacts
from ..findings import Finding, failed
from ..tree import dig, merged, without
from .broker import as_named, broker_block
from .inputs import Inputs, OwnValues
from .model import Plan, is_placeholder
from .placeholders import left_over
from .storage import uses_bucket

#: Longer values, certificates among them, are not shown.
_SHOWN = 80


def _always(inputs: Inputs) -> bool:
    return True


@dataclass(frozen=True)
class Decided:
    """Chart values that belong to one choice.

    :ivar topic: of the choice, as findings' ids begin.
    :ivar paths: of the values; ``broker`` stands for the broker's block.
    :ivar remedy: the inputs that decide them.
    :ivar also_unplanned: those of the paths that make another choice where the plan leaves them to the chart.
    :ivar when: whether the inputs decide them at all.
    :ivar unless: a path whose value takes the place of them all.
    """

    topic: str
    paths: tuple[str, ...]
    remedy: str
    also_unplanned: tuple[str, ...] = ()
    when: Callable[[Inputs], bool] = _always
    unless: str = ""


DECIDED = (
    Decided(
        "identity",
        ("controlPlaneUrl", "deploymentId", "deploymentMode", "ingressUrl"),
        "The control plane's snippet says it, or popsink_ingress_url and popsink_deployment_mode.",
    ),
    Decided(
        "kafka",
        (
            "broker.enabled",
            *("defaultKafka.bootstrapServer", "defaultKafka.securityProtocol", "defaultKafka.saslMechanism"),
            *("defaultKafka.saslUsername", "defaultKafka.caCert", "defaultKafka.cert"),
        ),
        "popsink_kafka_mode and popsink_kafka_… say which Kafka it is.",
        also_unplanned=("defaultKafka.bootstrapServer",),
    ),
    Decided(
        "storage",
        (
            *("broker.storage.engine", "broker.storage.aws.region", "broker.storage.aws.endpoint"),
            *("broker.storage.aws.irsaRoleArn", "broker.storage.aws.assumedRoleArn"),
        ),
        "popsink_storage_type, popsink_bucket… and popsink_s3_… or popsink_azure_… say where records are kept.",
        when=lambda inputs: inputs.kafka_mode == "bundled",
    ),
    Decided(
        "database",
        (
            *("postgresql.enabled", "postgresql.auth.username", "postgresql.auth.database"),
            *("externalDatabase.host", "externalDatabase.port", "externalDatabase.user", "externalDatabase.database"),
        ),
        "popsink_database_mode and popsink_database_… say which database it is.",
        also_unplanned=("externalDatabase.host",),
    ),
    Decided(
        "schema_registry",
        ("kora.enabled", "karapace.enabled", "schemaRegistry.url"),
        "popsink_schema_registry_mode and popsink_schema_registry_url say which registry it is.",
        also_unplanned=("schemaRegistry.url",),
    ),
    Decided(
        "schema_registry_database",
        tuple(f"kora.database.{part}" for part in ("backend", "host", "port", "user", "database")),
        "popsink_schema_registry_database_… say which database it is; without them it is the data plane's.",
        unless="kora.database.url",
    ),
    Decided(
        "image_pull",
        ("global.imagePullSecrets",),
        "popsink_image_pull_mode and popsink_image_pull_secret say which pull secret pods have; set the mode to none "
        "where they need none.",
        # A release that was made by hand may do without the Secret that the chart makes.
        when=lambda inputs: inputs.image_pull_mode != "chart",
    ),
    Decided(
        "ingress",
        ("ingress.enabled", "ingress.hostname", "ingress.path"),
        "popsink_ingress_mode says what leads the public URL to the data plane, and popsink_ingress_url that URL.",
        when=lambda inputs: inputs.ingress_mode != "none",
    ),
    Decided(
        "components",
        ("kotatsu.enabled",),
        "The stream browser reads an S3 bucket, which the broker does not use.",
        when=lambda inputs: not uses_bucket(inputs),
        unless="kotatsu.s3.bucket",
    ),
)


def contradictions(planned: Plan, inputs: Inputs, chart: ChartFacts) -> Iterator[Finding]:
    """A failure for each choice of which the user's own values say something else than the inputs.

    :param planned: without the user's own values.
    """
    for own in inputs.own_values:
        kept = OwnValues(own.source, without(own.values, inputs.values_ignored))
        for decided in DECIDED:
            if not decided.when(inputs) or dig(kept.values, decided.unless):
                continue
            if others := list(_otherwise(decided, kept, planned, chart)):
                yield failed(
                    f"{decided.topic}.values",
                    f"In {kept.source} {' and '.join(others)}.",
                    f"Remove {'it' if len(others) == 1 else 'them'} there. {decided.remedy}",
                )


def _otherwise(decided: Decided, own: OwnValues, planned: Plan, chart: ChartFacts) -> Iterator[str]:
    """What the user's values say otherwise."""
    given = as_named(own.values, chart)
    both = merged(planned.values, given)
    for path in (_named(path, chart) for path in decided.paths):
        wanted = dig(planned.values, path, _ABSENT)
        if wanted is _ABSENT and path in decided.also_unplanned:
            wanted = chart.default(path)
        now = dig(both, path)
        if wanted is _ABSENT or _says_the_same(now, wanted) or _is_told_elsewhere(given, path):
            continue
        yield f"{_written(path, own)} is {_shown(now)}, where the inputs have {_shown(wanted)}"


def _named(path: str, chart: ChartFacts) -> str:
    return path.replace("broker.", f"{broker_block(chart)}.", 1) if path.startswith("broker.") else path


def _written(path: str, own: OwnValues) -> str:
    """The path with the broker's block under the name that the user gave it."""
    former = path.replace("kodansu.", "tansu.", 1)
    return path if dig(own.values, path, _ABSENT) is not _ABSENT else former


def _says_the_same(now: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        # Further ones do no harm: which of several pull secrets fits is tried by Kubernetes.
        return isinstance(now, list) and set(map(_name, wanted)) <= set(map(_name, now))
    if isinstance(wanted, bool) or isinstance(now, bool):
        # To a template "false" is a text like any other, and true.
        return now is wanted
    if now is None or wanted is None:
        return now in (None, "") and wanted in (None, "")
    # Brokers and browsers take a URL without the last slash as the same.
    return str(now).rstrip("/") == str(wanted).rstrip("/")


def _name(item: Any) -> str:
    return str(item.get("name") if isinstance(item, Mapping) else item)


def _is_told_elsewhere(given: Mapping[str, Any], path: str) -> bool:
    """Whether another finding says what is wrong: a block that is no block, or what a guide left to be filled in."""
    above = dig(given, path.partition(".")[0])
    if "." in path and above is not None and not isinstance(above, Mapping):
        return True
    value = dig(given, path)
    return isinstance(value, str) and bool(left_over(OwnValues("", {"": value})))


def _shown(value: Any) -> str:
    if is_placeholder(value) or len(text := repr(value)) > _SHOWN:
        return "another"
    return text


_ABSENT = object()
