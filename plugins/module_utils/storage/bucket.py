# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking at the bucket with the keys that the broker will have. Nothing is written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from ..findings import Finding, failed, not_checked, passed
from ..http_request import Answer, NoAnswerError, NotAskedError, advice, ask
from ..urls import PORTS, web_url

BOTOCORE_IMPORT_ERROR: ImportError | None
try:
    # The part of boto3 that signs. A whole client would read the descriptions of its services for this one request.
    from botocore.auth import S3SigV4Auth, SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
    from botocore.loaders import create_loader
except ImportError as error:
    BOTOCORE_IMPORT_ERROR = error
else:
    BOTOCORE_IMPORT_ERROR = None

_ID = "storage.bucket"


@dataclass(frozen=True)
class Bucket:
    """A bucket and how it is reached.

    :ivar endpoint: URL of an S3-compatible store; empty for AWS.
    """

    name: str
    region: str
    endpoint: str = ""


@dataclass(frozen=True)
class Keys:
    """Who asks a store.

    :ivar token: of a role that was taken on; empty for keys of one's own.
    """

    id: str = field(repr=False)
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


def look_at(bucket: Bucket, access_key_id: str, secret_access_key: str) -> Finding:
    """Whether the bucket is there, in the named region, and open to these keys."""
    url = url_of(bucket)
    malformed = failed(_ID, f"{url} is no URL of an object store.", f"Check {_place(bucket)}.")
    if web_url(url) is None:
        return malformed
    try:
        answer = ask("HEAD", url, signed("HEAD", url, bucket.region, Keys(access_key_id, secret_access_key)))
    except NotAskedError:
        return malformed
    except NoAnswerError as error:
        if error.unresolved:
            return _unresolved(bucket)
        return failed(
            _ID,
            f"The object store at {url} does not answer: {error}.",
            advice(error, url, f"Check {_place(bucket)} and the network."),
        )
    if answer.status != 200:
        return _refused(bucket, answer)
    region = answer.headers.get("x-amz-bucket-region") or bucket.region
    if region != bucket.region:
        return _wrong_region(bucket, region)
    return passed(_ID, f"bucket {bucket.name} is there and open to the broker's key")


def url_of(bucket: Bucket) -> str:
    """The bucket's URL: its name in the path, since not every store has names for buckets."""
    endpoint = bucket.endpoint.rstrip("/") or f"https://s3.{bucket.region}.{aws_domain(bucket.region)}"
    return f"{endpoint}/{quote(bucket.name, safe='')}"


def aws_domain(region: str) -> str:
    """The domain of AWS that a region belongs to, which botocore knows by the region's name."""
    partitions = create_loader().load_data("partitions")["partitions"]
    domains = [part["outputs"]["dnsSuffix"] for part in partitions if re.fullmatch(part["regionRegex"], region)]
    return str(next(iter(domains), "amazonaws.com"))


def signed(method: str, url: str, region: str, keys: Keys, *, body: bytes = b"", service: str = "s3") -> dict[str, str]:
    """Headers of a request with its signature, the host among them as it was signed: without a usual port.

    :param url: with its query, encoded.
    """
    request = AWSRequest(method, url, data=body)
    sign = S3SigV4Auth if service == "s3" else SigV4Auth
    sign(Credentials(keys.id, keys.secret, keys.token or None), service, region).add_auth(request)
    return {**dict(request.headers.items()), "Host": _host(url)}


def _host(url: str) -> str:
    parts = urlsplit(url)
    usual = PORTS.get(parts.scheme)
    return parts.netloc.removesuffix(f":{usual}")


def _place(bucket: Bucket) -> str:
    """The variable that says where the store is."""
    return "popsink_s3_endpoint" if bucket.endpoint else "popsink_bucket_region"


def _unresolved(bucket: Bucket) -> Finding:
    if bucket.endpoint:
        return not_checked(_ID, f"{bucket.endpoint} cannot be resolved from here; it may be a name of the cluster.")
    return failed(
        _ID,
        f"AWS has no object store by a name that resolves for region {bucket.region}.",
        "Check the spelling of popsink_bucket_region, and that this host resolves names of the internet.",
    )


def _refused(bucket: Bucket, answer: Answer) -> Finding:
    status = answer.status
    if status == 404:
        return failed(_ID, f"There is no bucket {bucket.name}.", "Make it, or name the right one in popsink_bucket.")
    if status == 301:
        return _wrong_region(bucket, answer.headers.get("x-amz-bucket-region", "another region"))
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
