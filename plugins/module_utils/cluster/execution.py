# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands in a container of a pod."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import PopsinkError
from .session import Cluster

#: Seconds that a command may take.
_PATIENCE = 60


@dataclass(frozen=True)
class Execution:
    """A finished command.

    :ivar code: its exit status.
    """

    code: int
    output: str
    errors: str

    @property
    def reason(self) -> str:
        """The first line of what it said, for people."""
        lines = [line.strip() for line in f"{self.errors}\n{self.output}".splitlines() if line.strip()]
        return lines[0].rstrip(".") if lines else f"exit status {self.code}"


def execute(
    cluster: Cluster,
    namespace: str,
    pod: str,
    container: str,
    command: Sequence[str],
    given: str,
    *,
    seconds: int = _PATIENCE,
) -> Execution:
    """Run a command with text on its standard input, which does not end: the command must know how much it reads.

    :param seconds: that it may take.
    :raises PopsinkError: the API refused, the pod is not there, or the command did not end in time.
    """
    # Imported here: it takes a tenth of a second, and only rotations need it.
    from kubernetes.client import CoreV1Api
    from kubernetes.client.exceptions import ApiException
    from kubernetes.stream import stream

    remedy = f"Pod {namespace}/{pod} must run, and the account of popsink_kubeconfig may need create on pods/exec."
    try:
        answer = stream(
            CoreV1Api(cluster.client).connect_get_namespaced_pod_exec,
            pod,
            namespace,
            container=container,
            command=list(command),
            stdin=True,
            stdout=True,
            stderr=True,
            tty=False,
            _preload_content=False,
            _request_timeout=seconds,
        )
    except ApiException as error:
        raise PopsinkError(f"Nothing can be run in pod {namespace}/{pod}: {error.reason}.", remedy=remedy) from error
    output, errors = [], []
    deadline = time.monotonic() + seconds
    try:
        answer.write_stdin(given)
        while answer.is_open() and time.monotonic() < deadline:
            answer.update(timeout=1)
            output.append(answer.read_stdout() if answer.peek_stdout() else "")
            errors.append(answer.read_stderr() if answer.peek_stderr() else "")
        if answer.is_open():
            raise PopsinkError(f"A command in pod {namespace}/{pod} did not end within {seconds} seconds.")
        # The exit status first: reading all takes its channel along.
        try:
            code = int(answer.returncode or 0)
        except TypeError:
            # The connection was closed without the command's end, for instance because the pod was moved.
            raise PopsinkError(f"A command in pod {namespace}/{pod} was cut off.", remedy="Run it again.") from None
        output.append(answer.read_all())
        return Execution(code, "".join(output), "".join(errors))
    finally:
        answer.close()
