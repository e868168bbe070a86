# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks from inside the cluster, on request: what only a pod can see."""

from __future__ import annotations

from typing import Any

from ...control_plane import ControlPlane, config_reply
from ...errors import PopsinkError
from ...http_request import NoAnswerError, NotAskedError, advice
from ...storage.bucket import url_of
from ..check import Verdict, check, fails, passes, unchecked
from ..classes import default_of
from ..inside import manifests
from ..inside.jobs import runs, statuses
from ..inside.web import ask_on
from ..pods.claims import CLASSES, DEFAULT
from ..pods.workloads import images_of_all
from ..site import Site

#: Reasons for which a container is not started whose image is there.
_NOT_STARTED = (
    "CreateContainerError",
    "CreateContainerConfigError",
    "RunContainerError",
    "StartError",
    "CrashLoopBackOff",
)

#: While a container waits for these, its image may yet come.
_COMING = ("", "ContainerCreating", "PodInitializing")


@check("inside.pod", "a pod of ours that runs in the cluster", inside=True)
def pod(site: Site) -> Verdict:
    """A pod runs, from which the rest is looked at."""
    try:
        site.probe.tunnel.pod()
    except PopsinkError as error:
        if site.probe.image not in str(error):
            raise
        # That says nothing of a rollout, whose images are others.
        return unchecked(str(error), "Name an image that the nodes can pull in popsink_preflight_image.")
    return passes(f"a pod of {site.probe.image} runs in namespace {site.probe.jobs.namespace}")


@check("inside.volume", "a volume of the StorageClass that is bound", inside=True)
def volume(site: Site) -> Verdict:
    """A volume of the class is really made, and mounted."""
    wanted = site.want.storage_class
    if wanted is None:
        return passes("no volume is asked for (popsink_database_mode)")
    classes = site.items(CLASSES)
    used = next((item for item in classes if item["metadata"]["name"] == wanted), None)
    used = used or (None if wanted else default_of(classes, DEFAULT))
    if used is None:
        return unchecked("There is no such StorageClass: see cluster.storage_class.")
    name = used["metadata"]["name"]
    if used.get("reclaimPolicy") == "Retain":
        return unchecked(
            f"StorageClass {name} keeps volumes whose claim is gone (reclaimPolicy Retain): a trial would leave one.",
            "Try it by hand, with a claim whose volume you remove.",
        )
    jobs = site.probe.jobs
    site.probe.tunnel.pod()
    made = jobs.start([manifests.claim_container(site.probe.image, jobs.seconds)], [manifests.claim(wanted)])
    try:
        jobs.wait(made, runs)
    except PopsinkError as error:
        if not jobs.has_pending_claim(made):
            raise
        return fails(
            f"No volume of StorageClass {name} comes: {error}",
            "Check popsink_database_storage_class, and that its provisioner works.",
        )
    return passes(f"a volume of StorageClass {name} was made and mounted")


@check("inside.images", "nodes that can pull every image", inside=True)
def images(site: Site) -> Verdict:
    """A node really pulls every image of the release, with its pull secret. Nothing of them is run."""
    wanted = sorted(images_of_all(site))
    if not wanted:
        return passes("the release has no images")
    jobs = site.probe.jobs
    made = jobs.start([manifests.image_container(f"image-{number}", image) for number, image in enumerate(wanted)])

    def settled(pod: dict[str, Any]) -> bool:
        told = list(statuses(pod))
        return len(told) == len(wanted) and all(_is_pulled(status) is not None for status in told)

    told = list(statuses(jobs.wait(made, settled, patient=True)))
    missing = [status for status in told if not _is_pulled(status)]
    if not missing:
        return passes(f"a node has pulled all {len(wanted)} images")
    said = "; ".join(f"{status['image']} ({_why(status)})" for status in missing)
    return fails(
        f"{len(missing)} of {len(wanted)} images cannot be pulled by a node: {said}.",
        "Check popsink_image_pull_token, and that the nodes reach the image registry.",
    )


@check("inside.control_plane", "a control plane that pods of the cluster reach", inside=True)
def control_plane(site: Site) -> Verdict:
    """The control plane is reached from inside, and takes the token."""
    asked: ControlPlane | None = site.want.control_plane
    if asked is None:
        return passes("not asked: the deployment is STANDALONE")
    way = site.probe.tunnel
    reply = config_reply(
        asked,
        site.secret("deployment_token"),
        by=lambda method, url, headers: ask_on(way, method, url, headers),
    )
    return Verdict.of(reply.finding)


@check("inside.object_store", "an object store that pods of the cluster reach", inside=True)
def object_store(site: Site) -> Verdict:
    """The object store is reached from inside."""
    if site.want.store is None:
        return passes("no bucket is asked for (popsink_kafka_mode, popsink_storage_type)")
    return _answers(site, "object store", url_of(site.want.store.bucket), "popsink_s3_endpoint")


@check("inside.schema_registry", "a schema registry that pods of the cluster reach", inside=True)
def schema_registry(site: Site) -> Verdict:
    """Another schema registry is reached from inside."""
    if site.want.schema_registry is None:
        return passes("the schema registry comes with the chart")
    return _answers(site, "schema registry", site.want.schema_registry.url, "popsink_schema_registry_url")


def _answers(site: Site, what: str, url: str, variable: str) -> Verdict:
    """Whether somebody answers, whatever it is: what is wrong with the answer is told from here."""
    try:
        answer = ask_on(site.probe.tunnel, "GET", url, {})
    except NotAskedError:
        return fails(f"{url} is no URL.", f"Check {variable}.")
    except NoAnswerError as error:
        return fails(
            f"The {what} at {url} does not answer pods of the cluster: {error}.",
            advice(error, url, f"Check {variable}, and what keeps the cluster's pods from reaching it."),
        )
    return passes(f"the {what} at {url} answers pods of the cluster (HTTP {answer.status})")


def _is_pulled(status: dict[str, Any]) -> bool | None:
    """Whether a container's image was pulled; None while that is not known."""
    state = status.get("state") or {}
    if "running" in state or "terminated" in state:
        return True
    reason = str((state.get("waiting") or {}).get("reason") or "")
    return None if reason in _COMING else reason in _NOT_STARTED


def _why(status: dict[str, Any]) -> str:
    waiting = (status.get("state") or {}).get("waiting") or {}
    message = str(waiting.get("message") or waiting.get("reason") or "")
    return (message.splitlines() or [""])[0].rstrip(".")
