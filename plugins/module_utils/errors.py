# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error that the collection raises on purpose."""

from __future__ import annotations

from typing import Any


class PopsinkError(Exception):
    """Something that the user can mend.

    :param message: what was found, without any secret value, naming the variable or the object.
    :param remedy: what to do about it; appended to the message.
    :param details: further keys for the task's result (JSON-like, no secrets).
    """

    def __init__(self, message: str, *, remedy: str = "", details: dict[str, Any] | None = None) -> None:
        super().__init__(f"{message} {remedy}".strip())
        self.details = details or {}
