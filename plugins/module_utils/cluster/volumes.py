# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Volumes that an installation leaves behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..plan.labels import INSTANCE, labels_of


def volumes_of(claims: Iterable[Mapping[str, Any]], release: str) -> list[str]:
    """Names of the claims that are a release's, or were an earlier installation's of its name.

    By the label, and that of PostgreSQL by its name as well: what was brought back from a copy may have no label.
    """
    usual = f"data-{release}-postgresql-0"
    return [
        str(claim["metadata"]["name"])
        for claim in claims
        if claim["metadata"]["name"] == usual or labels_of(claim).get(INSTANCE) == release
    ]
