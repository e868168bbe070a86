"""What was changed by hand is noticed, said, and mended; a changed Secret is named and left alone."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.lab.deployed import RELEASE, Deployed

from .conftest import Rollout
from .playbook import Playbook, eventually

Break = Callable[[Deployed], object]


def _patched_ingress(deployed: Deployed) -> None:
    patch = '[{"op": "replace", "path": "/spec/rules/0/host", "value": "elsewhere.example"}]'
    deployed.kubectl("patch", "ingress", f"{RELEASE}-public", "--type=json", f"--patch={patch}")


def _patched_service(deployed: Deployed) -> None:
    selector = {"app.kubernetes.io/instance": "somebody-else"}
    patch = json.dumps({"spec": {"selector": selector}})
    deployed.kubectl("patch", "service", f"{RELEASE}-data-plane", f"--patch={patch}")


def _removed_false(deployed: Deployed) -> None:
    """A field that the chart sets to false; without it the account's token is mounted."""
    patch = '[{"op": "remove", "path": "/automountServiceAccountToken"}]'
    deployed.kubectl("patch", "serviceaccount", f"{RELEASE}-tansu", "--type=json", f"--patch={patch}")


@pytest.mark.parametrize(
    ("role", "break_it", "said"),
    [
        ("secrets", lambda d: d.kubectl("delete", "secret", f"{RELEASE}-vault-jwt"),
         f"Secret {RELEASE}-vault-jwt: created"),
        ("pull_secret", lambda d: d.kubectl("delete", "secret", f"{RELEASE}-vault-image-pull"),
         f"Secret {RELEASE}-vault-image-pull: created"),
        ("storage", lambda d: d.kubectl("delete", "secret", f"{RELEASE}-vault-broker-storage"),
         f"Secret {RELEASE}-vault-broker-storage: created"),
        ("database", lambda d: d.kubectl("delete", "secret", f"{RELEASE}-vault-postgresql"),
         f"Secret {RELEASE}-vault-postgresql: created"),
        ("release", lambda d: d.kubectl("scale", f"deployment/{RELEASE}-tansu", "--replicas=2"),
         f"Deployment/{RELEASE}-tansu: spec.replicas"),
        ("release", lambda d: d.kubectl("delete", "service", f"{RELEASE}-data-plane"),
         f"Service/{RELEASE}-data-plane: missing"),
        ("release", _patched_service, f"Service/{RELEASE}-data-plane: spec.selector"),
        ("release", _removed_false, f"ServiceAccount/{RELEASE}-tansu: automountServiceAccountToken"),
        ("ingress", _patched_ingress, f"Ingress/{RELEASE}-public: spec.rules"),
        ("ingress", lambda d: d.kubectl("delete", "ingress", f"{RELEASE}-public"),
         f"Ingress/{RELEASE}-public: missing"),
    ],
)  # fmt: skip
def test_what_was_broken_is_mended_and_nothing_else(rollout: Rollout, role: str, break_it: Break, said: str) -> None:
    vaulted = rollout.deployed.vaulted
    break_it(rollout.deployed)
    # Alone with its tag first: each role is usable by itself.
    run = rollout.playbook.run("--tags", role)
    assert run.code == 0
    assert run.changed_roles == {role}
    assert said in run.output
    again = rollout.playbook.run()
    assert (again.code, again.changed) == (0, 0)
    assert rollout.deployed.vaulted == vaulted


@pytest.mark.parametrize("by", ["another release", "the same release"])
def test_a_pod_that_kubernetes_does_not_replace_is(rollout: Rollout, by: str) -> None:
    """One of PostgreSQL that finds no node stays, whatever its StatefulSet says by then."""
    deployed, pod = rollout.deployed, f"{RELEASE}-postgresql-0"
    nowhere = {"postgresql": {"primary": {"nodeSelector": {"example.com/nowhere": "true"}}}}
    assert rollout.playbook.run("--tags", "release", popsink_values=nowhere).code == 0
    assert eventually(lambda: deployed.get("pod", pod)["status"]["phase"] == "Pending", 60)
    if by == "the same release":
        # As a run leaves it that was ended right after Helm.
        deployed.helm("rollback", RELEASE)
    mended = rollout.playbook.run()
    assert (mended.code, mended.changed_roles) == (0, {"release"}), mended.output[-3000:]
    assert f"Pod {pod}: replaced" in mended.words()
    again = rollout.playbook.run()
    assert (again.code, again.changed) == (0, 0)


def test_the_release_alone_does_not_start_without_its_secrets(
    fresh: Callable[[str], tuple[Playbook, Deployed]],
) -> None:
    playbook, deployed = fresh("halfway")
    run = playbook.run("--tags", "release")
    assert (run.code != 0, run.changed) == (True, 0)
    assert f"{RELEASE}-vault-jwt" in run.words()
    assert "--tags secrets,pull_secret,storage,database" in run.words()
    assert deployed.kubectl("get", "namespace", "halfway", "--ignore-not-found") == ""


def test_changed_secret_is_named_and_left_alone(rollout: Rollout) -> None:
    name = f"{RELEASE}-vault-jwt"
    before = rollout.deployed.get("secret", name)
    (key,) = before["data"]
    rollout.deployed.kubectl("patch", "secret", name, f'--patch={{"stringData": {{"{key}": "someone else"}}}}')
    changed = rollout.deployed.get("secret", name)
    vaulted = rollout.deployed.secrets_file.read_bytes()
    try:
        run = rollout.playbook.run()
        assert run.code != 0
        assert run.changed == 0
        assert f"{name}.{key}" in run.output
        assert "someone else" not in run.output
        assert rollout.deployed.get("secret", name) == changed
        assert rollout.deployed.secrets_file.read_bytes() == vaulted
    finally:
        rollout.deployed.kubectl("delete", "secret", name)
        rollout.playbook.run("--tags", "secrets")
