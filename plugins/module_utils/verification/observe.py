# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One look at a deployment: what runs, what answers, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..cluster.autoscalers import Autoscalers
from ..cluster.conditions import is_seen
from ..cluster.revisions import former_of_deployments, former_of_stateful_sets
from ..cluster.session import ApiError, Cluster, together
from ..control_plane import ControlPlane, Refusal, ask_config
from ..errors import PopsinkError
from ..findings import FAIL, Finding, failed, passed
from ..release.state import Release, find_release
from .login import Login, LoginRefused
from .pods import Trouble, troubles
from .public_url import try_public_url
from .records import ASKED_WITH as RECORDS_ASKED_WITH
from .records import Records, prove
from .visitor import Place

#: What the data plane answers for, in the order in which one needs the other.
_HEALTH = ("readyz", "healthchecks/db", "healthchecks/k8s")

_FORBIDDEN = 403

#: Secrets with which the data plane and its control plane are asked.
ASKED_WITH = ("admin_username", "admin_password", "deployment_token", *RECORDS_ASKED_WITH)


@dataclass(frozen=True)
class Target:
    """What is observed.

    :ivar service: the data plane's Service.
    :ivar control_plane: None for a deployment without one.
    :ivar public: where people reach it; None where that is not to be tried.
    :ivar restricted: whether only some of them are let in.
    :ivar records: what is tried at the broker; None for nothing.
    """

    release: str
    namespace: str
    service: str
    control_plane: ControlPlane | None
    public: Place | None = None
    restricted: bool = False
    records: Records | None = None


@dataclass(frozen=True)
class Observation:
    """What one look saw.

    :ivar progress: ready replicas by workload, for people.
    :ivar findings: of the workloads and of what answers.
    :ivar troubles: pods that cannot go on by themselves.
    :ivar kept: names of pods that are of a former template, and that Kubernetes replaces only once they are ready.
    """

    progress: str
    findings: list[Finding]
    troubles: list[Trouble]
    kept: set[str] = field(default_factory=set)

    @property
    def works(self) -> bool:
        """Whether everything is as it should be."""
        return not any(finding.status == FAIL for finding in self.findings)

    @property
    def final(self) -> bool:
        """Whether something was refused in a way that looking again does not change."""
        return any(isinstance(finding, Refusal) for finding in self.findings)


def observe(
    cluster: Cluster, target: Target, secrets: Mapping[str, str], connect: Callable[[], Cluster] | None = None
) -> Observation:
    """Look once; changes nothing, but for a topic that comes and goes.

    :param secrets: values by secret name, of :data:`ASKED_WITH`.
    :param connect: gives a session of its own to who passes a record through the broker; None to pass none.
    """
    selector = f"app.kubernetes.io/instance={target.release}"
    space = f"namespaces/{target.namespace}"
    deployments, stateful_sets, pods, release, scaled = together(
        partial(cluster.items, f"/apis/apps/v1/{space}/deployments", labelSelector=selector),
        partial(cluster.items, f"/apis/apps/v1/{space}/statefulsets", labelSelector=selector),
        partial(cluster.items, f"/api/v1/{space}/pods"),
        partial(find_release, cluster, target.namespace, target.release),
        partial(Autoscalers.read, cluster, target.namespace),
    )
    workloads = deployments + stateful_sets
    wanted = _replicas(release, scaled)
    own = [pod for pod in pods if _belongs(pod, target)]
    findings = [_rolled_out(target, workloads, wanted)]
    if findings[0].status != FAIL:
        findings += together(*(partial(_healthy, cluster, target, path) for path in _HEALTH),
                             partial(_login, cluster, target, secrets),
                             *_control_plane_question(target, secrets),
                             *_record(target, own, secrets, connect, release))  # fmt: skip
    if target.public is not None and not any(finding.status == FAIL for finding in findings):
        # Last: who is let in inside of the cluster is let in there, or something stands in between.
        login = {"username": secrets.get("admin_username", ""), "password": secrets.get("admin_password", "")}
        findings.append(try_public_url(target.public, target.service, login, restricted=target.restricted))
    found = _lasting(cluster, target, own, deployments)
    findings += _not_started(found)
    return Observation(
        progress=", ".join(f"{_name(item, target)} {_ready(item)}/{_wanted(item, wanted)}" for item in workloads),
        findings=findings,
        troubles=found,
        kept=former_of_stateful_sets(own, stateful_sets),
    )


def _lasting(
    cluster: Cluster, target: Target, pods: list[dict[str, Any]], deployments: list[dict[str, Any]]
) -> list[Trouble]:
    """Troubles without those of pods that go by themselves, where the account may know which do."""
    if not (found := troubles(pods)):
        return []
    try:
        replica_sets = cluster.items(f"/apis/apps/v1/namespaces/{target.namespace}/replicasets")
    except ApiError as error:
        if error.status != _FORBIDDEN:
            raise
        return found
    going = former_of_deployments(pods, replica_sets, deployments)
    return [trouble for trouble in found if trouble.pod not in going]


def _belongs(pod: Mapping[str, Any], target: Target) -> bool:
    """Whether a pod is the release's, or a connector worker's, which carries its name: others are no concern here."""
    labels = pod["metadata"].get("labels") or {}
    return labels.get("app.kubernetes.io/instance") == target.release or str(pod["metadata"]["name"]).startswith(
        f"{target.release}-"
    )


def _replicas(release: Release | None, scaled: Autoscalers) -> dict[str, int]:
    """Workloads of the release by name, with the replicas that it sets, or an autoscaler's fewest."""
    return {
        item["metadata"]["name"]: _fewest(item, scaled)
        for item in (release.manifest if release else ())
        if item["kind"] in ("Deployment", "StatefulSet")
    }


def _fewest(item: Mapping[str, Any], scaled: Autoscalers) -> int:
    bounds = scaled.bounds(item["kind"], item["metadata"]["name"])
    return bounds[0] if bounds else int(item["spec"].get("replicas") or 0)


def _rolled_out(target: Target, workloads: list[dict[str, Any]], wanted: Mapping[str, int]) -> Finding:
    if not workloads:
        return failed(
            "verify.workloads",
            f"There are no workloads of release {target.release} in namespace {target.namespace}.",
            "Run the role release first.",
        )
    if missing := sorted(set(wanted) - {item["metadata"]["name"] for item in workloads}):
        names = ", ".join(name.removeprefix(f"{target.release}-") for name in missing)
        return failed(
            "verify.workloads",
            f"Missing, or without the release's labels: {names}.",
            "Run the role release, which makes them again.",
        )
    waiting = [_name(item, target) for item in workloads if not _is_rolled_out(item, wanted)]
    if waiting:
        return failed("verify.workloads", f"Not ready: {', '.join(waiting)}.")
    return passed("verify.workloads", f"{len(workloads)} workloads are ready")


def _not_started(found: list[Trouble]) -> list[Finding]:
    """A failure where containers never started, those of connector workers included, which no workload counts."""
    names = sorted({trouble.pod for trouble in found if trouble.never_started})
    return [failed("verify.pods", f"Not started: {', '.join(names)}.")] if names else []


def _is_rolled_out(item: Mapping[str, Any], replicas: Mapping[str, int]) -> bool:
    """Every replica is of the newest revision and ready, and none of an older one is left."""
    status, wanted = item.get("status", {}), _wanted(item, replicas)
    return (
        is_seen(item)
        and status.get("updatedReplicas", 0) >= wanted
        and _ready(item) >= wanted
        and status.get("replicas", 0) == wanted
    )


def _wanted(item: Mapping[str, Any], replicas: Mapping[str, int]) -> int:
    """As many as the object asks for, and no fewer than the release: somebody may have scaled it down."""
    return max(int(item["spec"].get("replicas", 1)), replicas.get(item["metadata"]["name"], 0))


def _ready(item: Mapping[str, Any]) -> int:
    return int(item.get("status", {}).get("readyReplicas", 0))


def _name(item: Mapping[str, Any], target: Target) -> str:
    return str(item["metadata"]["name"]).removeprefix(f"{target.release}-")


def _data_plane(cluster: Cluster, target: Target) -> Login:
    return Login(cluster, target.namespace, target.service)


def _may_not_ask(id: str, target: Target) -> Finding:
    """The API server refused: the data plane was not asked."""
    return failed(
        id,
        "The account of popsink_kubeconfig may not reach the data plane through the API server.",
        f"Grant it create and get on services/proxy in namespace {target.namespace}.",
    )


def _healthy(cluster: Cluster, target: Target, path: str) -> Finding:
    name = f"verify.{path.rpartition('/')[2]}"
    try:
        cluster.request("GET", _data_plane(cluster, target).path(path))
    except PopsinkError as error:
        if isinstance(error, ApiError) and error.status == _FORBIDDEN and error.by_server:
            return _may_not_ask(name, target)
        return failed(name, f"/api/{path} does not answer as it should: {error}")
    return passed(name, f"/api/{path} answers")


def _login(cluster: Cluster, target: Target, secrets: Mapping[str, str]) -> Finding:
    try:
        _data_plane(cluster, target).token(secrets.get("admin_username", ""), secrets.get("admin_password", ""))
    except LoginRefused:
        return Refusal(
            "verify.login",
            FAIL,
            "The data plane refuses the administrator's name and password of the vault.",
            "They count only at the first start. If they were changed in the product, put them into the vault.",
        )
    except ApiError as error:
        if error.status == _FORBIDDEN:
            return _may_not_ask("verify.login", target)
        return failed("verify.login", f"The login does not answer as it should: {error}")
    except PopsinkError as error:
        return failed("verify.login", str(error))
    return passed("verify.login", "the administrator can log in")


def _control_plane_question(target: Target, secrets: Mapping[str, str]) -> list[Any]:
    if target.control_plane is None:
        return []
    return [partial(ask_config, target.control_plane, secrets.get("deployment_token", ""))]


def _record(
    target: Target,
    pods: list[dict[str, Any]],
    secrets: Mapping[str, str],
    connect: Callable[[], Cluster] | None,
    release: Release | None,
) -> list[Callable[[], Finding]]:
    if target.records is None or connect is None:
        return []
    services = [item for item in (release.manifest if release else ()) if item["kind"] == "Service"]
    return [partial(prove, connect, target.namespace, target.records, pods, secrets, services)]
