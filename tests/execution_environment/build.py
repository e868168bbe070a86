"""Making an image from a build context, stage by stage; a stage of which nothing changed is found again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab.cache import artefact, digest

from .containerfile import Copy, Run, Settings, Stage, read
from .root import Root

#: How this machine reaches the packages: a container engine hands such variables on, too.
_HANDED_ON = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "PIP_INDEX_URL")
#: Where steps find the authorities that this machine trusts, maybe others than the image does; and what is copied.
_AUTHORITIES, _COPIED = "/run/authorities.crt", "/run/copied"
#: Of a folder, what is in it.
_COPY = 'if [ -d "$1" ]; then mkdir -p "$2" && cp -a "$1/." "$2"; else mkdir -p "${2%/*}" && cp -a "$1" "$2"; fi'


class StepFailed(Exception):
    """A step ended with an error; the message has the end of what it said."""


@dataclass(frozen=True)
class Image:
    """What a stage made: a file system, what holds in it, and a name for its content."""

    root: Root
    settings: Settings
    key: str


def build(context: Path, base: Path, build_arguments: Mapping[str, str]) -> Image:
    """The last stage, and all before it.

    :param context: the folder with the Containerfile.
    :param base: the base image's file system.
    """
    made: dict[str, Image] = {}
    last = Image(Root((base,)), Settings(), base.name)
    for stage in read((context / "Containerfile").read_text(encoding="utf-8"), build_arguments):
        parent = made.get(stage.parent) or Image(Root((base,)), Settings(), base.name)
        made[stage.name] = last = _made(stage, parent, made, context)
    return last


def _made(stage: Stage, parent: Image, others: Mapping[str, Image], context: Path) -> Image:
    copied = [step for step in stage.steps if isinstance(step, Copy)]
    sources = [others[step.stage].key if step.stage else context / step.source for step in copied]
    key = digest([parent.key, repr(stage.steps), *sources])

    def make(into: Path) -> None:
        for step in stage.steps:
            if isinstance(step, Run):
                _do(("sh", "-c", step.command), parent.root, into / "stage", step=step)
                continue
            source = context / step.source
            if step.stage:
                # Only from inside is it seen whole.
                source = into / "copied"
                source.mkdir()
                _do(_copy(step.source, _COPIED), others[step.stage].root, into / "other", binds={source: _COPIED})
            _do(_copy(_COPIED, step.target), parent.root, into / "stage", binds={source: _COPIED})
            for rest in ("copied", "other"):
                shutil.rmtree(into / rest, ignore_errors=True)
        (into / "stage/layer").rename(into / "layer")
        shutil.rmtree(into / "stage")

    layer = artefact(f"image-{stage.name}", key, make, note=f"the execution environment's stage {stage.name}")
    return Image(Root((layer / "layer", *parent.root.layers)), stage.settings, key)


def _copy(source: str, target: str) -> tuple[str, ...]:
    return ("sh", "-ec", _COPY, "copy", source, target)


def _do(
    argv: Sequence[str],
    root: Root,
    above: Path,
    *,
    step: Run | None = None,
    binds: Mapping[Path, str] | None = None,
) -> None:
    environment = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    bound = dict(binds or {})
    if trusted := os.environ.get("PIP_CERT"):
        environment["PIP_CERT"] = _AUTHORITIES
        bound[Path(trusted)] = _AUTHORITIES
    environment |= step.environment if step else {}
    process = root.start(argv, above, environment=environment, folder=step.folder if step else "/", binds=bound)
    said, _nothing = process.communicate()
    if process.returncode:
        raise StepFailed(
            f"{step.command if step else ' '.join(argv)}\nended with {process.returncode}:\n{said[-4000:]}"
        )
