"""What the scenarios' tests ask: cluster, bucket, control plane and vault file; never Ansible's own results."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.lab.deployed import Deployed

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def deployed() -> Deployed:
    """The deployment that the scenario rolled out."""
    folder = ROOT / os.environ.get("LAB_DIRECTORY", ".lab")
    return Deployed(folder, os.environ["MOLECULE_SCENARIO_NAME"])
