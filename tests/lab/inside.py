"""Paths as they are inside the lab's namespaces, where /run is its own."""

from __future__ import annotations

RUN = "/run/popsink-lab"
CONTAINERD = f"{RUN}/containerd/containerd.sock"
SUPERVISOR = f"{RUN}/supervisor.sock"
#: Short, because sockets are made beneath it, and a socket's path has at most 107 characters.
KUBELET = f"{RUN}/kubelet"
POSTGRESQL = f"{RUN}/postgresql"
#: The host-path provisioner makes its volumes here; it is not to be told otherwise.
VOLUMES = "/tmp/hostpath_pv"
