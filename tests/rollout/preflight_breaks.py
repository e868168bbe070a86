"""Ways to break what a rollout needs, for real; each is mended when its context ends."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import yaml
from minio import MinioAdmin
from minio.credentials.providers import StaticProvider

from tests.lab.deployed import RELEASE

from .clock import clock_server
from .looking import EXPIRE_OLD, Place

#: Gives the variables of the run; what it does besides ends with it.
Break = Callable[[Place], AbstractContextManager[dict[str, Any]]]


def variables(**extra: Any) -> Break:
    """Broken by variables alone."""

    @contextmanager
    def broken(_place: Place) -> Iterator[dict[str, Any]]:
        yield extra

    return broken


def applied(manifest: str, **extra: Any) -> Break:
    """Broken by objects."""

    @contextmanager
    def broken(place: Place) -> Iterator[dict[str, Any]]:
        with place.applied(manifest):
            yield extra

    return broken


def commanded(there: str, back: str, **extra: Any) -> Break:
    """Broken, and mended, by commands of kubectl."""

    @contextmanager
    def broken(place: Place) -> Iterator[dict[str, Any]]:
        with place.commanded(there, back):
            yield extra

    return broken


def certificate(name: str, host: str, **dates: float) -> Break:
    """A certificate that is not as it should be."""

    @contextmanager
    def broken(place: Place) -> Iterator[dict[str, Any]]:
        place.certificate(name, host, **dates)
        try:
            yield {"popsink_ingress_tls_secret": name}
        finally:
            place.kubectl("delete", "secret", name)

    return broken


def class_of(name: str, provisioner: str, **parameters: str) -> str:
    """A StorageClass."""
    return yaml.safe_dump(
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": name},
            "provisioner": provisioner,
            "parameters": parameters,
        }
    )


@contextmanager
def bucket_rules(place: Place) -> Iterator[dict[str, Any]]:
    """A bucket that forgets, and keeps no versions."""
    place.versioning("Suspended")
    place.lifecycle([{"ID": "all", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}])
    try:
        yield {}
    finally:
        place.lifecycle([EXPIRE_OLD])
        place.versioning("Enabled")


@contextmanager
def records_of_somebody(place: Place) -> Iterator[dict[str, Any]]:
    """A bucket in which somebody's records lie already."""
    bucket, key = place.deployed.s3["bucket"], "kafka/clusters/other/meta/cluster.json"
    version = place.bucket.put_object(Bucket=bucket, Key=key, Body=b"{}")["VersionId"]
    try:
        yield {}
    finally:
        place.bucket.delete_object(Bucket=bucket, Key=key, VersionId=version)


@contextmanager
def key_that_only_reads(place: Place) -> Iterator[dict[str, Any]]:
    """A key of the broker's that may not write."""
    s3 = place.deployed.lab["s3"]
    root = StaticProvider(s3["root_user"], s3["root_password"])
    endpoint = s3["endpoint"].removeprefix("http://")
    administration = MinioAdmin(endpoint=endpoint, credentials=root, secure=False, region=s3["region"])
    bucket = place.deployed.s3["bucket"]
    statement = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    administration.policy_add("reader", policy={"Version": "2012-10-17", "Statement": [statement]})
    administration.user_add("reader", "only-for-reading")
    administration.policy_set("reader", user="reader")
    try:
        yield {"popsink_s3_access_key_id": "reader", "popsink_s3_secret_access_key": "only-for-reading"}
    finally:
        administration.user_remove("reader")
        administration.policy_remove("reader")


@contextmanager
def wrong_token(place: Place) -> Iterator[dict[str, Any]]:
    """A deployment token that the control plane does not take."""
    snippet = place.deployed.snippet
    head, claims, _signature = snippet["deploymentJwtToken"]["token"].split(".")
    yield {"popsink_onboarding": {**snippet, "deploymentJwtToken": {"token": f"{head}.{claims}.bm90LWl0"}}}


@contextmanager
def token_of_another(place: Place) -> Iterator[dict[str, Any]]:
    """A Secret of somebody else's with the token of another deployment."""
    from .playbook import LAB, hand_out  # the other one is made only where this is wanted

    hand_out("another")
    token = yaml.safe_load((LAB / "deployments/another/values-control-plane.yaml").read_text())["deploymentJwtToken"]
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "their-token"},
              "stringData": {"token": token["token"]}}  # fmt: skip
    with place.applied(json.dumps(secret)):
        yield {
            "popsink_existing_secrets": {"deploymentJwtToken": "their-token"},
            "popsink_secret_keys": {"deploymentJwtToken": {"token": "token"}},
        }


@contextmanager
def another_clock(place: Place) -> Iterator[dict[str, Any]]:
    """A control plane whose clock is an hour behind."""
    with clock_server(behind=3600) as url:
        yield {"popsink_onboarding": {**place.deployed.snippet, "controlPlaneUrl": url}}


@contextmanager
def other_pull_token(place: Place) -> Iterator[dict[str, Any]]:
    """A pull token of another project, which the registry does not take."""
    account = json.loads(Path(place.deployed.lab["pull_token_file"]).read_text())
    yield {"popsink_image_pull_token": {**account, "project_id": "another-project", "private_key_id": "0" * 40}}


@contextmanager
def same_id_elsewhere(place: Place) -> Iterator[dict[str, Any]]:
    """A deployment in another namespace that has this one's id."""
    found = place.kubectl("get", "pods", "--all-namespaces", "--output=json",
                          "--selector=app.kubernetes.io/component=data-plane")  # fmt: skip
    assert json.loads(found)["items"], "a deployment must run somewhere"
    namespace = json.loads(found)["items"][0]["metadata"]["namespace"]
    from tests.lab.deployed import Deployed

    from .playbook import LAB

    yield {"popsink_onboarding": Deployed(LAB, namespace).snippet}


def revision(status: str) -> Break:
    """A revision that Helm left behind, in a Secret as Helm keeps it."""
    content = {
        "name": RELEASE,
        "version": 1,
        "info": {"status": status, "last_deployed": "2026-01-02T03:04:05Z"},
        "chart": {"metadata": {"version": "0.1.0-alpha.205"}},
        "manifest": "",
    }
    packed = base64.b64encode(gzip.compress(json.dumps(content).encode()))
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": f"sh.helm.release.v1.{RELEASE}.v1",
            "labels": {"owner": "helm", "name": RELEASE, "version": "1", "status": status},
        },
        "type": "helm.sh/release.v1",
        "data": {"release": base64.b64encode(packed).decode()},
    }
    return applied(json.dumps(secret))


@contextmanager
def namespace_that_goes(place: Place) -> Iterator[dict[str, Any]]:
    """A namespace that is being deleted, and held up by an object."""
    held = {"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "held", "namespace": "going", "finalizers": ["popsink.example/held"]}}  # fmt: skip
    kubectl = place.deployed
    kubectl.kubectl("create", "namespace", "going")
    kubectl.kubectl("--namespace=going", "create", "--filename=-", stdin=json.dumps(held))
    kubectl.kubectl("delete", "namespace", "going", "--wait=false")
    try:
        yield {"popsink_namespace": "going", "popsink_ingress_tls_secret": ""}
    finally:
        kubectl.kubectl("--namespace=going", "patch", "configmap", "held", "--type=merge",
                        "--patch={\"metadata\":{\"finalizers\":null}}")  # fmt: skip
        kubectl.kubectl("wait", "--for=delete", "namespace/going", "--timeout=60s")
