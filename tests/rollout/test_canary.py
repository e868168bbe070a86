"""Known secrets are let loose, and looked for wherever a run could leave them, while it runs and afterwards."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from tests.lab.deployed import RELEASE, Deployed, forms_of

from .conftest import SMALL, rolled_out
from .killing import started_by
from .playbook import Playbook, Run, finished

#: Everything that Ansible can be made to write, in folders of the test.
TALKATIVE = ("-vvvv", "--diff")

#: Seconds between two looks at processes and folders.
_PAUSE = 0.01


@dataclass(frozen=True)
class Canaries:
    """Secrets that are known before the run.

    :ivar values: by a name for people.
    """

    values: dict[str, str]

    @cached_property
    def _forms(self) -> dict[str, set[str]]:
        return {name: forms_of(value) for name, value in self.values.items()}

    def found_in(self, text: str) -> set[str]:
        """Names of the secrets that stand in a text, in whatever form."""
        return {name for name, forms in self._forms.items() if any(form in text for form in forms)}


class Watch:
    """Looks at a run from outside while it runs: arguments and environment of its processes, and its temporary files.

    :ivar seen: where secrets were seen, with their names.
    :ivar looks: how often it looked.
    """

    def __init__(self, canaries: Canaries, processes: list[int], folders: list[Path]) -> None:
        self.seen: set[tuple[str, str]] = set()
        self.looks = 0
        self._canaries = canaries
        self._processes = processes
        self._folders = folders
        # The run shares the processor: what was searched is not searched again.
        self._searched: set[int] = set()
        self._files: dict[Path, tuple[int, int, int]] = {}

    def until(self, ended: threading.Event) -> None:
        """Look again and again."""
        while not ended.is_set():
            for where, text in self._texts():
                if (key := hash((where, text))) not in self._searched:
                    self._searched.add(key)
                    self.seen |= {(where, name) for name in self._canaries.found_in(text)}
            self.looks += 1
            time.sleep(_PAUSE)

    def _texts(self) -> Iterator[tuple[str, str]]:
        for first in self._processes:
            for process in (first, *started_by(first)):
                for what in ("cmdline", "environ"):
                    yield f"{what} of a process", _text(Path(f"/proc/{process}/{what}"))
        for folder in self._folders:
            for path in folder.rglob("*"):
                with suppress(OSError):
                    about = path.stat()
                    state = (about.st_ino, about.st_size, about.st_mtime_ns)
                    if self._files.get(path) != state:
                        self._files[path] = state
                        yield f"file {path}", _text(path)


@contextmanager
def watching(canaries: Canaries, processes: list[int], folders: list[Path]) -> Iterator[Watch]:
    """Watch processes and all below them until the context ends."""
    watch, ended = Watch(canaries, processes, folders), threading.Event()
    thread = threading.Thread(target=watch.until, args=(ended,))
    thread.start()
    try:
        yield watch
    finally:
        ended.set()
        thread.join()


def _text(path: Path) -> str:
    """What can be read; a file may be gone again, and a process with it."""
    try:
        return path.read_text("utf-8", "replace") if not path.is_dir() else ""
    except OSError:
        return ""


@dataclass(frozen=True)
class Cage:
    """A deployment whose secrets are all known, and folders that hold all that its runs write."""

    deployed: Deployed
    folder: Path
    canaries: Canaries
    variables: dict[str, Any]

    def run(
        self, *arguments: str, playbook: str = "site.yml", settings: dict[str, str] | None = None, **variables: Any
    ) -> Run:
        """Run a playbook watched, then search everything that it left. The variables stand in the inventory."""
        here = Playbook(self.deployed.name, self.folder, {**self.variables, **variables})
        out = self.folder / "written"
        out.mkdir(exist_ok=True)
        temporary = [self.folder / name for name in ("tmp", "local", "remote")]
        for folder in temporary:
            folder.mkdir(exist_ok=True)
        process = here.start(
            *TALKATIVE,
            *arguments,
            playbook=playbook,
            settings={
                "TMPDIR": str(temporary[0]),
                "ANSIBLE_LOCAL_TEMP": str(temporary[1]),
                "ANSIBLE_REMOTE_TEMP": str(temporary[2]),
                "ANSIBLE_LOG_PATH": str(out / "ansible.log"),
                "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
                "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(out / "facts"),
                "ANSIBLE_CALLBACKS_ENABLED": "ansible.builtin.junit",
                "JUNIT_OUTPUT_DIR": str(out / "junit"),
                **(settings or {}),
            },
        )
        # What runs on the bastion is started by its SSH server.
        server = [variables["server_pid"]] if "server_pid" in variables else []
        with watching(self.canaries, [process.pid, *server], temporary) as watch:
            done = finished(process)
        assert watch.seen == set()
        assert watch.looks > 10
        left = {
            (str(path), name)
            for folder in (out, *temporary)
            for path in folder.rglob("*")
            for name in self.canaries.found_in(_text(path))
        }
        assert left == set()
        assert (out / "ansible.log").stat().st_size > 1000
        assert list((out / "junit").iterdir())
        assert self.canaries.found_in(done.output) == set()
        return done


@pytest.fixture(scope="module")
def cage(tmp_path_factory: pytest.TempPathFactory) -> Cage:
    folder = tmp_path_factory.mktemp("canary")
    supplied = {
        "popsink_admin_password": secrets.token_urlsafe(24),
        "popsink_jwt_secret": secrets.token_urlsafe(48),
        "popsink_connector_config_encryption_key": Fernet.generate_key().decode(),
        "popsink_database_password": secrets.token_urlsafe(24),
        "popsink_database_admin_password": secrets.token_urlsafe(24),
    }
    variables = {**SMALL, **supplied}
    deployed = rolled_out("canary", folder, variables=variables).deployed
    account = json.loads(Path(deployed.lab["pull_token_file"]).read_text())
    handed_out = {
        "deployment token": deployed.snippet["deploymentJwtToken"]["token"],
        "S3 secret key": deployed.s3["secret_access_key"],
        "private key of the pull token": account["private_key"].splitlines()[1],
    }
    return Cage(deployed, folder, Canaries({**supplied, **handed_out}), variables)


def _drift(secret: str, key: str, value: str = "changed-by-hand") -> Callable[[Deployed], object]:
    patch = json.dumps({"stringData": {key: value}})
    return lambda deployed: deployed.kubectl("patch", "secret", f"{RELEASE}-vault-{secret}", f"--patch={patch}")


def _nothing(_deployed: Deployed) -> None:
    pass


def test_the_watch_sees_what_there_is_to_see(cage: Cage, tmp_path: Path) -> None:
    """The trap itself: a value in an environment, in a file, and in base64 is found."""
    name, value = next(iter(cage.canaries.values.items()))
    (tmp_path / "left.txt").write_text(sorted(forms_of(value))[0])
    playbook = Playbook(cage.deployed.name, tmp_path, cage.variables)
    process = playbook.start("--list-tasks", settings={"LEAK": value})
    with watching(cage.canaries, [process.pid], [tmp_path]) as watch:
        finished(process)
    assert {("environ of a process", name), (f"file {tmp_path / 'left.txt'}", name)} <= watch.seen


@pytest.mark.parametrize("where", ["controller", "bastion"])
def test_a_whole_run_that_makes_everything_leaves_no_secret(cage: Cage, bastion: dict[str, Any], where: str) -> None:
    cage.deployed.kubectl("delete", "secrets", "--selector=app.kubernetes.io/managed-by=popsink.data_plane")
    cage.deployed.kubectl("scale", f"deployment/{RELEASE}-tansu", "--replicas=2")
    run = cage.run(**(bastion if where == "bastion" else {}))
    assert run.code == 0, run.output[-3000:]
    assert {"secrets", "pull_secret", "storage", "release"} <= run.changed_roles
    assert cage.canaries.found_in(cage.deployed.release_objects()) == set()


@pytest.mark.parametrize("where", ["controller", "bastion"])
def test_backup_and_restore_leave_no_secret(cage: Cage, bastion: dict[str, Any], where: str, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.yml"
    variables = {
        **(bastion if where == "bastion" else {}),
        "popsink_backup_file": str(bundle),
        "popsink_backup_connector_secrets": True,
    }
    assert cage.run(playbook="playbooks/backup.yml", **variables).code == 0
    assert cage.canaries.found_in(bundle.read_text()) == set()
    cage.deployed.kubectl("delete", "secret", f"{RELEASE}-vault-jwt")
    restored = cage.run(playbook="playbooks/restore.yml", **variables)
    assert (restored.code, restored.changed) == (0, 1)


@pytest.mark.parametrize("where", ["controller", "bastion"])
def test_a_rotation_leaves_no_secret(cage: Cage, bastion: dict[str, Any], where: str) -> None:
    new = secrets.token_urlsafe(24)
    watched = replace(cage, canaries=Canaries({**cage.canaries.values, "the new password": new}))
    way = {**(bastion if where == "bastion" else {}), "popsink_rotate": ["admin_password"]}
    run = watched.run(playbook="playbooks/rotate.yml", popsink_admin_password=new, **way)
    assert run.code == 0, run.output[-3000:]
    assert cage.deployed.log_in("admin", new) == 200
    assert watched.run(playbook="playbooks/rotate.yml", **way).code == 0
    assert cage.deployed.log_in("admin", new) != 200


def _without_service(deployed: Deployed) -> None:
    deployed.kubectl("delete", "service", f"{RELEASE}-data-plane")


def test_json_output_shows_no_secret(cage: Cage) -> None:
    run = cage.run(settings={"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"})
    assert run.code == 0
    assert '"plays"' in run.output


@pytest.mark.parametrize(
    ("role", "break_it", "variables"),
    [
        ("prerequisites", _nothing, {"popsink_required_nodes": 99}),
        ("secrets", _drift("jwt", "jwt-secret"), {}),
        ("pull_secret", _drift("image-pull", ".dockerconfigjson", '{"auths": {"elsewhere.example": {}}}'), {}),
        ("storage", _drift("broker-storage", "aws-secret-access-key"), {}),
        ("database", _drift("postgresql", "password"), {}),
        ("release", _nothing, {"popsink_values": {"replicaCount": "many", "password": "x"}}),
        ("ingress", _nothing, {"popsink_ingress_annotations": {"not a key!": "x"}}),
        ("verify", _without_service, {"popsink_timeout": 1}),
    ],
)  # fmt: skip
def test_a_role_that_fails_shows_no_secret(
    cage: Cage, role: str, break_it: Callable[[Deployed], object], variables: dict[str, Any]
) -> None:
    break_it(cage.deployed)
    try:
        run = cage.run("--tags", role, **variables)
    finally:
        cage.deployed.kubectl("delete", "secrets", "--selector=app.kubernetes.io/managed-by=popsink.data_plane")
        mended = cage.run()
    assert run.code != 0, run.output[-3000:]
    assert mended.code == 0
