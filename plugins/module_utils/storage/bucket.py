# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking at the bucket with the keys that the broker will have. Nothing is written."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

from ..findings import Finding, failed, not_checked, passed

BOTOCORE_IMPORT_ERROR: ImportError | None
try:
    # The part of boto3 that talks to S3, without the one that moves large files, which takes as long to import.
    import botocore.loaders
    import botocore.session
    import urllib3.exceptions
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
except ImportError as error:
    BOTOCORE_IMPORT_ERROR = error
else:
    BOTOCORE_IMPORT_ERROR = None

    class _S3Loader(botocore.loaders.Loader):
        """Knows one service: looking for all of them costs more than the request."""

        def list_available_services(self, type_name: str) -> list[str]:
            return ["s3"]


_ID = "storage.bucket"
_TIMEOUT = 10


@dataclass(frozen=True)
class Bucket:
    """A bucket and how it is reached.

    :ivar endpoint: URL of an S3-compatible store; empty for AWS.
    """

    name: str
    region: str
    endpoint: str = ""


def look_at(bucket: Bucket, access_key_id: str, secret_access_key: str) -> Finding:
    """Whether the bucket is there, in the named region, and open to these keys."""
    try:
        answer = _client(bucket, access_key_id, secret_access_key).head_bucket(Bucket=bucket.name)
    except EndpointConnectionError as error:
        if _is_unresolved(error.kwargs.get("error")):
            return _unresolved(bucket)
        return failed(_ID, f"The object store does not answer: {error}", f"Check {_place(bucket)} and the network.")
    except ClientError as error:
        return _refused(bucket, error)
    except (BotoCoreError, ValueError) as error:
        return failed(_ID, f"The object store cannot be used: {error}.", f"Check {_place(bucket)}.")
    region = answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region") or bucket.region
    if region != bucket.region:
        return _wrong_region(bucket, region)
    return passed(_ID, f"bucket {bucket.name} is there and open to the broker's key")


def _client(bucket: Bucket, access_key_id: str, secret_access_key: str) -> Any:
    session = botocore.session.get_session()
    session.register_component("data_loader", _S3Loader(session.get_config_variable("data_path")))
    return session.create_client(
        "s3",
        region_name=bucket.region,
        endpoint_url=bucket.endpoint or None,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        config=Config(connect_timeout=_TIMEOUT, read_timeout=_TIMEOUT, retries={"total_max_attempts": 2}),
    )


def _place(bucket: Bucket) -> str:
    """The variable that says where the store is."""
    return "popsink_s3_endpoint" if bucket.endpoint else "popsink_bucket_region"


def _is_unresolved(error: BaseException | None) -> bool:
    """Whether a name did not resolve. urllib3 has an error for it from 2.0 on; before, its context tells."""
    known = getattr(urllib3.exceptions, "NameResolutionError", socket.gaierror)
    return isinstance(error, (known, socket.gaierror)) or isinstance(
        getattr(error, "__context__", None), socket.gaierror
    )


def _unresolved(bucket: Bucket) -> Finding:
    if bucket.endpoint:
        return not_checked(_ID, f"{bucket.endpoint} cannot be resolved from here; it may be a name of the cluster.")
    return failed(
        _ID,
        f"AWS has no object store by a name that resolves for region {bucket.region}.",
        "Check the spelling of popsink_bucket_region, and that this host resolves names of the internet.",
    )


def _refused(bucket: Bucket, error: ClientError) -> Finding:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    if status == 404:
        return failed(_ID, f"There is no bucket {bucket.name}.", "Make it, or name the right one in popsink_bucket.")
    if status == 301:
        return _wrong_region(bucket, headers.get("x-amz-bucket-region", "another region"))
    if status in (400, 403):
        return failed(
            _ID,
            f"Bucket {bucket.name} is not open to the broker's key, or is not there (HTTP {status}).",
            "Check popsink_bucket, popsink_bucket_region, popsink_s3_access_key_id and popsink_s3_secret_access_key, "
            "and what the key's policy allows.",
        )
    return failed(_ID, f"The object store answers HTTP {status} for bucket {bucket.name}.", "Look at its own log.")


def _wrong_region(bucket: Bucket, region: str) -> Finding:
    return failed(
        "storage.region",
        f"Bucket {bucket.name} is in {region}, and popsink_bucket_region is {bucket.region}.",
        f"Set popsink_bucket_region to {region}.",
    )
