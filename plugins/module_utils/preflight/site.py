# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the checks look at: asked when one of them wants it, once, whoever else wants it too."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import Any, TypeVar

from ..cluster.secrets import resolved
from ..cluster.session import Cluster
from ..errors import PopsinkError
from ..release.helm import Helm
from ..release.outlook import Outlook, outlook
from ..release.state import Release, find_release
from ..release.wanted import Wanted
from ..storage.bucket import Keys
from ..way import Here, Way
from .inside.jobs import Jobs
from .inside.probe import Probe, place, servers
from .inside.tunnel import Tunnel
from .requirements import Requirements, asked_with

Answer = TypeVar("Answer")

#: Requests to the cluster at the same time; each needs a connection of its own, which costs more than a request.
_REQUESTS = 4


class Site:
    """One deployment's surroundings. Every answer is asked for once, and given to all who want it, at any time.

    Methods that ask raise :class:`PopsinkError` where there is no answer.

    :ivar want: what the deployment needs.
    :ivar cluster: the session with the cluster.
    :ivar seconds: the time in which everything must have been asked.
    :ivar auth: how the cluster is reached, which Helm must be able to do, too.
    :ivar bucket_admin: keys of whoever looks after a managed bucket.
    """

    def __init__(
        self,
        want: Requirements,
        cluster: Cluster,
        known: Mapping[str, str],
        auth: Mapping[str, Any],
        wanted: Wanted | None = None,
        *,
        seconds: float = 60.0,
        check_mode: bool = False,
        bucket_admin: Keys | None = None,
    ) -> None:
        """Prepare; nothing is asked yet.

        :param known: values by secret name, as far as the controller has them; those of :func:`asked_with` are read.
        :param wanted: the release that is to be; None where nothing is to be said of it.
        :param seconds: until when everything must have been asked.
        :param check_mode: whether nothing may be made to find out, not even for a moment.
        :param bucket_admin: of whoever looks after a managed bucket; None where boto3 finds them by itself.
        """
        self.want = want
        self.cluster = cluster
        self.auth = auth
        self.bucket_admin = bucket_admin or Keys("", "")
        self._known = known
        self._wanted = wanted
        self.seconds = seconds
        self._check_mode = check_mode
        self._end = time.monotonic() + seconds
        self._requests = threading.BoundedSemaphore(_REQUESTS)
        self._jobs: list[Jobs] = []
        self._closed = False
        self._undo: list[Callable[[], object]] = []
        self._lock = threading.Lock()
        self._answers: dict[Any, Future[Any]] = {}

    @property
    def seconds_left(self) -> float:
        """Until the time is up; at least a moment, so that what is begun fails by itself."""
        return max(0.1, self._end - time.monotonic())

    def once(self, what: Any, ask: Callable[[], Answer]) -> Answer:
        """What a question is answered, asked by the first who wants to know; others wait for the same answer.

        :param what: names the question.
        :param ask: may raise, which then every asker gets.
        """
        with self._lock:
            first = what not in self._answers
            future: Future[Answer] = self._answers.setdefault(what, Future())
        if first:
            try:
                future.set_result(ask())
            except BaseException as error:
                future.set_exception(error)
        return future.result()

    def answered(self, what: Any) -> Any:
        """The answer to a question that somebody asked, None where nobody did, or there is none yet."""
        future = self._answers.get(what)
        return future.result() if future is not None and future.done() and future.exception() is None else None

    def find(self, path: str, **query: Any) -> Any:
        """What stands at a path of the cluster, or None when nothing does."""

        def ask() -> Any:
            with self._requests:
                return self.cluster.find(path, **query)

        return self.once(("find", path, *sorted(query.items())), ask)

    def items(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """The objects of a list of the cluster; none where it does not know the kind."""
        # By way of the answers that are kept.
        return list((self.find(path, **query) or {}).get("items") or ())

    def in_namespace(self, kind: str, *, group: str = "", **query: Any) -> list[dict[str, Any]]:
        """Objects of a kind in the deployment's namespace.

        :param kind: as it stands in paths, for instance ``resourcequotas``.
        :param group: API group with version (``networking.k8s.io/v1``); empty for the core.
        """
        root = f"/apis/{group}" if group else "/api/v1"
        return self.items(f"{root}/namespaces/{self.want.namespace}/{kind}", **query)

    @property
    def version(self) -> dict[str, str]:
        """The API's version, as it tells it."""
        answer: dict[str, str] = self.once("version", lambda: self.cluster.request("GET", "/version"))
        return answer

    @property
    def namespace(self) -> dict[str, Any] | None:
        """The deployment's namespace, None when it is not there yet."""
        found: dict[str, Any] | None = self.find(f"/api/v1/namespaces/{self.want.namespace}")
        return found

    @property
    def is_openshift(self) -> bool:
        """Whether it has OpenShift's rules for pods."""
        return self.find("/apis/security.openshift.io/v1") is not None

    @property
    def nodes(self) -> list[dict[str, Any]]:
        """All nodes."""
        # From the API server's memory: what it may lack is younger than a second.
        return self.items("/api/v1/nodes", resourceVersion="0")

    @property
    def pods(self) -> list[dict[str, Any]]:
        """The pods of the whole cluster that have not ended."""
        unfinished = "status.phase!=Succeeded,status.phase!=Failed"
        return self.items("/api/v1/pods", fieldSelector=unfinished, resourceVersion="0")

    @property
    def way(self) -> Way:
        """How databases and other servers are reached: from inside the cluster, where that is asked for."""
        return self.probe.tunnel if self.want.inside else Here()

    @property
    def probe(self) -> Probe:
        """What it is looked with from inside the cluster, where that is asked for."""
        return self.once("probe", self._probe)

    def _probe(self) -> Probe:
        self.require_trials()
        inside = self.want.inside
        if inside is None:
            raise PopsinkError("Nothing is looked at from inside the cluster (popsink_preflight_inside).")
        jobs = Jobs(
            self.cluster,
            place(self.want, is_there=self.namespace is not None),
            self.want.release,
            seconds=inside.seconds,
            # OpenShift gives each namespace users of its own, and refuses others.
            any_user=self.is_openshift,
            docker_config=lambda: self.secret("image_pull_docker_config"),
        )
        with self._lock:
            if self._closed:
                raise PopsinkError("The time is up.")
            self._jobs.append(jobs)
        tunnel = Tunnel(Cluster.connect(self.auth), jobs, inside.image, servers(self.want))
        return Probe(jobs, tunnel, inside.image)

    def require_trials(self) -> None:
        """Go on only where something may be made to find out.

        :raises PopsinkError: it may not.
        """
        if self._check_mode:
            raise PopsinkError("Not tried in check mode: something would have to be made to find out.")

    @contextmanager
    def undone_by(self, undo: Callable[[], object]) -> Iterator[None]:
        """What is made meanwhile is undone also where the time is up before whoever makes it comes to that.

        :raises PopsinkError: the time is up already.
        """
        with self._lock:
            if self._closed:
                raise PopsinkError("The time is up.")
            self._undo.append(undo)
        yield
        with self._lock:
            self._undo.remove(undo)

    def close(self) -> None:
        """Remove what was made, in the cluster and elsewhere."""
        with self._lock:
            self._closed = True
            made, undone = list(self._jobs), list(self._undo)
        for undo in undone:
            with suppress(PopsinkError):
                undo()
        for jobs in made:
            jobs.close()

    @property
    def outlook(self) -> Outlook:
        """What the release would become."""
        return self.once("outlook", self._outlook)

    def _outlook(self) -> Outlook:
        if self._wanted is None:
            return Outlook(())
        return outlook(self.cluster, Helm(self.want.helm, self.auth, seconds=self.seconds_left), self._wanted)

    @property
    def release(self) -> Release | None:
        """The newest revision of the release, None when there is none."""
        return self.once("release", lambda: find_release(self.cluster, self.want.namespace, self.want.release))

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The objects of the release as it is to be.

        :raises PopsinkError: they are not known, since Helm renders nothing.
        """
        if not self.outlook.objects:
            raise PopsinkError("What the release consists of is not known: see release.render or release.outlook.")
        return self.outlook.objects

    def secret(self, name: str) -> str:
        """A secret's value: somebody else's Secret counts, then the controller's value, then the cluster's own Secret.

        :param name: one of :func:`asked_with`.
        :return: empty where it is nowhere.
        """
        of_others = any(name in secret.data.values() for secret in self.want.foreign)
        if name in self._known and not of_others:
            # Without the cluster, which may be slow, or away.
            return self._known[name]
        return self.once("secrets", self._secrets).get(name, "")

    def _secrets(self) -> dict[str, str]:
        names = asked_with(asdict(self.want))
        try:
            return resolved(self.cluster, self.want.namespace, self.want.secrets, self._known, names)
        except PopsinkError:
            if any(secret.variable and set(secret.data.values()) & names for secret in self.want.secrets):
                # What the controller has would be another secret than the one that counts.
                raise
            return dict(self._known)
