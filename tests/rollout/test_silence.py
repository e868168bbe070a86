"""No secret is shown, however talkative Ansible is."""

from __future__ import annotations

from tests.lab.deployed import forms_of

from .conftest import Rollout


def test_rollout_at_vvv_with_diff_shows_no_secret(rollout: Rollout) -> None:
    shown = {
        name
        for name, value in rollout.deployed.secret_values().items()
        if any(form in rollout.first.output for form in forms_of(value))
    }
    assert shown == set()


def test_rollout_says_what_it_made(rollout: Rollout) -> None:
    assert "popsink_connector_config_encryption_key: generated and vaulted" in rollout.first.output
    assert "works: " in rollout.first.output
