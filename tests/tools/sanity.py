"""Run `ansible-test sanity` on this checkout, the uncommitted files included; more arguments go to ansible-test.

ansible-test wants the collection at ansible_collections/NAMESPACE/NAME and takes no symlink: a copy stands in.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.tools.environment import CACHE, ROOT, candidates, real_path

#: What the collection's modules may run on (tests/config.yml); ansible-test takes those that the machine has.
PYTHONS = ("3.14", "3.13", "3.12", "3.11", "3.10")
COLLECTIONS = ROOT / ".cache/sanity/ansible_collections"
COPY = COLLECTIONS / "popsink/data_plane"
#: Templates of a chart: they only look like YAML.
EXCLUDED = "tests/lab/chart/source/"
#: Collections whose documentation fragments and utilities ours refers to.
NEIGHBOURS = ("kubernetes", "community")
#: ansible-test keeps its environments and its pip below the home directory: one of its own keeps the user's clean.
HOME = CACHE / "sanity"

#: Stands where ansible-test keeps the script that brings pip into a new environment, which it would fetch otherwise.
GET_PIP = """\
import runpy
import sys

sys.path.insert(0, {folder!r})
sys.argv[1:] = ["install", *(a for a in sys.argv[1:] if a not in ("--no-setuptools", "--no-wheel"))]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def site_packages() -> Path:
    return Path(next(p for p in sys.path if p.endswith("site-packages")))


def copy_checkout() -> None:
    """All that git knows or would take in, less the symlink that leads back here."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    shutil.rmtree(COPY, ignore_errors=True)
    for name in filter(None, listed.stdout.split("\0")):
        source, target = ROOT / name, COPY / name
        if name.startswith("collections/") or not source.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    # A repository of its own: ansible-test lists what git lists, and the one around it ignores this folder.
    subprocess.run(["git", "init", "--quiet", "--initial-branch", "main"], cwd=COPY, check=True)
    for neighbour in NEIGHBOURS:
        link = COLLECTIONS / neighbour
        link.unlink(missing_ok=True)
        link.symlink_to(site_packages() / "ansible_collections" / neighbour)


def offer_pip() -> None:
    """Put this environment's pip where ansible-test looks for a script before it fetches one."""
    lone = HOME / "pip"
    shutil.rmtree(lone, ignore_errors=True)
    # Without its metadata, or pip would take itself for installed and replace this copy.
    shutil.copytree(site_packages() / "pip", lone / "pip")
    wanted = (site_packages() / "ansible_test/_internal/python_requirements.py").read_text(encoding="utf-8")
    scripts = HOME / ".ansible/test/cache"
    scripts.mkdir(parents=True, exist_ok=True)
    for version in re.findall(r"\bpip='([0-9.]+)'", wanted):
        script = scripts / f"get_pip_{version.replace('.', '_')}.py"
        script.write_text(GET_PIP.format(folder=str(lone)), encoding="utf-8")


def environment() -> dict[str, str]:
    found = [real_path(name) for version in PYTHONS for name in candidates(version)]
    folders = [str(Path(python).parent) for python in found if python]
    return {
        **os.environ,
        "HOME": str(HOME),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), *folders, os.environ["PATH"]]),
    }


def main() -> int:
    copy_checkout()
    offer_pip()
    program = str(Path(sys.executable).with_name("ansible-test"))
    command = [program, "sanity", "--local", "--junit", "--exclude", EXCLUDED, *sys.argv[1:]]
    code = subprocess.run(command, cwd=COPY, env=environment(), check=False).returncode
    reports = os.environ.get("SANITY_REPORTS")
    if reports:
        shutil.copytree(COPY / "tests/output/junit", reports, dirs_exist_ok=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
