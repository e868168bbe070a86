# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the chart's files cannot tell, by version: the one table of it. Source: docs/chart.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..findings import FAIL, WARN
from .version import alpha


@dataclass(frozen=True)
class Boundary:
    """A fact that holds for the charts ``first`` to ``last``.

    :ivar subject: the name by which code asks for it.
    :ivar fact: what holds, as a sentence for people.
    :ivar first: first alpha number, inclusive; None means from the beginning.
    :ivar last: last alpha number, inclusive; None means still.
    :ivar severity: set when the fact alone is a finding about the version.
    :ivar remedy: what to do about it.
    """

    subject: str
    fact: str
    first: int | None = None
    last: int | None = None
    severity: str = ""
    remedy: str = ""

    def holds_for(self, version: str) -> bool:
        """Whether ``version`` lies within; a version of another form is taken as newer than all."""
        number = alpha(version)
        if number is None:
            return self.last is None
        return (self.first is None or number >= self.first) and (self.last is None or number <= self.last)


#: The newest chart that was known when this table was written.
NEWEST_KNOWN = 205

BOUNDARIES = (
    Boundary("version.broken", "charts below 0.1.0-alpha.44 do not boot reliably", last=43, severity=FAIL,
             remedy="Set popsink_chart_version to 0.1.0-alpha.44 or later."),
    Boundary("version.migration_lock", "a database migration of this chart can wait for a lock for ever",
             first=44, last=86, severity=WARN, remedy="Prefer 0.1.0-alpha.135 or later."),
    Boundary("version.old", "the vendor's notes recommend 0.1.0-alpha.135 or later for new installations",
             first=87, last=134, severity=WARN, remedy="Prefer 0.1.0-alpha.135 or later."),
    Boundary("version.arm64", "connector workers ask for amd64 nodes and wait for ever where there are none",
             first=63, last=65, severity=WARN, remedy="Prefer 0.1.0-alpha.66 or later, or have amd64 nodes."),
    Boundary("version.new", "newer than all that is known here; it is treated by what its files say",
             first=NEWEST_KNOWN + 1, severity=WARN,
             remedy="Read the vendor's notes on it, and look for a newer release of this collection."),
    Boundary("tasks.run_twice", "background tasks run once per replica, so two replicas run them twice", last=62,
             remedy="Set popsink_replicas to 1, or use 0.1.0-alpha.63 or later."),
    Boundary("broker.takes_postgresql", "the broker takes PostgreSQL for its records", last=131,
             remedy="Use an S3 bucket, with popsink_storage_type: s3. Records in PostgreSQL do not move there."),
    Boundary("broker.takes_azure", "the broker takes Azure Data Lake engines", first=178,
             remedy="Use an S3 bucket, or pin 0.1.0-alpha.178 or later."),
    Boundary("broker.wants_identity", "the chart refuses a broker with neither a role nor keys", last=38,
             remedy="Set popsink_s3_auth to keys or irsa, or pin 0.1.0-alpha.44 or later."),
    Boundary("registry.login_in_workers", "connector workers insist on a login at the schema registry",
             first=60, last=64,
             remedy="Set popsink_schema_registry_auth to basic, or pin 0.1.0-alpha.65 or later."),
    Boundary("kafka.environment_first", "an environment's own retention configuration outranks defaultKafka", first=45,
             remedy="Look at the environment's retention configuration, and change it there."),
    Boundary("database.takes_oracle", "the data plane takes Oracle for its own database", first=113, last=127,
             remedy="Stay with a chart up to 0.1.0-alpha.127, and ask Popsink."),
    Boundary("network_policies", "the chart renders network policies", first=127,
             remedy="Make them yourself; charts from 0.1.0-alpha.127 on have some, and their values name the switch."),
    Boundary("interface.websockets", "the user interface needs WebSockets, which stay open", last=134),
    Boundary("admin.fallback", "without administrator's credentials anybody is let in as admin/admin", last=133),
)  # fmt: skip


@dataclass(frozen=True)
class Key:
    """A path of chart values that only the charts ``first`` to ``last`` read; neither means that none ever did.

    :ivar path: dotted path, of a block or of one value.
    :ivar instead: what takes its place, for people.
    :ivar readers: the charts that read it, where no number is documented.
    """

    path: str
    first: int | None
    last: int | None
    instead: str
    readers: str = ""

    @property
    def charts(self) -> str:
        """The charts that read it, as the end of a sentence."""
        if self.readers:
            return f"{self.readers} read it"
        if self.first is None and self.last is None:
            return "no chart reads it"
        if self.last is None:
            return f"charts from 0.1.0-alpha.{self.first} on read it"
        if self.first is None:
            return f"charts up to 0.1.0-alpha.{self.last} read it"
        return f"charts 0.1.0-alpha.{self.first} to .{self.last} read it"


#: Longer paths before shorter ones.
KEYS = (
    Key("retention.s3", None, 35, "popsink_bucket, or tansu.storage"),
    Key("retention", None, None, "popsink_storage_type: an early wizard's key"),
    Key("metadata", None, None, "deploymentId says who the deployment is: an early wizard's key"),
    Key("global.fqdn", None, None, "ingressUrl, or popsink_ingress_url: an early wizard's key"),
    Key("ingressurl", None, None, "ingressUrl: Helm tells upper from lower case"),
    Key("serviceAccountSecret", None, 24, "jwt.secret, which the collection makes"),
    Key("karapace", 2, 90, "kora: the schema registry of later charts, with a database (popsink_schema_registry_…)"),
    Key("kora", 91, None, "karapace: the schema registry of earlier charts"),
    Key("kafkaUi", None, 70, "kotatsu: the stream browser of later charts (popsink_kotatsu_enabled)"),
    Key("kotatsu", 71, None, "kafkaUi: the browser of earlier charts (popsink_kafka_ui_enabled)"),
    Key("metricsExporter", 26, 74, "nothing: the data plane itself reports to the control plane"),
    Key("kodansu", None, None, "tansu: the broker's name in this chart", readers="charts of late 2026"),
)


def holds(subject: str, version: str) -> bool:
    """Whether a fact of the table holds for a chart version.

    :raises KeyError: the table has no such subject.
    """
    rows = [row for row in BOUNDARIES if row.subject == subject]
    if not rows:
        raise KeyError(subject)
    return any(row.holds_for(version) for row in rows)


def remedy_of(subject: str) -> str:
    """What to do where a fact of the table stands in the way.

    :raises KeyError: the table has no such subject.
    """
    remedies = [row.remedy for row in BOUNDARIES if row.subject == subject]
    if not remedies:
        raise KeyError(subject)
    return remedies[0]


def about(version: str) -> tuple[Boundary, ...]:
    """The facts that are findings about this version by themselves."""
    return tuple(row for row in BOUNDARIES if row.severity and row.holds_for(version))


def keys_of(path: str) -> Iterator[Key]:
    """What is known of a path that some charts read and others do not: rows for it and for what it stands below."""
    return (key for key in KEYS if path == key.path or path.startswith(f"{key.path}."))
