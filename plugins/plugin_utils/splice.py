# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changing one entry of a YAML mapping as text, with all else as people wrote it.

A YAML library finds the place; it does not write, since it would drop or reformat comments, marks and vaulted blocks.
"""

from __future__ import annotations

import yaml


def spliced(text: str, key: str, entry: str) -> str:
    """A mapping's text with one top-level entry put in, replaced, or removed.

    :param text: ends in a line break.
    :param entry: the whole entry with its line break; empty to remove it. A new one comes last.
    :raises yaml.YAMLError: the text is not YAML.
    """
    place = _place(text, key)
    if place is None:
        return text + entry
    begin, end = place
    return text[:begin] + entry + text[end:]


def _place(text: str, key: str) -> tuple[int, int] | None:
    """Where an entry begins and ends, its line break included."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    for name, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if name.value != key:
            continue
        begin = name.start_mark.index
        # The end of a block takes in the empty lines after it, which are not its own.
        end = begin + len(text[begin : value.end_mark.index].rstrip())
        line_end = text.find("\n", end)
        # A comment behind the value goes with it.
        return begin, len(text) if line_end < 0 else line_end + 1
    return None
