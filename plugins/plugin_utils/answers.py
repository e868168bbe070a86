# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of surveys and extra variables, which arrive as text, taken as what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.validation import check_type_bool
from ansible_collections.popsink.data_plane.plugins.module_utils.yaml import YAMLError, load_yaml


def as_meant(values: Mapping[str, Any], spec: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Values for an argument spec; what Ansible itself takes from text is left to it.

    :return: without empty texts where no text is wanted: that is how surveys say that nothing was answered.
    """
    meant: dict[str, Any] = {}
    for name, value in values.items():
        option = spec.get(name, {})
        kind = option.get("type", "str")
        if isinstance(value, Mapping) and option.get("options"):
            meant[name] = as_meant(value, option["options"])
        elif not isinstance(value, str) or (kind in ("str", "path", "raw") and not option.get("choices")):
            meant[name] = value
        elif value.strip() or value in (option.get("choices") or ()):
            meant[name] = listed(value) if kind == "list" else _switch(value) if kind == "bool" else value
    return meant


def listed(value: Any) -> Any:
    """A list that was written as text: as YAML, or an entry a line, as AWX joins what was chosen.

    Anything else is given back as it is; Ansible splits text at commas.
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.startswith(("[", "- ")):
        try:
            entries = load_yaml(text)
        except YAMLError:
            return value
        return entries if isinstance(entries, list) else value
    return [entry for line in text.splitlines() if (entry := line.strip())] if "\n" in value else value


def _switch(value: str) -> Any:
    try:
        return check_type_bool(value)
    except TypeError:
        # The module names the option.
        return value
