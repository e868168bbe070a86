"""Where the broker keeps its records: what each kind becomes, and which combinations are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import failures
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import Plan, literal
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.storage import uses_bucket
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import dig

from tests.unit.plugins.samples import ALL, inputs

Charts = Callable[[str], ChartFacts]

ROLE = "arn:aws:iam::123:role/popsink"
IRSA = {"s3_auth": "irsa", "s3_irsa_role_arn": ROLE}
AZURE = {"storage_type": "azure", "azure_account": "acc", "azure_container": "rec"}
IDENTITY = {**AZURE, "azure_client_id": "an-id"}
POSTGRESQL: dict[str, Any] = {"storage_type": "postgresql", "bucket": "", "bucket_region": ""}
WORKLOAD = "azure.workload.identity"


def planned(chart: ChartFacts, changes: dict[str, Any]) -> Plan:
    return build_plan(inputs(**changes), chart, ALL)


@pytest.mark.parametrize(
    ("name", "changes", "path", "value"),
    [
        ("60", {}, "tansu.storage.engine", "s3://records/kafka/"),
        ("205", {}, "kodansu.storage.engine", "s3://records/kafka/"),
        ("205", {"s3_endpoint": "https://s3.example"}, "kodansu.storage.aws.allowHttp", False),
        ("205", {"s3_endpoint": "HTTP://s3.example"}, "kodansu.storage.aws.allowHttp", True),
        ("205", {}, "kodansu.storage.aws.allowHttp", None),
        ("205", {}, "kodansu.storage.aws.irsaRoleArn", None),
        ("205", {}, "kodansu.storage.aws.existingSecret", "popsink-vault-broker-storage"),
        ("205", IRSA, "kodansu.storage.aws.irsaRoleArn", ROLE),
        ("205", IRSA, "kodansu.storage.aws.existingSecret", None),
        ("205", IRSA, "kodansu.storage.aws.assumedRoleArn", None),
        ("205", {**IRSA, "s3_assumed_role_arn": "arn:b"}, "kodansu.storage.aws.assumedRoleArn", "arn:b"),
        ("205", {"s3_assumed_role_arn": "arn:b"}, "kodansu.storage.aws.assumedRoleArn", "arn:b"),
        ("205", {"s3_auth": "ambient"}, "kodansu.storage.aws", {"region": "eu-west-1"}),
        ("205", IDENTITY, "kodansu.storage.engine", "abfss://rec@acc.dfs.core.windows.net/kafka/"),
        ("205", {**IDENTITY, "bucket_prefix": ""}, "kodansu.storage.engine", "abfss://rec@acc.dfs.core.windows.net/"),
        ("205", IDENTITY, "kodansu.storage.aws", {"region": "eu-west-1"}),
        ("205", {**IDENTITY, "bucket_region": ""}, "kodansu.storage.aws", {"region": "unused"}),
        ("205", IDENTITY, "kodansu.podLabels", {f"{WORKLOAD}/use": "true"}),
        ("205", IDENTITY, "kodansu.serviceAccount.annotations", {f"{WORKLOAD}/client-id": "an-id"}),
        ("205", IDENTITY, "kodansu.extraEnvVarsSecret", None),
        ("205", {**AZURE, "azure_environment_secret": "env"}, "kodansu.extraEnvVarsSecret", "env"),
        ("205", {**AZURE, "azure_environment_secret": "env"}, "kodansu.podLabels", None),
        ("60", POSTGRESQL, "tansu.storage.engine", literal("storage_postgresql_url")),
        ("60", POSTGRESQL, "tansu.storage.aws", {"region": "unused"}),
        ("60", {**POSTGRESQL, "bucket_region": "here"}, "tansu.storage.aws", {"region": "here"}),
        ("205", {"kafka_mode": "external", "kafka_bootstrap_server": "k:9092"}, "kodansu.storage", None),
    ],
)
def test_values(chart_of: Charts, name: str, changes: dict[str, Any], path: str, value: Any) -> None:
    assert dig(planned(chart_of(name), changes).values, path) == value


#: Chart, inputs, and the one finding: its id and the variables that it names.
REFUSED: dict[str, tuple[str, dict[str, Any], str, tuple[str, ...]]] = {
    "no bucket": ("205", {"bucket": ""}, "storage.bucket", ("popsink_bucket",)),
    "a placeholder": ("205", {"bucket": "<bucket>"}, "storage.bucket", ("popsink_bucket",)),
    "a name that another store may have": (
        "205",
        {"bucket": "Bad_Bucket"},
        "storage.bucket",
        ("'Bad_Bucket'", "small"),
    ),
    "such a name at an endpoint of AWS": (
        "205",
        {"bucket": "Bad_Bucket", "s3_endpoint": "https://s3.eu-west-1.amazonaws.com"},
        "storage.bucket",
        ("at AWS",),
    ),
    "a name that ends in a hyphen": ("205", {"bucket": "records-"}, "storage.bucket", ("first and last",)),
    "a long name": ("205", {"bucket": "a" * 64}, "storage.bucket", ("3 to 63",)),
    "a name with two dots in a row": ("205", {"bucket": "a..b"}, "storage.bucket", ("two dots",)),
    "an address for a name": ("205", {"bucket": "192.168.5.4"}, "storage.bucket", ("IP address",)),
    "a short name": ("205", {"bucket": "ab"}, "inputs.bucket", ("3 characters",)),
    "a short name at another store": (
        "205",
        {"bucket": "ab", "s3_endpoint": "http://s3.example"},
        "inputs.bucket",
        ("3 characters",),
    ),
    "no region": ("205", {"bucket_region": ""}, "storage.region", ("popsink_bucket_region",)),
    "no region beside an endpoint": (
        "205",
        {"bucket_region": "", "s3_endpoint": "http://s3.example"},
        "storage.region",
        ("popsink_bucket_region",),
    ),
    "endpoint of another kind": ("205", {"s3_endpoint": "ftp://x"}, "storage.endpoint", ("popsink_s3_endpoint",)),
    "endpoint with the bucket": (
        "205",
        {"s3_endpoint": "http://s3.example:9000/records"},
        "storage.endpoint",
        ("'http://s3.example:9000/records'", "popsink_bucket,"),
    ),
    "endpoint with a query": ("205", {"s3_endpoint": "http://s3.example/?region=a"}, "storage.endpoint", ("a query",)),
    "endpoint with a fragment": ("205", {"s3_endpoint": "http://s3.example#a"}, "storage.endpoint", ("a query",)),
    "endpoint with a login": (
        "205",
        {"s3_endpoint": "http://user:hush@s3.example:9000"},
        "storage.endpoint",
        ("holds a login", "popsink_s3_secret_access_key"),
    ),
    "endpoint with a login and no scheme": (
        "205",
        {"s3_endpoint": "user:hush@s3.example"},
        "storage.endpoint",
        ("holds a login",),
    ),
    "irsa without role": ("205", {"s3_auth": "irsa"}, "storage.identity", ("popsink_s3_irsa_role_arn",)),
    "role with keys": ("205", {"s3_irsa_role_arn": ROLE}, "storage.identity", ("popsink_s3_irsa_role_arn", "'keys'")),
    "role with the nodes' rights": (
        "205",
        {"s3_irsa_role_arn": ROLE, "s3_auth": "ambient"},
        "storage.identity",
        ("popsink_s3_irsa_role_arn", "'ambient'"),
    ),
    "Azure on an early chart": ("60", IDENTITY, "storage.azure", ("popsink_storage_type", "178")),
    "Azure without account": ("205", {**IDENTITY, "azure_account": ""}, "storage.azure", ("popsink_azure_account",)),
    "Azure without container": (
        "205",
        {**IDENTITY, "azure_container": ""},
        "storage.azure",
        ("popsink_azure_container",),
    ),
    "Azure without identity": (
        "205",
        AZURE,
        "storage.azure",
        ("popsink_azure_client_id", "popsink_azure_environment_secret"),
    ),
    "Azure with two identities": (
        "205",
        {**IDENTITY, "azure_environment_secret": "env"},
        "storage.azure",
        ("popsink_azure_client_id", "popsink_azure_environment_secret"),
    ),
    "PostgreSQL on a late chart": ("205", POSTGRESQL, "storage.postgresql", ("popsink_storage_type", "s3")),
    "PostgreSQL by a value on a late chart": (
        "205",
        {"values": {"kodansu": {"storage": {"engine": literal("x")}}}},
        "storage.values",
        ("popsink_bucket",),
    ),
    "managed Azure": ("205", {**IDENTITY, "bucket_manage": True}, "storage.manage", ("popsink_bucket_manage", "azure")),
    "managed PostgreSQL": ("60", {**POSTGRESQL, "bucket_manage": True}, "storage.manage", ("popsink_bucket_manage",)),
    "a key of no managed bucket": ("205", {"bucket_kms_key": "k"}, "storage.manage", ("popsink_bucket_kms_key",)),
    "a policy of no managed bucket": ("205", {"bucket_policy": {"a": 1}}, "storage.manage", ("popsink_bucket_policy",)),
    "a file of no managed bucket": (
        "205",
        {"bucket_policies_file": "f"},
        "storage.manage",
        ("popsink_bucket_policies_file",),
    ),
    "days that are none": (
        "205",
        {"bucket_manage": True, "bucket_uploads_days": -1},
        "storage.manage",
        ("popsink_bucket_uploads_days", "-1"),
    ),
    "days for old versions that are none": (
        "205",
        {"bucket_manage": True, "bucket_old_versions_days": -1},
        "storage.manage",
        ("popsink_bucket_old_versions_days", "-1"),
    ),
    "Azure's inputs with a bucket": (
        "205",
        {"azure_account": "acc", "azure_container": "rec"},
        "storage.in_vain",
        ("popsink_azure_account", "popsink_azure_container", "popsink_storage_type"),
    ),
    "a role with Azure": (
        "205",
        {**IDENTITY, "s3_irsa_role_arn": ROLE},
        "storage.in_vain",
        ("popsink_s3_irsa_role_arn", "popsink_storage_type"),
    ),
    "an engine that nobody knows": (
        "205",
        {"values": {"kodansu": {"storage": {"engine": "file:///records"}}}},
        "storage.values",
        ("kodansu.storage.engine", "file://"),
    ),
}


@pytest.mark.parametrize(("name", "changes", "id", "words"), REFUSED.values(), ids=REFUSED)
def test_a_combination_that_is_refused(
    chart_of: Charts, name: str, changes: dict[str, Any], id: str, words: tuple[str, ...]
) -> None:
    (wrong,) = failures(planned(chart_of(name), changes).findings)
    said = f"{wrong.found} {wrong.remedy}"
    assert (wrong.id, [word for word in words if word not in said]) == (id, [])


@pytest.mark.parametrize("endpoint", ["http://user:hush@s3.example", "user:hush@s3.example", "http://s3.example/?hush"])
def test_no_secret_of_an_endpoint_is_shown(chart_205: ChartFacts, endpoint: str) -> None:
    assert "hush" not in str(failures(planned(chart_205, {"s3_endpoint": endpoint}).findings))


@pytest.mark.parametrize(
    ("bucket", "endpoint"),
    [
        ("abc", ""),
        ("a" * 63, ""),
        ("my.bucket-1", ""),
        ("192.168.5.4.5", ""),
        ("Bad_Bucket", "http://s3.example"),
        ("a" * 64, "http://s3.example"),
    ],
)
def test_names_of_buckets_that_their_store_takes(chart_205: ChartFacts, bucket: str, endpoint: str) -> None:
    assert failures(planned(chart_205, {"bucket": bucket, "s3_endpoint": endpoint}).findings) == []


@pytest.mark.parametrize("endpoint", ["http://s3.example:9000/", "https://s3.example"])
def test_an_endpoint_may_end_in_a_slash(chart_205: ChartFacts, endpoint: str) -> None:
    assert failures(planned(chart_205, {"s3_endpoint": endpoint}).findings) == []


@pytest.mark.parametrize("name", ["60", "74", "91", "127"])
def test_early_charts_take_postgresql(chart_of: Charts, name: str) -> None:
    assert failures(planned(chart_of(name), POSTGRESQL).findings) == []


@pytest.mark.parametrize(
    ("changes", "used"),
    [({}, True), (IDENTITY, False), (POSTGRESQL, False), ({"kafka_mode": "external"}, False)],
    ids=["bucket", "Azure", "PostgreSQL", "own Kafka"],
)
def test_whether_there_is_a_bucket(changes: dict[str, Any], used: bool) -> None:
    assert uses_bucket(inputs(**changes)) is used


@pytest.mark.parametrize("changes", [IRSA, {"s3_auth": "ambient"}, IDENTITY], ids=["role", "nodes", "Azure"])
def test_where_there_are_no_keys_none_are_asked_for(chart_205: ChartFacts, changes: dict[str, Any]) -> None:
    known = ALL - {"s3_access_key_id", "s3_secret_access_key"}
    assert failures(build_plan(inputs(**changes), chart_205, known).findings) == []


def test_the_url_of_a_postgresql_store_must_be_supplied(chart_of: Charts) -> None:
    plan = build_plan(inputs(**POSTGRESQL), chart_of("60"), ALL - {"storage_postgresql_url"})
    assert [finding.found for finding in failures(plan.findings)] == ["popsink_storage_postgresql_url is not set."]
