"""What the scenarios' tests ask: cluster, bucket, control plane and vault file; never Ansible's own results."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.lab.deployed import Deployed

<<<<<<<< HEAD:molecule/shared/conftest.py
ROOT = Path(__file__).parents[2]
========
ROOT = Path(__file__).parents[1]
>>>>>>>> 0298e78de72d0002f5366f8230b2eaae1fddbc94:molecule/conftest.py


@pytest.fixture(scope="session")
def deployed() -> Deployed:
    """The deployment that the scenario rolled out."""
    folder = ROOT / os.environ.get("LAB_DIRECTORY", ".lab")
    return Deployed(folder, os.environ["MOLECULE_SCENARIO_NAME"])
