# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Pod Security Standards: what a namespace that enforces one of their levels refuses of a pod.

Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/, in their latest version. Not among the
rules here are those for Windows, AppArmor by annotation, and the hosts of probes, which count from Kubernetes 1.34 on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ...tree import dig

PRIVILEGED, BASELINE, RESTRICTED = "privileged", "baseline", "restricted"

_CAPABILITIES = frozenset({
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
    "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
})  # fmt: skip

_SYSCTLS = frozenset({
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range", "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem", "net.ipv4.tcp_syncookies", "net.ipv4.tcp_wmem",
})  # fmt: skip

_SELINUX = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")

#: An image as a volume is not among the documented ones; servers that know it take it.
_VOLUMES = frozenset({
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
})  # fmt: skip

#: Of a pod.
Spec = Mapping[str, Any]


class Rule(NamedTuple):
    """One rule.

    :ivar level: from which on it counts.
    :ivar words: what must be, for people.
    :ivar broken: whether a pod breaks it.
    """

    level: str
    words: str
    broken: Callable[[Spec], bool]


def broken_rules(level: str, spec: Spec) -> list[str]:
    """What of a level a pod breaks, in words."""
    levels = {BASELINE: (BASELINE,), RESTRICTED: (BASELINE, RESTRICTED)}.get(level, ())
    return [rule.words for rule in RULES if rule.level in levels and rule.broken(spec)]


def containers(spec: Spec) -> list[dict[str, Any]]:
    """All containers of a pod, those that come first included."""
    return [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]


def _contexts(spec: Spec) -> Iterator[Mapping[str, Any]]:
    """The security contexts: the pod's, then each container's."""
    yield spec.get("securityContext") or {}
    yield from _own_contexts(spec)


def _own_contexts(spec: Spec) -> list[Mapping[str, Any]]:
    return [container.get("securityContext") or {} for container in containers(spec)]


def _in_pod(path: str) -> Callable[[Spec], bool]:
    return lambda spec: bool(spec.get(path))


def _somewhere(path: str, wrong: Callable[[Any], bool]) -> Callable[[Spec], bool]:
    """Whether what stands at a path of the pod's or a container's context is wrong; None where nothing does."""
    return lambda spec: any(wrong(dig(context, path)) for context in _contexts(spec))


def _not_everywhere(path: str, right: Callable[[Any], bool]) -> Callable[[Spec], bool]:
    """Whether the pod's context is wrong, or a container is left for which neither its own nor the pod's is right."""

    def broken(spec: Spec) -> bool:
        whole = dig(spec, f"securityContext.{path}")
        own = [dig(context, path) for context in _own_contexts(spec)]
        wrong = whole is not None and not right(whole)
        return wrong or not all(right(whole if value is None else value) for value in own)

    return broken


def _capabilities(spec: Spec, which: str) -> Iterator[set[str]]:
    for context in _own_contexts(spec):
        yield set(dig(context, f"capabilities.{which}") or ())


def _volumes(spec: Spec) -> list[Mapping[str, Any]]:
    return list(spec.get("volumes") or ())


def _kinds(spec: Spec) -> set[str]:
    return {name for volume in _volumes(spec) for name, value in volume.items() if name != "name" and value is not None}


def _host_ports(spec: Spec) -> bool:
    return any(port.get("hostPort") for container in containers(spec) for port in container.get("ports") or ())


def _sysctls(spec: Spec) -> bool:
    return any(item.get("name") not in _SYSCTLS for item in dig(spec, "securityContext.sysctls") or ())


def _selinux(options: Any) -> bool:
    options = options or {}
    return (options.get("type") or "") not in _SELINUX or bool(options.get("user") or options.get("role"))


RULES = (
    Rule(BASELINE, "no hostNetwork", _in_pod("hostNetwork")),
    Rule(BASELINE, "no hostPID", _in_pod("hostPID")),
    Rule(BASELINE, "no hostIPC", _in_pod("hostIPC")),
    Rule(BASELINE, "no hostPath volume", lambda spec: "hostPath" in _kinds(spec)),
    Rule(BASELINE, "no hostPort", _host_ports),
    Rule(BASELINE, "no privileged container", _somewhere("privileged", bool)),
    Rule(
        BASELINE,
        "no capabilities added beyond the usual ones",
        lambda spec: any(added - _CAPABILITIES for added in _capabilities(spec, "add")),
    ),
    Rule(
        BASELINE, "no seccompProfile Unconfined", _somewhere("seccompProfile.type", lambda kind: kind == "Unconfined")
    ),
    Rule(BASELINE, "no unsafe sysctls", _sysctls),
    Rule(BASELINE, "procMount Default", _somewhere("procMount", lambda kind: kind not in (None, "Default"))),
    Rule(BASELINE, "no seLinuxOptions of its own", _somewhere("seLinuxOptions", _selinux)),
    Rule(
        BASELINE,
        "no AppArmor profile Unconfined",
        _somewhere("appArmorProfile.type", lambda kind: kind == "Unconfined"),
    ),
    Rule(RESTRICTED, "only the usual kinds of volumes", lambda spec: bool(_kinds(spec) - _VOLUMES - {"hostPath"})),
    Rule(
        RESTRICTED,
        "allowPrivilegeEscalation: false",
        lambda spec: any(context.get("allowPrivilegeEscalation") is not False for context in _own_contexts(spec)),
    ),
    Rule(RESTRICTED, "runAsNonRoot: true", _not_everywhere("runAsNonRoot", lambda value: value is True)),
    Rule(RESTRICTED, "no runAsUser: 0", _somewhere("runAsUser", lambda user: user == 0)),
    Rule(
        RESTRICTED,
        "seccompProfile RuntimeDefault or Localhost",
        _not_everywhere("seccompProfile.type", lambda kind: kind in ("RuntimeDefault", "Localhost")),
    ),
    Rule(
        RESTRICTED,
        "capabilities drop: [ALL]",
        lambda spec: any("ALL" not in dropped for dropped in _capabilities(spec, "drop")),
    ),
    Rule(
        RESTRICTED,
        "no capabilities added but NET_BIND_SERVICE",
        lambda spec: any(added - {"NET_BIND_SERVICE"} for added in _capabilities(spec, "add")),
    ),
)
