"""`python -m tests.lab COMMAND`, from the root of the checkout; LAB=name picks another lab beside the default one."""

from __future__ import annotations

import argparse
import os
import sys
import time

from . import binaries, egress, image, lifecycle, registry
from . import lab as labs
from .errors import LabError
from .process import holders
from .progress import say
from .supervision import Supervisor


def main() -> int:
    arguments = _parser().parse_args()
    name = os.environ.get("LAB", "")
    try:
        return int(arguments.run(name, arguments) or 0)
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read this, `head` perhaps, has seen enough; nor shall Python complain when it closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, text in (
        ("up", _up, "start the lab, or find it running"),
        ("down", _down, "stop it; its state stays for the next start"),
        ("destroy", _destroy, "stop it and remove its state"),
        ("status", _status, "say what runs"),
        ("build", _build, "make what a start needs, without starting"),
    ):
        commands.add_parser(name, help=text, description=text).set_defaults(run=run)
    handed = commands.add_parser("deployment", help="make what an integrator is handed for one deployment")
    handed.add_argument("deployment", metavar="NAME")
    handed.add_argument("--ingress-url", default="", help="default: https://NAME.popsink.example")
    handed.add_argument("--without-bucket", action="store_true", help="a key for it, and no bucket: somebody makes it")
    handed.set_defaults(run=_deployment)
    for verb, do in (("start", lifecycle.start), ("stop", lifecycle.stop)):
        text = f"{verb} a program that does not start with the lab: kafka, schema-registry"
        one = commands.add_parser(verb, help=text, description=text)
        one.add_argument("program")
        one.set_defaults(run=lambda name, arguments, do=do: do(name, arguments.program))
    cut = commands.add_parser("cut-off", help="let pods that start in a namespace reach nothing outside of the site")
    cut.add_argument("namespace")
    text = "let this machine not reach what is published, and the control plane, either"
    cut.add_argument("--controller", action="store_true", help=text)
    cut.set_defaults(run=_cut_off)
    connected = commands.add_parser("connect", help="undo cut-off")
    connected.add_argument("namespace")
    connected.set_defaults(run=_connect)
    tansu = commands.add_parser("tansu", help="put the real Tansu into the registry, which is built the first time")
    tansu.set_defaults(run=_tansu)
    logs = commands.add_parser("logs", help="print the log of one of its programs")
    logs.add_argument("program")
    logs.set_defaults(run=_logs)
    return parser


def _up(name: str, _arguments: argparse.Namespace) -> None:
    began = time.monotonic()
    lab = lifecycle.up(name)
    say(f"The lab runs ({time.monotonic() - began:.1f} s): export KUBECONFIG={lab.kubeconfig} PATH={lab.bin}:$PATH")


def _down(name: str, _arguments: argparse.Namespace) -> None:
    lifecycle.down(name)
    say("The lab is stopped.")


def _destroy(name: str, _arguments: argparse.Namespace) -> None:
    lifecycle.destroy(name)
    say("The lab is removed.")


def _build(_name: str, _arguments: argparse.Namespace) -> None:
    lifecycle.built()
    say("Everything is built.")


def _status(name: str, _arguments: argparse.Namespace) -> int:
    lab = labs.find(name)
    found = holders(lab) if lab else None
    if not lab or not found or not found.init.alive:
        say("The lab is not running." if lab else "There is no such lab.")
        return 3
    say(f"{lab.root}: node {lab.network.node}, first process {found.init.pid}")
    processes = Supervisor(found.init.pid).processes()
    for process in processes:
        say(f"  {process.name:26}{process.state:10}{process.description}")
    for process in processes:
        if process.dead:
            say(lifecycle.obituary(lab, process))
    return 1 if any(process.dead for process in processes) else 0


def _deployment(name: str, arguments: argparse.Namespace) -> None:
    # Imported here: the object store's library takes a second, and only this command needs it.
    from . import deployment

    say(str(deployment.hand_out(_running(name), arguments.deployment, arguments.ingress_url)))
    if arguments.without_bucket:
        deployment.remove_bucket(_running(name), arguments.deployment)


def _cut_off(name: str, arguments: argparse.Namespace) -> None:
    egress.cut_off(_running(name), arguments.namespace, controller=arguments.controller)


def _connect(name: str, arguments: argparse.Namespace) -> None:
    egress.connect(_running(name), arguments.namespace)


def _tansu(name: str, _arguments: argparse.Namespace) -> None:
    lab = _running(name)
    registry.push_tansu(lab, image.tansu(binaries.TANSU.build()))
    say(registry.TANSU_TAG)


def _running(name: str) -> labs.Lab:
    lab = labs.find(name)
    found = holders(lab) if lab else None
    if not lab or not found or not found.init.alive:
        raise LabError("The lab is not running; start it with: python -m tests.lab up")
    return lab


def _logs(name: str, arguments: argparse.Namespace) -> None:
    lab = labs.find(name)
    file = lab.logs / f"{arguments.program}.log" if lab else None
    if not lab or not file or not file.exists():
        known = sorted(log.stem for log in lab.logs.glob("*.log")) if lab and lab.logs.exists() else []
        raise LabError(f"No log of {arguments.program!r}; there are: {', '.join(known) or 'none'}")
    sys.stdout.write(file.read_text(errors="replace"))


if __name__ == "__main__":
    sys.exit(main())
