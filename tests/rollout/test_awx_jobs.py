"""Jobs of AWX, from a first one that is cancelled to backup and restore; what they did is looked at from outside.

After each job, all that it left is searched for secrets, and removed with its checkout.
"""

from __future__ import annotations

import os
import random
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.lab.deployed import RELEASE, Deployed

from .awx_job import Outcome
from .awx_site import BY_FILE, BY_TOKEN, Site
from .playbook import eventually

#: Repeats the moment at which a job is cancelled, as far as timing can be repeated.
SEED = "CANCEL_SEED"

EARLIER, LATER = "0.1.0-alpha.178", "0.1.0-alpha.205"

#: When a job is cancelled: once it came to a task, and up to so many seconds later.
MOMENTS = {
    "planning": ("Read the pinned chart", 2.0),
    "looking": ("Check everything that a rollout needs", 2.0),
    "making secrets": ("Make what is missing", 0.5),
    "putting the login there": ("Put the registry login", 0.5),
    "bringing the release": ("Bring the release to the plan", 3.0),
    "leading the URL there": ("Lead the public URL", 0.5),
    "waiting": ("Wait until the deployment works", 10.0),
}


@pytest.fixture(scope="module")
def chance() -> random.Random:
    seed = os.environ.get(SEED) or str(random.SystemRandom().randrange(10**6))
    print(f"To repeat: {SEED}={seed} python -m pytest tests/rollout/test_awx_jobs.py")
    return random.Random(seed)  # noqa: S311 - no secret


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, chance: random.Random) -> Site:
    """Two deployments, rolled out by one job after another that was cancelled on the way."""
    made = Site.made(tmp_path_factory.mktemp("awx"))
    made.hosts[BY_FILE]["popsink_chart_version"] = EARLIER
    moment = chance.choice(list(MOMENTS))
    made.artifacts = cancel_and_mend(made, moment, chance, made.deployed.values()).artifacts
    return made


def cancel_and_mend(
    site: Site, moment: str, chance: random.Random, concerned: Iterable[Deployed], *arguments: str, **more: Any
) -> Outcome:
    """Cancel a job at a moment; the next one, which is given back, finishes what it began, and loses no secret."""
    task, later = MOMENTS[moment]
    launched = site.launch(*arguments, **more)
    assert launched.until(lambda: launched.started(task)), f"no task {task}"
    pause = chance.uniform(0, later)
    print(f"Cancelled while {moment}, {pause:.2f} s after it began.")
    launched.wait(pause)
    cancelled = site.done(launched.cancel())
    assert cancelled.status == "canceled"
    there = {deployed.name: deployed.secrets() for deployed in concerned}
    # It may have been Helm that was ended.
    answers = {**more.pop("answers", {}), "popsink_pending_after": "1"}
    mended = site.run(*arguments, answers=answers, **more)
    assert (mended.status, mended.code) == ("successful", 0), mended.output[-5000:]
    for deployed in concerned:
        assert_works(deployed)
        after = deployed.secrets()
        assert {name: after[name] for name in there[deployed.name]} == there[deployed.name]
    return mended


def assert_works(deployed: Deployed) -> None:
    """Looked at from outside: the pods, a login, the control plane."""
    # Workers of connectors come after the data plane, and pods of before may be about to end.
    assert eventually(lambda: all(map(_is_ready, deployed.pods())), 60)
    login = deployed.secret(f"{RELEASE}-vault-admin-credentials")
    assert deployed.log_in(login["admin-username"], login["admin-password"]) == 200
    assert deployed.at_control_plane()["state"] == "Connected"


def _is_ready(pod: dict[str, Any]) -> bool:
    return all(status["ready"] for status in pod["status"].get("containerStatuses", [{"ready": False}]))


def state_of(deployed: Deployed) -> dict[str, Any]:
    """What no job that changes nothing moves."""
    kinds = "secrets,configmaps,services,deployments,statefulsets,ingresses"
    own = deployed.get(kinds)["items"]
    # The control plane's own: what watches a leader renews it.
    return {
        "pods": deployed.incarnations(),
        "objects": {
            (item["kind"], item["metadata"]["name"]): (item["metadata"]["uid"], item["metadata"].get("generation"))
            for item in own
        },
        "data": {item["metadata"]["name"]: item.get("data") for item in own if item["kind"] in ("Secret", "ConfigMap")},
    }


def blocks(outcome: Outcome) -> list[str]:
    """First lines of the summaries at the end."""
    return re.findall(r"^(\S+: (?:works|failed|not verified|would change|as planned).*)$", outcome.output, re.MULTILINE)


def test_two_hosts_of_one_job_do_not_mix(site: Site) -> None:
    for deployed in site.deployed.values():
        assert_works(deployed)
        held = deployed.secrets()
        token = deployed.snippet["deploymentJwtToken"]["token"]
        assert token in held[f"{RELEASE}-vault-deployment-token"].values()
        assert deployed.s3["secret_access_key"] in held[f"{RELEASE}-vault-broker-storage"].values()
        assert deployed.objects()
    one, other = ({value for held in deployed.secrets().values() for value in held.values()}
                  for deployed in site.deployed.values())  # fmt: skip
    pull = site.deployed[BY_FILE].secret(f"{RELEASE}-vault-image-pull")
    assert one & other == {"admin", *pull.values()}


def test_a_second_job_that_follows_another_writes_nothing(site: Site) -> None:
    before = {name: state_of(deployed) for name, deployed in site.deployed.items()}
    assert set(site.artifacts) == {"popsink_preflight", "popsink_result"}
    # A workflow hands the artifacts on; this AWX has colours switched off.
    plain = {"ANSIBLE_FORCE_COLOR": "False", "ANSIBLE_NOCOLOR": "True"}
    second = site.run("-vvv", answers=site.artifacts, environment=plain)
    assert (second.status, second.changed) == ("successful", 0), second.output[-5000:]
    assert "\x1b" not in second.coloured
    assert {name: state_of(deployed) for name, deployed in site.deployed.items()} == before
    told = second.artifacts["popsink_result"]
    versions = {BY_FILE: EARLIER, BY_TOKEN: LATER}
    assert {host: (one["state"], one["chart_version"], one["changed"]) for host, one in told.items()} == {
        host: ("works", version, []) for host, version in versions.items()
    }
    assert sorted(blocks(second)) == [f"{BY_FILE}: works", f"{BY_TOKEN}: works"]


def test_a_failed_preflight_is_a_failed_job_with_a_table(site: Site) -> None:
    before = state_of(site.deployed[BY_FILE])
    for playbook in ("playbooks/preflight.yml", "site.yml"):
        failed = site.run("-l", BY_FILE, playbook=playbook, answers={"popsink_required_nodes": "99"})
        assert (failed.status, failed.code) == ("failed", 2)
        assert re.search(r"^FAIL +cluster\.nodes +1 of 1 nodes are Ready", failed.output, re.MULTILINE), failed.output
        assert "needed: 99 nodes that are Ready" in failed.words()
        assert failed.artifacts["popsink_preflight"][BY_FILE]["status"] == "fail"
        assert "skipping:" not in failed.output
    assert failed.artifacts["popsink_result"][BY_FILE]["state"] == "failed"
    assert blocks(failed) == [f"{BY_FILE}: failed at prerequisites"]
    assert state_of(site.deployed[BY_FILE]) == before


def test_another_chart_version_is_finished_by_the_next_job_where_one_was_cancelled(
    site: Site, chance: random.Random
) -> None:
    deployed = site.deployed[BY_FILE]
    moment = chance.choice(["bringing the release", "waiting"])
    cancel_and_mend(site, moment, chance, [deployed], "-l", BY_FILE, answers={"popsink_chart_version": LATER})
    assert LATER in deployed.helm("list", "--output=json")
    assert EARLIER in deployed.helm("history", RELEASE, "--output=json")
    site.hosts[BY_FILE]["popsink_chart_version"] = LATER


def test_survey_answers_are_taken_as_what_they_mean(site: Site) -> None:
    """Of a multiple choice AWX gives its default as lines, of a number or a switch text, of what is left out none."""
    deployed = site.deployed[BY_TOKEN]
    before, pods = deployed.secrets(), deployed.incarnations()
    answers = {"popsink_rotate": "admin_password\njwt_secret", "popsink_timeout": "300", "popsink_verify_records": ""}
    rotated = site.run("-l", BY_TOKEN, playbook="playbooks/rotate.yml", answers=answers)
    assert rotated.status == "successful", rotated.output[-5000:]
    after = deployed.secrets()
    moved = {name for name in after if after[name] != before[name]}
    assert moved == {f"{RELEASE}-vault-admin-credentials", f"{RELEASE}-vault-jwt"}
    assert deployed.incarnations() != pods
    assert_works(deployed)


def test_what_a_backup_in_a_bucket_holds_is_restored_by_a_later_job(site: Site) -> None:
    deployed = site.deployed[BY_TOKEN]
    s3 = deployed.s3
    # One that is there is never overwritten, and the bucket outlives the deployment.
    place = f"s3://{s3['bucket']}/backups/{secrets.token_hex(4)}.yml"
    access = {
        "AWS_ACCESS_KEY_ID": s3["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": s3["secret_access_key"],
        "AWS_REGION": s3["region"],
        "AWS_ENDPOINT_URL_S3": s3["endpoint"],
    }
    answers = {"popsink_backup_file": place, "popsink_vault_id": BY_TOKEN, "popsink_backup_verify_only": "false"}
    way: dict[str, Any] = {"answers": answers, "environment": access}
    kept = site.run("-l", BY_TOKEN, playbook="playbooks/backup.yml", **way)
    assert kept.status == "successful", kept.output[-5000:]
    bundle = boto3.client(
        "s3", endpoint_url=s3["endpoint"], region_name=s3["region"], aws_access_key_id=s3["access_key_id"],
        aws_secret_access_key=s3["secret_access_key"],
    ).get_object(Bucket=s3["bucket"], Key=place.split("/", 3)[3])["Body"].read()  # fmt: skip
    assert bundle.startswith(b"$ANSIBLE_VAULT;1.2;AES256;" + BY_TOKEN.encode())
    before = deployed.secrets()
    deployed.kubectl("delete", "secret", f"{RELEASE}-vault-connector-config-encryption-key")
    restored = site.run("-l", BY_TOKEN, playbook="playbooks/restore.yml", **way)
    assert restored.status == "successful", restored.output[-5000:]
    assert deployed.secrets() == before


def test_an_inventory_is_not_written_where_it_would_vanish_with_the_job(site: Site) -> None:
    refused = site.run("-l", BY_FILE, playbook="playbooks/adopt.yml")
    assert refused.status == "failed"
    assert "once outside AWX" in refused.words()
    told = site.run("-l", BY_FILE, "--check", playbook="playbooks/adopt.yml")
    assert told.status == "successful", told.output[-5000:]
    assert "popsink_bucket" in told.words()


def test_the_search_for_secrets_finds_what_there_is(site: Site, tmp_path: Path) -> None:
    name, value = next(iter(site.secrets().items()))
    left = tmp_path / "pod" / "runner" / "artifacts" / "1" / "fact_cache" / "host"
    left.parent.mkdir(parents=True)
    left.write_text(value)
    outcome = Outcome(0, "", "", "successful", {}, tmp_path)
    assert site.left_by(outcome) == {(str(left.relative_to(tmp_path)), name)}


@pytest.mark.long
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_first_job_is_cancelled(site: Site, chance: random.Random, moment: str) -> None:
    for _time in range(2):
        site.begin(BY_FILE)
        cancel_and_mend(site, moment, chance, [site.deployed[BY_FILE]], "-l", BY_FILE)
