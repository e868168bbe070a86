# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""YAML, with libyaml where it is there."""

from __future__ import annotations

from typing import Any

YAML_IMPORT_ERROR: ImportError | None
try:
    import yaml
except ImportError as error:
    YAML_IMPORT_ERROR = error

    class YAMLError(Exception):
        """Stands in for PyYAML's own where that is missing."""

else:
    YAML_IMPORT_ERROR = None
    YAMLError = yaml.YAMLError  # type: ignore[misc,assignment]


def load_yaml(text: str | bytes) -> Any:
    """The one document of a YAML text.

    :raises YAMLError: the text is not YAML.
    """
    return yaml.load(text, Loader=_loader())  # noqa: S506 - always a safe loader


def load_all_yaml(text: str | bytes) -> list[Any]:
    """All documents of a YAML text that are not empty."""
    return [document for document in yaml.load_all(text, Loader=_loader()) if document]


def dump_yaml(data: Any) -> str:
    """Block style, in the order given."""
    return str(yaml.dump(data, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False))


def _loader() -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)
