# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Passing one record through a broker, in a topic that is made for it and deleted again."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import PopsinkError
from .client import library, unheard, word
from .login import Login, Server

_MILLISECONDS = 1000


class RecordError(PopsinkError):
    """The broker did not keep the record."""


class NotAllowedError(PopsinkError):
    """The client may not make a topic, or use it; whether another keeps records is not known."""


def pass_record(servers: list[Server], login: Login, topic: str, seconds: float, proxy: str = "") -> str:
    """Make a topic, put a record into it, read it, and delete the topic. One that an ended run left is used.

    :param seconds: for each step.
    :param proxy: URL of a proxy by which brokers are reached; empty for the direct way.
    :return: why the topic is still there; empty where it is deleted.
    :raises RecordError: the record did not come back.
    :raises NotAllowedError: the client may not do this.
    :raises NoLibraryError: nothing speaks to brokers here.
    """
    options = {
        "bootstrap_servers": [str(server) for server in servers],
        "client_id": "popsink-verify",
        "bootstrap_timeout_ms": int(seconds * _MILLISECONDS),
        "request_timeout_ms": int(seconds * _MILLISECONDS),
        **({"socks5_proxy": proxy} if proxy else {}),
        **login.options,
    }
    admin = library("kafka.admin")
    with unheard():
        with _step("lets nobody in"):
            client = admin.KafkaAdminClient(**options)
        try:
            with _step("makes no topic"):
                _create(client, topic, int(seconds * _MILLISECONDS))
            try:
                _there_and_back(options, topic, seconds)
            finally:
                left = _delete(client, topic, int(seconds * _MILLISECONDS))
        finally:
            client.close()
    return left


def _create(client: Any, topic: str, milliseconds: int) -> None:
    errors = library("kafka.errors")
    try:
        try:
            client.create_topics([topic], timeout_ms=milliseconds)
        except errors.IncompatibleBrokerVersion:
            # It knows no defaults for new topics.
            only = {"num_partitions": 1, "replication_factor": 1}
            client.create_topics({topic: only}, timeout_ms=milliseconds)
    except errors.TopicAlreadyExistsError:
        return


def _delete(client: Any, topic: str, milliseconds: int) -> str:
    """Delete the topic. Gives why it could not be: whether records are kept is told all the same."""
    errors = library("kafka.errors")
    try:
        client.delete_topics([topic], timeout_ms=milliseconds)
    except errors.UnknownTopicOrPartitionError:
        return ""
    except errors.KafkaError as error:
        return word(error)
    return ""


def _there_and_back(options: dict[str, Any], topic: str, seconds: float) -> None:
    kafka = library("kafka")
    content = secrets.token_hex(16).encode("ascii")
    with _step("takes no record"):
        limit = int(seconds * _MILLISECONDS)
        # Not idempotent, which would ask for more rights, and of brokers for more than every one can.
        producer = kafka.KafkaProducer(
            **options, acks="all", enable_idempotence=False, max_block_ms=limit, delivery_timeout_ms=limit
        )
        try:
            written = producer.send(topic, content, partition=0).get(seconds)
        finally:
            producer.close(0)
    with _step("gives no record back"):
        consumer = kafka.KafkaConsumer(**options, group_id=None, enable_auto_commit=False)
        try:
            partition = kafka.TopicPartition(topic, 0)
            consumer.assign([partition])
            consumer.seek(partition, written.offset)
            read = _first(consumer, seconds)
        finally:
            consumer.close()
    if read != content:
        raise RecordError(f"The broker gives {'another record' if read else 'no record'} back.")


def _first(consumer: Any, seconds: float) -> bytes:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        for records in consumer.poll(int(left * _MILLISECONDS)).values():
            return bytes(records[0].value)
    return b""


@contextmanager
def _step(failing: str) -> Iterator[None]:
    """What the library raises, as what it says of the broker."""
    errors = library("kafka.errors")
    try:
        yield
    except (errors.AuthorizationError, errors.SaslAuthenticationFailedError) as error:
        raise NotAllowedError(f"The broker {failing} ({word(error)}).") from error
    except errors.KafkaError as error:
        raise RecordError(f"The broker {failing} ({word(error)}).") from error
