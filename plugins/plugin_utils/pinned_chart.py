# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chart that a host pins, read on the host that reaches the cluster."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.pull import INPUTS
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import CATALOGUE
from ansible_collections.popsink.data_plane.plugins.modules import popsink_chart_info

from .inventory_secrets import InventorySecrets
from .plain import plain

if TYPE_CHECKING:
    from .step import StepAction

#: Inputs that are read only where they are needed, and never validated with their value at hand.
SECRET_INPUTS = frozenset(
    {
        "popsink_onboarding",
        "popsink_image_pull_token",
        "popsink_chart_password",
        "popsink_bucket_admin_access_key_id",
        "popsink_bucket_admin_secret_access_key",
        "popsink_bucket_admin_session_token",
        "popsink_image_pull_password",
        "popsink_mirror_password",
        *(secret.variable for secret in CATALOGUE.values()),
    }
)


def pinned_chart(
    action: StepAction,
    values: Mapping[str, Any],
    inventory: InventorySecrets,
    variables: dict[str, Any],
    *,
    published: bool = False,
) -> ChartFacts:
    """Facts of the chart.

    :param values: validated inputs, by variable.
    :param published: whether it is taken from where it is published, wherever the host itself has it from.
    :raises PopsinkError: it cannot be pulled or read.
    """
    inputs = "popsink_mirror_chart" if published else INPUTS
    ref = values[f"{inputs}_ref"]
    # A login, and that there is no TLS, are for the registry that they were given for.
    known = _host(ref) == _host(values["popsink_chart_ref"])
    arguments = {
        "ref": ref,
        "version": values["popsink_chart_version"],
        "plain_http": values[f"{inputs}_plain_http"] or (known and values["popsink_chart_plain_http"]),
        "username": values["popsink_chart_username"] if known else "",
        "password": _password(inventory) if known else "",
        "ca_file": values["popsink_chart_ca_file"],
        "helm": values["popsink_helm"],
        "inputs": inputs,
    }
    answer = action.asked(popsink_chart_info, arguments, variables)
    return ChartFacts.from_dict(plain(answer["chart"]))


def _host(ref: str) -> str:
    return ref.removeprefix("oci://").partition("/")[0]


def _password(inventory: InventorySecrets) -> str:
    """The registry's password. One that is JSON may arrive parsed, as a lookup gives it in old ansible-core."""
    value = inventory.variable("popsink_chart_password")
    return json.dumps(value) if isinstance(value, dict) else inventory.text("popsink_chart_password")
