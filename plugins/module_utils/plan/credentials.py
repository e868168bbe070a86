# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secrets of the data plane itself: administrator, session signing, encryption of connector configurations."""

from __future__ import annotations

from ..chart.facts import ChartFacts
from .inputs import Inputs
from .model import Plan
from .secret_blocks import Entry, SecretBlock, plan_secret_block

_BLOCKS = (
    SecretBlock(
        "adminCredentials",
        "secrets",
        "admin-credentials",
        (Entry("admin_username", "username"), Entry("admin_password", "password")),
    ),
    SecretBlock("jwt", "secrets", "jwt", (Entry("jwt_secret", "secret"),)),
    SecretBlock(
        "connectorConfigEncryptionKey",
        "secrets",
        "connector-config-encryption-key",
        (Entry("connector_config_encryption_key", "key"),),
    ),
)


def plan_credentials(inputs: Inputs, chart: ChartFacts) -> Plan:
    """A Secret for each block, named in the values."""
    return Plan.of(plan_secret_block(inputs, chart, block) for block in _BLOCKS)
