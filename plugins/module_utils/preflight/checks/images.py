# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the images: whether the nodes will be able to pull them."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ...images.artifact_registry import is_artifact_registry, key_doubt, key_problem
from ...images.image_name import ImageName, image_name
from ...images.image_registry import FOREIGN, MALFORMED, MISSING, PLATFORM, REFUSED, UNKNOWN, Pull, Registry, home_of
from ...images.registry_login import Login, login_for, logins_of
from ...urls import web_url
from ..check import Verdict, check, fails, passes, unchecked, warns
from ..pods.workloads import images_of_all, planned
from ..site import Site

#: Registry and project of Popsink's own images, which nobody pulls without a login.
VENDOR = ("europe-west1-docker.pkg.dev", "popsink-common-438615")

_SECRET = "image_pull_docker_config"
_NO_SECRET = "There is no pull secret that could be read (popsink_image_pull_mode, popsink_image_pull_token)."
_TOKEN = (
    "Give popsink_image_pull_token the service-account JSON that Popsink handed out, or mend the Secret that "
    "popsink_image_pull_secret names."
)
_TAGS = "Check popsink_chart_version, popsink_image_registry and the tags in popsink_values; a mirror needs the images."
_FILL = (
    "Run playbooks/mirror.yml again, which fills {mirror}: it copies what popsink_chart_version and popsink_values "
    "name, and popsink_mirror_images for what no pod does."
)

_WAY = (
    "Where the nodes pull from a mirror, popsink_image_registry_mirrors can name its URL; otherwise this host needs a "
    "way to the registry, for instance by https_proxy."
)

#: What is said of images that cannot be pulled, by why, and what to do.
_BAD = {
    REFUSED: ("the pull secret may not read {images} ({note})", _TOKEN),
    MISSING: ("there is no {images} ({note})", _TAGS),
    FOREIGN: ("nodes of " + PLATFORM + " cannot run {images} ({note})", f"Push it for {PLATFORM} as well."),
    MALFORMED: ("no image can have the name {images}", _TAGS),
}

#: Images that are asked for at the same time.
_PARALLEL = 8


@check("images.token", "a pull secret with a login for the images, named by every pod")
def token(site: Site) -> Verdict:
    """What the pull secret holds, as far as nobody need be asked."""
    if site.want.without_pull_secret:
        return _by_accounts(site)
    config = site.secret(_SECRET)
    if not config:
        return unchecked(_NO_SECRET)
    logins = logins_of(config)
    if not logins:
        return fails("The pull secret holds no login that can be read.", _TOKEN)
    images = [image for name in images_of_all(site) if (image := image_name(name))]
    if wrong := list(dict.fromkeys(_wrong(site, logins, images))):
        return fails(f"In the pull secret {'; '.join(wrong)}.", _TOKEN)
    if doubtful := list(dict.fromkeys(_doubtful(logins, images))):
        return warns(f"In the pull secret {'; '.join(doubtful)}.", f"See whether images.pull passes. {_TOKEN}")
    if bare := _without_secret(site, logins):
        return warns(
            f"The pods of {', '.join(bare)} name no pull secret.",
            "Leave global.imagePullSecrets out of popsink_values, because the plan sets it; or see that the pods' "
            "ServiceAccount names one.",
        )
    open_to_all = dict.fromkeys(image.host for image in images if login_for(logins, image) is None)
    without = f" (without one: {', '.join(open_to_all)})" if open_to_all else ""
    return passes(f"the pull secret has a login for the images{without}")


def _by_accounts(site: Site) -> Verdict:
    """Whether the pods' ServiceAccounts name pull secrets, where the pods do not."""
    bare = [name for name, account in _accounts(site).items() if not account.get("imagePullSecrets")]
    if not bare:
        return passes("the pods' service accounts name pull secrets")
    return warns(
        f"popsink_image_pull_mode is none, and of the pods' service accounts {', '.join(bare)} will name no pull "
        "secret: the nodes must have the login for the images themselves.",
        "Where they have not, set popsink_image_pull_mode to managed, or to existing with popsink_image_pull_secret.",
    )


def _accounts(site: Site) -> dict[str, Mapping[str, Any]]:
    """ServiceAccounts of the pods by name, as they are or as the release brings them; empty where one is not there."""
    brought = {item["metadata"]["name"]: item for item in site.objects if item.get("kind") == "ServiceAccount"}
    path = f"/api/v1/namespaces/{site.want.namespace}/serviceaccounts"
    names = dict.fromkeys(workload.service_account for workload in planned(site).workloads)
    # What somebody added to one that is there stays: Helm changes what it brings only.
    return {name: site.find(f"{path}/{name}") or brought.get(name) or {} for name in names}


def _logins(site: Site) -> list[Login]:
    """Those of the pull secret, or of the Secrets that the ServiceAccounts name."""
    if not site.want.without_pull_secret:
        return logins_of(site.secret(_SECRET) or "")
    found: list[Login] = []
    for name in dict.fromkeys(
        str(entry.get("name"))
        for account in _accounts(site).values()
        for entry in account.get("imagePullSecrets") or ()
    ):
        held = (site.find(f"/api/v1/namespaces/{site.want.namespace}/secrets/{name}") or {}).get("data") or {}
        with suppress(ValueError):
            found += logins_of(base64.b64decode(held.get(".dockerconfigjson", "")).decode())
    return found


def _wrong(site: Site, logins: list[Login], images: list[ImageName]) -> Iterator[str]:
    """What no registry takes."""
    for image in images:
        login = login_for(logins, image)
        if login is None:
            # Nodes may pull from a mirror that is open to all.
            if (image.host, image.repository.partition("/")[0]) == VENDOR and image.host not in site.want.mirrors:
                yield _lacking(logins, image)
        elif is_artifact_registry(image.host) and (problem := key_problem(login)):
            yield problem


def _doubtful(logins: list[Login], images: list[ImageName]) -> Iterator[str]:
    """What a registry may not take."""
    for image in images:
        if is_artifact_registry(image.host):
            login = login_for(logins, image)
            # Nodes at Google may have an identity of their own.
            doubt = key_doubt(login, image) if login else _lacking(logins, image)
            if doubt:
                yield doubt


def _lacking(logins: list[Login], image: ImageName) -> str:
    return f"no login is for {image.host} (there is: {', '.join(login.registry for login in logins)})"


def _without_secret(site: Site, logins: list[Login]) -> list[str]:
    """Components with images that take a login, whose pods name no pull secret, nor does their ServiceAccount."""
    accounts = {
        item["metadata"]["name"]
        for item in site.objects
        if item.get("kind") == "ServiceAccount" and item.get("imagePullSecrets")
    }
    return [
        workload.component
        for workload in planned(site).workloads
        if not workload.pull_secrets
        and workload.service_account not in accounts
        and any(login_for(logins, image) for name in workload.images if (image := image_name(name)))
    ]


@check("images.pull", f"images that are there for this pull secret and for {PLATFORM}", ahead=True)
def pull(site: Site) -> Verdict:
    """Every image of the release can be pulled, as far as the registry is reached from here."""
    if not site.want.without_pull_secret and not site.secret(_SECRET):
        return unchecked(_NO_SECRET)
    if wrong := [f"{host}: {url}" for host, url in site.want.mirrors.items() if web_url(str(url)) is None]:
        return fails(
            f"In popsink_image_registry_mirrors is what is no URL ({', '.join(wrong)}).",
            "Write for instance https://mirror.example.com, or remove it.",
        )
    images = list(dict.fromkeys([*images_of_all(site), *site.want.further_images]))
    if with_login := [host for host, url in site.want.mirrors.items() if "@" in str(url)]:
        return fails(
            f"The URL of {', '.join(with_login)} in popsink_image_registry_mirrors holds a login.",
            "Take it out, since it would be shown: the pull secret's login is used.",
        )
    grouped: dict[Pull, list[str]] = {}
    for name, found in zip(images, _pulls(site, images, _logins(site)), strict=True):
        grouped.setdefault(found, []).append(name)
    bad = [_said(found, names) for found, names in grouped.items() if found.outcome in _BAD]
    unknown = [f"{', '.join(names)} ({found.note})" for found, names in grouped.items() if found.outcome == UNKNOWN]
    not_here = f"Not checked from here, while the nodes may reach it: {'; '.join(unknown)}." if unknown else ""
    if bad:
        said = "; ".join(bad)
        remedies = dict.fromkeys(_remedy(site, group.outcome) for group in grouped if group.outcome in _BAD)
        return fails(f"{said[0].upper()}{said[1:]}. {not_here}".strip(), " ".join(remedies))
    if unknown:
        return unchecked(
            not_here,
            " ".join(dict.fromkeys(found.remedy for found in grouped if found.remedy)) or _WAY,
        )
    return passes(f"all {len(images)} images can be pulled")


def _remedy(site: Site, outcome: str) -> str:
    if outcome == MISSING and site.want.mirror:
        return _FILL.format(mirror=site.want.mirror)
    return _BAD[outcome][1]


def _said(found: Pull, images: list[str]) -> str:
    return _BAD[found.outcome][0].format(images=", ".join(images), note=found.note)


def _pulls(site: Site, images: list[str], logins: list[Login]) -> list[Pull]:
    """What would become of pulling each image."""
    with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
        return list(pool.map(lambda name: _pull(site, name, logins), images))


def _pull(site: Site, name: str, logins: list[Login]) -> Pull:
    image = image_name(name)
    if image is None:
        return Pull(MALFORMED)
    mirror = site.want.mirrors.get(image.host)
    registry = Registry(mirror or home_of(image.host), lambda: site.seconds_left)
    login = login_for(logins, image)
    found = registry.pull(image, login)
    if found.outcome == REFUSED and login is None and site.want.without_pull_secret:
        return Pull(UNKNOWN, f"{found.note}, without a login; the nodes may have one")
    if found.outcome == REFUSED and login is None:
        return replace(found, note=f"{found.note}, without a login")
    return found


@check("images.mirror", "every image from popsink_mirror_registry, where there is one")
def mirror(site: Site) -> Verdict:
    """Whether a chart names an image in a way that the plan does not see, or the user's own values another registry."""
    registry = site.want.mirror
    if not registry:
        return passes("not looked at: there is no mirror")
    images = images_of_all(site)
    if elsewhere := [name for name in images if not name.startswith(f"{registry}/")]:
        return fails(
            f"{', '.join(elsewhere)} would not be pulled from {registry}.",
            "Name the mirror for it in popsink_values; or, where the site reaches that registry, switch this check off "
            "in popsink_preflight_checks.",
        )
    return passes(f"all {len(images)} images come from {registry}")
