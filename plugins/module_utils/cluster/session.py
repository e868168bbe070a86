# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One session with the Kubernetes API: the requests that a step makes, over one connection pool."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ansible_collections.kubernetes.core.plugins.module_utils.k8s import client as k8s_client

from ..errors import PopsinkError
from ..yaml import YAMLError

KUBERNETES_IMPORT_ERROR: ImportError | None
try:
    import urllib3.exceptions
    from kubernetes.client import ApiClient
    from kubernetes.client.exceptions import ApiException
    from kubernetes.config import ConfigException, kube_config
except ImportError as error:
    KUBERNETES_IMPORT_ERROR = error
else:
    KUBERNETES_IMPORT_ERROR = None

#: Owner of the fields that this collection applies on the server's side.
FIELD_MANAGER = "popsink.data_plane"

#: The namespace that every cluster has, and keeps: its uid tells clusters apart.
SYSTEM_NAMESPACE = "/api/v1/namespaces/kube-system"

#: Seconds to connect, and to wait for an answer.
_TIMEOUT = (5.0, 30.0)

_ACCESS_REMEDY = "Check popsink_kubeconfig, popsink_context and popsink_cluster, and that this host reaches the API."

#: Requests that run at the same time. Each needs a connection of its own, which costs more than a few requests over one
#: that is open (measured: 3 are quicker than 2 and than 6).
_PARALLEL = 3


class ApiError(PopsinkError):
    """The API refused a request.

    :ivar status: HTTP status.
    :ivar by_server: whether the API server itself refused, and not a service behind its proxy.
    """

    def __init__(self, status: int, message: str, *, remedy: str = "", by_server: bool = False) -> None:
        super().__init__(message, remedy=remedy)
        self.status = status
        self.by_server = by_server


class WrongClusterError(PopsinkError):
    """It is another cluster than the one that is meant."""


class UnknownKindError(PopsinkError):
    """The cluster has no such kind of objects."""


def _is_missing(files: object) -> bool:
    """Whether these are paths, as KUBECONFIG joins them, at which nothing is; one in a closed folder may be there."""
    try:
        return isinstance(files, str) and not any(Path(file).expanduser().exists() for file in files.split(os.pathsep))
    except (OSError, RuntimeError):
        return False


class Cluster:
    """Requests to one cluster. Objects are plain dictionaries, as the API's JSON gives them."""

    def __init__(self, client: Any, *, seconds: float | None = None, uid: str = "") -> None:
        self._client = client
        self._seconds = min(_TIMEOUT[1], seconds or _TIMEOUT[1])
        self._uid = uid
        self._identifying = threading.Lock()
        self._kinds: dict[str, dict[str, tuple[str, bool]]] = {}

    @classmethod
    def connect(cls, auth: Mapping[str, Any], *, seconds: float | None = None) -> Cluster:
        """Prepare a session; nothing is sent yet.

        :param auth: options of kubernetes.core with their names there; what is missing comes from K8S_AUTH_*. With
            ``cluster_uid`` nothing is asked of a cluster whose namespace kube-system has another uid.
        :param seconds: what one request may take at most; None for the usual.
        :raises PopsinkError: no kubeconfig, or one that cannot be used.
        """
        given = {name: value for name, value in auth.items() if value is not None}
        uid = str(given.pop("cluster_uid", "") or "")
        try:
            # Its public get_api_client() would ask the server at once, without a time limit, and keep a file of the
            # server's kinds by address, which is wrong after a cluster was made anew at the same one.
            configuration = k8s_client._create_configuration(k8s_client._create_auth_spec(**given))
            client = ApiClient(configuration)
            for name, value in k8s_client._create_headers(**given).items():
                k8s_client._set_header(client, name, value)
        except (ConfigException, YAMLError, OSError, ValueError, TypeError) as error:
            why = str(error).rstrip(".")
            if _is_missing(files := given.get("kubeconfig")):
                # The library says of such a path that there is no configuration, and not where it looked.
                why = f"there is no file {files} on this host"
            raise PopsinkError(f"The Kubernetes API cannot be used: {why}.", remedy=_ACCESS_REMEDY) from error
        return cls(client, seconds=seconds, uid=uid)

    @property
    def client(self) -> Any:
        """The Kubernetes client's own ApiClient, for what is no plain request."""
        return self._client

    @property
    def address(self) -> str:
        """The API's URL."""
        return str(self._client.configuration.host)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        timeout: float | None = None,
    ) -> Any:
        """Send one request and give the parsed answer (text where it is not JSON).

        :param body: an object to send as JSON.
        :param form: fields to send as an HTML form would; in place of ``body``.
        :raises ApiError: the API answered with an error status.
        :raises PopsinkError: it did not answer.
        :raises WrongClusterError: it is not the cluster that is meant.
        """
        self._require_the_one()
        return self._request(
            method, path, query=query, body=body, form=form, content_type=content_type, timeout=timeout
        )

    def _require_the_one(self) -> None:
        """Look once whether it is the cluster that is meant."""
        with self._identifying:
            if not self._uid:
                return
            found = self._request("GET", SYSTEM_NAMESPACE)
            uid = str((found.get("metadata") or {}).get("uid") or "none") if isinstance(found, dict) else "none"
            if uid != self._uid:
                raise WrongClusterError(
                    f"This is another cluster: namespace kube-system has uid {uid}, and popsink_cluster_uid is "
                    f"{self._uid}.",
                    remedy="Check popsink_kubeconfig and popsink_context. If the cluster was made anew, pin the new "
                    "uid: kubectl get namespace kube-system --output jsonpath={.metadata.uid}",
                )
            self._uid = ""

    def _request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        timeout: float | None = None,
    ) -> Any:
        if form is not None:
            content_type = "application/x-www-form-urlencoded"
        headers = {"Accept": "application/json", "Content-Type": content_type}
        try:
            response = self._client.call_api(
                path,
                method,
                query_params=list((query or {}).items()),
                header_params=headers,
                body=body,
                post_params=list((form or {}).items()),
                auth_settings=["BearerToken"],
                _preload_content=False,
                _request_timeout=(_TIMEOUT[0], timeout or self._seconds),
            )
            content = (response[0] if isinstance(response, tuple) else response).data
        except ApiException as error:
            raise _api_error(error, method, path) from error
        except urllib3.exceptions.HTTPError as error:
            raise PopsinkError(
                f"The Kubernetes API at {self.address} does not answer: {_reason(error)}.", remedy=_ACCESS_REMEDY
            ) from error
        try:
            return json.loads(content)
        except ValueError:
            return content.decode("utf-8", "replace")

    def find(self, path: str, **query: Any) -> Any:
        """What stands at a path, or None when nothing does."""
        try:
            return self.request("GET", path, query=query)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def path_of(self, api_version: str, kind: str, *, namespace: str = "", name: str = "") -> str:
        """The API path of a kind, or of one object of it.

        :raises UnknownKindError: the cluster does not know the kind.
        """
        kinds = self._kinds.get(api_version) or self._discover(api_version)
        if kind not in kinds:
            raise UnknownKindError(f"This cluster has no kind {kind} of {api_version}.")
        plural, namespaced = kinds[kind]
        parts = [_root(api_version), *(("namespaces", namespace) if namespaced and namespace else ()), plural]
        return "/".join([*parts, name] if name else parts)

    def _discover(self, api_version: str) -> dict[str, tuple[str, bool]]:
        answer = self.find(_root(api_version)) or {"resources": []}
        self._kinds[api_version] = {
            resource["kind"]: (resource["name"], resource["namespaced"])
            for resource in answer["resources"]
            if "/" not in resource["name"]
        }
        return self._kinds[api_version]

    def create(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Create an object; never changes one that is there.

        :raises ApiError: with status 409 when it exists.
        """
        metadata = manifest["metadata"]
        path = self.path_of(manifest["apiVersion"], manifest["kind"], namespace=metadata.get("namespace", ""))
        answer: dict[str, Any] = self.request("POST", path, query={"fieldManager": FIELD_MANAGER}, body=manifest)
        return answer

    def apply(self, manifest: Mapping[str, Any], *, dry_run: bool = False) -> dict[str, Any]:
        """Apply an object on the server's side and take the named fields over from others."""
        metadata = manifest["metadata"]
        path = self.path_of(
            manifest["apiVersion"], manifest["kind"], namespace=metadata.get("namespace", ""), name=metadata["name"]
        )
        query = {"fieldManager": FIELD_MANAGER, "force": "true", **({"dryRun": "All"} if dry_run else {})}
        answer: dict[str, Any] = self.request(
            "PATCH", path, query=query, body=manifest, content_type="application/apply-patch+yaml"
        )
        return answer

    def items(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """The objects of a list; none where there is no such list."""
        return list((self.find(path, **query) or {}).get("items") or ())

    def delete(
        self,
        path: str,
        *,
        unchanged_since: str = "",
        options: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> None:
        """Delete what stands at a path; nothing there is as good.

        :param unchanged_since: resource version that the object must still have.
        :param options: further ones of Kubernetes' DeleteOptions.
        :param timeout: seconds that it may take; None for the usual.
        """
        guarded = {"preconditions": {"resourceVersion": unchanged_since}} if unchanged_since else {}
        body = {**(options or {}), **guarded} or None
        try:
            self.request("DELETE", path, body=body, timeout=timeout)
        except ApiError as error:
            if error.status != 404:
                raise


class NoCluster(Cluster):
    """In place of a session that cannot even be prepared: whoever asks something gets the reason."""

    def __init__(self, reason: PopsinkError) -> None:
        super().__init__(None)
        self._reason = reason

    def request(self, method: str, path: str, **_how: Any) -> Any:
        """Raise the reason."""
        raise self._reason


def forget_credentials() -> None:
    """Remove the files into which the Kubernetes client wrote a kubeconfig's certificates and keys.

    It would do so itself when the process exits; the processes in which Ansible runs its tasks end without that.
    """
    if KUBERNETES_IMPORT_ERROR is None:
        kube_config._cleanup_temp_files()


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run calls at the same time and give their results in order; the first error is raised."""
    with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
        futures = [pool.submit(call) for call in calls]
        return [future.result() for future in futures]


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _api_error(error: ApiException, method: str, path: str) -> ApiError:
    try:
        body = json.loads(error.body)
    except (TypeError, ValueError):
        body = None
    answer = body if isinstance(body, Mapping) else {}
    message = answer.get("message") or error.reason or "no reason given"
    remedy = ""
    if error.status in (401, 403):
        remedy = "Check that the account of popsink_kubeconfig may do this."
    return ApiError(
        int(error.status or 0),
        f"The Kubernetes API refused {method} {path}: {message}.",
        remedy=remedy,
        by_server=answer.get("kind") == "Status",
    )


def _reason(error: Exception) -> str:
    """The innermost reason: the outer ones name only urllib3's own objects."""
    reason = getattr(error, "reason", None)
    while isinstance(reason, Exception):
        error, reason = reason, getattr(reason, "reason", None)
    return str(error).rpartition(": ")[2] or type(error).__name__
