"""What the broker's identity is to be allowed, and whom its role trusts."""

from __future__ import annotations

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.policies import bucket_policy, trust_policy


@pytest.mark.parametrize(
    ("region", "place"),
    [
        ("eu-west-1", "arn:aws:s3:::records"),
        ("cn-north-1", "arn:aws-cn:s3:::records"),
        ("us-gov-west-1", "arn:aws-us-gov:s3:::records"),
    ],
)
def test_bucket_and_its_objects_and_nothing_else(region: str, place: str) -> None:
    statements = bucket_policy("records", region)["Statement"]
    assert [statement["Resource"] for statement in statements] == [place, f"{place}/*"]
    actions = {action for statement in statements for action in statement["Action"]}
    assert {"s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"} < actions
    assert [action for action in actions if "*" in action or "DeleteBucket" in action] == []


def test_key_of_the_bucket() -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/a"
    assert bucket_policy("records", "eu-west-1", key)["Statement"][2] == {
        "Effect": "Allow",
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": key,
    }


def test_role_trusts_the_one_service_account() -> None:
    issuer = "https://oidc.eks.eu-west-1.amazonaws.com/id/ABC"
    (statement,) = trust_policy("arn:aws:iam::123456789012:role/a", issuer, "data", "popsink-tansu")["Statement"]
    provider = "oidc.eks.eu-west-1.amazonaws.com/id/ABC"
    assert statement["Principal"] == {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{provider}"}
    assert statement["Condition"]["StringEquals"] == {
        f"{provider}:aud": "sts.amazonaws.com",
        f"{provider}:sub": "system:serviceaccount:data:popsink-tansu",
    }
