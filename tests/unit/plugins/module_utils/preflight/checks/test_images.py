"""Whether the nodes will be able to pull the images."""

from __future__ import annotations

import base64
import json
import threading
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN
from ansible_collections.popsink.data_plane.plugins.module_utils.images.image_name import ImageName
from ansible_collections.popsink.data_plane.plugins.module_utils.images.image_registry import (
    FOREIGN,
    MISSING,
    PULLS,
    REFUSED,
    UNKNOWN,
    Pull,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.images.registry_login import Login
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import images

from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.sites import site

GAR = "europe-west1-docker.pkg.dev"
OWN = f"{GAR}/popsink-common-438615/onprem"


def key(project: str = "popsink-common-438615", kind: str = "service_account") -> str:
    return json.dumps({"type": kind, "project_id": project, "private_key": "hidden", "client_email": "pull@x"})


def config(password: str = "", host: str = GAR, user: str = "_json_key") -> str:
    return json.dumps({"auths": {host: {"username": user, "password": password or key()}}})


def workload(*names: str, kind: str = "Deployment", secret: str = "pull", account: str = "") -> dict[str, Any]:
    spec: dict[str, Any] = {
        "initContainers": [{"image": name} for name in names[1:]],
        "containers": [{"image": names[0]}],
        "imagePullSecrets": [{"name": secret}] if secret else None,
        "serviceAccountName": account,
    }
    template = {"spec": spec}
    body = {"jobTemplate": {"spec": {"template": template}}} if kind == "CronJob" else {"template": template}
    return {"kind": kind, "metadata": {"name": "one"}, "spec": body}


ACCOUNT = {"kind": "ServiceAccount", "metadata": {"name": "sa"}, "imagePullSecrets": [{"name": "pull"}]}


@pytest.mark.parametrize(
    ("login", "objects", "mirrors", "status", "words"),
    [
        (config(), [workload(f"{OWN}/a:1")], {}, PASS, "has a login for the images"),
        (config(), [workload(f"{OWN}/a:1", "nginx")], {}, PASS, "(without one: docker.io)"),
        (config(host="x.example"), [workload(f"{OWN}/a:1")], {}, FAIL, f"no login is for {GAR} (there is: x.example)"),
        (config(host="x.example"), [workload(f"{OWN}/a:1")], {GAR: "http://m"}, WARN, f"no login is for {GAR}"),
        (config(host="x.example"), [workload(f"{GAR}/ours/a:1")], {}, WARN, f"no login is for {GAR}"),
        (config(key("ours")), [workload(f"{OWN}/a:1")], {}, WARN, "of project ours, not of popsink-common-438615"),
        (config(key("ours")), [workload(f"{GAR}/ours/a:1")], {}, PASS, "has a login for the images"),
        (config(key(kind="authorized_user")), [workload(f"{OWN}/a:1")], {}, FAIL, "'authorized_user'"),
        (config("hidden"), [workload(f"{OWN}/a:1")], {}, FAIL, "no service-account key"),
        (config("hidden", "x.example"), [workload("x.example/a:1")], {}, PASS, "has a login for the images"),
        (json.dumps({"auths": {}}), [workload(f"{OWN}/a:1")], {}, FAIL, "holds no login"),
        ("", [workload(f"{OWN}/a:1")], {}, NOT_CHECKED, "no pull secret that could be read"),
        (config(), [workload(f"{OWN}/a:1", secret="")], {}, WARN, "The pods of one name no pull secret."),
        (config(), [workload("nginx", secret="")], {}, PASS, "without one: docker.io"),
        (config(), [workload(f"{OWN}/a:1", secret="", account="sa"), ACCOUNT], {}, PASS, "has a login"),
        (config(), [workload(f"{OWN}/a:1", secret="", account="other"), ACCOUNT], {}, WARN, "name no pull secret"),
        (config(), [], {}, NOT_CHECKED, "What the release consists of is not known"),
    ],
)
def test_token(login: str, objects: list[dict[str, Any]], mirrors: dict[str, str], status: str, words: str) -> None:
    at = site(objects=objects, known={"image_pull_docker_config": login} if login else {}, mirrors=mirrors)
    finding = images.token.run(at)
    assert finding.status == status
    assert words in finding.found
    assert "hidden" not in str(finding)
    assert status in (PASS, NOT_CHECKED) or "popsink_" in finding.remedy


def test_one_cause_is_named_once() -> None:
    at = site(objects=[workload(f"{OWN}/a:1", f"{OWN}/b:1")], known={"image_pull_docker_config": config(key("ours"))})
    assert images.token.run(at).found.count("of project ours") == 1


#: By tag.
SAID = {
    "ok": Pull(PULLS),
    "gone": Pull(MISSING, "HTTP 404"),
    "shut": Pull(REFUSED, "HTTP 403"),
    "arm": Pull(FOREIGN, "linux/arm64"),
    "far": Pull(UNKNOWN, "no answer"),
    "private": Pull(UNKNOWN, "self-signed", "Put it into popsink_ca_certificates."),
}


class Registries:
    """Answer by an image's tag: what becomes of its pull."""

    asked: list[tuple[str, str, str, str | None]]

    def __init__(self, url: str, _seconds: Any) -> None:
        self._url = url

    def pull(self, image: ImageName, login: Login | None) -> Pull:
        user = login.user if login else None
        self.asked.append((self._url, image.repository, image.reference, user))
        return SAID[image.reference]


@pytest.fixture(autouse=True)
def registries(monkeypatch: pytest.MonkeyPatch) -> None:
    Registries.asked = []
    monkeypatch.setattr(images, "Registry", Registries)


@pytest.mark.parametrize(
    ("names", "status", "words"),
    [
        (["a:ok", "b:ok"], PASS, "all 2 images can be pulled"),
        (["a:ok", "b:gone", "c:gone"], FAIL, f"There is no {OWN}/b:gone, {OWN}/c:gone (HTTP 404)."),
        (["a:shut"], FAIL, f"The pull secret may not read {OWN}/a:shut (HTTP 403)."),
        (["a:arm"], FAIL, f"Nodes of linux/amd64 cannot run {OWN}/a:arm (linux/arm64)."),
        (["UPPER:1"], FAIL, f"No image can have the name {OWN}/UPPER:1."),
        (["b:arm", "a:gone"], FAIL, f"{OWN}/a:gone (HTTP 404); nodes of linux/amd64 cannot run {OWN}/b:arm"),
        (["a:ok", "b:far", "c:far"], NOT_CHECKED, f"may reach it: {OWN}/b:far, {OWN}/c:far (no answer)."),
        (["a:gone", "b:far"], FAIL, f"may reach it: {OWN}/b:far (no answer)."),
    ],
)
def test_pull(names: list[str], status: str, words: str) -> None:
    at = site(objects=[workload(*(f"{OWN}/{name}" for name in names))], known={"image_pull_docker_config": config()})
    finding = images.pull.run(at)
    assert finding.status == status
    assert words in finding.found


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("gone", "popsink_chart_version"),
        ("shut", "popsink_image_pull_token"),
        ("far", "popsink_image_registry_mirrors"),
        ("private", "popsink_ca_certificates"),
    ],
)
def test_a_remedy_is_for_what_is_wrong(name: str, variable: str) -> None:
    at = site(objects=[workload(f"{OWN}/a:{name}")], known={"image_pull_docker_config": config()})
    assert variable in images.pull.run(at).remedy


@pytest.mark.parametrize("words", ["playbooks/mirror.yml", "popsink_mirror_images", "fills mirror.example/popsink:"])
def test_who_has_a_mirror_is_told_how_it_is_filled(words: str) -> None:
    held = {"image_pull_docker_config": config(host="mirror.example")}
    at = site(objects=[workload("mirror.example/popsink/a:gone")], known=held, mirror="mirror.example/popsink")
    assert words in images.pull.run(at).remedy


def test_a_refusal_without_a_login_says_so() -> None:
    at = site(objects=[workload("quay.io/a:shut")], known={"image_pull_docker_config": config()})
    assert "quay.io/a:shut (HTTP 403, without a login)" in images.pull.run(at).found


def test_each_image_is_asked_for_once_where_it_is_with_its_login() -> None:
    objects = [
        workload(f"{OWN}/a:ok", "nginx:ok"),
        workload(f"{OWN}/a:ok", kind="CronJob"),
        workload("b:ok", kind="Job"),
    ]
    at = site(objects=objects, known={"image_pull_docker_config": config()}, mirrors={GAR: "http://mirror"})
    assert images.pull.run(at).status == PASS
    assert sorted(Registries.asked, key=str) == [
        ("http://mirror", "popsink-common-438615/onprem/a", "ok", "_json_key"),
        ("https://registry-1.docker.io", "library/b", "ok", None),
        ("https://registry-1.docker.io", "library/nginx", "ok", None),
    ]


def test_images_are_asked_for_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(3, timeout=5)

    def wait(*_arguments: Any) -> Pull:
        together.wait()
        return Pull(PULLS)

    monkeypatch.setattr(Registries, "pull", wait)
    at = site(objects=[workload("a:ok", "b:ok", "c:ok")], known={"image_pull_docker_config": config()})
    assert images.pull.run(at).status == PASS


@pytest.mark.parametrize("url", ["mirror.example:5000", "", None, "ftp://mirror"])
def test_a_mirror_that_is_no_url_is_a_failure(url: Any) -> None:
    at = site(objects=[workload("a:ok")], known={"image_pull_docker_config": config()}, mirrors={GAR: url})
    finding = images.pull.run(at)
    assert (finding.status, "popsink_image_registry_mirrors" in finding.found) == (FAIL, True)


def test_without_a_pull_secret_nothing_is_asked() -> None:
    assert images.pull.run(site(objects=[workload("a:ok")])).status == NOT_CHECKED
    assert Registries.asked == []


def test_pulling_concerns_a_rollout_only() -> None:
    assert (images.pull.ahead, images.token.ahead) == (True, False)


SECRETS = "/api/v1/namespaces/popsink/secrets"
ACCOUNTS = "/api/v1/namespaces/popsink/serviceaccounts"


@pytest.mark.parametrize(
    ("live", "objects", "status", "words"),
    [
        ({"sa": {"imagePullSecrets": [{"name": "theirs"}]}}, [], PASS, "service accounts name pull secrets"),
        ({"sa": {}}, [], WARN, "sa will name no pull secret"),
        ({}, [], WARN, "sa will name no pull secret"),
        ({}, [ACCOUNT], PASS, "service accounts name pull secrets"),
    ],
)
def test_accounts_in_place_of_a_pull_secret(
    cluster: FakeCluster, live: dict[str, Any], objects: list[dict[str, Any]], status: str, words: str
) -> None:
    for name, account in live.items():
        cluster.answers["GET", f"{ACCOUNTS}/{name}"] = account
    pods = workload(f"{OWN}/a:1", secret="", account="sa")
    finding = images.token.run(site(cluster, objects=[pods, *objects], without_pull_secret=True))
    assert (finding.status, words in finding.found) == (status, True), finding


@pytest.mark.parametrize(
    ("secret", "tag", "status", "user"),
    [
        (config(), "ok", PASS, "_json_key"),
        (config(), "shut", FAIL, "_json_key"),
        ("", "ok", PASS, None),
        ("", "shut", NOT_CHECKED, None),
    ],
)
def test_images_are_asked_for_with_what_the_accounts_have(
    cluster: FakeCluster, secret: str, tag: str, status: str, user: str | None
) -> None:
    cluster.answers["GET", f"{ACCOUNTS}/sa"] = {"imagePullSecrets": [{"name": "theirs"}]}
    data = {".dockerconfigjson": base64.b64encode(secret.encode()).decode()}
    cluster.answers["GET", f"{SECRETS}/theirs"] = {"data": data}
    pods = workload(f"{OWN}/a:{tag}", secret="", account="sa")
    finding = images.pull.run(site(cluster, objects=[pods], without_pull_secret=True))
    assert (finding.status, [asked[3] for asked in Registries.asked]) == (status, [user]), finding


@pytest.mark.parametrize(
    ("mirror", "names", "status", "words"),
    [
        ("", [f"{OWN}/a:1"], PASS, "there is no mirror"),
        ("m.example:5000", ["m.example:5000/a:1", "m.example:5000/b:1"], PASS, "all 2 images come from m.example:5000"),
        ("m.example", ["m.example/a:1", "busybox"], FAIL, "busybox would not be pulled from m.example"),
        ("m.example", ["m.example.org/a:1"], FAIL, "m.example.org/a:1 would not be pulled"),
    ],
)
def test_mirror(mirror: str, names: list[str], status: str, words: str) -> None:
    finding = images.mirror.run(site(objects=[workload(*names)], mirror=mirror))
    assert (finding.status, words in finding.found) == (status, True), finding


def test_images_that_no_pod_names_are_asked_for_as_well() -> None:
    finding = images.pull.run(
        site(
            objects=[workload("m.example/a:ok")],
            known={"image_pull_docker_config": config(host="m.example")},
            mirror="m.example",
            further_images=["m.example/worker:gone"],
        )
    )
    assert (finding.status, "There is no m.example/worker:gone" in finding.found) == (FAIL, True), finding
