# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who issues a certificate that is not there yet: what cert-manager is told by an Ingress' annotations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

GROUP = "cert-manager.io"
_API = f"/apis/{GROUP}/v1"


@dataclass(frozen=True)
class Issuer:
    """An issuer of cert-manager's.

    :ivar kind: ``Issuer`` in the namespace, or ``ClusterIssuer``, or one of another group's.
    :ivar name: empty for the one that cert-manager takes by default.
    """

    kind: str
    name: str
    group: str = GROUP

    def path(self, namespace: str) -> str:
        """Where it stands in the API."""
        if self.kind == "ClusterIssuer":
            return f"{_API}/clusterissuers/{self.name}"
        return f"{_API}/namespaces/{namespace}/issuers/{self.name}"

    @property
    def is_own(self) -> bool:
        """Whether it is one of cert-manager's own kinds, and named."""
        return self.group == GROUP and self.kind in ("Issuer", "ClusterIssuer") and bool(self.name)


#: The API's list of cert-manager's kinds; nothing is there where it is not installed.
KINDS = _API


def issuer_of(annotations: Mapping[str, str]) -> Issuer | None:
    """The issuer that annotations name, None where they name none."""
    group = annotations.get(f"{GROUP}/issuer-group") or GROUP
    if name := annotations.get(f"{GROUP}/cluster-issuer"):
        return Issuer("ClusterIssuer", name)
    if name := annotations.get(f"{GROUP}/issuer"):
        return Issuer(annotations.get(f"{GROUP}/issuer-kind") or "Issuer", name, group)
    if annotations.get("kubernetes.io/tls-acme") == "true":
        return Issuer("ClusterIssuer", "")
    return None


def why_not_ready(issuer: Mapping[str, Any]) -> str | None:
    """What an issuer says of itself as long as it issues nothing; None when it is ready."""
    conditions = (issuer.get("status") or {}).get("conditions") or ()
    ready: Mapping[str, Any] = next((item for item in conditions if item.get("type") == "Ready"), {})
    if ready.get("status") == "True":
        return None
    return str(ready.get("message") or ready.get("reason") or "it has not said why").rstrip(".")
