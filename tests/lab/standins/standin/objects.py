"""The object store, used with exactly what the chart hands over and nothing that a library would find by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boto3
import botocore.config
import botocore.exceptions

from standin import environment, retry
from standin.process import Refusal


class NotReached(Exception):
    """The endpoint does not answer (yet)."""


@dataclass(frozen=True)
class ObjectStore:
    bucket: str
    prefix: str
    region: str
    endpoint: str
    access_key_id: str
    secret_access_key: str

    @classmethod
    def from_environment(cls, bucket: str, prefix: str = "") -> ObjectStore:
        endpoint = environment.optional("AWS_ENDPOINT")
        if endpoint.startswith("http://") and not environment.flag("AWS_ALLOW_HTTP"):
            raise Refusal(f"S3 error: the endpoint {endpoint} has no TLS, and AWS_ALLOW_HTTP is not true")
        key, secret = environment.optional("AWS_ACCESS_KEY_ID"), environment.optional("AWS_SECRET_ACCESS_KEY")
        if not (key and secret):
            role = environment.optional("AWS_ROLE_ARN") or environment.optional("AWS_ASSUMED_ROLE_ARN")
            detail = f"the role {role} needs a web identity that is not there" if role else "no access key, no role"
            raise Refusal(f"S3 error: no credentials: {detail}")
        return cls(bucket, prefix, environment.required("AWS_REGION"), endpoint, key, secret)

    def _client(self) -> Any:
        session = boto3.session.Session(self.access_key_id, self.secret_access_key, region_name=self.region)
        config = botocore.config.Config(
            connect_timeout=5,
            read_timeout=10,
            retries={"max_attempts": 0},
            s3={"addressing_style": "path" if self.endpoint else "auto"},
        )
        return session.client("s3", endpoint_url=self.endpoint or None, config=config)

    def write_and_read(self, name: str, content: bytes) -> None:
        """Proves that the identity can store and fetch. Refuses with the store's own error code."""
        key = self.prefix + name
        client = self._client()

        def attempt() -> bytes:
            client.put_object(Bucket=self.bucket, Key=key, Body=content)
            return bytes(client.get_object(Bucket=self.bucket, Key=key)["Body"].read())

        if self._try(f"s3://{self.bucket}/{key}", attempt) != content:
            raise Refusal(f"S3 error: s3://{self.bucket}/{key} does not hold what was written")

    def look(self) -> None:
        """Proves that the identity can list the bucket."""
        client = self._client()
        self._try(f"s3://{self.bucket}", lambda: client.list_objects_v2(Bucket=self.bucket, MaxKeys=1))

    @staticmethod
    def _try(where: str, attempt: Any) -> Any:
        def translated() -> Any:
            try:
                return attempt()
            except botocore.exceptions.ClientError as problem:
                code = problem.response.get("Error", {}).get("Code", "unknown")
                message = problem.response.get("Error", {}).get("Message", "")
                raise Refusal(f"S3 error: {problem.operation_name} {where}: {code}: {message}") from problem
            except botocore.exceptions.BotoCoreError as problem:
                raise NotReached(str(problem)) from problem

        return retry.until(f"S3 error: {where}", translated, (NotReached,))
