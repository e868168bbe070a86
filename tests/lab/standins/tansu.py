"""Tansu, later Kodansu: the broker, which keeps nothing itself and everything in the object store."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

from standin import broker, environment, log, process, retry
from standin.objects import ObjectStore
from standin.postgres import CONNECTION_ERRORS, Database
from standin.process import Refusal

#: First image that takes object stores only, and first one with Azure's.
OBJECT_STORES_ONLY = "0.7.0-beta.11"
AZURE = "1.0.0-alpha.17"
AZURE_SCHEMES = ("abfss", "abfs", "az")
POSTGRES_SCHEMES = ("postgres", "postgresql")

TAG = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-(alpha|beta|rc)\.(\d+))?")
STAGES = ("alpha", "beta", "rc", None)


def age(tag: str) -> tuple[int, ...]:
    """Orders image tags as semantic versions do."""
    match = TAG.fullmatch(tag)
    if match is None:
        raise Refusal(f"IMAGE_TAG {tag!r} is not a version")
    major, minor, patch, stage, count = match.groups()
    return int(major), int(minor), int(patch), STAGES.index(stage), int(count or 0)


def unsupported(scheme: str) -> Refusal:
    return Refusal(f"unsupported storage URL: {scheme}://")


class Table:
    """Keeps records in PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        retry.until(
            "storage",
            lambda: database.rows("CREATE TABLE IF NOT EXISTS tansu (key text PRIMARY KEY, content bytea)"),
            CONNECTION_ERRORS,
        )

    def put(self, key: str, content: bytes) -> None:
        self._database.rows(
            "INSERT INTO tansu VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET content = EXCLUDED.content", key, content
        )

    def get(self, key: str) -> bytes:
        return bytes(self._database.rows("SELECT content FROM tansu WHERE key = %s", key)[0][0])

    def keys(self, prefix: str) -> list[str]:
        return [key for (key,) in self._database.rows("SELECT key FROM tansu WHERE starts_with(key, %s)", prefix)]

    def delete(self, key: str) -> None:
        self._database.rows("DELETE FROM tansu WHERE key = %s", key)


def keeper(engine: str, tag: str) -> broker.Keeper:
    """What keeps the records, where an image of this tag takes the engine."""
    url = urlsplit(engine)
    if url.scheme == "s3":
        if not url.netloc:
            raise Refusal("S3 error: STORAGE_ENGINE names no bucket")
        prefix = url.path.strip("/")
        return ObjectStore.from_environment(url.netloc, f"{prefix}/" if prefix else "")
    if url.scheme in POSTGRES_SCHEMES and age(tag) < age(OBJECT_STORES_ONLY):
        return Table(Database({"dsn": engine}))
    if url.scheme in AZURE_SCHEMES and age(tag) >= age(AZURE):
        federated = environment.optional("AZURE_FEDERATED_TOKEN_FILE")
        secret = environment.optional("AZURE_CLIENT_SECRET") or environment.optional("AZURE_STORAGE_ACCOUNT_KEY")
        if not (federated or secret):
            raise Refusal("Azure error: no credentials in the environment")
        raise Refusal(f"Azure error: {url.hostname}: this stand-in has no Azure client")
    raise unsupported(url.scheme or engine)


def main() -> None:
    engine = environment.required("STORAGE_ENGINE")
    listener = urlsplit(environment.optional("LISTENER_URL", "tcp://0.0.0.0:9092"))
    cluster = environment.optional("CLUSTER_ID", "tansu")
    kept = keeper(engine, environment.required("IMAGE_TAG"))
    # Proves that the storage can be used.
    said = json.dumps({"cluster": cluster}).encode()
    kept.put(f"clusters/{cluster}/meta/cluster.json", said)
    if kept.get(f"clusters/{cluster}/meta/cluster.json") != said:
        raise Refusal("the storage does not hold what was written")
    advertised = environment.required("ADVERTISED_LISTENER_URL")
    records = broker.Broker(kept, f"clusters/{cluster}/topics/", advertised)
    broker.listen(listener.hostname or "0.0.0.0", listener.port or 9092, records)
    log.info(f"cluster {cluster} ready on {listener.netloc}")


if __name__ == "__main__":
    process.run(main)
