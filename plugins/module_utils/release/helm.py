# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starting Helm: arguments that hold no secret, values over standard input, access through the environment."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from ansible_collections.kubernetes.core.plugins.module_utils.k8s import client as k8s_client

from ..chart.pull import HELM_REMEDY, cache_folder
from ..command import find_program, run
from ..errors import PopsinkError
from ..yaml import load_manifest

#: Access options of kubernetes.core (by the Kubernetes client's names) to the variables that Helm reads.
_ENVIRONMENT = {
    "kubeconfig": "KUBECONFIG",
    "context": "HELM_KUBECONTEXT",
    "host": "HELM_KUBEAPISERVER",
    "api_key": "HELM_KUBETOKEN",
    "ssl_ca_cert": "HELM_KUBECAFILE",
    "proxy": "HTTPS_PROXY",
    "no_proxy": "NO_PROXY",
}

#: Those for which Helm has no variable; on its command line they would be seen.
_IMPOSSIBLE = ("username", "password", "cert_file", "key_file", "proxy_headers")


#: How compiled programs begin, on Linux and on macOS.
_COMPILED = (b"\x7fELF", b"\xcf\xfa\xed\xfe")

#: What Helm is told of another cluster or another way to keep releases must not reach it.
_FOREIGN = ("HELM_KUBE", "HELM_NAMESPACE", "HELM_DRIVER")

#: Seconds that a chart's hooks may take; the program itself is given twice as long.
_HOOK_SECONDS = 600

#: The first version whose dry run asks the server.
_SERVER_DRY_RUN = (3, 13, 0)

#: Where a pod finds the account that it runs under.
_SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")

#: Lines that are no errors; the second kind is klog's, W with month and day.
_WARNING = re.compile(r"WARNING|W\d{4} |level=WARN|coalesce")


class Helm:
    """The Helm program with access to one cluster."""

    def __init__(self, program: str, auth: Mapping[str, Any], *, seconds: float = _HOOK_SECONDS * 2) -> None:
        """Find the program.

        :param seconds: what each call may take; for a change that includes the chart's hooks.
        :raises PopsinkError: it is not there, or cannot be given this access.
        """
        self._seconds = seconds
        self._program = find_program(program, remedy=HELM_REMEDY)
        # The same cluster must be meant as by the session with the API: what Helm would find by itself is left out.
        own = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        self._environment = own | helm_environment(auth)

    def upgrade(self, name: str, namespace: str, archive: Path, values: Mapping[str, Any]) -> None:
        """Install or upgrade. Waiting is left to verification, which tells causes.

        :raises PopsinkError: Helm refused, with its reason.
        """
        self._run(name, namespace, archive, values)

    def render(self, name: str, namespace: str, archive: Path, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The objects that an upgrade would bring, hooks not included; nothing is changed.

        :raises PopsinkError: Helm refused, with its reason.
        """
        dry_run = "--dry-run=server" if self._version >= _SERVER_DRY_RUN else "--dry-run"
        content = json.loads(self._run(name, namespace, archive, values, dry_run, "--output", "json"))
        return load_manifest(content.get("manifest") or "")

    def template(
        self, name: str, namespace: str, archive: Path, values: Mapping[str, Any], kubernetes: str = ""
    ) -> list[dict[str, Any]]:
        """The objects of a new release, hooks not included, without asking whether the cluster would take them.

        :param kubernetes: version of the API, ``v1.30.2``; empty for the one that Helm takes by itself.
        :raises PopsinkError: the chart cannot be rendered so.
        """
        argv = [self._program, "template", name, str(archive), "--namespace", namespace, "--values", "-", "--no-hooks"]
        argv += ["--kube-version", kubernetes] if kubernetes else []
        done = run(argv, stdin=json.dumps(values), env=self._environment, timeout=self._seconds)
        if done.returncode != 0:
            raise PopsinkError(f"Helm cannot render release {name}: {reason(done.stderr)}.")
        return load_manifest(done.stdout)

    @cached_property
    def _version(self) -> tuple[int, int, int]:
        """Asked once: that starts the program."""
        return version_of(self._program)

    def _run(self, name: str, namespace: str, archive: Path, values: Mapping[str, Any], *options: str) -> str:
        argv = [self._program, "upgrade", name, str(archive), "--install", "--namespace", namespace, "--values", "-"]
        argv += ["--timeout", f"{_HOOK_SECONDS}s", *options]
        if self._version >= (4, 0, 0):
            # Fields that somebody changed by hand have another owner now; the plan wins, as it does with Helm 3. Said
            # outright, because Helm would go on with what an earlier revision was made with.
            argv += ["--server-side=true", "--force-conflicts"]
        # JSON is YAML in which a text stays a text, whatever it looks like.
        done = run(argv, stdin=json.dumps(values), env=self._environment, timeout=self._seconds)
        if done.returncode != 0:
            raise PopsinkError(
                f"Helm could not bring release {name} to the plan: {reason(done.stderr)}.",
                remedy="Correct the input that sets what it names, or popsink_values; the next run mends the release.",
            )
        return done.stdout


def version_of(program: str) -> tuple[int, int, int]:
    """Helm's version.

    :raises PopsinkError: the program is not there or does not tell.
    """
    path = find_program(program, remedy=HELM_REMEDY)
    note = _note_of(Path(path).resolve())
    told = (note and _noted(note)) or run([path, "version", "--short"]).stdout
    match = re.search(r"v(\d+)\.(\d+)\.(\d+)", told)
    if match is None:
        raise PopsinkError(f"{program} does not tell its version.", remedy=HELM_REMEDY)
    if note:
        _keep(note, match.group(0))
    return int(match.group(1)), int(match.group(2)), int(match.group(3))


def _note_of(program: Path) -> Path | None:
    """Where the version of a program file is kept: starting it costs more than all else that a run asks beforehand.

    None for what only leads to a program, as scripts and version managers do: which one that is can change.
    """
    try:
        with program.open("rb") as file:
            compiled = file.read(4) in _COMPILED
        if not compiled or not program.name.startswith("helm"):
            return None
        status = program.stat()
    except OSError:
        return None
    identity = f"{program}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"
    return cache_folder().parent / "helm" / hashlib.sha256(identity.encode()).hexdigest()


def _noted(note: Path) -> str:
    try:
        return note.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return ""


def _keep(note: Path, version: str) -> None:
    # It only saves time: where it cannot be written, the program is asked again.
    with suppress(OSError):
        if not note.exists():
            note.parent.mkdir(parents=True, exist_ok=True)
            beside = note.with_name(f"{note.name}.{os.getpid()}")
            beside.write_text(version, "ascii")
            beside.replace(note)


def helm_environment(auth: Mapping[str, Any]) -> dict[str, str]:
    """Access options as environment variables of Helm, K8S_AUTH_* included.

    :raises PopsinkError: an option that Helm can only take on its command line.
    """
    given = {name: value for name, value in auth.items() if value is not None}
    spec = {name: value for name, value in k8s_client._create_auth_spec(**given).items() if value or value is False}
    refused = [name for name in _IMPOSSIBLE if name in spec]
    if refused or isinstance(spec.get("kubeconfig"), dict):
        raise PopsinkError(
            f"Helm cannot be given {', '.join(refused) or 'a kubeconfig as a mapping'} without showing it.",
            remedy="Put the access into a kubeconfig file and name it in popsink_kubeconfig.",
        )
    environment = {_ENVIRONMENT[name]: str(value) for name, value in spec.items() if name in _ENVIRONMENT}
    if "host" in spec:
        environment["KUBECONFIG"] = os.devnull
    elif "kubeconfig" not in spec and "context" not in spec:
        environment |= _in_cluster()
    if spec.get("verify_ssl") is False:
        environment["HELM_KUBEINSECURE_SKIP_TLS_VERIFY"] = "true"
    headers = k8s_client._create_headers(**given)
    if "Impersonate-User" in headers:
        environment["HELM_KUBEASUSER"] = headers["Impersonate-User"]
    if "Impersonate-Group" in headers:
        environment["HELM_KUBEASGROUPS"] = ",".join(headers["Impersonate-Group"])
    return environment


def _in_cluster() -> dict[str, str]:
    """Access with the account of the pod that this runs in, which the session prefers too; nothing outside of one."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT")
    token = _SERVICE_ACCOUNT / "token"
    if not host or not port or not token.is_file():
        return {}
    return {
        "KUBECONFIG": os.devnull,
        "HELM_KUBEAPISERVER": f"https://{f'[{host}]' if ':' in host else host}:{port}",
        "HELM_KUBETOKEN": token.read_text("utf-8").strip(),
        "HELM_KUBECAFILE": str(_SERVICE_ACCOUNT / "ca.crt"),
    }


def reason(stderr: str) -> str:
    """Helm's error without its warnings, in one paragraph."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if not _WARNING.match(line)]
    text = " ".join(errors or lines) or "it gave no reason"
    return text.removeprefix("Error: ").rstrip(".")
