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
    Pulls the chart once, keeps it in a cache by its digest, and reads version, default values and sub-charts from
    its files.
  - The rest of the collection asks these facts rather than assume what a version contains.
options:
  ref:
    description: Where the chart comes from, an C(oci://) reference without version.
    type: str
    required: true
  version:
    description: The exact version.
    type: str
    required: true
  plain_http:
    description: Pull over unencrypted HTTP.
    type: bool
    default: false
  helm:
    description: Name or path of the C(helm) program.
    type: str
    default: helm
  cache:
    description: Folder of the cache. Empty for C($XDG_CACHE_HOME/popsink/charts).
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
"""

from pathlib import Path
from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.chart.archive import read_chart
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.pull import cache_folder, pulled_chart
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module
from ansible_collections.popsink.data_plane.plugins.module_utils.yaml import YAML_IMPORT_ERROR

ARGUMENT_SPEC: dict[str, Any] = {
    "ref": {"type": "str", "required": True},
    "version": {"type": "str", "required": True},
    "plain_http": {"type": "bool", "default": False},
    "helm": {"type": "str", "default": "helm"},
    "cache": {"type": "str", "default": ""},
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"PyYAML": YAML_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Pull where needed, and read. The cache is written in check mode too: it is no state of the deployment."""
    archive = pulled_chart(
        params["ref"],
        params["version"],
        helm=params["helm"],
        plain_http=params["plain_http"],
        cache=Path(params["cache"] or cache_folder()),
    )
    return {"changed": False, "chart": read_chart(archive).as_dict()}


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
