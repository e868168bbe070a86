"""What must agree between the repository's files."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import THRESHOLD
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.run import CHECKS
from ansible_collections.popsink.data_plane.plugins.module_utils.upgrade.one_way import SCHEMAS, STEPS

ROOT = Path(__file__).resolve().parents[2]
ROLES = sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir())
#: The role that owns all inputs.
INPUTS = ROOT / "roles/popsink"
#: The role that is no part of a rollout, and has inputs of its own.
AWX = ROOT / "roles/awx"
#: Files that are long by nature: each line of a lock is a hash.
LONG = ("requirements/", "go.sum")
LARGEST = 200_000
#: The content of a vault, not its mention.
VAULT = re.compile(rb"\$ANSIBLE_VAULT;[0-9.]+;AES256[^\n]*\n\s*[0-9a-f]{60,}\s")


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_changelog_tells_of_the_version() -> None:
    releases = load(ROOT / "changelogs/changelog.yaml")["releases"]
    assert load(ROOT / "galaxy.yml")["version"] in releases
    told = {module["name"] for release in releases.values() for module in release.get("modules", ())}
    assert told == {path.stem for path in (ROOT / "plugins/modules").glob("*.py")}


def test_collections_are_those_of_the_metadata() -> None:
    listed = {entry["name"]: entry["version"] for entry in load(ROOT / "requirements.yml")["collections"]}
    needed = load(ROOT / "galaxy.yml")["dependencies"]
    assert {name: listed.get(name) for name in needed} == needed


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_role_has_the_same_files_as_the_others(role: Path) -> None:
    wanted = ("tasks/main.yml", "meta/main.yml", "meta/argument_specs.yml")
    assert [name for name in wanted if not (role / name).is_file()] == []


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_role_takes_its_inputs_from_their_owner(role: Path) -> None:
    assert role in (INPUTS, AWX) or not (role / "defaults").exists()


def test_each_input_of_awx_has_a_default_and_a_description() -> None:
    """Long defaults are not repeated in the description."""
    options = load(AWX / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    defaults = yaml.safe_load((AWX / "defaults/main.yml").read_text(encoding="utf-8").replace("!unsafe ", ""))
    assert set(options) == set(defaults)
    assert {name: defaults[name] for name in options if "default" in options[name]} == {
        name: option["default"] for name, option in options.items() if "default" in option
    }
    assert [name for name, option in options.items() if not option.get("description")] == []


def test_each_input_has_a_default_and_a_description() -> None:
    """Secrets have no default: they are generated, or supplied. They are of any type, so that no value is printed."""
    options = load(INPUTS / "meta/argument_specs.yml")["argument_specs"]["inputs"]["options"]
    defaults = load(INPUTS / "defaults/main.yml")
    assert set(defaults) - set(options) == set()
    assert {name: option["default"] for name, option in options.items() if "default" in option} == {
        name: value for name, value in defaults.items() if value is not None
    }
    assert [name for name in set(options) - set(defaults) if options[name]["type"] != "raw"] == []
    assert [name for name, option in options.items() if not option.get("description")] == []


def test_locks_name_no_index() -> None:
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    lines = [line for lock in locks for line in lock.read_text(encoding="utf-8").splitlines()]
    assert [line for line in lines if "://" in line or line.startswith("-")] == []


def test_no_file_is_large() -> None:
    large = [path for path in tracked() if path.stat().st_size > LARGEST]
    assert [str(path) for path in large if not any(part in str(path.relative_to(ROOT)) for part in LONG)] == []


def test_no_secret_file_is_tracked() -> None:
    assert [path for path in tracked() if path.name in ("vault-password", "kubeconfig")] == []


def test_no_vault_is_tracked() -> None:
    """A run by hand leaves its secrets file where it was told to, under any name."""
    vaults = [path for path in tracked() if VAULT.search(path.read_bytes())]
    assert vaults == []


def test_every_check_before_a_rollout_is_described() -> None:
    defaults = load(INPUTS / "defaults/main.yml")
    required = {name.removeprefix(THRESHOLD): value for name, value in defaults.items() if name.startswith(THRESHOLD)}
    marks = {"ahead": "a rollout only", "inside": "on request"}
    rows = [
        (check.id, check.needs.format_map(required), [text for mark, text in marks.items() if getattr(check, mark)])
        for check in CHECKS
    ]
    told = [line for line in (ROOT / "docs/preflight.md").read_text("utf-8").splitlines() if "` | " in line]
    assert [line for line in told if not line.startswith("| `popsink_")] == [
        f"| `{name}` | {needs}{_in_brackets(marked)} |" for name, needs, marked in rows
    ]


def _in_brackets(marked: list[str]) -> str:
    return f" ({', '.join(marked)})" if marked else ""


#: A line that names the file, then its content.
_INVENTORY = re.compile(r"\]\((?P<file>\S+)\):\n\n```yaml\n(?P<text>.*?)```", re.DOTALL)


def shown(page: Path) -> list[tuple[Path, str]]:
    """The inventories on a page: where each stands, and what the page shows of it."""
    text = page.read_text(encoding="utf-8")
    return [((page.parent / match["file"]).resolve(), match["text"]) for match in _INVENTORY.finditer(text)]


CHOICES = sorted(page for page in (ROOT / "docs/choices").glob("*.md") if page.stem != "README")


@pytest.mark.parametrize("page", CHOICES, ids=lambda page: page.stem)
def test_page_of_a_choice_shows_inventories_that_tests_use(page: Path) -> None:
    assert shown(page)
    for file, text in shown(page):
        assert file.parts[-3] == "molecule" or file.parent == ROOT / "tests/rendered", file
        assert file.read_text(encoding="utf-8").removeprefix("---\n") == text, file


def test_every_choice_is_in_the_list_of_them() -> None:
    listed = (ROOT / "docs/choices/README.md").read_text(encoding="utf-8")
    assert [page.name for page in CHOICES if f"]({page.name})" not in listed] == []


def test_every_inventory_that_is_only_rendered_is_on_a_page() -> None:
    on_pages = {file for page in CHOICES for file, _text in shown(page)}
    assert set((ROOT / "tests/rendered").glob("*.yml")) - on_pages == set()


def test_a_survey_offers_steps_that_there_are() -> None:
    """Some are not for a button; none is offered that a run would not know."""
    questions = yaml.safe_load((ROOT / "roles/awx/vars/main.yml").read_text("utf-8"))["__popsink_awx_consents"]
    choices = {question["variable"]: question["choices"].splitlines() for question in questions}
    assert set(choices["popsink_accept"]) < {step.id for step in STEPS}
    assert set(choices["popsink_karapace_schemas"]) == set(SCHEMAS)
