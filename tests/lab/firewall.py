"""A firewall between pods and what is around them: packets that do not get through, for as long as a test wants."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import lab as labs
from .errors import LabError
from .network import Network
from .probe import wait
from .process import holders

#: Where packets pass, and how early: as they were sent (before a Service's address is replaced), and as they arrive.
HOOKS = {"prerouting": -300, "input": 0, "forward": 0}


@contextmanager
def blocked(
    lab_folder: Path,
    *,
    address: str,
    port: int,
    from_pods: bool = True,
    from_host: bool = False,
    refused: bool = False,
) -> Iterator[None]:
    """No TCP to this address and port from pods, from this machine, or from both; open connections stand still, too.

    What the node's own programs send (Traefik, the API server's port-forward) is let through.

    :param refused: answer with a reset, instead of not at all.
    """
    lab = labs.at(lab_folder)
    found = holders(lab)
    if not found or not found.init.alive:
        raise LabError(f"{lab_folder}: this lab does not run")
    table = f"blocked_{uuid.uuid4().hex[:12]}"
    nft = ["nsenter", f"--target={found.init.pid}", "--net", "nft"]

    def there() -> bool:
        return subprocess.run([*nft, "list", "table", "inet", table], capture_output=True, check=False).returncode == 0

    # The table belongs to this process: the kernel removes it with the process, and that ends with whoever holds the
    # other end of the pipe. Nothing stays blocked, even if a test is killed.
    with subprocess.Popen(
        [*nft, "--interactive"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as owner:
        assert owner.stdin
        assert owner.stdout
        sources = [source for source, wanted in _sources(lab.network, from_pods, from_host) if wanted]
        owner.stdin.write(_commands(table, sources, address, port, refused=refused) + "\n")
        owner.stdin.flush()
        try:
            if not wait(there, 5, every=0.02):
                owner.stdin.close()
                raise LabError(f"nft did not take the rules: {owner.stdout.read().strip()}")
            yield
        finally:
            owner.stdin.close()
            if not wait(lambda: owner.poll() is not None, 5, every=0.02):
                owner.kill()
    # The kernel takes the table a moment after its owner.
    if not wait(lambda: not there(), 5, every=0.02):
        raise LabError(f"the table {table} stayed in the lab's network")


def _sources(network: Network, from_pods: bool, from_host: bool) -> tuple[tuple[str, bool], ...]:
    return (f"ip saddr {network.pods}", from_pods), (f"ip saddr {network.host}", from_host)


def _commands(table: str, sources: list[str], address: str, port: int, *, refused: bool) -> str:
    """One line, so that all of it is there at once."""
    verdict = "reject with tcp reset" if refused else "drop"
    rules = " ".join(f"{source} ip daddr {address} tcp dport {port} {verdict};" for source in sources)
    chains = " ".join(
        f"chain {hook} {{ type filter hook {hook} priority {priority}; {rules} }};" for hook, priority in HOOKS.items()
    )
    return f"add table inet {table} {{ flags owner; {chains} }}"
