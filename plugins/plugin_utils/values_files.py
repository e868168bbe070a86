# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of chart values that an inventory hands in (``popsink_values_files``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, reduce
from typing import Any

from ansible.module_utils.common.validation import check_type_list
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.sensitive import masked
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.translation import Translation, translated
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import merged

from .answers import listed

VARIABLE = "popsink_values_files"


class ValuesFiles:
    """Their content, and what it says."""

    def __init__(self, contents: Mapping[str, dict[str, Any]]) -> None:
        """
        :param contents: chart values by the file's name, in the order in which later ones win.
        """
        self._contents = contents

    @classmethod
    def read(cls, names: Any, content: Callable[[str, str], Any]) -> ValuesFiles:
        """
        :param names: the input's value.
        :param content: gives a file's parsed content, None where there is none, from how people call it and its name.
        :raises PopsinkError: a file is not there, or does not hold chart values.
        """
        names = listed(names)
        contents = {}
        for name in filter(None, map(str, names if isinstance(names, list) else check_type_list(names or []))):
            values = content(f"{VARIABLE} ({name})", name)
            if values is None:
                raise PopsinkError(
                    f"{VARIABLE} names {name}, which does not exist or is empty.",
                    remedy="Correct the path; a relative one begins at the inventory's folder.",
                )
            if not isinstance(values, dict):
                raise PopsinkError(
                    f"{VARIABLE} ({name}) does not hold chart values.",
                    remedy="It must be YAML with keys and values, as Helm takes it.",
                )
            contents[name] = values
        return cls(contents)

    @cached_property
    def said(self) -> Translation:
        """What all of them say together, as inputs, secrets, identity, and the rest."""
        return translated(reduce(merged, self._contents.values(), {}))

    def with_secrets(self) -> list[str]:
        """Names of the files that hold one, or what looks like one."""
        return [name for name, values in self._contents.items() if _has_secrets(translated(values))]


def _has_secrets(said: Translation) -> bool:
    return bool(said.secrets or "deploymentJwtToken" in said.identity or masked(said.rest) != said.rest)
