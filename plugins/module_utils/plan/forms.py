# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The form of single inputs: what Kubernetes, PostgreSQL or the store would refuse in the middle of a run."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ..chart.facts import ChartFacts
from ..cluster.quantity import quantity
from ..findings import failed
from ..outside import are_certificates
from ..secrets.rules import not_a_placeholder
from ..urls import web_url
from .inputs import Inputs
from .model import Plan
from .naming import SUBDOMAIN
from .placeholders import left_over_in_inputs

_MOST_REPLICAS = 2**31 - 1

#: Of a PostgreSQL, which takes more when it is empty; a number without its unit is less.
_LEAST_VOLUME = 2**20

#: Unquoted in SQL, URLs and connection strings; PostgreSQL cuts longer ones off.
_DATABASE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")

#: As the most lenient of stores take it; AWS takes less, by plan/bucket.py.
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,254}")
_BUCKET_PREFIX = re.compile(r"[A-Za-z0-9!_.*'()/=-]*")
_REGISTRY = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._-]+)*")

#: A name, or an address of either kind; a socket's folder is no host in a cluster.
_A_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9a-fA-F:]+")


@dataclass(frozen=True)
class Form:
    """What a value must look like.

    :ivar fits: says so of a value that is given.
    :ivar wrong: what it is where it does not, as the end of a sentence.
    :ivar remedy: what to give instead.
    """

    fits: Callable[[Any], bool]
    wrong: str
    remedy: str


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(f"//{text}")
        # Read for its own check: it raises where the port is none.
        _port = parts.port
    except ValueError:
        return False
    return parts.netloc == text and "@" not in text and _A_HOST.fullmatch(parts.hostname or "") is not None


def _replicas(value: Any) -> bool:
    return value is None or 1 <= int(value) <= _MOST_REPLICAS


def _size(value: Any) -> bool:
    number = quantity(value)
    return number is not None and number >= _LEAST_VOLUME


def _object_name(value: Any) -> bool:
    return not value or SUBDOMAIN.fullmatch(value) is not None


_REPLICAS = Form(_replicas, "no number of replicas", "Give 1 or more, or leave it out for the chart's default.")
_OBJECT = Form(_object_name, "no name of a Kubernetes object", "Use small letters, digits, hyphens and dots.")
_SQL = Form(
    lambda value: _DATABASE_NAME.fullmatch(value) is not None,
    "no name that PostgreSQL and a connection string take unquoted",
    "Use at most 63 letters, digits, _ and -, a letter or _ first.",
)

#: Some Azure servers let a role in as ROLE@SERVER.
_USER = Form(
    lambda value: _SQL.fits(value.partition("@")[0]) and re.fullmatch(r"[^@]*(@[a-z0-9-]+)?", value) is not None,
    _SQL.wrong,
    _SQL.remedy,
)
_OPTIONAL_SQL = Form(lambda value: not value or _SQL.fits(value), _SQL.wrong, _SQL.remedy)
_PORT = Form(lambda value: value is None or 0 < int(value) < 2**16, "no port", "Give a number from 1 to 65535.")

_HOST = Form(
    lambda value: not value or not_a_placeholder(value) is not None or _A_HOST.fullmatch(value) is not None,
    "no name or address of a host",
    "Give it without scheme, port and path.",
)
_CERTIFICATE = Form(
    lambda value: not value or are_certificates(value),
    "no certificate in PEM",
    "Give the certificate itself, for instance by lookup('ansible.builtin.file', PATH).",
)
_ROLE = Form(
    lambda value: not value or re.fullmatch(r"arn:[a-z0-9-]+:iam:[^:]*:[^:]*:role/.+", value) is not None,
    "no ARN of a role",
    "Write it as arn:aws:iam::ACCOUNT:role/NAME.",
)


def _word(what: str, remedy: str, form: str = r"[^\s\x00-\x1f]+") -> Form:
    """A text of one word; nothing, and a placeholder, are told otherwise."""
    return Form(
        lambda value: not value or not_a_placeholder(value) is not None or re.fullmatch(form, value) is not None,
        what,
        remedy,
    )


#: By the input's name without its prefix.
FORMS = {
    "bucket_region": _word(
        "no name of a region",
        "Write it as the store does, for instance eu-west-1; any word for a store that has none.",
        r"[A-Za-z0-9._-]+",
    ),
    "bucket_kms_key": _word("no name of a key", "Give its ARN."),
    "s3_oidc_issuer": Form(
        lambda value: not value or ((url := web_url(value)) is not None and url.scheme == "https"),
        "no URL of an issuer",
        "Write it as kubectl get --raw /.well-known/openid-configuration tells it, with https://.",
    ),
    "azure_client_id": _word("no id of a client", "Give that of the workload identity.", r"[A-Za-z0-9-]+"),
    "vpa_update_mode": _word("no update mode", "Give for instance Off or Initial.", r"[A-Z][A-Za-z]+"),
    "replicas": _REPLICAS,
    "broker_replicas": _REPLICAS,
    "hpa_min_replicas": _REPLICAS,
    "hpa_max_replicas": _REPLICAS,
    "hpa_target_cpu": Form(
        lambda value: value is None or 0 < int(value) < _MOST_REPLICAS,
        "no share in percent",
        "Give for instance 75, or leave it out for the chart's default.",
    ),
    "database_storage_size": Form(
        _size, "no size of a volume of at least 1Mi", "Give a Kubernetes quantity with its unit, for instance 50Gi."
    ),
    "database_storage_class": _OBJECT,
    "database_port": _PORT,
    "database_name": _SQL,
    "database_user": _USER,
    "schema_registry_database_port": _PORT,
    "schema_registry_database_name": _OPTIONAL_SQL,
    "schema_registry_database_user": Form(lambda value: not value or _USER.fits(value), _USER.wrong, _USER.remedy),
    "database_host": _HOST,
    "schema_registry_database_host": _HOST,
    "azure_environment_secret": _OBJECT,
    "azure_account": Form(
        lambda value: not value or re.fullmatch(r"[a-z0-9]{3,24}", value) is not None,
        "no name of a storage account",
        "Give the name alone, 3 to 24 small letters and digits.",
    ),
    "azure_container": Form(
        lambda value: not value or re.fullmatch(r"[a-z0-9]([a-z0-9-]{1,61}[a-z0-9])", value) is not None,
        "no name of a container",
        "Give the name alone, 3 to 63 small letters, digits and hyphens.",
    ),
    "s3_irsa_role_arn": _ROLE,
    "s3_assumed_role_arn": _ROLE,
    "ingress_class": _OBJECT,
    "ingress_tls_secret": _OBJECT,
    "ingress_cert_manager_issuer": _OBJECT,
    "public_address": Form(
        lambda value: not value or _is_address(value),
        "no address",
        "Give ADDRESS or ADDRESS:PORT without scheme and path; write IPv6 as [2001:db8::1].",
    ),
    "database_ca_cert": _CERTIFICATE,
    "database_client_cert": _CERTIFICATE,
    "ingress_ca": _CERTIFICATE,
    "route_destination_ca": _CERTIFICATE,
    "gateway_name": _OBJECT,
    "gateway_namespace": _OBJECT,
    "gateway_section": _OBJECT,
    "image_pull_secret": _OBJECT,
    "image_registry": Form(
        lambda value: _REGISTRY.fullmatch(value) is not None,
        "no image registry",
        "Give host and path without a scheme, for instance registry.example.com/popsink.",
    ),
    "bucket": Form(
        # Nothing, and a placeholder, are findings of the broker's.
        lambda value: not value or not_a_placeholder(value) is not None or _BUCKET.fullmatch(value) is not None,
        "no name of a bucket",
        "Give the bare name, of 3 characters or more, and the path in popsink_bucket_prefix.",
    ),
    "bucket_prefix": Form(
        lambda value: _BUCKET_PREFIX.fullmatch(value) is not None and ".." not in value.split("/"),
        "no path that every store takes",
        "Use letters, digits, /, -, _ and dots.",
    ),
}


def plan_forms(inputs: Inputs, chart: ChartFacts) -> Plan:
    """Findings about values that have a wrong form; no values."""
    findings = [
        failed(f"inputs.{name}", f"popsink_{name} is {value!r}, which is {form.wrong}.", form.remedy)
        for name, form in FORMS.items()
        if not form.fits(value := getattr(inputs, name))
    ]
    return Plan(findings=(*findings, *left_over_in_inputs(inputs)))
