# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kubernetes Secrets: created where they are missing, compared where they are there, never overwritten."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..errors import PopsinkError
from ..plan.labels import MANAGED_BY, MANAGER, labels, labels_of
from ..secrets.catalogue import CATALOGUE
from .namespace import ensure_namespace
from .session import ApiError, Cluster, together

#: Prefixes of the keys under which a Secret holds, while it is rotated, values that are to replace its own, and those
#: that were replaced.
PENDING, PREVIOUS = "pending.", "previous."


@dataclass(frozen=True)
class SecretSpec:
    """A Secret that must exist.

    :ivar data: key to the name of a secret of the catalogue.
    :ivar variable: the input that names it, where somebody else looks after it: it is then read and never written.
    """

    name: str
    data: dict[str, str]
    type: str = "Opaque"
    variable: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SecretSpec:
        """From plain data, as the plan gives it."""
        return cls(data["name"], data["data"], data.get("type") or "Opaque", data.get("variable") or "")


def read_secrets(cluster: Cluster, namespace: str, names: Collection[str]) -> dict[str, dict[str, Any]]:
    """Those of the Secrets that are there, by name."""
    answers = together(*(partial(cluster.find, f"/api/v1/namespaces/{namespace}/secrets/{name}") for name in names))
    return {name: answer for name, answer in zip(names, answers, strict=True) if answer is not None}


def decoded(secret: Mapping[str, Any]) -> dict[str, str]:
    """A Secret's values as text; what is not text is left out."""
    values = {}
    for key, value in (secret.get("data") or {}).items():
        try:
            values[key] = base64.b64decode(value).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            continue
    return values


def foreign_problems(spec: SecretSpec, there: Mapping[str, Any] | None) -> list[str]:
    """What is wrong with a Secret that somebody else looks after, without its values."""
    title = f"Secret {spec.name} ({spec.variable})"
    if there is None:
        return [f"{title} does not exist"]
    problems = []
    if spec.type != "Opaque" and there.get("type") != spec.type:
        problems.append(f"{title} is of type {there.get('type')}, not {spec.type}")
    data, values = there.get("data") or {}, decoded(there)
    for key, secret in spec.data.items():
        if key not in data:
            problems.append(f"{title} has no key {key} (it has: {', '.join(sorted(data)) or 'none'})")
        elif problem := CATALOGUE[secret].rule(values[key]) if key in values else "is not text":
            problems.append(f"{title}: {key} {problem}")
    return problems


def refuse_unfit(namespace: str, specs: Collection[SecretSpec], live: Mapping[str, dict[str, Any]]) -> None:
    """End where Secrets that somebody else looks after are missing or unfit.

    :raises PopsinkError: all that is wrong with them.
    """
    problems = [problem for spec in specs if spec.variable for problem in foreign_problems(spec, live.get(spec.name))]
    if problems:
        raise PopsinkError(
            f"In namespace {namespace}: {'; '.join(problems)}.",
            remedy="Mend it where it is made, or name the right one. It is read only, never written.",
        )


def resolved(
    cluster: Cluster, namespace: str, specs: Collection[SecretSpec], known: Mapping[str, str], names: Collection[str]
) -> dict[str, str]:
    """Values of secrets by name: the known ones, and from the cluster what is not known or somebody else looks after.

    :param specs: the deployment's Secrets.
    :param names: the secrets that are wanted; one that is nowhere is left out.
    """
    places = {}
    # Somebody else's last, because they are the ones that count.
    for spec in sorted(specs, key=lambda spec: bool(spec.variable)):
        for key, secret in spec.data.items():
            if secret in names and (spec.variable or secret not in known):
                places[secret] = (spec.name, key)
    live = read_secrets(cluster, namespace, {name for name, _key in places.values()})
    found = {secret: decoded(live.get(name) or {}).get(key) for secret, (name, key) in places.items()}
    return {**known, **{secret: value for secret, value in found.items() if value}}


@dataclass(frozen=True)
class Comparison:
    """What there is to do for the Secrets of a deployment, found before anything is written.

    :ivar missing: Secrets that are not there.
    :ivar lacking: Secrets of ours that lack keys, with those keys.
    :ivar drifted: ``name.key`` of values that differ.
    """

    missing: list[SecretSpec]
    lacking: list[tuple[SecretSpec, dict[str, Any], list[str]]]
    drifted: list[str]


def compare(
    namespace: str, specs: list[SecretSpec], live: Mapping[str, dict[str, Any]], known: Mapping[str, str]
) -> Comparison:
    """Hold what should be against what is there.

    :raises PopsinkError: a Secret of somebody else is missing or unfit, or has taken a name of ours and lacks a key; or
        a rotation is not finished.
    """
    refuse_unfit(namespace, specs, live)
    refuse_unfinished({spec.name: (live.get(spec.name) or {}).get("data") or {} for spec in specs})
    found = Comparison([], [], [])
    for spec in specs:
        if spec.variable:
            # Its values are the ones that count, whatever a variable says.
            continue
        there = live.get(spec.name)
        if there is None:
            found.missing.append(spec)
            continue
        values = decoded(there)
        lacking = [key for key in spec.data if key not in (there.get("data") or {})]
        if lacking:
            _refuse_others(namespace, spec, there, lacking)
            found.lacking.append((spec, there, lacking))
        found.drifted.extend(
            f"{spec.name}.{key}"
            for key, secret in spec.data.items()
            if key not in lacking and secret in known and values.get(key) != known[secret]
        )
    return found


def refuse_unfinished(secrets: Mapping[str, Mapping[str, Any]]) -> None:
    """End where a rotation has begun, and its new values are not in place.

    :param secrets: data by Secret and key, encoded or not.
    :raises PopsinkError: with what to finish.
    """
    pending = [
        f"{name}.{key}"
        for name, data in secrets.items()
        for key in data
        if PENDING + key in data or PREVIOUS + key in data
    ]
    if pending:
        raise PopsinkError(
            f"A rotation of {', '.join(pending)} is not finished, as values beside them in the cluster tell.",
            remedy="Finish it: playbooks/rotate.yml with the same popsink_rotate.",
        )


def ensure_secrets(
    cluster: Cluster,
    namespace: str,
    release: str,
    specs: list[SecretSpec],
    known: Mapping[str, str],
    *,
    check: bool,
    fail_on_drift: bool = False,
    stop_at_conflict: bool = False,
) -> dict[str, Any]:
    """Create what is missing and compare what is there.

    :param known: values by secret name.
    :param fail_on_drift: whether a value that differs ends it before anything is written.
    :param stop_at_conflict: whether a Secret that another run created meanwhile ends it, to be asked again.
    :return: ``changed``, ``created`` (names), ``completed`` and ``drifted`` (``name.key``), ``conflict`` (the name of
        the Secret at which it stopped, or empty) and ``report``.
    :raises PopsinkError: a value is needed and not known, differs, or the API refused.
    """
    found = compare(namespace, specs, read_secrets(cluster, namespace, [spec.name for spec in specs]), known)
    drifted = list(found.drifted)
    if drifted and fail_on_drift:
        raise drift_error(namespace, drifted)
    created = [spec.name for spec in found.missing]
    completed = [f"{spec.name}.{key}" for spec, _there, keys in found.lacking for key in keys]
    if not check:
        # In check mode a value may be one that an earlier role would have made.
        manifests = [_manifest(namespace, release, spec, known) for spec in found.missing]
        additions = [{key: _value(spec, key, known) for key in keys} for spec, _there, keys in found.lacking]
        for spec, manifest in zip(found.missing, manifests, strict=True):
            if not _create(cluster, namespace, manifest):
                if stop_at_conflict:
                    return _outcome(created[: created.index(spec.name)], [], drifted, conflict=spec.name)
                # Another run was quicker; its values are the ones that hold.
                created.remove(spec.name)
                drifted += compare(namespace, [spec], read_secrets(cluster, namespace, [spec.name]), known).drifted
        for (_spec, there, _keys), values in zip(found.lacking, additions, strict=True):
            # For instance because a newer chart calls them otherwise.
            patch_secret(cluster, namespace, there, values)
        if drifted and fail_on_drift:
            raise drift_error(namespace, drifted)
    return _outcome(created, completed, drifted)


def _outcome(created: list[str], completed: list[str], drifted: list[str], conflict: str = "") -> dict[str, Any]:
    return {
        "changed": bool(created or completed),
        "created": created,
        "completed": completed,
        "drifted": drifted,
        "conflict": conflict,
        "report": [
            *(f"Secret {name}: created" for name in created),
            *(f"Secret {key}: key added" for key in completed),
        ],
    }


def drift_error(namespace: str, drifted: list[str]) -> PopsinkError:
    """The error that names keys whose values in cluster and inventory differ."""
    return PopsinkError(
        f"The cluster's Secrets in namespace {namespace} differ from the inventory: {', '.join(drifted)}.",
        remedy="Nothing was touched. Where the inventory is right, for instance about a corrected token: "
        f"kubectl --namespace {namespace} delete secret NAME, and run again. Otherwise correct the inventory. A "
        "database keeps the password that it was set up with.",
        details={"drifted": drifted},
    )


def _create(cluster: Cluster, namespace: str, manifest: dict[str, Any]) -> bool:
    """Create a Secret, its namespace first where that is missing; False when it exists."""
    try:
        return _created(cluster, manifest)
    except ApiError as error:
        if error.status != 404:
            raise
    ensure_namespace(cluster, namespace)
    return _created(cluster, manifest)


def _created(cluster: Cluster, manifest: dict[str, Any]) -> bool:
    try:
        cluster.create(manifest)
    except ApiError as error:
        if error.status == 409:
            return False
        raise
    return True


def _refuse_others(namespace: str, spec: SecretSpec, there: Mapping[str, Any], lacking: list[str]) -> None:
    if labels_of(there).get(MANAGED_BY) != MANAGER:
        raise PopsinkError(
            f"Secret {namespace}/{spec.name} lacks {', '.join(lacking)}, and is not managed by this collection.",
            remedy="Add the keys where the Secret is made, or delete it to have it made anew.",
        )


def patch_secret(
    cluster: Cluster, namespace: str, there: Mapping[str, Any], values: Mapping[str, str | None]
) -> dict[str, Any]:
    """Set keys of a Secret, or with None remove them, if nobody has changed it since it was read.

    :return: the Secret as it is now.
    """
    kept = _encoded({key: value for key, value in values.items() if value is not None})
    removed = {key: None for key, value in values.items() if value is None}
    answer: dict[str, Any] = cluster.request(
        "PATCH",
        f"/api/v1/namespaces/{namespace}/secrets/{there['metadata']['name']}",
        body={
            "metadata": {"resourceVersion": there["metadata"]["resourceVersion"]},
            "data": {**kept, **removed},
        },
        content_type="application/merge-patch+json",
    )
    return answer


def _manifest(namespace: str, release: str, spec: SecretSpec, known: Mapping[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": spec.name, "namespace": namespace, "labels": labels(release)},
        "type": spec.type,
        "data": _encoded({key: _value(spec, key, known) for key in spec.data}),
    }


def _value(spec: SecretSpec, key: str, known: Mapping[str, str]) -> str:
    secret = spec.data[key]
    if secret not in known:
        raise PopsinkError(
            f"Secret {spec.name} needs {key}, and {CATALOGUE[secret].variable} has no value.",
            remedy=CATALOGUE[secret].remedy or "Run the role secrets first (--tags secrets): it makes the value.",
        )
    return known[secret]


def _encoded(values: Mapping[str, str]) -> dict[str, str]:
    return {key: base64.b64encode(value.encode()).decode("ascii") for key, value in values.items()}
