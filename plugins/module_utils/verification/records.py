# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether records go through the broker: one whose store refuses it says that it is ready all the same."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..cluster.conditions import is_ready
from ..cluster.port_forward import connection, listening
from ..cluster.session import Cluster
from ..errors import PopsinkError
from ..findings import Finding, failed, not_checked, passed, warned
from ..kafka.client import LIBRARY, NoLibraryError, speaks
from ..kafka.login import Login, Server, servers_in, tls_of
from ..kafka.records import NotAllowedError, RecordError, pass_record
from .symptoms import explain

ID = "verify.records"

#: Secrets with which another Kafka is asked.
ASKED_WITH = ("kafka_sasl_password", "kafka_client_key")

#: Seconds for each step.
_SECONDS = 10.0

#: Lines of a broker's log in which the cause is looked for.
_TAIL = 200

_OFF = "popsink_verify_records: false leaves it out."


@dataclass(frozen=True)
class Records:
    """What is tried.

    :ivar topic: that is made for it and deleted.
    :ivar kafka: another Kafka than the bundled broker, as the requirements have it; None for the bundled one.
    """

    topic: str
    kafka: Mapping[str, Any] | None = None


def prove(
    connect: Callable[[], Cluster], namespace: str, records: Records, pods: Iterable[Mapping[str, Any]],
    secrets: Mapping[str, str], services: Collection[Mapping[str, Any]] = (),
) -> Finding:  # fmt: skip
    """Pass a record through the broker.

    :param connect: gives sessions for this alone.
    :param pods: of the release.
    :param secrets: values of :data:`ASKED_WITH`.
    :param services: of the release: the broker's tells its port.
    """
    try:
        if records.kafka:
            return _through_another(records, secrets)
        return _through_a_pod(connect, namespace, records, pods, services)
    except NoLibraryError as error:
        return not_checked(ID, f"No record was passed through the broker. {error}", f"Install it: pip install '"
                           f"{LIBRARY.replace(' ', '')}'. {_OFF}")  # fmt: skip
    except NotAllowedError as error:
        return not_checked(ID, f"No record was passed through the broker. {error}", _OFF)


def _through_another(records: Records, secrets: Mapping[str, str]) -> Finding:
    kafka = records.kafka or {}
    servers = servers_in(kafka["bootstrap_servers"])
    if not servers or not _all_resolve(servers):
        return not_checked(ID, "The names of popsink_kafka_bootstrap_server are not known here: no record was passed.")
    secured = kafka["security_protocol"].endswith("SSL")
    key = secrets.get("kafka_client_key", "") if kafka["client_cert"] else ""
    tls = tls_of(kafka["ca_cert"], kafka["client_cert"], key) if secured else None
    password = secrets.get("kafka_sasl_password", "")
    login = Login(kafka["security_protocol"], kafka["sasl_mechanism"], kafka["sasl_username"], password, tls)
    try:
        left = pass_record(servers, login, records.topic, _SECONDS)
    except RecordError as error:
        # Brokers may be advertised by names that only pods know.
        return not_checked(ID, f"No record was passed through your Kafka from here. {error}", _OFF)
    return _went_through("your Kafka", records.topic, left)


def _all_resolve(servers: Iterable[Server]) -> bool:
    try:
        return all(socket.getaddrinfo(server.host, server.port) for server in servers)
    except (OSError, UnicodeError):
        return False


def _through_a_pod(
    connect: Callable[[], Cluster], namespace: str, records: Records, pods: Iterable[Mapping[str, Any]],
    services: Collection[Mapping[str, Any]],
) -> Finding:  # fmt: skip
    pod = next(iter(sorted(filter(_is_ready_broker, pods), key=lambda pod: str(pod["metadata"]["name"]))), None)
    if pod is None:
        return failed(ID, "No broker is ready.")
    name, port = str(pod["metadata"]["name"]), _port(pod, services)
    if port is None:
        return not_checked(ID, f"No record was passed: no Service tells at which port pod {name} speaks Kafka.", _OFF)
    session, refused = connect(), list[Exception]()

    def connected() -> socket.socket:
        try:
            return connection(session, namespace, name, port)
        except Exception as error:
            refused.append(error)
            raise

    try:
        # Brokers advertise names of the cluster. Each of them serves every partition, so one pod stands for all names.
        with listening(connected, _take_any_name) as listen:
            left = pass_record([Server(name, port)], Login("PLAINTEXT"), records.topic, _SECONDS,
                               f"socks5h://127.0.0.1:{listen}")  # fmt: skip
    except RecordError as error:
        if refused:
            return _not_forwarded(refused[0], namespace)
        # By other sessions: a connection may be opened in this one still.
        spoken = _speaks(connect(), namespace, name, port)
        return _explained(connect(), namespace, name, _container(pod, port), error, None if spoken else port)
    return _went_through("the broker", records.topic, left)


def _went_through(what: str, topic: str, left: str) -> Finding:
    """:param left: why the topic is still there; empty where it is not."""
    if not left:
        return passed(ID, f"a record went through {what} and back")
    return warned(
        ID,
        f"A record went through {what} and back, and the topic {topic} could not be deleted ({left}).",
        f"Delete it, and let who asks delete topics: each run makes this one and deletes it. {_OFF}",
    )


def _port(pod: Mapping[str, Any], services: Iterable[Mapping[str, Any]]) -> int | None:
    """The container's port that the broker's Service leads to, or else the only one; None where that tells none."""
    labels = (pod["metadata"].get("labels") or {}).items()
    declared = _declared(pod)
    led = {
        target
        for service in services
        if (selector := service["spec"].get("selector")) and selector.items() <= labels
        for port in service["spec"].get("ports") or ()
        for target in _targets(port, declared)
    }
    numbers = led if len(led) == 1 else {int(port["containerPort"]) for _container, port in declared}
    return numbers.pop() if len(numbers) == 1 else None


def _targets(port: Mapping[str, Any], declared: Iterable[tuple[str, Mapping[str, Any]]]) -> list[int]:
    """Ports of containers to which a Service's port leads: it says a number, or a name."""
    wanted = port.get("targetPort") or port["port"]
    if isinstance(wanted, int) or wanted.isdecimal():
        return [int(wanted)]
    return [int(found["containerPort"]) for _container, found in declared if found.get("name") == wanted]


def _declared(pod: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The ports of a pod's containers, each with the container's name."""
    containers = pod["spec"]["containers"]
    return [(str(container["name"]), port) for container in containers for port in container.get("ports") or ()]


def _container(pod: Mapping[str, Any], port: int) -> str:
    """The container behind a port; where none declares it, the first."""
    names = [name for name, declared in _declared(pod) if declared["containerPort"] == port]
    return names[0] if names else str(pod["spec"]["containers"][0]["name"])


def _speaks(session: Cluster, namespace: str, pod: str, port: int) -> bool:
    """Whether a broker is at a pod's port, whatever it does with records."""
    from kubernetes.client.exceptions import ApiException

    try:
        with closing(connection(session, namespace, pod, port)) as plain:
            return speaks(plain, _SECONDS)
    except ApiException:
        return False


def _is_ready_broker(pod: Mapping[str, Any]) -> bool:
    # The component keeps this name where the values call the broker otherwise.
    is_broker = (pod["metadata"].get("labels") or {}).get("app.kubernetes.io/component") == "tansu"
    return is_broker and is_ready(pod) and "deletionTimestamp" not in pod["metadata"]


def _not_forwarded(error: Exception, namespace: str) -> Finding:
    status = getattr(error, "status", None)
    return failed(
        ID,
        f"The API server opens no connection to the broker{f' (HTTP {status})' if status else ''}.",
        f"Grant the account of popsink_kubeconfig get and create on pods/portforward in namespace {namespace}. {_OFF}",
    )


def _explained(
    session: Cluster, namespace: str, pod: str, container: str, error: RecordError, silent: int | None
) -> Finding:
    """The failure with the cause that the broker's log tells.

    :param silent: the port, where nobody speaks Kafka at it; None where a broker does.
    """
    unread, log = "", ""
    try:
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
        log = str(session.request("GET", path, query={"container": container, "tailLines": _TAIL}))
    except PopsinkError as refused:
        unread = str(refused)
    symptom = explain(log, pod=pod, container=container)
    if symptom is None and silent is not None:
        # The port may be another one: that tells nothing of the store.
        return not_checked(ID, f"No record was passed: nobody speaks Kafka at port {silent} of pod {pod}.",
                           f"Look at its log: kubectl -n {namespace} logs {pod}. {_OFF}")  # fmt: skip
    if unread:
        return failed(ID, f"{error} Its log cannot be read: {unread}")
    if symptom is None:
        # A broker need not tell of a bucket that is missing.
        return failed(
            ID,
            str(error),
            f"Look at its log: kubectl -n {namespace} logs {pod}. If nothing is there, check that its store is.",
        )
    return failed(ID, f"{error} Its log tells why: {symptom.cause}.", symptom.remedy)


def _take_any_name(connection: socket.socket) -> None:
    """Be a SOCKS 5 proxy (RFC 1928) that leads to one place, whatever name is asked for."""
    receive = partial(_exactly, connection)
    _version, methods = receive(2)
    receive(methods)
    connection.sendall(b"\x05\x00")
    kind = receive(4)[3]
    receive({1: 4, 4: 16}.get(kind) or receive(1)[0])
    receive(2)
    connection.sendall(struct.pack(">BBBBIH", 5, 0, 0, 1, 0, 0))


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise ConnectionError("the client is gone")
        data += part
    return data
