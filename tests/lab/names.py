"""Names that exist nowhere, for one process and those that it starts.

Through libnss_wrapper, which stands before the C library: Python resolves them, and so does whatever else is linked
to that library. Programs in Go (helm, kubectl) are not.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from .lab import write

#: From Debian's package libnss-wrapper (machine.py).
LIBRARY = "/usr/lib/x86_64-linux-gnu/libnss_wrapper.so"


def environment_with_names(names: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Variables for a process in which these names resolve to these addresses, beside all that resolve without.

    :param names: address by name.
    :param folder: where the hosts file goes; it must stay while the process runs.
    """
    hosts = folder / "hosts"
    write(hosts, "".join(f"{address} {name}\n" for name, address in names.items()), mode=0o644)
    already = os.environ.get("LD_PRELOAD")
    return {
        "LD_PRELOAD": f"{LIBRARY}:{already}" if already else LIBRARY,
        "NSS_WRAPPER_HOSTS": str(hosts),
    }
