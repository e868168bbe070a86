# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes of a release that cannot be taken back: named, and refused until the user says what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf

from ..chart.boundaries import holds, remedy_of
from ..chart.version import alpha
from ..errors import PopsinkError
from ..findings import Finding, failed, failures, table, warned
from ..urls import one_endpoint
from .transition import BROKER, Transition, component_of, workloads

KARAPACE = "karapace"

#: What the user may say of Karapace's schemas, to what then becomes of them.
SCHEMAS = {
    "discard": "they are given up",
    "migrate": "you move them with the vendor's tool when the new registry has started once and before anything "
    "registers a schema in it; no traffic until its verification of every subject ends without a failure",
    "external": "a registry outside the chart has them",
}


@dataclass(frozen=True)
class Consent:
    """What the user accepts.

    :ivar karapace_schemas: one of :data:`SCHEMAS`, or empty.
    :ivar accepted: ids of other steps.
    :ivar moved: whether the content of the bundled PostgreSQL is taken along to one outside of the chart.
    """

    karapace_schemas: str = ""
    accepted: tuple[str, ...] = ()
    moved: bool = False


@dataclass(frozen=True)
class Step:
    """A one-way step that is consented to by its id.

    :ivar id: what popsink_accept names.
    :ivar seen: says what a transition comes to, for people; empty where it does not take the step.
    :ivar moves: whether it only leaves the bundled PostgreSQL, so that playbooks/move_database.yml takes the content
        along.
    :ivar instead: what to do if it was not meant.
    """

    id: str
    seen: Callable[[Transition], str]
    moves: Callable[[Transition], bool] = lambda _transition: False
    instead: str = "Set it back"


def loses_karapace(transition: Transition) -> bool:
    """Whether Karapace goes, and with it what serves its schemas."""
    return KARAPACE in transition.before.components() and KARAPACE not in transition.after.components()


def _deployment(transition: Transition) -> str:
    before, after = (
        str(side.effective("deploymentId") or "").casefold() for side in (transition.before, transition.after)
    )
    if not before or before == after:
        return ""
    here = f"deployment {after}" if after else "one without a control plane"
    return f"The release belongs to deployment {before}, and the inventory describes {here}."


def _downgrade(transition: Transition) -> str:
    before, after = (_number(side.version) for side in (transition.before, transition.after))
    if after >= before:
        return ""
    return (
        f"Chart {transition.before.version} would become {transition.after.version}, an earlier one: the database was "
        "migrated by the later one, and no way back is documented."
    )


def _number(version: str) -> float:
    """What charts are ordered by; one of another form is newer than all, as in the table of boundaries."""
    number = alpha(version)
    return inf if number is None else number


#: Before the servers of another Kafka.
_KAFKA = "Kafka at "

_ENVIRONMENT_FIRST = (
    "From chart 0.1.0-alpha.45 on, an environment that exists keeps to the broker of its own retention configuration, "
    "and does not ask for defaultKafka."
)


def _store(transition: Transition) -> str:
    before, after = (_engine(side.effective) for side in (transition.before, transition.after))
    if "" in (before, after) or _alike(before) == _alike(after) or _hosts(before) & _hosts(after):
        return ""
    found = f"The broker's records would be kept in {after}, not in {before} any more, and do not move there."
    to_kafka = transition.after.effective(f"{BROKER}.enabled") is False
    if to_kafka and holds("kafka.environment_first", transition.after.version):
        return f"{found} {_ENVIRONMENT_FIRST}"
    return found


def _engine(effective: Callable[[str], object]) -> str:
    """Where records are kept, without a password; empty where that is not told."""
    if effective(f"{BROKER}.enabled") is False:
        return f"{_KAFKA}{effective('defaultKafka.bootstrapServer')}"
    engine = effective(f"{BROKER}.storage.engine")
    if not engine or not isinstance(engine, str):
        # Not given, or a secret whose value is not known yet.
        return ""
    endpoint = effective(f"{BROKER}.storage.aws.endpoint")
    return _place(engine) + (f" at {_place(str(endpoint))}" if endpoint and engine.startswith("s3://") else "")


def _hosts(place: str) -> set[str]:
    """Another Kafka's: with one of them in common it is the same Kafka, whatever the port asks of clients."""
    if not place.startswith(_KAFKA):
        return set()
    return {server.strip().rpartition(":")[0] for server in place.removeprefix(_KAFKA).split(",")}


def _alike(place: str) -> str:
    """A place as brokers take it, whichever way it is written."""
    engine, _at, endpoint = place.replace("postgresql://", "postgres://").partition(" at ")
    return " at ".join(filter(None, (engine.rstrip("/"), one_endpoint(endpoint))))


def _place(url: str) -> str:
    """A URL without a login or a query, in which passwords stand."""
    scheme, slashes, rest = url.partition("://") if "://" in url else ("", "", url)
    authority, path = re.findall(r"^([^/?#]*)(.*)", rest, re.DOTALL)[0]
    if ":" in authority and "@" in path:
        # A password with signs that a URL must not have, or one in the query: which part is which is not told.
        return f"{scheme}{slashes}…"
    login, at, host = authority.rpartition("@")
    # Azure has the container's name there.
    shown = f"{login}{at}" if ":" not in login and not scheme.startswith("postgres") else ""
    return f"{scheme}{slashes}{shown}{host}{path.partition('?')[0]}"


def _database(transition: Transition) -> str:
    before, after = (_data_of(side.effective) for side in (transition.before, transition.after))
    if before == after or "" in (before, after):
        return ""
    return (
        f"The data plane's database would be {after}, not {before} any more, and its content does not move there by "
        "itself."
    )


def _data_of(effective: Callable[[str], object]) -> str:
    """Where the data plane keeps its own data; empty where that is not told."""
    if effective("postgresql.enabled") is None:
        return ""
    if effective("postgresql.enabled"):
        name = effective("postgresql.auth.database")
        return "" if name is None else f"{name} in the bundled PostgreSQL"
    names = [effective(f"externalDatabase.{key}") for key in ("database", "host", "port")]
    return "" if None in names else "{} at {}:{}".format(*names)


def _leaves_bundled(transition: Transition) -> bool:
    before, after = (side.effective("postgresql.enabled") for side in (transition.before, transition.after))
    return bool(before) and after is False


def _schemas_leave_bundled(transition: Transition) -> bool:
    """Whether Kora's database is in the bundled PostgreSQL, and then where the data plane's is."""
    before, after = transition.before, transition.after
    own = {item["metadata"]["name"] for item in workloads(before.objects) if component_of(item) == "postgresql"}
    host = str(before.effective("kora.database.host")).partition(".")[0]
    together = after.effective("kora.database.host") == after.effective("externalDatabase.host")
    return _leaves_bundled(transition) and host in own and together


def _schemas(transition: Transition) -> str:
    sides = (transition.before, transition.after)
    before, after = (
        str(side.effective("kora.database.database")) + " at " + str(side.effective("kora.database.host"))
        if side.effective("kora.enabled") and side.effective("kora.database.host")
        else _place(str(side.effective("schemaRegistry.url") or ""))
        for side in sides
    )
    if not before or before == after or KARAPACE in transition.before.components():
        return ""
    return f"The schema registry would keep its schemas in {after or 'nothing'}, not in {before} any more."


#: A further step is one function and one row.
STEPS = (
    Step(
        "deployment",
        _deployment,
        instead="If it is another deployment's, name a place of its own in popsink_namespace or popsink_release, and "
        "accept nothing; if it is this one, give popsink_onboarding or popsink_onboarding_file the snippet of before",
    ),
    Step("downgrade", _downgrade),
    Step("storage", _store),
    Step("database", _database, _leaves_bundled),
    Step("schema_registry", _schemas, _schemas_leave_bundled),
)


def one_way(transition: Transition, consent: Consent) -> list[Finding]:
    """A finding for each step that the transition takes: a failure without consent, a warning with it."""
    findings = [
        _step(step, found, transition, consent)
        for step in STEPS
        if (found := step.seen(transition)) and not (consent.moved and step.moves(transition))
    ]
    findings += [
        failed(
            "upgrade.accept",
            f"popsink_accept names {name}, which is no step of any change.",
            f"There are: {', '.join(step.id for step in STEPS)}.",
        )
        for name in consent.accepted
        if name not in {step.id for step in STEPS}
    ]
    if loses_karapace(transition):
        findings.append(_karapace(transition, consent))
    return [*findings, *_environment(transition), *_oracle(transition), *_administrator(transition)]


def refuse_one_way(ahead: Iterable[Transition], consent: Consent) -> None:
    """End where a step is taken without consent.

    :raises PopsinkError: with all of them.
    """
    if wrong := failures(dict.fromkeys(finding for transition in ahead for finding in one_way(transition, consent))):
        raise PopsinkError(f"The release was not changed.\n{table(wrong)}")


def _step(step: Step, found: str, transition: Transition, consent: Consent) -> Finding:
    if step.id in consent.accepted:
        moved = " The content goes along with playbooks/move_database.yml alone." if step.moves(transition) else ""
        return warned(f"upgrade.{step.id}", found, f"Accepted by popsink_accept: {step.id}.{moved}")
    way = "have its content moved (playbooks/move_database.yml), " if step.moves(transition) else ""
    return failed(f"upgrade.{step.id}", found, f"{step.instead}, {way}or accept it: popsink_accept: [{step.id}].")


def _karapace(transition: Transition, consent: Consent) -> Finding:
    found = (
        "Karapace goes. Its schemas and their ids do not move by themselves, and nothing serves them afterwards. What "
        "it holds is written to popsink_registry_audit_file."
    )
    if consent.karapace_schemas == "external" and not transition.after.effective("schemaRegistry.url"):
        return failed(
            "upgrade.karapace",
            f"{found} popsink_karapace_schemas is 'external', and popsink_schema_registry_mode is 'bundled'.",
            "Set popsink_schema_registry_mode to external with popsink_schema_registry_url, or say otherwise what "
            "becomes of the schemas.",
        )
    if consent.karapace_schemas in SCHEMAS:
        becomes = SCHEMAS[consent.karapace_schemas]
        return warned("upgrade.karapace", found, f"popsink_karapace_schemas is {consent.karapace_schemas}: {becomes}.")
    ways = "; ".join(f"{name}: {becomes}" for name, becomes in SCHEMAS.items())
    return failed("upgrade.karapace", found, f"Say what becomes of them in popsink_karapace_schemas. {ways}.")


def _environment(transition: Transition) -> list[Finding]:
    """Another Kafka of an environment that exists, from the chart on that no longer asks for it alone."""
    subject = "kafka.environment_first"
    before, after = transition.before, transition.after
    bundled = after.effective(f"{BROKER}.enabled") is not False
    if bundled or holds(subject, before.version) or not holds(subject, after.version):
        return []
    return [warned("upgrade.kafka", _ENVIRONMENT_FIRST, remedy_of(subject))]


def _oracle(transition: Transition) -> list[Finding]:
    before = str(transition.before.effective("externalDatabase.backend") or "")
    if "oracle" not in before.casefold() or holds("database.takes_oracle", transition.after.version):
        return []
    return [
        failed(
            "upgrade.oracle",
            f"The data plane's database is Oracle, which chart {transition.after.version} does not take, and no way to "
            "PostgreSQL is documented.",
            remedy_of("database.takes_oracle"),
        )
    ]


def _administrator(transition: Transition) -> list[Finding]:
    """A release that let anybody in."""
    given = any(
        transition.before.effective(f"adminCredentials.{key}") for key in ("password", "existingSecret", "username")
    )
    if given or not holds("admin.fallback", transition.before.version):
        return []
    return [
        warned(
            "upgrade.administrator",
            f"The release has no administrator's credentials, so chart {transition.before.version} lets anybody in as "
            "admin/admin.",
            "From now on popsink_admin_username and popsink_admin_password hold, which are made where you give none.",
        )
    ]
