# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with the bucket that the broker is to keep its records in: its name, its place, and its management."""

from __future__ import annotations

import re

from ..findings import Finding, failed
from ..secrets.rules import not_a_placeholder
from ..urls import is_aws, web_url
from .forms import FORMS
from .inputs import Inputs

_NAME_AT_AWS = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"[0-9]+(\.[0-9]+){3}")


def bucket_findings(inputs: Inputs) -> list[Finding]:
    """What no store takes, or is asked for and not done."""
    return [*_name_and_region(inputs), *_endpoint(inputs.s3_endpoint), *_managed(inputs)]


def _name_and_region(inputs: Inputs) -> list[Finding]:
    findings = []
    if not inputs.bucket:
        findings.append(
            failed(
                "storage.bucket",
                "popsink_bucket is not set.",
                "Name the bucket that the broker keeps its records in; each deployment needs one of its own.",
            )
        )
    elif not_a_placeholder(inputs.bucket):
        findings.append(
            failed("storage.bucket", f"popsink_bucket is {inputs.bucket!r}, a placeholder.", "Name your bucket.")
        )
    elif FORMS["bucket"].fits(inputs.bucket) and is_aws(inputs.s3_endpoint) and not _is_name_of_aws(inputs.bucket):
        findings.append(
            failed(
                "storage.bucket",
                f"popsink_bucket is {inputs.bucket!r}, which is no name of a bucket at AWS.",
                "Give 3 to 63 small letters, digits, dots and hyphens, a letter or digit first and last, no two "
                "dots in a row, and no IP address.",
            )
        )
    if not inputs.bucket_region:
        findings.append(
            failed(
                "storage.region",
                "popsink_bucket_region is not set.",
                "Name the bucket's region; for a store without regions any name will do, but there must be one.",
            )
        )
    return findings


def _is_name_of_aws(bucket: str) -> bool:
    """Whether AWS's rules for names of buckets allow one; those about special prefixes and suffixes are left to AWS."""
    return _NAME_AT_AWS.fullmatch(bucket) is not None and ".." not in bucket and not _ADDRESS.fullmatch(bucket)


def _endpoint(endpoint: str) -> list[Finding]:
    """What of the store's URL is no place of a store; a login is not shown."""
    url = web_url(endpoint)
    if "@" in endpoint:
        return [
            failed(
                "storage.endpoint",
                "popsink_s3_endpoint holds a login, which the store does not read there.",
                "Give scheme, host and port alone, and the broker's key in popsink_s3_access_key_id and "
                "popsink_s3_secret_access_key.",
            )
        ]
    if endpoint and url is None:
        return [
            failed(
                "storage.endpoint",
                f"popsink_s3_endpoint is {endpoint!r}, which is not a URL with scheme and host.",
                "Begin it with https:// or http://, followed by the host.",
            )
        ]
    if url is not None and (url.path.strip("/") or "?" in endpoint or "#" in endpoint):
        return [
            failed(
                "storage.endpoint",
                # A query may hold a signature.
                f"popsink_s3_endpoint is {re.split('[?#]', endpoint)[0]!r} with a path or a query, which is more than "
                "the store's place.",
                "Give scheme, host and port alone; the bucket goes into popsink_bucket, and a path within it into "
                "popsink_bucket_prefix.",
            )
        ]
    return []


def _managed(inputs: Inputs) -> list[Finding]:
    """What of a bucket's management cannot be, or is asked for and not done."""
    if not inputs.bucket_manage:
        asked = [name for name in ("kms_key", "policy", "policies_file") if getattr(inputs, f"bucket_{name}")]
        return [
            failed(
                "storage.manage",
                f"popsink_bucket_{name} is set, and popsink_bucket_manage is not: nothing reads it.",
                f"Set popsink_bucket_manage, or remove popsink_bucket_{name}.",
            )
            for name in asked
        ]
    return [
        failed("storage.manage", f"popsink_bucket_{name} is {days}.", "Give a number of days, or 0 for never.")
        for name in ("old_versions_days", "uploads_days")
        if (days := getattr(inputs, f"bucket_{name}")) is not None or name == "uploads_days"
        if not isinstance(days, int) or days < 0
    ]
