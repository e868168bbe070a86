"""Where the values of secrets come from."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import own_value
from ansible_collections.popsink.data_plane.plugins.plugin_utils.inventory_secrets import InventorySecrets, names_in
from ansible_collections.popsink.data_plane.plugins.plugin_utils.pull_token import service_account_of

from tests.unit.plugins.samples import DEPLOYMENT, encrypted, inline_vault, service_account, snippet

Inventory = Callable[..., InventorySecrets]


@pytest.fixture
def inventory(tmp_path: Path, loader: DataLoader) -> Inventory:
    """Secrets of a host with these variables; files stand in the test's folder."""

    def make(**variables: Any) -> InventorySecrets:
        files = {
            "popsink_onboarding_file": str(tmp_path / "snippet.yaml"),
            "popsink_image_pull_token_file": str(tmp_path / "pull-token.json"),
            "popsink_secrets_file": str(tmp_path / "secrets.yml"),
            "popsink_image_registry": "registry.example/popsink/onprem",
        }
        return InventorySecrets({**files, **variables}, loader, lambda value: value)

    return make


#: A vault password that the play does not have.
OTHER = b"another password"

SNIPPET = snippet()
ACCOUNT = service_account()


@pytest.mark.parametrize(
    "given",
    [SNIPPET, yaml.safe_dump(SNIPPET), json.dumps(SNIPPET)],
    ids=["mapping", "YAML", "JSON"],
)
def test_a_snippet_in_a_variable(inventory: Inventory, given: Any) -> None:
    assert inventory(popsink_onboarding=given).snippet() == SNIPPET


@pytest.mark.parametrize("vaulted", [False, True])
def test_a_snippet_in_a_file(inventory: Inventory, tmp_path: Path, vault_password: bytes, vaulted: bool) -> None:
    text = yaml.safe_dump(SNIPPET)
    (tmp_path / "snippet.yaml").write_text(encrypted(text, vault_password) if vaulted else text, "utf-8")
    assert inventory().snippet() == SNIPPET


def test_the_variable_wins_over_the_file(inventory: Inventory, tmp_path: Path) -> None:
    (tmp_path / "snippet.yaml").write_text("a: of the file\n", "utf-8")
    assert inventory(popsink_onboarding={"a": "of the variable"}).snippet() == {"a": "of the variable"}


@pytest.mark.parametrize("empty", ["", None, {}])
def test_an_empty_variable_leaves_it_to_the_file(inventory: Inventory, tmp_path: Path, empty: Any) -> None:
    (tmp_path / "snippet.yaml").write_text("a: of the file\n", "utf-8")
    assert inventory(popsink_onboarding=empty).snippet() == {"a": "of the file"}


def test_what_a_parser_warns_of_shows_no_line_of_it(
    inventory: Inventory, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "snippet.yaml").write_text(yaml.safe_dump(SNIPPET) * 2, "utf-8")
    inventory().snippet()
    written = "".join(capfd.readouterr())
    assert "duplicate" in written
    assert SNIPPET["deploymentJwtToken"]["token"][:20] not in written


def test_no_snippet_at_all_is_empty(inventory: Inventory) -> None:
    assert inventory(popsink_onboarding_file="").snippet() == {}


def test_a_snippet_file_that_is_not_there_is_named_with_its_path(inventory: Inventory, tmp_path: Path) -> None:
    with pytest.raises(PopsinkError, match=rf"popsink_onboarding_file \({tmp_path}/snippet.yaml\) does not exist"):
        inventory().snippet()


@pytest.mark.parametrize("given", ["just text", ["a"], 7, "- a\n- b\n"], ids=["text", "list", "number", "YAML list"])
def test_a_snippet_that_is_no_mapping(inventory: Inventory, given: Any) -> None:
    with pytest.raises(PopsinkError, match="popsink_onboarding does not hold chart values"):
        inventory(popsink_onboarding=given).snippet()


@pytest.mark.parametrize("source", ["popsink_onboarding", "popsink_onboarding_file"])
def test_a_snippet_that_is_not_yaml_is_named_and_not_shown(inventory: Inventory, tmp_path: Path, source: str) -> None:
    text = "deploymentJwtToken: {token: hidden\nx: ["
    (tmp_path / "snippet.yaml").write_text(text, "utf-8")
    given = {"popsink_onboarding": text} if source == "popsink_onboarding" else {}
    with pytest.raises(PopsinkError) as caught:
        inventory(**given).snippet()
    assert source in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_file_of_another_password_is_named(inventory: Inventory, tmp_path: Path) -> None:
    (tmp_path / "snippet.yaml").write_text(encrypted("a: 1\n", OTHER), "utf-8")
    with pytest.raises(PopsinkError, match="popsink_onboarding_file"):
        inventory().snippet()


@pytest.mark.parametrize(
    ("block", "token"),
    [({"token": "a.b.c"}, "a.b.c"), ("a.b.c", ""), ({}, ""), (None, ""), ({"token": ""}, ""), (["a"], "")],
)
def test_deployment_token(inventory: Inventory, block: Any, token: str) -> None:
    assert (
        inventory(popsink_onboarding={"deploymentId": DEPLOYMENT, "deploymentJwtToken": block}).deployment_token()
        == token
    )


@pytest.mark.parametrize("form", ["JSON", "base64", "encrypted"])
def test_a_pull_token_in_a_file(inventory: Inventory, tmp_path: Path, vault_password: bytes, form: str) -> None:
    text = json.dumps(ACCOUNT, indent=2)
    forms = {
        "JSON": text,
        "base64": base64.b64encode(text.encode()).decode(),
        "encrypted": encrypted(text, vault_password),
    }
    (tmp_path / "pull-token.json").write_text(forms[form], "utf-8")
    assert service_account_of(inventory().pull_token()) == ACCOUNT


def test_the_pull_tokens_variable_wins_over_its_file(inventory: Inventory, tmp_path: Path) -> None:
    (tmp_path / "pull-token.json").write_text(json.dumps(service_account()), "utf-8")
    assert inventory(popsink_image_pull_token=ACCOUNT).pull_token() == ACCOUNT


@pytest.mark.parametrize("given", [None, ""])
def test_no_pull_token_is_none(inventory: Inventory, given: Any) -> None:
    assert inventory(popsink_image_pull_token=given).docker_config() == ""


def test_the_docker_config_opens_the_registry_with_the_whole_key(inventory: Inventory) -> None:
    config = json.loads(inventory(popsink_image_pull_token=ACCOUNT).docker_config())
    login = config["auths"]["registry.example"]
    assert login["username"] == "_json_key"
    assert json.loads(login["password"]) == ACCOUNT
    assert base64.b64decode(login["auth"]).decode() == f"_json_key:{login['password']}"


def test_the_docker_config_is_the_same_for_each_form(inventory: Inventory) -> None:
    """Else a second run would find a difference in the cluster."""
    forms = [ACCOUNT, json.dumps(ACCOUNT, indent=2), base64.b64encode(json.dumps(ACCOUNT).encode()).decode()]
    assert len({inventory(popsink_image_pull_token=form).docker_config() for form in forms}) == 1


@pytest.mark.parametrize(
    ("mirror", "server"), [("", "registry.example"), ("mirror.example:5000/popsink", "mirror.example:5000")]
)
def test_a_user_at_another_registry_takes_the_place_of_the_token(
    inventory: Inventory, mirror: str, server: str
) -> None:
    made = inventory(
        popsink_image_pull_token=ACCOUNT,
        popsink_image_pull_username="puller",
        popsink_image_pull_password="only for pulling",
        popsink_mirror_registry=mirror,
    )
    auth = base64.b64encode(b"puller:only for pulling").decode()
    login = {"username": "puller", "password": "only for pulling", "auth": auth}
    assert json.loads(made.docker_config()) == {"auths": {server: login}}
    assert list(json.loads(made.origin_docker_config())["auths"]) == ["registry.example"]


def test_a_user_without_a_password_is_named(inventory: Inventory) -> None:
    with pytest.raises(PopsinkError, match="popsink_image_pull_password is not"):
        inventory(popsink_image_pull_username="puller").docker_config()


def test_a_variable_wins_over_the_secrets_file(inventory: Inventory, tmp_path: Path, vault_password: bytes) -> None:
    (tmp_path / "secrets.yml").write_text(inline_vault("popsink_jwt_secret", "of the file", vault_password), "utf-8")
    assert inventory(popsink_jwt_secret="of the user").values(["jwt_secret"]) == {"jwt_secret": "of the user"}


def test_the_secrets_file_gives_what_no_variable_does(
    inventory: Inventory, tmp_path: Path, vault_password: bytes
) -> None:
    """The play may have read the inventory before the file was written."""
    (tmp_path / "secrets.yml").write_text(inline_vault("popsink_jwt_secret", "of the file", vault_password), "utf-8")
    assert inventory().values(["jwt_secret", "admin_password"]) == {"jwt_secret": "of the file"}


@pytest.mark.parametrize("empty", ["popsink_jwt_secret:\n", "popsink_jwt_secret: ''\n", "other: x\n"])
def test_an_empty_entry_of_the_file_is_no_value(inventory: Inventory, tmp_path: Path, empty: str) -> None:
    (tmp_path / "secrets.yml").write_text(empty, "utf-8")
    assert inventory().values(["jwt_secret"]) == {}


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_variable_is_no_value(inventory: Inventory, empty: Any) -> None:
    assert inventory(popsink_jwt_secret=empty).values(["jwt_secret"]) == {}


@pytest.mark.parametrize("value", [12345678, 0o123, True, ["x"], {"a": "b"}])
def test_what_yaml_made_something_else_of_is_refused_and_not_shown(inventory: Inventory, value: Any) -> None:
    with pytest.raises(PopsinkError, match=r"popsink_admin_password is of type \w+, not text\. Put it in quotes\."):
        inventory(popsink_admin_password=value).values(["admin_password"])


def test_only_what_is_asked_for_is_decrypted(inventory: Inventory, tmp_path: Path, vault_password: bytes) -> None:
    text = inline_vault("popsink_jwt_secret", "x", vault_password) + inline_vault("popsink_admin_password", "y", OTHER)
    (tmp_path / "secrets.yml").write_text(text, "utf-8")
    assert inventory().values(["jwt_secret"]) == {"jwt_secret": "x"}


def test_a_value_of_another_password_is_named(inventory: Inventory, tmp_path: Path) -> None:
    (tmp_path / "secrets.yml").write_text(inline_vault("popsink_jwt_secret", "x", OTHER), "utf-8")
    with pytest.raises(PopsinkError, match=r"popsink_jwt_secret cannot be read.*vault password"):
        inventory().values(["jwt_secret"])


def test_a_value_of_another_password_in_a_variable_is_named(inventory: Inventory, loader: DataLoader) -> None:
    value = loader.load(inline_vault("a", "x", OTHER))["a"]
    with pytest.raises(PopsinkError, match="popsink_jwt_secret cannot be read"):
        inventory(popsink_jwt_secret=value).values(["jwt_secret"])


def test_names_in() -> None:
    planned: list[dict[str, Any]] = [
        {"data": {"k": "jwt_secret", "l": "admin_password"}},
        {"data": {"m": "jwt_secret"}},
        {"data": {}},
    ]
    assert names_in(planned) == ["admin_password", "jwt_secret"]


def test_a_name_that_nobody_knows_is_told() -> None:
    with pytest.raises(PopsinkError, match=r"no secret jwt_secrets\. Did you mean jwt_secret"):
        names_in([{"data": {"k": "jwt_secrets"}}])


OWN = {"ingress": {"annotations": {"cert-manager.io/cluster-issuer": "x"}}, "hosts": ["https://user@host"]}


@pytest.mark.parametrize("form", [lambda values: values, json.dumps], ids=["mapping", "text"])
def test_values_of_the_user(inventory: Inventory, form: Callable[[Any], Any]) -> None:
    paths = [("ingress", "annotations", "cert-manager.io/cluster-issuer"), ("hosts", "0")]
    names = [own_value("popsink_values", path) for path in paths]
    assert list(inventory(popsink_values=form(OWN)).values(names).values()) == ["x", "https://user@host"]
    snippets = [own_value("popsink_onboarding", path) for path in paths]
    assert list(inventory(popsink_onboarding=form(OWN)).values(snippets).values()) == ["x", "https://user@host"]
