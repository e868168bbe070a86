"""A PostgreSQL driver without a server: every connection is refused, with the words that the test sets."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any, NoReturn

#: Only named in annotations.
extensions = sys.modules[f"{__name__}.extensions"] = ModuleType("extensions")


class OperationalError(Exception):
    """As the driver's own."""


class InterfaceError(Exception):
    """As the driver's own."""


def connect(**settings: Any) -> NoReturn:
    raise OperationalError(os.environ.get("FAKE_PSYCOPG2", "connection refused").format(**settings))
