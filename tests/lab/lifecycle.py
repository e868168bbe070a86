"""Start a lab, find it running, stop it, say how it is."""

from __future__ import annotations

import datetime
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from . import (
    binaries,
    cgroups,
    chart_source,
    config,
    image,
    inside,
    inventory,
    kafka_server,
    keeper,
    kinds,
    machine,
    pki,
    programs,
    registry,
    supervision,
)
from . import lab as labs
from .binaries import Tools
from .cache import digest
from .command import run
from .errors import LabError
from .lab import CHECKOUT, Lab, locked, write
from .probe import answers, wait
from .process import Holders, holders
from .programs import Program
from .progress import say, step
from .supervision import Process, Supervisor

#: Seconds that a program has to become ready. Long enough for a machine that compiles something beside it.
PATIENCE = 120
#: Of an Ingress, as its controller says it.
ADDRESS = "jsonpath={.status.loadBalancer.ingress[0].ip}"
#: Lines of a log that are shown when a program ended.
TAIL = 15


def up(name: str) -> Lab:
    """Bring the lab to where everything in it works. Changes nothing when it does already."""
    machine.check()
    lab = labs.find_or_make(name)
    with locked(lab.root / "lock", waiting="another process is starting or stopping this lab; waiting for it"):
        machine.install_packages()
        tools = binaries.ensure()
        standins, busybox = image.standins(), image.busybox()
        found = holders(lab)
        if not (found and found.init.alive and found.keeper.alive):
            found = _start(lab, tools)
        else:
            # For programs that the lab did not have when it was started.
            pki.ensure(lab)
            config.write_all(lab)
        supervisor = Supervisor(found.init.pid)
        _await_programs(lab, supervisor, programs.table(lab, tools), found)
        _links(lab, tools)
        registry.push_open(lab, image.pause(tools.pause), busybox)
        _await_node(lab, tools)
        changed = registry.push_images(lab, standins)
        if changed:
            say(f"          {len(changed)} images pushed")
            _forget_images(lab, found)
        for chart in registry.push_charts(lab, tools.helm):
            say(f"          chart pushed: {chart}")
        describe(lab)
    return lab


def down(name: str) -> None:
    """Stop the lab and leave nothing of it but its files. Does the same for what a killed one left."""
    lab = labs.find(name)
    if not lab:
        return
    with locked(lab.root / "lock", waiting="another process is starting or stopping this lab; waiting for it"):
        _stop(lab)


def destroy(name: str) -> None:
    """Stop the lab and remove its files, so that the next start makes a new, empty one."""
    down(name)
    shutil.rmtree(labs.folder(name), ignore_errors=True)


def start(name: str, program: str) -> None:
    """Start a program that does not start with the lab, or find it running, with those who may use it."""
    lab, supervisor, table, found = _of_a_running(name)
    wanted = _on_demand(table, program)
    if program == "kafka":
        binaries.KAFKA.build()
    with locked(lab.root / "lock", waiting="another process is starting or stopping this lab; waiting for it"):
        state = {process.name: process for process in supervisor.processes()}[program]
        if state.dead or state.stopped:
            supervisor.start(program)
        with step(program):
            _await(lab, supervisor, wanted, found)
            if program == "kafka":
                kafka_server.provision(lab, PATIENCE)


def stop(name: str, program: str) -> None:
    """Stop such a program; what it holds comes back with its next start."""
    _lab, supervisor, table, _found = _of_a_running(name)
    _on_demand(table, program)
    state = {process.name: process for process in supervisor.processes()}[program]
    if not (state.dead or state.stopped):
        supervisor.stop(program)


def _of_a_running(name: str) -> tuple[Lab, Supervisor, tuple[Program, ...], Holders]:
    lab = labs.find(name)
    found = holders(lab) if lab else None
    if not lab or not found or not found.init.alive:
        raise LabError("The lab is not running; start it with: python -m tests.lab up")
    return lab, Supervisor(found.init.pid), programs.table(lab, binaries.ensure()), found


def _on_demand(table: tuple[Program, ...], program: str) -> Program:
    known = {entry.name: entry for entry in table if entry.on_demand}
    if program not in known:
        raise LabError(f"{program!r} starts and stops with the lab; by themselves do: {', '.join(known)}")
    return known[program]


def log_tail(lab: Lab, program: str, lines: int = TAIL) -> str:
    file = lab.logs / f"{program}.log"
    if not file.exists():
        return "(it wrote no log)"
    return "\n".join(file.read_text(errors="replace").splitlines()[-lines:])


def obituary(lab: Lab, process: Process) -> str:
    """That a program ended, and the end of its log."""
    return f"{process.name} ended ({process.description}). The end of its log:\n{log_tail(lab, process.name)}"


def _late(lab: Lab, program: str, what: str) -> str:
    return f"{program} was not {what} within {PATIENCE} s. The end of its log:\n{log_tail(lab, program)}"


def _start(lab: Lab, tools: Tools) -> Holders:
    _stop(lab)
    for folder in (lab.logs, lab.state):
        folder.mkdir(mode=0o700, exist_ok=True)
    pki.ensure(lab)
    shutil.rmtree(lab.config, ignore_errors=True)
    lab.config.mkdir(mode=0o700)
    config.write_all(lab)
    supervision.configure(lab, programs.table(lab, tools))
    with step("namespaces"), (lab.logs / "keeper.log").open("w") as log:
        subprocess.Popen(
            [sys.executable, "-m", "tests.lab.keeper", str(lab.root)],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        if not wait(lambda: _answers(lab), 20, every=0.05):
            raise LabError(f"The lab's namespaces did not come up. The end of {log.name}:\n{log_tail(lab, 'keeper')}")
    found = holders(lab)
    assert found
    return found


def _answers(lab: Lab) -> bool:
    found = holders(lab)
    if not found:
        return False
    try:
        return bool(Supervisor(found.init.pid).processes())
    except OSError:
        return False


def _stop(lab: Lab) -> None:
    found = holders(lab)
    if found:
        # First in order, so that databases close; then whatever is left.
        found.init.send(signal.SIGTERM)
        wait(lambda: not found.init.alive, 40)
        found.init.send(signal.SIGKILL)
        wait(lambda: not found.keeper.alive, 20)
        found.keeper.send(signal.SIGKILL)
    keeper.sweep(lab.network)
    lab.running.unlink(missing_ok=True)
    remains = cgroups.remains(lab.network.interface)
    if remains:
        members = (remains[0] / "cgroup.procs").read_text().split()
        raise LabError(f"{remains[0]} could not be removed; processes in it: {members}")


def _await_programs(lab: Lab, supervisor: Supervisor, table: tuple[Program, ...], found: Holders) -> None:
    processes = {process.name: process for process in supervisor.processes()}
    for program in table:
        process = processes.get(program.name)
        if process and not process.dead and program.name == "control-plane" and _standins_changed(lab):
            supervisor.restart(program.name)
        elif process is None:
            supervision.configure(lab, table)
            supervisor.add(program.name)
        elif process.dead or (process.stopped and not program.on_demand):
            say(f"{obituary(lab, process)}\nStarting it again.")
            supervisor.start(process.name)
    for program in table:
        if program.ready and not program.on_demand and not _ready(lab, program, found):
            with step(program.name):
                _await(lab, supervisor, program, found)


def _await(lab: Lab, supervisor: Supervisor, program: Program, found: Holders) -> None:
    def settled() -> bool:
        return _ready(lab, program, found) or any(process.dead for process in supervisor.processes())

    done = wait(settled, PATIENCE)
    if done and _ready(lab, program, found):
        return
    ended = [process for process in supervisor.processes() if process.dead]
    if ended:
        raise LabError("\n".join(obituary(lab, process) for process in ended))
    raise LabError(_late(lab, program.name, "ready"))


def _standins_changed(lab: Lab) -> bool:
    """Whether their source is another one than at the last look."""
    return write(lab.config / "standins-source", digest([image.STANDINS]))


def _ready(lab: Lab, program: Program, found: Holders) -> bool:
    """Loopback addresses and sockets are inside, and seen from there; those that wait for them tell enough."""
    if "127.0.0.1" in program.ready:
        return True
    address = program.ready.replace("unix://", f"unix:///proc/{found.init.pid}/root")
    return answers(address, lab.pki / "ca.crt")


def _await_node(lab: Lab, tools: Tools) -> None:
    kubectl = [str(tools.kubectl), f"--kubeconfig={lab.kubeconfig}"]
    marker = lab.config / "cluster-objects"
    objects = Path(__file__).with_name("cluster.yaml").read_text().replace("NODE", lab.network.node)
    custom = kinds.file()
    if not marker.exists() or marker.read_text() != f"{custom}\n{objects}":
        with step("kinds of Traefik, Gateway API and OpenShift"):
            # kubectl's own validation stumbles over null in a schema, and its records are too small for some of them.
            run([*kubectl, "apply", "--server-side", "--force-conflicts", "--validate=false", "-f", custom])
        with step("StorageClass, and IngressClass with its controller"):
            run([*kubectl, "apply", "-f", "-"], stdin=objects)
            ask = [*kubectl, "get", "ingress", "traefik-is-here", "--namespace=lab", f"--output={ADDRESS}"]
            if not wait(lambda: run(ask) == lab.network.node, PATIENCE):
                raise LabError(_late(lab, "traefik", "done with the cluster's first Ingress"))
        write(marker, f"{custom}\n{objects}")

    since = datetime.datetime.fromtimestamp(lab.running.stat().st_mtime, datetime.UTC)

    def ready() -> bool:
        asked = run([*kubectl, "get", "nodes", "-o", "json"])
        # What was said before this start is about a node that was stopped since.
        return any(
            condition["type"] == "Ready"
            and condition["status"] == "True"
            and datetime.datetime.fromisoformat(condition["lastHeartbeatTime"]) >= since
            for node in json.loads(asked)["items"]
            for condition in node["status"].get("conditions", [])
        )

    if not ready():
        with step("node Ready"):
            if not wait(ready, PATIENCE, every=0.3):
                raise LabError(_late(lab, "kubelet", "done with the node"))


def _forget_images(lab: Lab, found: Holders) -> None:
    """Have the node pull images anew whose content changed under the same tag."""
    enter = ["nsenter", f"--target={found.init.pid}", "--mount", "--net", "--pid"]
    ctr = [*enter, "ctr", "--address", inside.CONTAINERD, "--namespace", "k8s.io", "images"]
    known = [name for name in run([*ctr, "list", "--quiet"]).split() if name.startswith(config.IMAGES)]
    if known:
        run([*ctr, "remove", *known])


def _links(lab: Lab, tools: Tools) -> None:
    lab.bin.mkdir(exist_ok=True)
    for name, target in (("helm", tools.helm), ("helm3", tools.helm3), ("kubectl", tools.kubectl)):
        link = lab.bin / name
        if not link.is_symlink() or link.readlink() != target:
            link.unlink(missing_ok=True)
            link.symlink_to(target)


def describe(lab: Lab) -> None:
    """Write what tests and the inventory read."""
    network = lab.network
    described = {
        "name": lab.name or "default",
        "index": lab.index,
        "address": network.node,
        "kubeconfig": str(lab.kubeconfig),
        "helm": str(lab.bin / "helm"),
        "helm3": str(lab.bin / "helm3"),
        "kubectl": str(lab.bin / "kubectl"),
        "mirror": {
            "address": network.mirror,
            "users": {user: lab.secret(user) for user in config.MIRROR_USERS},
            "ca_file": str(lab.pki / "ca.crt"),
        },
        "registry": {
            "address": network.registry,
            "charts": f"oci://{network.registry}/{registry.CHARTS_PATH}/data-plane",
            "renamed_charts": f"oci://{network.registry}/{registry.CHARTS_PATH}/{chart_source.RENAMED}/data-plane",
            "plain_http": True,
        },
        "images": config.IMAGES,
        "pull_token_file": str(lab.pull_token),
        "s3": {
            "endpoint": f"http://{network.s3}",
            "tls_endpoint": f"https://{network.s3_tls}",
            "region": programs.S3_REGION,
            "role": programs.S3_ROLE,
            "root_user": programs.S3_ROOT,
            "root_password": lab.secret("s3 root"),
        },
        "authority": str(lab.pki / "ca.crt"),
        "control_plane": {
            "api": f"http://{network.control_plane}/api",
            "frontend": f"http://{network.control_plane}",
            "lab": f"http://{network.control_plane}/lab",
        },
        "postgresql": {
            "host": network.node,
            "port": 5432,
            "admin_user": "postgres",
            "admin_password": lab.secret("postgresql admin"),
        },
        # Not started with the lab.
        "kafka": kafka_server.describe(lab),
        "schema_registry": {
            "url": f"http://{network.schema_registry}",
            "user": programs.REGISTRY_USER,
            "password": lab.secret("schema registry"),
        },
        "storage_class": "standard",
        "ingress_class": "traefik",
        "ingress_address": network.node,
    }
    write(lab.description, json.dumps(described, indent=2) + "\n")
    inventory.write_lab(lab, described)


def built() -> None:
    """Make everything that can be made before a start."""
    machine.check()
    machine.install_packages()
    binaries.ensure()
    binaries.KAFKA.build()
    image.standins()
    image.busybox()
    kinds.file()
    chart_source.images()
