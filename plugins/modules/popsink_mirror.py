#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chart and images for a site that does not reach where they are published."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_mirror
short_description: Copy chart and images to a registry or a folder
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - Copies the images of a deployment's pods, further ones, and the chart. What is there already is left alone.
  - To a registry with O(registry), to a folder with O(folder), and with both from that folder to the registry.
  - Images keep their path and their digest. In the mirror, only the registry before it is another.
extends_documentation_fragment:
  - popsink.data_plane.outside
options:
  release:
    description: Name of the release. Not needed from a folder, as the next three.
    type: str
    default: ""
  namespace:
    description: Namespace of the release.
    type: str
    default: ""
  chart:
    description: The chart as the plan gives it, and C(ref), where it was pulled from.
    type: dict
    default: {}
  values:
    description: Planned chart values, with images as they are published.
    type: dict
    default: {}
  images:
    description: Names of further images.
    type: list
    elements: str
    default: []
  registry:
    description: Host of the mirror, with its port and a path where it has them.
    type: str
    default: ""
  folder:
    description: Folder on the host where the module runs.
    type: path
    default: ""
  username:
    description: User that may push to O(registry).
    type: str
    default: ""
  password:
    description: That user's password.
    type: str
    default: ""
  plain_http:
    description: Whether O(registry) is spoken to without TLS.
    type: bool
    default: false
  origin_login:
    description: Logins with which images are pulled where they are published, as a pull secret holds them.
    type: str
    default: ""
  origin_instead:
    description: URLs by which registries are asked from here, by their hosts.
    type: dict
    default: {}
  skopeo:
    description: Name or path of the C(skopeo) program.
    type: str
    default: skopeo
  helm:
    description: Name or path of the C(helm) program.
    type: str
    default: helm
attributes:
  check_mode:
    support: full
    description: Says what would be copied.
  diff_mode:
    support: none
    description: There is nothing to show.
requirements:
  - "PyYAML >= 3.11"
"""

EXAMPLES = r"""
- name: Copy from a folder to the registry of the site
  popsink.data_plane.popsink_mirror:
    folder: /srv/popsink
    registry: mirror.example.com:5000/popsink
    username: pusher
    password: "{{ vaulted_mirror_password }}"
"""

RETURN = r"""
report:
  description: What was copied, one line each, as the action plugin prints them.
  returned: success
  type: list
  elements: str
images:
  description: Names of all images of the mirror, as they are published.
  returned: success
  type: list
  elements: str
chart_refs:
  description: What O(ignore:popsink_chart_ref) is to name at the site; several where a folder holds different charts.
  returned: success
  type: list
  elements: str
"""

from pathlib import Path
from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.chart.pull import HELM_REMEDY, is_local
from ansible_collections.popsink.data_plane.plugins.module_utils.command import find_program
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.images.registry_login import Login, logins_of
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.mirror import (
    Chart,
    Content,
    Mirror,
    Skopeo,
    archive_name,
    copy,
    in_folder,
    published,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.outside import OUTSIDE_ARGUMENT_SPEC
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import literals_in, with_literals
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.pods.workloads import planned_of
from ansible_collections.popsink.data_plane.plugins.module_utils.release.helm import Helm
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module
from ansible_collections.popsink.data_plane.plugins.module_utils.yaml import YAML_IMPORT_ERROR

ARGUMENT_SPEC: dict[str, Any] = {
    **OUTSIDE_ARGUMENT_SPEC,
    "release": {"type": "str", "default": ""},
    "namespace": {"type": "str", "default": ""},
    "chart": {"type": "dict", "default": {}},
    "values": {"type": "dict", "default": {}},
    "images": {"type": "list", "elements": "str", "default": []},
    "registry": {"type": "str", "default": ""},
    "folder": {"type": "path", "default": ""},
    "username": {"type": "str", "default": ""},
    "password": {"type": "str", "default": "", "no_log": True},
    "plain_http": {"type": "bool", "default": False},
    "origin_login": {"type": "str", "default": "", "no_log": True},
    "origin_instead": {"type": "dict", "default": {}},
    "skopeo": {"type": "str", "default": "skopeo"},
    "helm": {"type": "str", "default": "helm"},
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"PyYAML": YAML_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Copy what is not there."""
    registry, folder = params["registry"].rstrip("/"), params["folder"]
    if not registry and not folder:
        raise PopsinkError(
            "There is no mirror to copy to.",
            remedy="Set popsink_mirror_registry, popsink_mirror_folder, or both to copy from the folder.",
        )
    login = Login(registry, params["username"], params["password"]) if params["username"] else None
    mirror = Mirror(
        skopeo=Skopeo(params["skopeo"]),
        helm=find_program(params["helm"], remedy=HELM_REMEDY),
        registry=registry,
        folder=None if registry else Path(folder).absolute(),
        login=login,
        plain_http=params["plain_http"],
    )
    if registry and folder:
        source = Path(folder).absolute()
        content, origin = Content.of(source), in_folder(source)
    else:
        content = _planned(params)
        origin = published(logins_of(params["origin_login"]), params["origin_instead"])
    done = copy(content, origin, mirror, check=context.check)
    refs = [f"oci://{mirror.chart_ref(chart)}" if registry else f"{folder}/{archive_name(chart)}"
            for chart in content.charts]  # fmt: skip
    # Versions of one chart are at one place.
    refs = list(dict.fromkeys(refs))
    hint = [f"at the site, popsink_chart_ref is {' or '.join(refs)}"] if done else []
    return {"changed": bool(done), "report": [*done, *hint], "images": list(content.images), "chart_refs": refs}


def _planned(params: dict[str, Any]) -> Content:
    """The chart, the images of its pods as planned, and further ones."""
    chart, values = params["chart"], params["values"]
    # No image depends on a secret.
    values = with_literals(values, dict.fromkeys(literals_in(values), "-"))
    objects = Helm(params["helm"], {}).template(params["release"], params["namespace"], Path(chart["archive"]), values)
    images = [name for workload in planned_of(objects, params["namespace"]).workloads for name in workload.images]
    ref = str(chart["ref"])
    repository = f"charts/{chart['name']}" if is_local(ref) else ref.removeprefix("oci://").partition("/")[2]
    return Content(
        (Chart(repository, chart["version"], Path(chart["archive"])),),
        tuple(dict.fromkeys([*images, *params["images"]])),
    )


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
