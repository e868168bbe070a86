"""Programs in the execution environment, started as AWX starts them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.lab import rootfs
from tests.tools.environment import ROOT

from .build import Image, build
from .context import CONTEXT, settled, without_galaxy

#: Nobody's number, as OpenShift chooses them, in the group that images open their folders to.
USER = 1000660000
GROUP = 0
#: The release of the definition's base image.
RELEASE = "trixie"


def made() -> Image:
    """The image of this checkout, on Debian's packages in place of an image of them."""
    # Another make's settings are not for this one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    subprocess.run(["make", "execution-environment"], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder, "context")
        shutil.copytree(CONTEXT, context)
        for archive in context.glob("_build/collection/*.tar.gz"):
            settled(archive)
        without_galaxy(context)
        return build(context, rootfs.minimal(RELEASE), {"ANSIBLE_GALAXY_CLI_COLLECTION_OPTS": "--offline"})


def start(
    image: Image,
    argv: Sequence[str],
    above: Path,
    *,
    binds: Mapping[Path, str] | None = None,
) -> subprocess.Popen[str]:
    """A program under the image's entry point, as a user who owns nothing.

    :param above: an empty folder of this machine, for what is written.
    """
    return image.root.start(
        [*image.settings.entrypoint, *argv],
        above,
        environment=image.settings.environment,
        folder=image.settings.folder,
        user=f"{USER}:{GROUP}",
        binds=binds,
    )
