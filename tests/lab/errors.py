"""What a person can do something about."""

from __future__ import annotations


class LabError(Exception):
    """Ends the command; the message says what is wrong and what to do, in one line where that is possible."""
