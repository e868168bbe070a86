# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects that a rollout makes: the release's own, and what stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..site import Site

SECRET = ("v1", "Secret")
CONFIG_MAP = ("v1", "ConfigMap")
INGRESS = ("networking.k8s.io/v1", "Ingress")


def made_objects(site: Site) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    """Those objects by apiVersion and kind. Of the ones that stand beside the release only the name is given.

    :raises PopsinkError: they are not known, since Helm renders nothing.
    """
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {SECRET: []}
    for item in site.objects:
        found.setdefault((str(item["apiVersion"]), str(item["kind"])), []).append(item)
    found[SECRET] += [{"metadata": {"name": secret.name}} for secret in site.want.secrets if not secret.variable]
    if site.want.ca_config_map:
        found.setdefault(CONFIG_MAP, []).append({"metadata": {"name": site.want.ca_config_map}})
    if site.want.exposure is not None:
        for made in site.want.exposure.objects:
            found.setdefault((made.version, made.kind), []).append({"metadata": {"name": made.name}})
    return found
