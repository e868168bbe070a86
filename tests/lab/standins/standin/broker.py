"""As much of a Kafka broker as makes topics, takes records, gives them back and forgets them: one partition a topic."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit

from standin import kafka, log
from standin.process import Refusal

try:
    # Where later editions of the library keep what one version of a request looks like, as the tests' does.
    from kafka.protocol.old import admin, fetch, metadata, produce
except ImportError:
    from kafka.protocol import admin, fetch, metadata, produce

UNKNOWN_TOPIC = 3
TOPIC_EXISTS = 36

#: Where the number of records stands in a batch, and the offset of its first at its very begin.
COUNT_AT = 57


class Keeper(Protocol):
    """What keeps the records, by key."""

    def put(self, key: str, content: bytes) -> None: ...

    def get(self, key: str) -> bytes: ...

    def keys(self, prefix: str) -> list[str]: ...

    def delete(self, key: str) -> None: ...


class Broker:
    """Answers requests from what the keeper has; nothing is kept here."""

    def __init__(self, keeper: Keeper, root: str, advertised: str) -> None:
        self._keeper, self._root = keeper, root
        url = urlsplit(advertised)
        self._address = (url.hostname, url.port)

    #: By the requests that are understood, in the one version that is.
    @property
    def answers(self) -> dict[Any, Callable[[Any], Any]]:
        return {
            metadata.MetadataRequest[4]: self.metadata,
            admin.CreateTopicsRequest[2]: self.create,
            admin.DeleteTopicsRequest[1]: self.delete,
            produce.ProduceRequest[3]: self.produce,
            fetch.FetchRequest[4]: self.fetch,
        }

    def metadata(self, request: Any) -> Any:
        held = {key.removeprefix(self._root).split("/")[0] for key in self._keeper.keys(self._root)}
        topics = [
            (0, name, False, [(0, 0, 0, [0], [0])]) if name in held else (UNKNOWN_TOPIC, name, False, [])
            for name in (sorted(held) if request.topics is None else request.topics)
        ]
        return metadata.MetadataResponse[4](0, [(0, *self._address, None)], None, 0, topics)

    def create(self, request: Any) -> Any:
        done = []
        for name, *_rest in request.create_topic_requests:
            there = self._keeper.keys(self._topic(name))
            if not there and not request.validate_only:
                self._keeper.put(f"{self._topic(name)}topic.json", b"{}")
            done.append((name, TOPIC_EXISTS if there else 0, None))
        return admin.CreateTopicsResponse[2](0, done)

    def delete(self, request: Any) -> Any:
        done = []
        for name in request.topics:
            there = self._keeper.keys(self._topic(name))
            for key in there:
                self._keeper.delete(key)
            done.append((name, 0 if there else UNKNOWN_TOPIC))
        return admin.DeleteTopicsResponse[1](0, done)

    def produce(self, request: Any) -> Any:
        return produce.ProduceResponse[3](
            [
                (topic, [(number, 0, self._append(topic, batch), -1) for number, batch in partitions])
                for topic, partitions in request.topics
            ],
            0,
        )

    def fetch(self, request: Any) -> Any:
        return fetch.FetchResponse[4](
            0,
            [
                (topic, [self._from(topic, number, offset) for number, offset, _bytes in partitions])
                for topic, partitions in request.topics
            ],
        )

    def _topic(self, name: str) -> str:
        return f"{self._root}{name}/"

    def _batches(self, topic: str) -> list[tuple[int, int, str]]:
        """First offset, the one after the last, and key of each batch."""
        keys = [key for key in self._keeper.keys(self._topic(topic)) if key.endswith(".batch")]
        ranges = [(*map(int, key.rpartition("/")[2].removesuffix(".batch").split("-")), key) for key in keys]
        return sorted(ranges)  # type: ignore[arg-type]

    def _append(self, topic: str, batch: bytes) -> int:
        first = max((end for _first, end, _key in self._batches(topic)), default=0)
        (count,) = struct.unpack_from(">i", batch, COUNT_AT)
        name = f"{self._topic(topic)}0/{first:020}-{first + count:020}.batch"
        self._keeper.put(name, struct.pack(">q", first) + batch[8:])
        return first

    def _from(self, topic: str, number: int, offset: int) -> tuple[Any, ...]:
        batches = self._batches(topic)
        end = max((end for _first, end, _key in batches), default=0)
        content = b"".join(self._keeper.get(key) for _first, after, key in batches if after > offset)
        return number, 0, end, end, [], content


def listen(host: str, port: int, broker: Broker) -> socketserver.ThreadingTCPServer:
    """Serve from now on, in the background."""
    answers = {(request.API_KEY, request.API_VERSION): (request, answer) for request, answer in broker.answers.items()}
    claimed = [(kafka.API_VERSIONS, 0, 0), *((key, version, version) for key, version in answers)]

    class Handler(socketserver.BaseRequestHandler):
        request: socket.socket

        def handle(self) -> None:
            self.request.settimeout(60)
            try:
                while True:
                    self.request.sendall(self._answer(kafka.frame(self.request)))
            except Refusal as problem:
                # As the broker does where it cannot use its store: it says so in its log, and hangs up.
                log.error(str(problem))
            except OSError:
                return

        def _answer(self, asked: bytes) -> bytes:
            key, version, correlation, length = struct.unpack_from(">hhih", asked)
            if key == kafka.API_VERSIONS:
                body = struct.pack(">hi", kafka.UNSUPPORTED_VERSION if version else 0, len(claimed))
                body += b"".join(struct.pack(">hhh", *row) for row in claimed)
            elif (key, version) in answers:
                kind, answer = answers[key, version]
                # Named, because the library's method to encode it holds it weakly.
                reply = answer(kind.decode(asked[10 + max(length, 0) :]))
                body = reply.encode()
            else:
                raise kafka.KafkaError(f"no answer to request {key} in version {version}")
            return struct.pack(">ii", len(body) + 4, correlation) + body

    class Listener(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    server = Listener((host, port), Handler)
    threading.Thread(target=server.serve_forever, name="kafka", daemon=True).start()
    return server
