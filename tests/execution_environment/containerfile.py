"""Reading a Containerfile: as much of the language as ansible-builder writes, and an error for the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace


class NotUnderstood(Exception):
    """A line that this reader does not know."""


@dataclass(frozen=True)
class Settings:
    """What holds from a line on: for the steps that follow, and at the end for the container."""

    environment: Mapping[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "root"
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class Copy:
    """Files from the build context, or from the stage with this name; of a folder, what is in it."""

    source: str
    target: str
    stage: str = ""


@dataclass(frozen=True)
class Run:
    """A command for the shell, its variables, and the folder that it starts in."""

    command: str
    environment: Mapping[str, str]
    folder: str


@dataclass(frozen=True)
class Stage:
    """One FROM: `parent` is the name of an earlier stage, or of an image. Only a stage itself has its arguments."""

    name: str
    parent: str
    settings: Settings
    arguments: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Copy | Run, ...] = ()


def read(text: str, build_arguments: Mapping[str, str]) -> tuple[Stage, ...]:
    """The stages in their order.

    :param build_arguments: what --build-arg gives, by name.
    """
    known: dict[str, str] = {}
    stages: dict[str, Stage] = {}
    for word, rest in _instructions(text):
        if word == "FROM":
            stage = _from(rest, known, stages)
        elif stages:
            stage = _with(list(stages.values())[-1], word, rest, known)
        else:
            name, default = _matching(r'ARG (\w+)="(.*)"', word, rest)
            known[name] = build_arguments.get(name, default)
            continue
        stages[stage.name] = stage
    if unknown := build_arguments.keys() - known.keys():
        raise NotUnderstood(f"the file takes no {', '.join(sorted(unknown))}")
    return tuple(stages.values())


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if line.endswith("\\"):
            raise NotUnderstood(f"a line that goes on in the next: {line}")
        if line.strip() and not line.startswith("#"):
            word, _space, rest = line.strip().partition(" ")
            yield word, rest


def _matching(pattern: str, word: str, rest: str) -> tuple[str, ...]:
    match = re.fullmatch(pattern, f"{word} {rest}")
    if not match:
        raise NotUnderstood(f"{word} {rest}")
    return tuple(group or "" for group in match.groups())


def _from(rest: str, known: Mapping[str, str], stages: Mapping[str, Stage]) -> Stage:
    image, name = _matching(r"FROM (\S+) AS (\w+)", "FROM", rest)
    parent = known[image[1:]] if image.startswith("$") else image
    return Stage(name, parent, stages[parent].settings if parent in stages else Settings())


def _with(stage: Stage, word: str, rest: str, known: Mapping[str, str]) -> Stage:
    """The stage with one instruction more."""
    settings = stage.settings
    if word == "ARG":
        return replace(stage, arguments={**stage.arguments, rest: known[rest]})
    if word == "RUN" and settings.user == "root":
        step: Copy | Run = Run(rest, {**stage.arguments, **settings.environment}, settings.folder)
        return replace(stage, steps=(*stage.steps, step))
    if word == "COPY":
        origin, source, target = _matching(r"COPY (?:--from=(\w+) )?([^-]\S*) (\S+)", word, rest)
        step = Copy(source, f"{'' if target.startswith('/') else settings.folder.rstrip('/') + '/'}{target}", origin)
        return replace(stage, steps=(*stage.steps, step))
    return replace(stage, settings=_set(settings, word, rest))


def _set(settings: Settings, word: str, rest: str) -> Settings:
    match word:
        case "ENV":
            name, value = _matching(r"ENV (\w+)=(\S*)", word, rest)
            return replace(settings, environment={**settings.environment, name: value})
        case "USER":
            return replace(settings, user=rest)
        case "WORKDIR":
            return replace(settings, folder=rest)
        case "ENTRYPOINT":
            return replace(settings, entrypoint=tuple(json.loads(rest)))
        case "CMD":
            return replace(settings, command=tuple(json.loads(rest)))
        case "LABEL":
            return settings
    raise NotUnderstood(f"{word} {rest}")
