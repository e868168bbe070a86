# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the checks look at, gathered at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..cluster.secrets import SecretSpec, read_secrets, resolved
from ..cluster.session import Cluster, together
from ..control_plane import ControlPlane, ask_config
from ..errors import PopsinkError
from ..findings import Finding
from ..release.helm import Helm, helm_environment, version_of
from ..release.outlook import Outlook, outlook
from ..release.wanted import Wanted
from ..storage.bucket import Bucket, look_at

#: Secrets with which control plane and object store are asked.
ASKED_WITH = ("deployment_token", "s3_access_key_id", "s3_secret_access_key")


@dataclass(frozen=True)
class Requirements:
    """What the deployment needs of its surroundings.

    :ivar helm: Helm's program.
    :ivar minimum_kubernetes: lowest API version, ``major.minor``.
    :ivar minimum_helm: lowest Helm, ``major.minor.patch``.
    :ivar nodes: how many nodes of at least ``node_cpu`` and ``node_memory`` (Kubernetes quantities).
    :ivar storage_class: StorageClass of the volumes; empty for the default one, None when none is asked for.
    :ivar ingress_class: IngressClass; empty for the default one, None when no Ingress is made.
    :ivar namespace: of the deployment.
    :ivar secrets: the deployment's Secrets, among them those that somebody else looks after.
    :ivar bucket: None where it is not reached with keys, or there is none.
    :ivar control_plane: None for a deployment without one.
    """

    helm: str
    minimum_kubernetes: str
    minimum_helm: str
    nodes: int
    node_cpu: str
    node_memory: str
    storage_class: str | None
    ingress_class: str | None
    namespace: str
    secrets: list[SecretSpec]
    bucket: Bucket | None
    control_plane: ControlPlane | None

    @property
    def foreign(self) -> list[SecretSpec]:
        """The Secrets that somebody else looks after."""
        return [secret for secret in self.secrets if secret.variable]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Requirements:
        """From plain data, as the plan gives it."""
        control_plane = data["control_plane"]
        return cls(
            **{
                **data,
                "secrets": [SecretSpec.from_dict(secret) for secret in data["secrets"]],
                "bucket": Bucket(**data["bucket"]) if data["bucket"] else None,
                "control_plane": ControlPlane(**control_plane) if control_plane else None,
            }
        )


@dataclass(frozen=True)
class Collected:
    """Answers from the cluster and around it. An error stands in the place of an answer that did not come."""

    version: dict[str, str] | PopsinkError
    nodes: list[dict[str, Any]] | PopsinkError
    storage_classes: list[dict[str, Any]] | PopsinkError
    ingress_classes: list[dict[str, Any]] | PopsinkError
    secrets: dict[str, dict[str, Any]] | PopsinkError
    helm: tuple[int, int, int] | PopsinkError
    bucket: Finding | None
    control_plane: Finding | None
    outlook: Outlook | PopsinkError


def collect(
    cluster: Cluster,
    want: Requirements,
    secrets: Mapping[str, str],
    auth: Mapping[str, Any],
    wanted: Wanted | None = None,
) -> Collected:
    """Ask everything at the same time, over one session.

    :param wanted: the release that is to be; None where nothing is to be said of it.
    :param auth: how the cluster is reached, which Helm must be able to do, too.
    :param secrets: values by secret name, as far as the controller has them: deployment token and the broker's keys.
    """
    # Where the cluster does not answer, or not to this account, its own checks tell so.
    with suppress(PopsinkError):
        secrets = resolved(cluster, want.namespace, want.secrets, secrets, ASKED_WITH)

    def helm() -> tuple[int, int, int]:
        helm_environment(auth)
        return version_of(want.helm)

    def control_plane() -> Finding | None:
        return ask_config(want.control_plane, secrets.get("deployment_token", "")) if want.control_plane else None

    def bucket_is() -> Finding | None:
        keys = (secrets.get("s3_access_key_id", ""), secrets.get("s3_secret_access_key", ""))
        return look_at(want.bucket, *keys) if want.bucket else None

    def ahead() -> Outlook:
        return outlook(cluster, Helm(want.helm, auth), wanted) if wanted else Outlook(())

    # What takes longest first.
    ahead_is, helm_is, bucket, answered, foreign, version, nodes, storage_classes, ingress_classes = together(
        _kept(ahead),
        _kept(helm),
        bucket_is,
        control_plane,
        _kept(lambda: read_secrets(cluster, want.namespace, [secret.name for secret in want.foreign])),
        _kept(lambda: cluster.request("GET", "/version")),
        _kept(lambda: cluster.request("GET", "/api/v1/nodes")["items"]),
        _kept(lambda: cluster.request("GET", "/apis/storage.k8s.io/v1/storageclasses")["items"]),
        _kept(lambda: cluster.request("GET", "/apis/networking.k8s.io/v1/ingressclasses")["items"]),
    )
    return Collected(version, nodes, storage_classes, ingress_classes, foreign, helm_is, bucket, answered, ahead_is)


def _kept(call: Callable[[], Any]) -> Callable[[], Any]:
    """The call with its error as its answer, so that the other checks still report."""

    def run() -> Any:
        try:
            return call()
        except PopsinkError as error:
            return error

    return run
