"""The object store, used with exactly what the chart hands over and nothing that a library would find by itself."""

from __future__ import annotations

from collections.abc import Callable
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

    def put(self, key: str, content: bytes) -> None:
        """Each of these refuses with the store's own error code."""
        self._ask(key, lambda client, where: client.put_object(**where, Body=content))

    def get(self, key: str) -> bytes:
        return bytes(self._ask(key, lambda client, where: client.get_object(**where)["Body"].read()))

    def delete(self, key: str) -> None:
        self._ask(key, lambda client, where: client.delete_object(**where))

    def keys(self, prefix: str) -> list[str]:
        """The first thousand."""
        found = self._ask(
            prefix, lambda client, where: client.list_objects_v2(Bucket=where["Bucket"], Prefix=where["Key"])
        )
        return [entry["Key"].removeprefix(self.prefix) for entry in found.get("Contents", ())]

    def _ask(self, key: str, attempt: Callable[[Any, dict[str, str]], Any]) -> Any:
        client, where = self._client(), {"Bucket": self.bucket, "Key": self.prefix + key}
        return self._try(f"s3://{self.bucket}/{where['Key']}", lambda: attempt(client, where))

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
