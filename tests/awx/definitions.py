"""Variables of the role that several tests hand over."""

from __future__ import annotations

import json
from typing import Any

CANARY = "canary-7f3a9"
SLACK = {
    "name": "Popsink channel",
    "notification_type": "slack",
    "notification_configuration": {"channels": ["#data"]},
    "on": ["error", "approvals"],
}
WEBHOOK = {
    "name": "Popsink hook",
    "notification_type": "webhook",
    "notification_configuration": {"url": "https://hook.example.com", "headers": {}},
    "on": ["success"],
}
SECRETS: dict[str, Any] = {
    "popsink_awx_credential_inputs": {
        "Popsink vault password": {"vault_password": CANARY},
        "Popsink image registry": {"token": json.dumps({"private_key": CANARY})},
    },
    "popsink_awx_notification_secrets": {"Popsink channel": {"token": CANARY}},
}
#: As little as there can be, for runs that are about something else.
LITTLE: dict[str, Any] = {
    "popsink_awx_credential_types": [],
    "popsink_awx_credentials": [],
    "popsink_awx_job_credentials": [],
    "popsink_awx_job_templates": [],
    "popsink_awx_workflows": [],
    "popsink_awx_schedules": [],
    "popsink_awx_teams": [],
    "popsink_awx_roles": [],
}
