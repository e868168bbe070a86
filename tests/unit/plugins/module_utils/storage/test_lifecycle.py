"""Lifecycle rules."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.lifecycle import harm, rules_in

EXPIRES = "<Expiration><Days>1</Days></Expiration>"


def rules(*inner: str, status: str = "Enabled") -> ElementTree.Element:
    whole = "".join(f"<Rule><ID>r</ID><Status>{status}</Status>{rule}</Rule>" for rule in inner)
    return ElementTree.fromstring(f"<LifecycleConfiguration>{whole}</LifecycleConfiguration>")  # noqa: S314


@pytest.mark.parametrize(
    ("rule", "harms"),
    [
        (EXPIRES, ["rule r deletes objects"]),
        (f"<Prefix>kafka/</Prefix>{EXPIRES}", ["rule r deletes objects"]),
        (f"<Filter><Prefix></Prefix></Filter>{EXPIRES}", ["rule r deletes objects"]),
        (f"<Filter><Prefix>ka</Prefix></Filter>{EXPIRES}", ["rule r deletes objects"]),
        (f"<Filter><Prefix>kafka/clusters/</Prefix></Filter>{EXPIRES}", ["rule r deletes objects"]),
        (f"<Filter><Prefix>logs/</Prefix></Filter>{EXPIRES}", []),
        (f"<Filter><And><Prefix>logs/</Prefix></And></Filter>{EXPIRES}", []),
        (f"<Filter><Tag><Key>a</Key></Tag></Filter>{EXPIRES}", []),
        (f"<Filter><ObjectSizeGreaterThan>9</ObjectSizeGreaterThan></Filter>{EXPIRES}", ["rule r deletes objects"]),
        ("<Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration>", ["rule r deletes objects"]),
        ("<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>", []),
        ("<NoncurrentVersionExpiration><NoncurrentDays>9</NoncurrentDays></NoncurrentVersionExpiration>", []),
        (
            "<Transition><StorageClass>DEEP_ARCHIVE</StorageClass></Transition>",
            ["rule r moves objects to DEEP_ARCHIVE"],
        ),
        ("<Transition><StorageClass>STANDARD_IA</StorageClass></Transition>", []),
        ("", []),
    ],
)
def test_what_a_rule_does_to_records(rule: str, harms: list[str]) -> None:
    assert harm(rules_in(rules(rule)), "kafka/") == harms


def test_a_rule_that_is_off_does_nothing() -> None:
    assert rules_in(rules(EXPIRES, status="Disabled")) == []


@pytest.mark.parametrize(
    ("rule", "covered"),
    [
        ("", True),
        ("<Filter><Prefix>ka</Prefix></Filter>", True),
        ("<Filter><Prefix>kafka/clusters/</Prefix></Filter>", False),
        ("<Filter><And><Prefix>kafka/</Prefix><Tag><Key>a</Key></Tag></And></Filter>", False),
        ("<Filter><ObjectSizeLessThan>9</ObjectSizeLessThan></Filter>", False),
    ],
)
def test_whether_a_rule_is_for_all_records(rule: str, covered: bool) -> None:
    (found,) = rules_in(rules(rule))
    assert found.covers("kafka/") is covered
