"""What playbooks/awx.yml does not do: go on with wrong input, show a secret, or send one again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.awx.definitions import CANARY, LITTLE, SLACK
from tests.awx.playbook import run
from tests.awx.standin.server import Server

_VAULT = {"name": "Mine", "credential_type": "Vault"}


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"popsink_awx_image": ""}, "popsink_awx_image is not set. -> Give the image"),
        ({"popsink_awx_teams": [{"name": "A", "descriptoin": "B"}]}, "descriptoin"),
        (
            {"popsink_awx_teams": [{"name": "A"}], "popsink_awx_absent": {"teams": ["A"]}},
            "popsink_awx_absent.teams names what popsink_awx_teams makes: A.",
        ),
        ({"popsink_awx_staging": "paris:&eu"}, "popsink_awx_staging is 'paris:&eu'. -> Name hosts or groups"),
        ({"popsink_awx_teams": [{"name": "A"}, {"name": "A"}]}, "popsink_awx_teams has a name twice"),
        ({"popsink_awx_credential_inputs": {"Nope": {}}}, "popsink_awx_credential_inputs has Nope, and"),
        (
            {"popsink_awx_schedules": [{"name": "A", "unified_job_template": "Nope", "rrule": "R"}]},
            "A workflow or a schedule names Nope",
        ),
        ({"popsink_awx_tems": []}, "There is no variable popsink_awx_tems. -> Did you mean popsink_awx_teams?"),
        (
            {
                "popsink_awx_job_templates": [
                    {"name": "A", "playbook": "playbooks/site.yml", "survey": [{"type": "text"}]}
                ]
            },
            "popsink_awx_job_templates, A: the question 'number 1' has no question_name.",
        ),
        (
            {"popsink_awx_job_templates": [{"name": "A", "playbook": "playbooks/site.yml", "credentials": ["Nope"]}]},
            "popsink_awx_job_templates, A: there is no credential Nope, and",
        ),
        (
            {"popsink_awx_credentials": [_VAULT], "popsink_awx_absent": {"credentials": [_VAULT]}},
            "popsink_awx_absent.credentials names what popsink_awx_credentials makes: Mine, Vault.",
        ),
    ],
)
def test_wrong_input_ends_the_run_before_anything_is_made(awx: Server, variables: Any, said: str) -> None:
    ended = run(awx, **{**LITTLE, **variables})
    assert (ended.code, ended.writes) == (2, [])
    assert said in " ".join(ended.output.split())


def test_an_awx_that_cannot_be_asked_is_told(awx: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    # The server keeps the one that it was started with.
    monkeypatch.setattr(Server, "environment", {"CONTROLLER_HOST": awx.url, "CONTROLLER_OAUTH_TOKEN": "wrong"})
    ended = run(awx, "--check", **LITTLE)
    assert (ended.code, ended.writes) == (2, [])
    words = " ".join(ended.output.split())
    assert "AWX cannot be asked, as CONTROLLER_HOST and CONTROLLER_OAUTH_TOKEN have it: " in words
    assert "401" in words


def test_check_refuses_the_same(awx: Server) -> None:
    ended = run(awx, "--check", **{**LITTLE, "popsink_awx_project_credential": "Nope"})
    assert (ended.code, ended.writes) == (2, [])
    assert "popsink_awx_project_credential: there is no credential Nope" in " ".join(ended.output.split())


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (
            {
                "popsink_awx_credentials": [{"name": "Popsink vault password", "credential_type": "Vault"}],
                "popsink_awx_credential_inputs": {"Popsink vault password": {"password": CANARY}},
            },
            "is no field of Vault",
        ),
        (
            {
                "popsink_awx_notifications": [SLACK],
                "popsink_awx_notification_secrets": {"Popsink channel": {"tokn": CANARY}},
            },
            "slack has no tokn",
        ),
    ],
)
def test_what_awx_refuses_is_told_without_the_secret(awx: Server, variables: Any, said: str) -> None:
    ended = run(awx, "-vvv", **{**LITTLE, **variables})
    assert ended.code == 2
    assert said in " ".join(ended.output.split())
    assert CANARY not in ended.output


def test_secrets_are_put_in_anew_when_asked(awx: Server) -> None:
    mine = {
        "popsink_awx_credentials": [{"name": "Popsink vault password", "credential_type": "Vault"}],
        "popsink_awx_credential_inputs": {"Popsink vault password": {"vault_password": "former"}},
    }
    new = {**mine, "popsink_awx_credential_inputs": {"Popsink vault password": {"vault_password": CANARY}}}
    assert run(awx, **{**LITTLE, **mine}).code == 0
    (credential,) = awx.api.store.all("credentials")
    assert run(awx, **{**LITTLE, **new}).writes == []
    assert credential["inputs"] == {"vault_password": "former"}
    assert len(run(awx, **{**LITTLE, **new, "popsink_awx_update_secrets": True}).writes) == 1
    assert credential["inputs"] == {"vault_password": CANARY}


def test_what_is_filled_in_by_hand_stays(awx: Server) -> None:
    name, kind = "Popsink cluster", "OpenShift or Kubernetes API Bearer Token"
    mine = {**LITTLE, "popsink_awx_credentials": [{"name": name, "credential_type": kind}]}

    def again(host: str) -> int:
        return len(run(awx, **mine, popsink_awx_credential_inputs={name: {"host": host}}).writes)

    assert run(awx, **mine, popsink_awx_credential_inputs={name: {"host": "https://one.example.com"}}).code == 0
    (credential,) = awx.api.store.all("credentials")
    credential["inputs"] |= {"bearer_token": CANARY, "verify_ssl": True}
    filled_in = dict(credential["inputs"])
    assert again("https://one.example.com") == 0
    assert credential["inputs"] == filled_in
    assert again("https://two.example.com") == 1
    assert credential["inputs"] == {**filled_in, "host": "https://two.example.com"}
