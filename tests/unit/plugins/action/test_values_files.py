"""Files of chart values that somebody wrote for the vendor's guide, handed over as they are."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.utils.display import Display
from ansible_collections.popsink.data_plane.plugins.action.popsink_plan import ActionModule
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import literals_in, with_literals
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import dig

from tests.unit.plugins.actions import action_of
from tests.unit.plugins.guide import first_guide, later_guide
from tests.unit.plugins.samples import DEPLOYMENT, OTHER_DEPLOYMENT, defaults, encrypted, snippet, token_for

Charts = Callable[[str], ChartFacts]


class Host:
    """A host of which nothing is known but its files of chart values."""

    def __init__(self, folder: Path, loader: DataLoader, chart_of: Charts) -> None:
        self.folder = folder
        self._loader = loader
        self._chart_of = chart_of
        self.names: list[str] = []

    def file(self, content: Any, password: bytes | None = None, name: str = "values.yaml") -> Path:
        """A file of chart values; text and bytes stay as they are."""
        text = content if isinstance(content, (str, bytes)) else yaml.safe_dump(content)
        data = text if isinstance(text, bytes) else text.encode()
        path = self.folder / "inventory" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(encrypted(data.decode(), password).encode() if password else data)
        self.names.append(str(path))
        return path

    def variables(self, number: str = "205", **changes: Any) -> dict[str, Any]:
        return {
            "inventory_hostname": "data-plane-1",
            "inventory_dir": str(self.folder / "inventory"),
            **defaults(),
            "popsink_onboarding_file": str(self.folder / "snippet.yaml"),
            "popsink_image_pull_token_file": str(self.folder / "pull-token.json"),
            "popsink_secrets_file": str(self.folder / "secrets.yml"),
            "popsink_chart_version": f"0.1.0-alpha.{number}",
            "popsink_values_files": self.names,
            **changes,
        }

    def action(self, number: str = "205") -> Any:
        action: Any = action_of(ActionModule, self._loader)
        action.call = lambda *_arguments, **_how: {"chart": self._chart_of(number).as_dict()}
        return action

    def plan(self, number: str = "205", **changes: Any) -> dict[str, Any]:
        """The task's result."""
        result: dict[str, Any] = self.action(number).run(task_vars=self.variables(number, **changes))
        return result

    def known(self, *names: str, **changes: Any) -> dict[str, Any]:
        """Values of secrets as later steps get them."""
        values: dict[str, Any] = self.action().secret_values(self.variables(**changes), names)
        return values


@pytest.fixture
def host(tmp_path: Path, loader: DataLoader, chart_of: Charts) -> Host:
    return Host(tmp_path, loader, chart_of)


def said(result: dict[str, Any]) -> str:
    return " ".join(str(result.get("msg", "")).split())


def texts(value: Any) -> list[str]:
    """All texts in a tree."""
    return [text for item in value.values() for text in texts(item)] if isinstance(value, dict) else [str(value)]


BLOCKS = ("adminCredentials", "jwt", "connectorConfigEncryptionKey", "deploymentJwtToken")


def hidden_of(values: dict[str, Any]) -> list[str]:
    """What is a secret in the guide's values."""
    found = [text for block in BLOCKS for text in texts(values[block]) if text != "admin"]
    found += [json.loads(values["imagePullSecret"]["token"])["private_key"], values["postgresql"]["auth"]["password"]]
    return [*found, *texts(dig(values, "kora.database.password") or found[0])]


@pytest.mark.parametrize("whole", [False, True], ids=["plain", "vaulted"])
@pytest.mark.parametrize(("number", "guide"), [("60", first_guide), ("205", later_guide)], ids=["first", "later"])
def test_the_guides_file_alone_is_enough(
    host: Host, vault_password: bytes, number: str, guide: Callable[[], dict[str, Any]], whole: bool
) -> None:
    host.file(guide(), vault_password if whole else None)
    result = host.plan(number)
    assert (said(result), result["chart_values"]["deploymentId"]) == ("", DEPLOYMENT)


@pytest.mark.parametrize("bad", [{}, {"popsink_release": "No Name"}, {"popsink_database_mode": "external"}], ids=str)
def test_no_result_and_no_message_shows_a_secret(
    host: Host, monkeypatch: pytest.MonkeyPatch, bad: dict[str, Any]
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _self, text, **_how: warnings.append(text))
    further = [secrets.token_urlsafe(20), secrets.token_urlsafe(20)]
    values = {
        **later_guide(),
        "defaultKafka": {"saslPassword": further[0]},
        "extraEnvVars": [{"name": "LICENCE", "value": further[1]}],
    }
    host.file(values)
    shown = json.dumps([host.plan(**bad), warnings])
    hidden = [*hidden_of(values), *further]
    assert [text[:3] for text in hidden if text in shown] == []


def test_secrets_in_it_count_as_supplied(host: Host) -> None:
    values = later_guide()
    host.file(values)
    names = {
        "admin_password": values["adminCredentials"]["password"],
        "jwt_secret": values["jwt"]["secret"],
        "connector_config_encryption_key": values["connectorConfigEncryptionKey"]["key"],
        "database_password": values["postgresql"]["auth"]["password"],
        "schema_registry_database_password": values["kora"]["database"]["password"],
        "deployment_token": values["deploymentJwtToken"]["token"],
        "image_pull_token": values["imagePullSecret"]["token"],
    }
    assert host.known(*names) == names


def test_a_secret_for_which_there_is_no_input_comes_back_for_helm(host: Host) -> None:
    password = secrets.token_urlsafe(20)
    host.file({**later_guide(), "extraEnvVars": [{"name": "A", "value": password}]})
    planned = host.plan()["chart_values"]
    known = host.known(*literals_in(planned))
    assert dig(with_literals(planned, known), "extraEnvVars") == [{"name": "A", "value": password}]


#: What a file says, what the inventory says, and how the input comes out; None where the two are told.
PRECEDENCE: dict[str, tuple[dict[str, Any], dict[str, Any], str, Any]] = {
    "at its default": ({"replicaCount": 3}, {}, "replicaCount", 3),
    "the same": ({"replicaCount": 3}, {"popsink_replicas": 3}, "replicaCount", 3),
    "the same as text": ({"replicaCount": 3}, {"popsink_replicas": "3"}, "replicaCount", 3),
    "another": ({"replicaCount": 3}, {"popsink_replicas": 2}, "popsink_replicas is 2", None),
    "another bucket": ({}, {"popsink_bucket": "mine"}, "popsink_bucket is 'mine'", None),
    "another role": ({}, {"popsink_s3_irsa_role_arn": "arn:x"}, "popsink_s3_irsa_role_arn is 'arn:x'", None),
    "another size": (
        {},
        {"popsink_values": {"postgresql": {"primary": {"persistence": {"size": "9Gi"}}}}},
        "postgresql.primary.persistence.size",
        "9Gi",
    ),
    "values win": (
        {"podLabels": {"a": "file", "b": "file"}},
        {"popsink_values": {"podLabels": {"a": "mine"}}},
        "podLabels",
        {"a": "mine", "b": "file"},
    ),
}


@pytest.mark.parametrize(("content", "inventory", "path", "value"), PRECEDENCE.values(), ids=PRECEDENCE)
def test_who_wins(host: Host, content: dict[str, Any], inventory: dict[str, Any], path: str, value: Any) -> None:
    host.file({**later_guide(), **content})
    result = host.plan(**inventory)
    if value is None:
        assert (path in said(result), "popsink_values_files says" in said(result)) == (True, True)
    else:
        assert (said(result), dig(result["chart_values"], path)) == ("", value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("popsink_jwt_secret", "z" * 40),
        ("popsink_database_password", "z" * 20),
        ("popsink_admin_password", "z" * 20),
    ],
)
def test_another_secret_in_the_inventory_is_told_and_not_shown(host: Host, variable: str, value: str) -> None:
    host.file(later_guide())
    result = host.plan(**{variable: value})
    assert f"{variable} has another value than popsink_values_files" in said(result)
    assert value not in json.dumps(result)


def test_the_same_secret_in_the_inventory_is_none(host: Host) -> None:
    values = later_guide()
    host.file(values)
    assert said(host.plan(popsink_jwt_secret=values["jwt"]["secret"])) == ""


@pytest.mark.parametrize("where", ["popsink_onboarding", "popsink_onboarding_file"])
def test_a_snippet_that_says_otherwise_is_told(host: Host, where: str) -> None:
    host.file(later_guide())
    given = snippet(deploymentId=OTHER_DEPLOYMENT, deploymentJwtToken={"token": token_for(OTHER_DEPLOYMENT)})
    (host.folder / "snippet.yaml").write_text(yaml.safe_dump(given) if where.endswith("file") else "", "utf-8")
    changes: dict[str, Any] = {} if where.endswith("file") else {where: given}
    assert "deploymentId is one thing in the snippet and another in popsink_values_files" in said(host.plan(**changes))


def test_a_file_says_what_the_snippet_leaves_out(host: Host) -> None:
    values = later_guide()
    host.file(values)
    given = {name: values[name] for name in ("controlPlaneUrl", "deploymentMode", "deploymentId", "deploymentJwtToken")}
    result = host.plan(popsink_onboarding=given)
    assert (said(result), dig(result, "chart_values.ingressUrl")) == ("", values["ingressUrl"])


def test_the_registry_of_a_file_is_the_one_that_the_pull_secret_opens(host: Host) -> None:
    values = later_guide()
    host.file({**values, "imagePullSecret": {**values["imagePullSecret"], "registry": "mirror.example.com/popsink"}})
    assert (
        "mirror.example.com" in json.loads(host.known("image_pull_docker_config")["image_pull_docker_config"])["auths"]
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"deploymentId": OTHER_DEPLOYMENT}, f"belongs to deployment {DEPLOYMENT}"),
        ({"deploymentJwtToken": "flat"}, "bare string"),
        ({"ingressUrl": "popsink.example.com"}, "not a URL with scheme and host"),
        ({"jwt": {"secret": "short"}}, "popsink_jwt_secret has fewer than 32"),
        ({"jwt": {"secret": 12345678}}, "popsink_jwt_secret in popsink_values_files is of type int"),
        ({"replicaCount": "many"}, "popsink_replicas"),
        ({"podAnnotations": {"a": "<your-name>"}}, "popsink_values_files.podAnnotations.a still holds a placeholder"),
        ({"pdb": "x"}, "popsink_values_files.pdb is one value"),
        ({"replicacount": 1}, "popsink_values_files.replicacount is not known to chart"),
        ({"imagePullSecret": {"create": True, "token": "{}"}}, "popsink_image_pull_token is not a service-account key"),
    ],
    ids=str,
)
def test_what_is_wrong_in_it_is_found(host: Host, content: dict[str, Any], words: str) -> None:
    host.file({**later_guide(), **content})
    assert words in said(host.plan())


GONE = {"karapace": "kora:", "kafkaUi": "kotatsu:", "metricsExporter": "nothing:", "retention": "popsink_storage_type"}


@pytest.fixture
def old(host: Host) -> Host:
    """The first guide's file, with all that later charts do not read."""
    host.file({**first_guide(), **{block: {"enabled": True} for block in GONE}})
    return host


@pytest.mark.parametrize(("block", "instead"), GONE.items())
def test_what_no_longer_applies_is_named_with_its_replacement(old: Host, block: str, instead: str) -> None:
    told = [finding for finding in old.plan()["findings"] if f"popsink_values_files.{block} " in finding["found"]]
    assert [(finding["status"], instead in finding["remedy"]) for finding in told] == [("fail", True)]


def test_nothing_else_of_it_is_wrong(old: Host) -> None:
    wrong = [finding["found"] for finding in old.plan()["findings"] if finding["status"] == "fail"]
    assert len(wrong) == len(GONE)


def test_with_the_users_answer_it_goes_through(old: Host) -> None:
    result = old.plan(popsink_values_ignored=list(GONE))
    assert (said(result), [block for block in GONE if block in result["chart_values"]]) == ("", [])


def test_several_files_are_laid_over_each_other(host: Host, vault_password: bytes) -> None:
    host.file(later_guide())
    host.file({"replicaCount": 3, "podLabels": {"a": "1"}}, vault_password, name="more.yaml")
    host.file({"podLabels": {"b": "2"}}, name="most.yaml")
    planned = host.plan()["chart_values"]
    assert (planned["replicaCount"], planned["podLabels"]) == (3, {"a": "1", "b": "2"})


@pytest.mark.parametrize("given", ["{}", "{},{}"], ids=["text", "list as text"])
def test_names_as_text(host: Host, given: str) -> None:
    """A survey has no lists."""
    path = str(host.file(later_guide()))
    assert said(host.plan(popsink_values_files=given.format(path, path))) == ""


#: Content of a file, and what is said of it.
UNREADABLE: dict[str, tuple[Any, str]] = {
    "empty": ("", "does not exist or is empty"),
    "a comment": ("# hidden\n", "does not exist or is empty"),
    "text": ("hidden", "does not hold chart values"),
    "a list": (["hidden"], "does not hold chart values"),
    "not YAML": ("jwt: {secret: hidden\nx: [", "is not YAML (line"),
    "a tab": ("jwt:\n\tsecret: hidden", "is not YAML (line"),
    "not UTF-8": (b"jwt: hidden\xff", "it is not UTF-8 text"),
}


@pytest.mark.parametrize(("content", "words"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_used_is_named_without_its_content(host: Host, content: Any, words: str) -> None:
    path = host.file(content)
    result = host.plan()
    assert ([part in said(result) for part in ("popsink_values_files", path.name, words)]) == [True] * 3
    assert "hidden" not in json.dumps(result)


@pytest.mark.parametrize("name", ["nowhere.yaml", "inventory"], ids=["missing", "a folder"])
def test_a_name_that_is_no_file_is_told(host: Host, name: str) -> None:
    (host.folder / "inventory").mkdir()
    path = str(host.folder / name)
    assert path in said(host.plan(popsink_values_files=[path]))


def test_a_file_of_another_password_is_told(host: Host) -> None:
    host.file(later_guide(), secrets.token_hex(8).encode())
    assert "--ask-vault-pass" in said(host.plan())


@pytest.mark.parametrize(
    ("content", "vaulted", "told"),
    [
        (later_guide(), False, True),
        (later_guide(), True, False),
        ({"jwt": {"secret": "k" * 40}}, False, True),
        ({"deploymentJwtToken": {"token": "a"}}, False, True),
        ({"kora": {"database": {"url": "postgres://k:p@db.example/kora"}}}, False, True),
        ({"extraEnvVars": [{"name": "A", "value": "b"}]}, False, True),
        ({"replicaCount": 1}, False, False),
        ({"jwt": {"existingSecret": "mine"}}, False, False),
    ],
    ids=[
        "guide",
        "vaulted",
        "secret",
        "token",
        "URL with password",
        "environment",
        "nothing hidden",
        "a Secret's name",
    ],
)
def test_secrets_in_the_open_are_warned_about(
    host: Host, vault_password: bytes, content: dict[str, Any], vaulted: bool, told: bool
) -> None:
    host.file(content, vault_password if vaulted else None)
    found = [finding["id"] for finding in host.plan()["findings"]]
    assert ("secrets.plaintext" in found) is told


def test_outside_of_the_inventory_they_are_not(host: Host) -> None:
    host.file(later_guide())
    result = host.plan(inventory_dir=str(host.folder / "elsewhere"))
    assert "secrets.plaintext" not in [finding["id"] for finding in result["findings"]]


def test_the_chart_makes_no_pull_secret_here(host: Host) -> None:
    """The guide has it made by the chart, and then the token stands in the release."""
    host.file(later_guide())
    assert host.plan()["chart_values"]["imagePullSecret"] == {"create": False}
