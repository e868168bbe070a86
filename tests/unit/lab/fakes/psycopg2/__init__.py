"""A PostgreSQL driver without a server: every connection is refused, with the words that the test sets."""

from __future__ import annotations

import os
from typing import Any, NoReturn


class OperationalError(Exception):
    """As the driver's own."""


class InterfaceError(Exception):
    """As the driver's own."""


def connect(**settings: Any) -> NoReturn:
    raise OperationalError(os.environ.get("FAKE_PSYCOPG2", "connection refused").format(**settings))
