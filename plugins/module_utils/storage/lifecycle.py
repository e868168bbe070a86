# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a bucket does with objects by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree

#: Storage classes out of which nothing can be read at once.
_ASLEEP = ("GLACIER", "DEEP_ARCHIVE")

#: By which a rule picks objects, other than by their prefix.
_PICKS = ("Tag", "And/Tag", "ObjectSizeGreaterThan", "And/ObjectSizeGreaterThan", "ObjectSizeLessThan",
          "And/ObjectSizeLessThan")  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """One rule that is in force.

    :ivar prefix: of the keys that it is for.
    :ivar tagged: whether it is only for objects with some tag.
    :ivar picks: whether it is not for all objects of its prefix.
    :ivar expires: whether it deletes objects.
    :ivar asleep: the storage class into which it moves objects, out of which they cannot be read; empty for none.
    :ivar expires_old: whether it deletes versions that are no longer current.
    :ivar aborts: whether it deletes the parts of uploads that never ended.
    """

    name: str
    prefix: str = ""
    tagged: bool = False
    picks: bool = False
    expires: bool = False
    asleep: str = ""
    expires_old: bool = False
    aborts: bool = False

    def touches(self, prefix: str) -> bool:
        """Whether objects under a prefix may be its own; none of a broker's has a tag."""
        return not self.tagged and (prefix.startswith(self.prefix) or self.prefix.startswith(prefix))

    def covers(self, prefix: str) -> bool:
        """Whether it is for all objects under a prefix."""
        return not self.picks and prefix.startswith(self.prefix)


def rules_in(document: ElementTree.Element) -> list[Rule]:
    """The rules in force of a lifecycle configuration."""
    return [_rule(rule) for rule in document.iterfind("Rule") if _text(rule, "Status") == "Enabled"]


def harm(rules: Iterable[Rule], prefix: str) -> list[str]:
    """What rules would do to the objects under a prefix, each as the end of a sentence."""
    found = []
    for rule in rules:
        if rule.touches(prefix):
            if rule.expires:
                found.append(f"{rule.name} deletes objects")
            if rule.asleep:
                found.append(f"{rule.name} moves objects to {rule.asleep}")
    return found


def _rule(rule: ElementTree.Element) -> Rule:
    prefix = next(
        (_text(rule, path) for path in ("Filter/And/Prefix", "Filter/Prefix", "Prefix") if _has(rule, path)), ""
    )
    classes = [(element.text or "").strip() for element in rule.iterfind("Transition/StorageClass")]
    tagged = _has(rule, "Filter/Tag") or _has(rule, "Filter/And/Tag")
    return Rule(
        f"rule {_text(rule, 'ID') or 'without a name'}",
        prefix,
        tagged,
        any(_has(rule, f"Filter/{path}") for path in _PICKS),
        _has(rule, "Expiration/Days") or _has(rule, "Expiration/Date"),
        next((name for name in classes if name in _ASLEEP), ""),
        _has(rule, "NoncurrentVersionExpiration"),
        _has(rule, "AbortIncompleteMultipartUpload"),
    )


def _has(rule: ElementTree.Element, path: str) -> bool:
    return rule.find(path) is not None


def _text(rule: ElementTree.Element, path: str) -> str:
    return (rule.findtext(path) or "").strip()
