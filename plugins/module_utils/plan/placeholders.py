# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What documentation shows in the place of a value, and people forget to replace."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..findings import Finding, failed
from ..tree import leaves
from .inputs import Inputs, OwnValues

#: Anything in angle brackets, and the account number of AWS's own documentation.
_PLACEHOLDER = re.compile(r"<[A-Za-z][^<>]*>|(?<!\d)123456789012(?!\d)")

#: Inputs in which documentation's values are found.
_INPUTS = (
    *("ingress_url", "s3_endpoint", "s3_irsa_role_arn", "s3_assumed_role_arn", "bucket_prefix"),
    *("azure_account", "azure_container", "azure_client_id", "kafka_bootstrap_server", "database_host"),
    *("schema_registry_url", "schema_registry_database_host"),
)


def left_over(own: OwnValues) -> list[Finding]:
    """A failure for each placeholder in the user's chart values."""
    return [
        failed("values.placeholder", f"{own.source}.{path} still holds a placeholder: {found}.", "Put your own there.")
        for path, value in leaves(own.values)
        for found in _found(value)
    ]


def left_over_in_inputs(inputs: Inputs) -> list[Finding]:
    """The same for single inputs."""
    return [
        failed("inputs.placeholder", f"popsink_{name} still holds a placeholder: {found}.", "Put your own there.")
        for name in _INPUTS
        for found in _found(getattr(inputs, name))
    ]


def _found(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (match.group() for match in _PLACEHOLDER.finditer(value))
    elif isinstance(value, list):
        for entry in value:
            yield from _found(entry)
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from _found(entry)
