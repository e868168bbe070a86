"""Namespaces whose pods have no way out: they reach the cluster, and what a site without internet has around it."""

from __future__ import annotations

import json
import subprocess

from . import config
from .errors import LabError
from .lab import Lab, write
from .network import Network
from .process import holders


def cut_off(lab: Lab, namespace: str, *, controller: bool = False) -> None:
    """From here on, of pods that start there, no packet gets further than the site, until the lab's next start.

    :param controller: nor does this machine, for whatever it runs, reach what is published and the control plane.
    """
    _set(lab, {**config.cut_off(lab), namespace: controller})


def connect(lab: Lab, namespace: str) -> None:
    """Undo it; does nothing where nothing was cut."""
    _set(lab, {name: controller for name, controller in config.cut_off(lab).items() if name != namespace})


def _set(lab: Lab, namespaces: dict[str, bool]) -> None:
    found = holders(lab)
    if not found or not found.init.alive:
        raise LabError(f"{lab.root}: this lab does not run")
    rules = _rules(lab.network, controller=any(namespaces.values())) if namespaces else ""
    # Before the first pod, and after the last one. The addresses of those that run stay in their set.
    done = subprocess.run(
        ["nsenter", f"--target={found.init.pid}", "--net", "nft", "--file", "-"],
        input=f"add table {config.CUT_OFF}\n{rules or f'delete table {config.CUT_OFF}'}",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise LabError(f"nft did not take the rules: {done.stderr.strip()}")
    write(config.cut_off_file(lab), json.dumps(namespaces))
    config.write_pod_network(lab)


def _rules(network: Network, *, controller: bool) -> str:
    """Judged where a Service's address has been replaced already, so that no Service leads out."""
    inside = ", ".join(f"{address} . {protocol} . {port}" for address, protocol, port in _inside(network))
    published = ", ".join(port for _host, port in map(_parts, _of_others(network))) if controller else ""
    here = (
        f"add rule {config.CUT_OFF} input ip saddr {network.host} tcp dport {{ {published} }} drop" if published else ""
    )
    return f"""
add set {config.CUT_OFF_PODS} {{ type ipv4_addr; }}
add chain {config.CUT_OFF} way_out
add chain {config.CUT_OFF} input {{ type filter hook input priority 0; }}
add chain {config.CUT_OFF} forward {{ type filter hook forward priority 0; }}
flush table {config.CUT_OFF}
add rule {config.CUT_OFF} input ip saddr @pods jump way_out
add rule {config.CUT_OFF} forward ip saddr @pods jump way_out
add rule {config.CUT_OFF} way_out ct state established,related accept
add rule {config.CUT_OFF} way_out ip daddr {network.pods} accept
add rule {config.CUT_OFF} way_out ip daddr . meta l4proto . th dport {{ {inside} }} accept
add rule {config.CUT_OFF} way_out drop
{here}
"""


def _inside(network: Network) -> list[tuple[str, str, str]]:
    """What the site has: its registry, its stores, its database, the cluster's API and names."""
    servers = [network.mirror, network.s3, network.s3_tls, f"{network.node}:5432", network.api.removeprefix("https://")]
    names = f"{network.node}:53"
    return [
        *((host, "tcp", port) for host, port in map(_parts, [*servers, names])),
        *((host, "udp", port) for host, port in [_parts(names)]),
    ]


def _of_others(network: Network) -> list[str]:
    """What stands for the internet: the registry where everything is published, and the control plane."""
    return [network.registry, network.registry_token, network.control_plane]


def _parts(address: str) -> tuple[str, str]:
    host, _colon, port = address.rpartition(":")
    return host, port
