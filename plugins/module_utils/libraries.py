# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Python libraries that a step needs on the host where it runs."""

from __future__ import annotations

from collections.abc import Mapping

from ansible.module_utils.basic import missing_required_lib


def missing(errors: Mapping[str, ImportError | None]) -> str:
    """A message for the first library whose import failed, or an empty string.

    :param errors: library to the error of its import.
    """
    for library, error in errors.items():
        if error is not None:
            return f"{missing_required_lib(library)} ({error})"
    return ""
