#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts of the pinned chart."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_chart_info
short_description: Read what the pinned chart says of itself
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - >-
    Pulls the chart once, keeps it in a cache by its digest, and reads version, default values, components, images and
    sub-charts from its files. A kept archive that was damaged is pulled again.
  - The rest of the collection asks these facts rather than assume what a version contains.
extends_documentation_fragment:
  - popsink.data_plane.outside
options:
  ref:
    description:
      - Where the chart comes from. Either an C(oci://) reference without version, the vendor's or a mirror's.
      - >-
        Or the absolute path of a packaged chart (C(.tgz)) or of a chart's folder, on the host where the module runs.
        Such a chart is read each time. A folder is packaged into the cache; folders of version control, and links
        that lead out of the chart, are left out, and its sub-charts must be in it.
    type: str
    required: true
  version:
    description:
      - The exact version. Required for a chart that is pulled.
      - A chart on the host must be of this version; empty for the one that it is.
    type: str
    default: ""
  plain_http:
    description: Pull over unencrypted HTTP.
    type: bool
    default: false
  username:
    description:
      - User of the registry. Empty for the login that Helm keeps for whoever runs it (C(helm registry login)), or for
        none.
    type: str
    default: ""
  password:
    description:
      - Password or token of O(username).
      - It is handed to Helm in memory; where the system is not Linux, in a file that only this user can read and that
        is removed with the end of the pull.
    type: str
    default: ""
  ca_file:
    description:
      - Path on the host of the PEM certificates of the authority that signed the registry's. Empty for those of the
        system.
    type: str
    default: ""
  helm:
    description: Name or path of the C(helm) program.
    type: str
    default: helm
  inputs:
    description: How the names of the inputs begin that O(ref) and O(plain_http) come from, for messages.
    type: str
    default: popsink_chart
  cache:
    description:
      - Folder of the cache. Empty for C($XDG_CACHE_HOME/popsink/charts); a user whose home cannot be written to gets
        one among the temporary files.
    type: str
    default: ""
attributes:
  check_mode:
    support: full
    description: Reads in check mode as well.
  diff_mode:
    support: none
    description: Nothing to show.
requirements:
  - "PyYAML >= 3.11"
"""

EXAMPLES = r"""
- name: Read the chart
  popsink.data_plane.popsink_chart_info:
    ref: oci://ghcr.io/popsink/charts/data-plane
    version: 0.1.0-alpha.205
  register: result

- name: Read it from a mirror with a login and a certificate of its own
  popsink.data_plane.popsink_chart_info:
    ref: oci://registry.example.com/popsink/data-plane
    version: 0.1.0-alpha.205
    username: mirror
    password: "{{ vault_mirror_password }}"
    ca_file: /etc/ssl/certs/example-ca.pem

- name: Read one that was carried to the host
  popsink.data_plane.popsink_chart_info:
    ref: /srv/popsink/data-plane-0.1.0-alpha.205.tgz
"""

RETURN = r"""
chart:
  description: Facts of the chart, to be handed to the modules that need them.
  returned: success
  type: dict
  contains:
    name:
      description: The chart's name.
      type: str
    version:
      description: The chart's version.
      type: str
    app_version:
      description: Version of the application.
      type: str
    kube_version:
      description: Versions of Kubernetes that the chart takes, empty when it does not tell.
      type: str
      sample: ">=1.23.0-0"
    digest:
      description: SHA-256 of the archive.
      type: str
    archive:
      description: Path of the archive on the host.
      type: str
    default_values:
      description: Default values, those of sub-charts under their names.
      type: dict
    subcharts:
      description: Names of the sub-charts.
      type: list
      elements: str
    components:
      description: >-
        What the chart runs beside the data plane itself, by block of the default values: blocks that have an image and
        can be switched off, and sub-charts that have an image.
      type: list
      elements: str
      sample: [kora, kotatsu, postgresql, tansu]
    images:
      description: >-
        The images that the default values name, by the dotted path of their block. Without a tag where the default
        values have none.
      type: dict
      sample: {tansu.image: registry.example.com/popsink/tansu:1.2.3}
    secret_blocks:
      description: >-
        The blocks that take an C(existingSecret), by dotted path, each with its C(secretKeys), purpose to key within
        the Secret; empty where the chart does not tell them.
      type: dict
      sample: {jwt: {secret: jwt-secret}}
    has_schema:
      description: Whether the chart has a C(values.schema.json), by which Helm refuses values.
      type: bool
    notes:
      description: The vendor's comments directly above the tags of images in the default values, by dotted path.
      type: dict
      sample: {tansu.image.tag: Stop every broker before this tag is changed.}
"""

import json
from pathlib import Path
from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.chart.archive import read_chart
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.pull import (
    INPUTS,
    Access,
    cache_folder,
    is_local,
    local_chart,
    pulled_chart,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.outside import OUTSIDE_ARGUMENT_SPEC
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module
from ansible_collections.popsink.data_plane.plugins.module_utils.yaml import YAML_IMPORT_ERROR

ARGUMENT_SPEC: dict[str, Any] = {
    **OUTSIDE_ARGUMENT_SPEC,
    "ref": {"type": "str", "required": True},
    "version": {"type": "str", "default": ""},
    "plain_http": {"type": "bool", "default": False},
    "username": {"type": "str", "default": ""},
    "password": {"type": "str", "default": "", "no_log": True},
    "ca_file": {"type": "str", "default": ""},
    "helm": {"type": "str", "default": "helm"},
    "inputs": {"type": "str", "default": INPUTS},
    "cache": {"type": "str", "default": ""},
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"PyYAML": YAML_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Pull where needed, and read. The cache is written in check mode too: it is no state of the deployment."""
    ref, version = params["ref"], params["version"]
    cache = Path(params["cache"] or cache_folder())
    if is_local(ref):
        chart = read_chart(local_chart(ref, cache=cache, inputs=params["inputs"]), version=version, local=ref)
    else:
        given = ("plain_http", "username", "password", "ca_file", "inputs")
        access = Access(**{name: params[name] for name in given})
        chart = read_chart(pulled_chart(ref, version, helm=params["helm"], cache=cache, access=access), version=version)
    facts = chart.as_dict()
    if params["password"] and params["password"] in json.dumps(facts, ensure_ascii=False):
        # Ansible masks a password wherever it stands in a result: the facts would be others, and nobody would notice.
        raise PopsinkError(
            "popsink_chart_password is a text that stands in the chart's own files, where it would be masked.",
            remedy="Give the registry's user a password that cannot be guessed.",
        )
    return {"changed": False, "chart": facts}


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
