# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""YAML, with libyaml where it is there."""

from __future__ import annotations

import re
from functools import cache
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

_INT, _FLOAT = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"


def load_yaml(text: str | bytes) -> Any:
    """The one document of a YAML text.

    :raises YAMLError: the text is not YAML.
    """
    return yaml.load(text, Loader=_loader())  # noqa: S506 - always a safe loader


def load_manifest(text: str) -> list[Any]:
    """All documents of a rendered manifest, read as Kubernetes reads them: dates and times of day are text."""
    return [document for document in yaml.load_all(text, Loader=_manifest_loader()) if document]


@cache
def _manifest_loader() -> Any:
    class ManifestLoader(_loader()):  # type: ignore[misc]
        """YAML 1.1 without dates, base 60 and the ``=`` key."""

    left_out = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value", _INT, _FLOAT)
    ManifestLoader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in left_out]
        for first, resolvers in ManifestLoader.yaml_implicit_resolvers.items()
    }
    number = r"[-+]?(?:0|[1-9][0-9]*)"
    ManifestLoader.add_implicit_resolver(_INT, re.compile(f"^{number}$"), list("-+0123456789"))
    real = r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$|^[-+]?\.inf$|^\.nan$"
    ManifestLoader.add_implicit_resolver(_FLOAT, re.compile(real), list("-+0123456789."))
    return ManifestLoader


def dump_yaml(data: Any, *, ordered: bool = False) -> str:
    """Block style, in the order given.

    :param ordered: by name instead, so that two texts differ only where their data do.
    """
    return str(yaml.dump(data, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=ordered))


def _loader() -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)
