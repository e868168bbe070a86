# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a backup holds of each deployment, and how it is told whether that is all of it and belongs here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..errors import PopsinkError
from ..findings import Finding, warned
from ..secrets.catalogue import CATALOGUE, variables_of

#: Key of a bundle that says it is one, with the number of its format.
FORMAT_KEY, FORMAT = "popsink_backup", 1


@dataclass(frozen=True)
class Origin:
    """Which deployment it is, and where it runs.

    :ivar deployment_id: its id at the control plane; empty where it has none.
    :ivar cluster: uid of the cluster's namespace kube-system, which no two clusters share; empty where the account may
        not read it.
    :ivar cluster_url: the API's address.
    :ivar chart: where the chart comes from.
    """

    deployment_id: str
    control_plane: str
    namespace: str
    release: str
    cluster: str
    cluster_url: str
    chart: str
    chart_version: str
    chart_digest: str

    @classmethod
    def of(cls, arguments: Mapping[str, Any], cluster: Mapping[str, Any]) -> Origin:
        """The deployment of a task.

        :param arguments: with ``deployment`` as the plan gives it, ``namespace`` and ``release``.
        :param cluster: with ``cluster`` and ``cluster_url``, as the module popsink_backup reads them.
        """
        place = {name: arguments[name] for name in ("namespace", "release")}
        return cls(**arguments["deployment"], **place, cluster=cluster["cluster"], cluster_url=cluster["cluster_url"])


@dataclass(frozen=True)
class Saved:
    """One deployment's part of a bundle.

    :ivar secrets: values by name of the catalogue.
    :ivar kubernetes_secrets: Secret to key to the name of the secret that it holds there.
    :ivar others: further Secrets of the namespace, which connectors may name: type and data as Kubernetes keeps them,
        or None where only the name was asked for.
    """

    origin: Origin
    secrets: dict[str, str]
    kubernetes_secrets: dict[str, dict[str, str]]
    others: dict[str, dict[str, Any] | None] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Saved:
        """From plain data, as :meth:`as_dict` gives it.

        :raises TypeError: it holds something else.
        """
        if not all(isinstance(value, str) for value in data["secrets"].values()):
            raise TypeError("a secret is not text")
        return cls(Origin(**data["origin"]), data["secrets"], data["kubernetes_secrets"], data["others"])

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    @property
    def title(self) -> str:
        """The deployment for people."""
        place = f"{self.origin.namespace}/{self.origin.release}"
        return f"{place} (deploymentId {self.origin.deployment_id})" if self.origin.deployment_id else place

    def problems(self) -> list[str]:
        """What the deployment's Secrets need and is missing here or cannot be used, without values."""
        needed = sorted({name for keys in self.kubernetes_secrets.values() for name in keys.values()})
        found = []
        for name in needed:
            if name not in self.secrets:
                found.append(f"{name} is missing")
            elif name in CATALOGUE and (problem := CATALOGUE[name].rule(self.secrets[name])):
                found.append(f"{name} {problem}")
        return found

    def differences(self, now: Saved) -> list[str]:
        """What is another in the deployment as it is now: secrets, and Secrets of others as far as it tells of them."""
        names = sorted({*self.secrets, *now.secrets})
        others = [
            name
            for name, content in sorted(now.others.items())
            if name not in self.others or (content is not None and content != self.others[name])
        ]
        return [
            *(variables_of([name]) for name in names if self.secrets.get(name) != now.secrets.get(name)),
            *(f"Secret {name}" for name in others),
        ]


def as_bundle(parts: Mapping[str, Saved], created: str) -> dict[str, Any]:
    """Deployments by inventory host as the content of one bundle.

    :param created: time in UTC, ISO 8601.
    """
    deployments = {host: part.as_dict() for host, part in sorted(parts.items())}
    return {FORMAT_KEY: FORMAT, "created": created, "deployments": deployments}


def parts_of(content: Any, place: str) -> dict[str, Saved]:
    """The deployments of a bundle by inventory host.

    :param place: what it is called in errors.
    :raises PopsinkError: it is none, or of a later format.
    """
    if not isinstance(content, Mapping) or FORMAT_KEY not in content:
        raise PopsinkError(f"{place} is no backup of this collection.", remedy="Name one with popsink_backup_file.")
    if content[FORMAT_KEY] != FORMAT:
        raise PopsinkError(
            f"{place} has format {content[FORMAT_KEY]}; this version of the collection reads format {FORMAT}.",
            remedy="Use the version that wrote it, or a later one.",
        )
    try:
        return {host: Saved.from_dict(part) for host, part in content["deployments"].items()}
    except (AttributeError, KeyError, TypeError) as error:
        raise PopsinkError(f"{place} is damaged: {type(error).__name__}.", remedy="Take an earlier one.") from error


def belonging_to(parts: Mapping[str, Saved], host: str, deployment_id: str, place: str) -> Saved:
    """The part of one deployment: that of its id, or where it has none at a control plane that of its host.

    :raises PopsinkError: there is none.
    """
    found = [part for part in parts.values() if part.origin.deployment_id == deployment_id]
    if not deployment_id:
        found = [part for name, part in parts.items() if name == host and not part.origin.deployment_id]
    if len(found) == 1:
        return found[0]
    wanted = f"deploymentId {deployment_id}" if deployment_id else f"a deployment {host} without a control plane"
    count = "more than one part" if found else "nothing"
    held = ", ".join(f"{name}: {part.title}" for name, part in parts.items()) or "no deployment"
    raise PopsinkError(
        f"{place} holds {count} of {wanted}. It holds {held}.",
        remedy="Name the right bundle with popsink_backup_file, or check popsink_onboarding_file.",
    )


def moved(before: Origin, now: Origin) -> list[Finding]:
    """What is another than when the backup was made, and need not be wrong."""
    findings = []
    if before.cluster and now.cluster and before.cluster != now.cluster:
        findings.append(
            warned(
                "restore.cluster",
                f"The backup was made on another cluster ({before.cluster_url}, now {now.cluster_url}).",
                "The deployment may run on one of them only: two would write into the same bucket.",
            )
        )
    if (before.namespace, before.release) != (now.namespace, now.release):
        findings.append(
            warned(
                "restore.place",
                f"It was release {before.release} in namespace {before.namespace}, and is now {now.release} in "
                f"{now.namespace}.",
                "Remove the earlier one first, if it is still there.",
            )
        )
    if before.chart_version != now.chart_version:
        findings.append(
            warned(
                "restore.chart",
                f"It ran chart {before.chart_version}; popsink_chart_version is {now.chart_version}.",
                "A database is not readable by an older version than the last one that wrote it.",
            )
        )
    return findings
