# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The broker's own identity in the cluster: a token of its service account, as its pod would have it."""

from __future__ import annotations

from typing import Any

from ...errors import PopsinkError
from ...upgrade.transition import BROKER
from ..pods.workloads import planned
from ..site import Site
from .manifests import marks

#: Whom the token is for, as the cloud's admission puts it into the pod.
_AUDIENCE = "sts.amazonaws.com"

#: Seconds for which it is valid; the API gives none for less.
_VALID = 600


def web_identity_token(site: Site) -> str:
    """A token of the broker's service account.

    Where the account comes with a release that is not there yet, one of its name is made for as long as it is looked.

    :raises PopsinkError: there is no such account yet, and none can be made; or the API gives no token.
    """
    namespace, account = site.want.namespace, _account(site)
    if site.namespace is None:
        raise PopsinkError(
            f"Namespace {namespace} is not there yet, and the role's trust names the account in it: kubectl create "
            f"namespace {namespace}, and look again."
        )
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    if site.find(f"{path}/{account}") is None:
        site.probe.tunnel.pod()
        metadata = {"name": account, "namespace": namespace, "labels": marks(site.want.release)}
        site.probe.jobs.make({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
    body = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"audiences": [_AUDIENCE], "expirationSeconds": _VALID},
    }
    answer: dict[str, Any] = site.cluster.request("POST", f"{path}/{account}/token", body=body)
    return str(answer["status"]["token"])


def _account(site: Site) -> str:
    for workload in planned(site).workloads:
        if workload.component == BROKER:
            return workload.service_account
    raise PopsinkError("The release has no broker whose service account could be asked for.")
