"""What differs between the versions of the chart: the packaged ones, the boundaries and the default image tags.

Ranges are chart numbers (the N of 0.1.0-alpha.N), both ends included; None means open.
A further version of the chart is one more row of VERSIONS.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Version:
    """One packaged version: its number and the data plane's own image tag, a date that follows from nothing."""

    number: int
    app: str

    @property
    def name(self) -> str:
        return f"0.1.0-alpha.{self.number}"


#: Each side of every boundary that an upgrade of a supported version can cross. The vendor names the image tags of .60,
#: .91, .162, .178 and .205; those of .44, .74, .127 and .132 are likely days, in order, and only have to be stable.
VERSIONS = (
    Version(44, "2026.04.24"),
    Version(60, "2026.05.12"),
    Version(74, "2026.06.10"),
    Version(91, "2026.06.17"),
    Version(127, "2026.07.27"),
    Version(132, "2026.07.31"),
    Version(162, "2026.08.27"),
    Version(178, "2026.09.14"),
    Version(205, "2026.10.09"),
)


@dataclass(frozen=True)
class Span:
    first: int | None = None
    last: int | None = None

    def holds(self, number: int) -> bool:
        return (self.first is None or number >= self.first) and (self.last is None or number <= self.last)


#: Names that the source's `#% if` and `#% file` directives ask for.
FEATURES: dict[str, Span] = {
    "karapace": Span(2, 90),
    "kora": Span(91),
    "kora_database_guarded": Span(162),
    # The release table already lists a Kotatsu tag for .70, the change itself is listed under .71.
    "kafka_ui": Span(None, 70),
    "kotatsu": Span(71),
    "kotatsu_on": Span(71, 161),
    "metrics_exporter": Span(26, 74),
    "metrics_exporter_on": Span(28, 74),
    # Documented "from about September 2026": .178 is the first chart of that month.
    "kodansu": Span(178),
    "azure_engines": Span(178),
    "broker_environment": Span(132),
    # A stand-in's own: the vendor does not say whether the chart has a schema, so that either has to be met.
    "values_schema": Span(162),
    "values_guarded": Span(31),
    "retention_guarded": Span(32),
    "broker_identity_guarded": Span(None, 38),
    "ingress_tls_secret": Span(59),
    "names_truncated": Span(59),
    "ingress_hostname_guarded": Span(None, 61),
    "leader_election": Span(63),
    "registry_credentials_mandatory": Span(60, 64),
    "version_reported": Span(67),
    "slow_heartbeat": Span(72),
    "licence_grace": Span(117),
    "network_policies": Span(127),
    "admin_fallback": Span(None, 133),
    "pipeline_mode_on": Span(None, 44),
    "oracle": Span(113, 127),
}

#: (first chart, tag): each tag holds until the next row.
Tags = tuple[tuple[int, str], ...]

BROKER_TAGS: Tags = (
    (2, "0.5.10"),
    (3, "0.5.11"),
    (35, "0.6.0"),
    (77, "0.6.1"),
    (81, "0.6.2"),
    (100, "0.7.0-beta.6"),
    (122, "0.7.0-beta.10"),
    (132, "0.7.0-beta.27"),
    (141, "0.7.0-beta.36"),
    (147, "0.7.0-beta.39"),
    (155, "1.0.0-alpha.1"),
    (166, "1.0.0-alpha.10"),
    (178, "1.0.0-alpha.20"),
)
KOTATSU_TAGS: Tags = ((70, "0.1.0"), (75, "0.2.0"), (81, "0.2.1"), (100, "0.3.2"), (178, "0.11.0"))
KORA_TAGS: Tags = ((91, "0.3.3"), (111, "0.4.0"), (178, "0.5.0"))

#: Tags that the vendor's release table does not name. They only have to be stable.
UNDOCUMENTED_TAGS = {
    "karapace": "4.1.3",
    "kafka-ui": "0.7.2",
    "metrics-exporter": "0.4.0",
    "postgresql": "17.6.0",
}

#: Version of the PostgreSQL sub-chart, undocumented as well.
POSTGRESQL_CHART = "16.7.27"


def tag_at(tags: Tags, number: int) -> str:
    """The tag that the chart of this number sets; empty where the component has not come yet."""
    return next((tag for first, tag in reversed(tags) if first <= number), "")


def features(number: int) -> frozenset[str]:
    return frozenset(name for name, span in FEATURES.items() if span.holds(number))


def images(version: Version) -> dict[str, str]:
    """Image name to tag, for every component that this version has."""
    has = features(version.number)
    tags = {
        "data-plane": version.app,
        "connector-worker": version.app,
        "tansu": tag_at(BROKER_TAGS, version.number),
        "postgresql": UNDOCUMENTED_TAGS["postgresql"],
    }
    if "karapace" in has:
        tags["karapace"] = UNDOCUMENTED_TAGS["karapace"]
    if "kora" in has:
        tags["kora"] = tag_at(KORA_TAGS, version.number)
    if "kafka_ui" in has:
        tags["kafka-ui"] = UNDOCUMENTED_TAGS["kafka-ui"]
    if "kotatsu" in has:
        tags["kotatsu"] = tag_at(KOTATSU_TAGS, version.number)
    if "metrics_exporter" in has:
        tags["metrics-exporter"] = UNDOCUMENTED_TAGS["metrics-exporter"]
    return tags
