"""What an integrator is handed for one deployment: the control plane's snippet, and a bucket with a key of its own."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

from minio import Minio, MinioAdmin
from minio.credentials.providers import StaticProvider

from . import inventory
from .errors import LabError
from .lab import Lab, write
from .programs import S3_REGION, S3_ROOT


def hand_out(lab: Lab, name: str, ingress_url: str = "") -> Path:
    """Make what is missing, and write the files. Returns their folder."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?", name):
        raise LabError(f"{name!r} is no name for a deployment: use small letters, digits and hyphens")
    folder = lab.root / "deployments" / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    snippet, s3 = folder / "values-control-plane.yaml", _bucket(lab, name)
    write(snippet, _register(lab, name, ingress_url or f"https://{name}.popsink.example"))
    write(folder / "s3.json", json.dumps(s3, indent=2) + "\n")
    inventory.write_deployment(lab, name, snippet, s3)
    return folder


def _register(lab: Lab, name: str, ingress_url: str) -> str:
    """The wizard's text, as the control plane gives it."""
    return str(_ask(lab, "/lab/deployments", {"name": name, "ingressUrl": ingress_url})["snippet"])


def _ask(lab: Lab, path: str, body: dict[str, str]) -> Any:
    request = urllib.request.Request(
        f"http://{lab.network.control_plane}{path}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    # Never through a proxy: it is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        return json.load(answer)


def _bucket(lab: Lab, name: str) -> dict[str, str]:
    bucket = _name(name)
    root = StaticProvider(S3_ROOT, lab.secret("s3 root"))
    store = Minio(endpoint=lab.network.s3, credentials=root, secure=False, region=S3_REGION)
    administration = MinioAdmin(endpoint=lab.network.s3, credentials=root, secure=False, region=S3_REGION)
    if not store.bucket_exists(bucket_name=bucket):
        store.make_bucket(bucket_name=bucket)
    # A key that was handed out stays, even if someone lost the file: the lab remembers it.
    user, secret = bucket, lab.secret(f"s3 {name}")
    administration.policy_add(bucket, policy=_policy(bucket))
    administration.user_add(user, secret)
    administration.policy_set(bucket, user=user)
    return {
        "endpoint": f"http://{lab.network.s3}",
        "region": S3_REGION,
        "bucket": bucket,
        "access_key_id": user,
        "secret_access_key": secret,
    }


def remove_bucket(lab: Lab, name: str) -> None:
    """Remove a deployment's bucket with all that is in it, versions included."""
    bucket = _name(name)
    root = StaticProvider(S3_ROOT, lab.secret("s3 root"))
    store = Minio(endpoint=lab.network.s3, credentials=root, secure=False, region=S3_REGION)
    for item in store.list_objects(bucket_name=bucket, recursive=True, include_version=True):
        store.remove_object(bucket_name=bucket, object_name=str(item.object_name), version_id=item.version_id)
    store.remove_bucket(bucket_name=bucket)


def _name(deployment: str) -> str:
    return f"popsink-{deployment}"


def _policy(bucket: str) -> dict[str, Any]:
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": resources}]}
