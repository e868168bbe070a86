# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data plane's database: the PostgreSQL that comes with the chart, or one that is there."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..chart.facts import ChartFacts
from ..findings import Finding, failed
from .inputs import Inputs
from .model import Plan
from .secret_blocks import Entry, SecretBlock, plan_secret_block

_AUTH = SecretBlock(
    "postgresql.auth",
    "database",
    "postgresql",
    (
        Entry("database_admin_password", "postgresPassword", ("adminPasswordKey",)),
        Entry("database_password", "password", ("userPasswordKey",)),
    ),
    # Read only by a PostgreSQL with replicas, which the chart does not set up.
    alternatives=("replicationPasswordKey",),
)

_EXTERNAL = SecretBlock("externalDatabase", "database", "database", (Entry("database_password", "password"),))

_PORT = 5432

#: Databases that every server has, for itself.
_OF_THE_SERVER = ("postgres", "template0", "template1")

#: Words for how a connection is encrypted that need the server's authority.
VERIFYING = ("verify-ca", "verify-full")


@dataclass(frozen=True)
class WantedDatabase:
    """A database that is made where it is missing, and its owner.

    :ivar user: as it logs in.
    :ivar role: the owner's name within the server.
    :ivar password: name of the secret in the catalogue.
    """

    name: str
    user: str
    role: str
    password: str


def is_bundled(inputs: Inputs) -> bool:
    """Whether PostgreSQL comes with the chart."""
    return inputs.database_mode == "bundled"


def database_host(inputs: Inputs) -> str:
    """Host name of the database, as pods of the namespace reach it."""
    return f"{inputs.release}-postgresql" if is_bundled(inputs) else inputs.database_host


def bundled_server(inputs: Inputs) -> dict[str, str]:
    """The one pod of the chart's PostgreSQL, empty where the database is another, with role and database."""
    pod = f"{database_host(inputs)}-0" if is_bundled(inputs) else ""
    return {"pod": pod, "user": inputs.database_user, "name": inputs.database_name}


def database_port(inputs: Inputs) -> int:
    """The database's port."""
    return _PORT if is_bundled(inputs) or inputs.database_port is None else inputs.database_port


def plan_database(inputs: Inputs, chart: ChartFacts) -> Plan:
    """The database with its passwords."""
    return _bundled(inputs, chart) if is_bundled(inputs) else _external(inputs, chart)


def _bundled(inputs: Inputs, chart: ChartFacts) -> Plan:
    persistence: dict[str, Any] = {"size": inputs.database_storage_size}
    if inputs.database_storage_class:
        persistence["storageClass"] = inputs.database_storage_class
    values = {
        "postgresql": {
            "enabled": True,
            "auth": {"username": inputs.database_user, "database": inputs.database_name},
            "primary": {"persistence": persistence},
        }
    }
    findings: tuple[Finding, ...] = ()
    if in_vain := [name for name, given in _only_external(inputs).items() if given]:
        findings = (
            failed(
                "database.mode",
                f"{' and '.join(in_vain)} {'is' if len(in_vain) == 1 else 'are'} set, and popsink_database_mode is "
                "'bundled'.",
                "Set popsink_database_mode to external, or remove what is set.",
            ),
        )
    return Plan(values=values, findings=findings).merge(plan_secret_block(inputs, chart, _AUTH))


def _external(inputs: Inputs, chart: ChartFacts) -> Plan:
    database = {
        "host": inputs.database_host,
        "port": database_port(inputs),
        "user": inputs.database_user,
        "database": inputs.database_name,
    }
    values = {"postgresql": {"enabled": False}, "externalDatabase": database}
    findings: tuple[Finding, ...] = ()
    if not inputs.database_host:
        findings = (
            failed(
                "database.host",
                "popsink_database_mode is 'external', but popsink_database_host is not set.",
                "Name the PostgreSQL server; role and database must be there.",
            ),
        )
    # Where the role is not made here, a password that is would open nothing there.
    supplied = () if inputs.database_create else ("database_password",)
    asked = ("database_admin_dsn",) if inputs.database_create else ()
    plan = Plan(values=values, supplied=supplied, asked=asked, findings=(*findings, *_created(inputs)))
    return plan.merge(plan_secret_block(inputs, chart, _EXTERNAL))


def plan_database_tls(inputs: Inputs, chart: ChartFacts) -> Plan:
    """What connections to databases outside of the chart need; no values."""
    if is_bundled(inputs) and not inputs.schema_registry_database_host:
        return Plan()
    findings: list[Finding] = []
    if _verifies(inputs) and not database_authorities(inputs):
        findings.append(
            failed(
                "database.ca_cert",
                f"popsink_database_sslmode is '{inputs.database_sslmode}', and popsink_database_ca_cert is not set, "
                "nor popsink_ca_certificates.",
                "Give the certificate of the CA that signed the server's, in PEM; clouds publish theirs.",
            )
        )
    if inputs.database_ca_cert and not _verifies(inputs):
        findings.append(
            failed(
                "database.ca_cert",
                f"popsink_database_ca_cert is set, and popsink_database_sslmode is '{inputs.database_sslmode}', which "
                "verifies nothing.",
                "Set popsink_database_sslmode to verify-full, or to verify-ca where the server is named otherwise than "
                "its certificate; or remove the certificate.",
            )
        )
    if inputs.database_client_cert and inputs.database_sslmode == "disable":
        findings.append(
            failed(
                "database.client_cert",
                "popsink_database_client_cert is set, and popsink_database_sslmode is 'disable'.",
                "Set popsink_database_sslmode to require or more, or remove the certificate.",
            )
        )
    if inputs.database_pods_sslmode in VERIFYING and not inputs.ca_certificates:
        findings.append(
            failed(
                "database.pods_sslmode",
                f"popsink_database_pods_sslmode is '{inputs.database_pods_sslmode}', and popsink_ca_certificates is "
                "not set.",
                "Give the certificate of the CA that signed the server's there: the pods get it as a file.",
            )
        )
    asked = ("database_client_key",) if inputs.database_client_cert else ()
    return Plan(asked=asked, findings=tuple(findings))


def database_authorities(inputs: Inputs) -> str:
    """The CAs, in PEM, of which one must have signed a database's certificate; empty where nothing is verified.

    The site's own where none is named for databases, and never public ones beside them: with verify-ca, whoever has any
    certificate of a public CA could otherwise stand in for the server.
    """
    return inputs.database_ca_cert or (inputs.ca_certificates if _verifies(inputs) else "")


def _verifies(inputs: Inputs) -> bool:
    return inputs.database_sslmode in VERIFYING


def role_of(user: str, host: str) -> str:
    """The role within the server for a login name: some Azure servers let ROLE in as ROLE@SERVER."""
    role, at, server = user.partition("@")
    return role if at and server == host.partition(".")[0] else user


def plan_creation(inputs: Inputs, databases: list[WantedDatabase]) -> dict[str, Any] | None:
    """What is made on request, as plain data for the step that does; None where nothing is.

    :param databases: all that are outside of the chart and on the data plane's server.
    """
    return plan_outside(inputs, databases) if inputs.database_create else None


def plan_outside(inputs: Inputs, databases: list[WantedDatabase]) -> dict[str, Any] | None:
    """The server outside of the chart with the data plane's database first, as plain data; None where there is none."""
    if is_bundled(inputs):
        return None
    place = {"host": inputs.database_host, "port": database_port(inputs)}
    own_id = inputs.onboarding.get("deploymentId")
    # Release and namespace are the same in most clusters.
    deployment = own_id or f"{inputs.release} in {inputs.namespace} of {inputs.inventory_host}"
    tls = {
        "sslmode": inputs.database_sslmode,
        "ca_cert": database_authorities(inputs),
        "client_cert": inputs.database_client_cert,
    }
    wanted = [asdict(database) for database in databases]
    whose = {"deployment": deployment, "identified": bool(own_id)}
    return {**place, **tls, **whose, "databases": wanted, "made": inputs.database_create}


def _only_external(inputs: Inputs) -> dict[str, object]:
    """Inputs that only a database outside of the chart has, and whether they are given."""
    elsewhere = bool(inputs.schema_registry_database_host)
    return {
        "popsink_database_host": inputs.database_host,
        "popsink_database_port": inputs.database_port not in (None, _PORT),
        "popsink_database_create": inputs.database_create,
        "popsink_database_sslmode": not elsewhere and inputs.database_sslmode != "prefer",
        "popsink_database_ca_cert": not elsewhere and inputs.database_ca_cert,
        "popsink_database_client_cert": not elsewhere and inputs.database_client_cert,
        "popsink_database_pods_sslmode": not elsewhere and inputs.database_pods_sslmode,
    }


def _created(inputs: Inputs) -> list[Finding]:
    """What cannot be made."""
    if not inputs.database_create:
        return []
    return [
        failed(
            "database.name",
            f"popsink_{name} is '{value}', which is the server's own.",
            "Name another, for instance popsink.",
        )
        for name in ("database_name", "schema_registry_database_name")
        if (value := getattr(inputs, name)) in _OF_THE_SERVER
    ]
