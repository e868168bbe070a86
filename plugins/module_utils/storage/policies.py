# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the broker's identity is to be allowed, for those who grant it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

#: Of AWS's policy language.
_VERSION = "2012-10-17"


def bucket_policy(bucket: str, region: str, kms_key: str = "") -> dict[str, Any]:
    """What the broker does in its bucket, which is its own: not every broker keeps to a prefix.

    :param kms_key: ARN of the key that encrypts the bucket; empty for none.
    """
    place = f"arn:{_partition(region)}:s3:::{bucket}"
    objects = [f"s3:{action}" for action in ("GetObject", "PutObject", "DeleteObject", "AbortMultipartUpload")]
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": place},
        {"Effect": "Allow", "Action": [*objects, "s3:ListMultipartUploadParts"], "Resource": f"{place}/*"},
    ]
    if kms_key:
        statements.append({"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": kms_key})
    return {"Version": _VERSION, "Statement": statements}


def trust_policy(role: str, issuer: str, namespace: str, account: str) -> dict[str, Any]:
    """Who may take on the broker's role: its service account, and nobody else in the cluster.

    :param role: its ARN.
    :param issuer: URL of the cluster's OIDC issuer.
    :param account: name of the service account.
    """
    _arn, partition, _iam, _region, owner, *_name = [*role.split(":"), "", "", "", "", ""]
    parts = urlsplit(issuer)
    provider = f"{parts.netloc}{parts.path}".rstrip("/")
    condition = {
        f"{provider}:aud": "sts.amazonaws.com",
        f"{provider}:sub": f"system:serviceaccount:{namespace}:{account}",
    }
    return {
        "Version": _VERSION,
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": f"arn:{partition}:iam::{owner}:oidc-provider/{provider}"},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": condition},
            }
        ],
    }


def _partition(region: str) -> str:
    """The part of AWS that a region belongs to, as ARNs have it."""
    starts = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
    return next((name for start, name in starts.items() if region.startswith(start)), "aws")
