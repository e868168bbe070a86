"""A file of the inventory is extended by vaulted values, and stays byte for byte as it was otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import plain
from ansible_collections.popsink.data_plane.plugins.plugin_utils.vault_file import VaultFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.plugins.conftest import Play
from tests.unit.plugins.samples import encrypted, inline_vault

NEW = {"popsink_admin_password": "the new value"}

Write = Callable[[bytes], VaultFile]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "host_vars" / "popsink_secrets.yml"


@pytest.fixture
def written(path: Path, loader: DataLoader) -> Write:
    """The file with this content."""

    def write(content: bytes) -> VaultFile:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return VaultFile(path, loader)

    return write


def extend(file: VaultFile, additions: dict[str, str] | None = None, vault_id: str = "") -> dict[str, Any]:
    """Put the additions into place and give what is read back."""
    file.prepared(NEW if additions is None else additions, vault_id).commit()
    read: dict[str, Any] = plain(file.read())
    return read


#: Content of a file that somebody wrote.
FORMS: dict[str, bytes] = {
    "a value": b"a: 1\n",
    "a comment": b"# only a comment\n",
    "a start": b"---\n",
    "a start and a comment": b"# before\n---\n# after\na: 1 # beside\n",
    "no line break at the end": b"a: 1",
    "a comment without line break at the end": b"a: 1\n# the end",
    "empty lines at the end": b"a: 1\n\n\n",
    "line breaks of Windows": b"# first\r\na: 1\r\nb:\r\n  - x\r\n",
    "strange indentation": b"a:\n      b:\n       - 1\n       -    2\n",
    "quotes and nulls": b"a: 'it''s'\nb: \"\\u00e9\"\nc: ~\nd:\ne: 2026-10-09\nf: 0o17\n",
    "text beyond ASCII": "a: 'é ü 漢'\n".encode(),
    "a block of text": b"a: |\n  one\n   two\nb: >-\n  three\n",
    "a block of text at the end": b"a: |\n  one\n  two\n",
    "anchors": b"a: &x {b: 1}\nc: *x\n",
    "flow within blocks": b"a: {b: [1, 2], c: {d: e}}\n",
    "nothing": b"",
}


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_every_other_byte_stays(written: Write, path: Path, content: bytes) -> None:
    extend(written(content))
    assert path.read_bytes().startswith(content)


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_what_was_there_reads_as_before(written: Write, content: bytes) -> None:
    file = written(content)
    before = plain(file.read())
    assert extend(file) == {**before, **NEW}


def test_vaulted_values_that_are_there_stay(written: Write, vault_password: bytes, path: Path) -> None:
    content = inline_vault("popsink_jwt_secret", "kept", vault_password).encode()
    assert extend(written(content)) == {"popsink_jwt_secret": "kept", **NEW}
    assert path.read_bytes().startswith(content)


def test_vaulted_values_without_line_break_at_the_end_stay(written: Write, vault_password: bytes) -> None:
    content = inline_vault("popsink_jwt_secret", "kept", vault_password).rstrip("\n").encode()
    assert extend(written(content)) == {"popsink_jwt_secret": "kept", **NEW}


def test_values_of_a_password_that_this_play_does_not_have_are_no_obstacle(written: Write, path: Path) -> None:
    content = inline_vault("of_somebody", "x", b"another password").encode()
    file = written(content)
    file.prepared(NEW, "").commit()
    assert path.read_bytes().startswith(content)
    assert plain(file.read()["popsink_admin_password"]) == NEW["popsink_admin_password"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"a: 1\n...\n", id="an end"),
        pytest.param(b"{a: 1}\n", id="flow style"),
        pytest.param(b"  a: 1\n", id="indented"),
        pytest.param(b"a: |+\n  one", id="text that keeps its end"),
    ],
)
def test_a_form_that_cannot_be_extended_is_told_or_works(written: Write, path: Path, content: bytes) -> None:
    file = written(content)
    before = plain(file.read())
    try:
        assert extend(file) == {**before, **NEW}
    except PopsinkError as refused:
        told = str(refused)
    else:
        return
    assert "cannot be changed" in told
    assert (path.read_bytes(), list(path.parent.iterdir())) == (content, [path])


def as_whole(content: bytes, password: bytes, label: str | None) -> bytes:
    """As ansible-vault encrypts a file."""
    encrypted: bytes = VaultLib([(label, VaultSecret(password))]).encrypt(content, vault_id=label)
    return encrypted


@pytest.mark.parametrize("label", ["lab", "other", None])
@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_a_file_encrypted_as_a_whole_stays_so(
    written: Write, path: Path, vault_password: bytes, content: bytes, label: str | None
) -> None:
    """Under the label and the password that it had, whatever label new things would get."""
    file = written(as_whole(content, vault_password, label))
    before = plain(file.read())
    assert extend(file, vault_id="lab") == {**before, **NEW}
    stored = path.read_bytes()
    assert stored.startswith(
        b"$ANSIBLE_VAULT;1.2;AES256;" + label.encode() if label else b"$ANSIBLE_VAULT;1.1;AES256\n"
    )
    assert VaultLib([("lab", VaultSecret(vault_password))]).decrypt(stored).startswith(content)


@pytest.mark.parametrize(
    "value", ["with 'quotes' and \"more\"", "two\nlines", "é 漢", "{{ a }}", "null", "0x1", "\x7f\u2028"]
)
def test_any_value_is_read_back_from_a_whole(written: Write, vault_password: bytes, value: str) -> None:
    assert extend(written(as_whole(b"a: 1\n", vault_password, "lab")), {"b": value}) == {"a": 1, "b": value}


def test_a_whole_of_another_password_is_named_and_left(written: Write, path: Path) -> None:
    content = as_whole(b"a: 1\n", b"another password", "lab")
    file = written(content)
    for call in (file.read, lambda: file.prepared(NEW, ""), lambda: file.require("")):
        with pytest.raises(PopsinkError, match=r"popsink_secrets\.yml cannot be decrypted.*Give the vault password"):
            call()
    assert (path.read_bytes(), list(path.parent.iterdir())) == (content, [path])


def test_of_two_passwords_the_one_that_opened_it_is_used_again(path: Path, play: Play) -> None:
    first, second = b"first password", b"second password"
    path.parent.mkdir()
    path.write_bytes(as_whole(b"a: 1\n", second, "two"))
    VaultFile(path, play(one=first, two=second)).prepared(NEW, "one").commit()
    assert plain(VaultFile(path, play(two=second)).read()) == {"a": 1, **NEW}


KEYS = st.from_regex(r"[a-z]{1,6}", fullmatch=True)
SCALARS = st.sampled_from(
    ["1", "text", "'quoted'", '"two words"', "~", "", "true", "[1, 2]", "{x: y}", "|\n  block", ">-\n  x\n  y"]
)
COMMENTS = st.from_regex(r"#[ a-zA-Z!:&*]{0,12}", fullmatch=True)
LINES = st.one_of(
    st.tuples(KEYS, SCALARS).map(lambda pair: f"{pair[0]}: {pair[1]}".rstrip()),
    st.tuples(KEYS, COMMENTS).map(lambda pair: f"{pair[0]}: 1 {pair[1]}"),
    st.tuples(KEYS, KEYS, SCALARS).map(lambda three: f"{three[0]}:\n  {three[1]}: " + three[2].replace("\n", "\n  ")),
    COMMENTS,
    st.just(""),
)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Files as people write them: each key once, comments, either kind of line break, with or without an end."""
    lines = draw(st.lists(LINES, max_size=6, unique_by=lambda line: line.partition(":")[0] or id(line)))
    text = "\n".join([*draw(st.sampled_from([[], ["---"], ["# head", "---"]])), *lines])
    text += draw(st.sampled_from(["", "\n", "\n\n"]))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))).encode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(content=documents())
def test_any_file_keeps_its_bytes_or_is_refused_untouched(written: Write, path: Path, content: bytes) -> None:
    file = written(content)
    before = plain(file.read())
    try:
        after = extend(file)
    except PopsinkError:
        assert path.read_bytes() == content
    else:
        assert path.read_bytes().startswith(content)
        assert after == {**before, **NEW}


def test_a_new_file_says_what_it_is(path: Path, loader: DataLoader) -> None:
    extend(VaultFile(path, loader))
    text = path.read_text("utf-8")
    assert text.startswith("---\n# Secrets of this deployment")
    assert "popsink_admin_password: !vault |\n  $ANSIBLE_VAULT;1.2;AES256;lab\n" in text


def test_no_value_stands_in_the_file(path: Path, loader: DataLoader) -> None:
    extend(VaultFile(path, loader))
    assert b"the new value" not in path.read_bytes()


@pytest.mark.parametrize("value", ["with 'quotes' and \"more\"", "two\nlines", "é 漢", "{{ a }}"])
def test_any_value_is_read_back(path: Path, loader: DataLoader, value: str) -> None:
    assert extend(VaultFile(path, loader), {"a": value}) == {"a": value}


@pytest.mark.parametrize("mode", [None, 0o644, 0o600])
def test_only_its_owner_reads_it(written: Write, path: Path, loader: DataLoader, mode: int | None) -> None:
    file = VaultFile(path, loader)
    if mode is not None:
        file = written(b"a: 1\n")
        path.chmod(mode)
    extend(file)
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_prepared_is_unreadable_for_others_too(path: Path, loader: DataLoader) -> None:
    VaultFile(path, loader).prepared(NEW, "")
    assert [entry.stat().st_mode & 0o777 for entry in path.parent.iterdir()] == [0o600]


def test_a_symbolic_link_stays_one(tmp_path: Path, loader: DataLoader) -> None:
    target, link = tmp_path / "real.yml", tmp_path / "link.yml"
    target.write_text("a: 1\n", "utf-8")
    link.symlink_to(target)
    extend(VaultFile(link, loader))
    assert link.is_symlink()
    assert target.read_text("utf-8").startswith("a: 1\npopsink_admin_password: !vault")


def test_nothing_changes_before_the_commit(written: Write, path: Path) -> None:
    written(b"a: 1\n").prepared(NEW, "")
    assert path.read_bytes() == b"a: 1\n"


def test_what_is_dropped_leaves_nothing(written: Write, path: Path) -> None:
    written(b"a: 1\n").prepared(NEW, "").drop()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_dropping_after_the_commit_is_harmless(written: Write, path: Path) -> None:
    prepared = written(b"a: 1\n").prepared(NEW, "")
    prepared.commit()
    prepared.drop()
    assert path.exists()


@pytest.mark.parametrize("call", [lambda file: file.prepared(NEW, ""), lambda file: file.locked().__enter__()])
def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, loader: DataLoader, call: Callable[[VaultFile], Any]
) -> None:
    """Below a regular file: that holds for root as well."""
    (tmp_path / "file").write_text("", "utf-8")
    file = VaultFile(tmp_path / "file" / "secrets.yml", loader)
    with pytest.raises(
        PopsinkError, match=r"popsink_secrets_file .*secrets\.yml cannot be written.*Nothing was changed"
    ):
        call(file)


@pytest.mark.parametrize(
    ("labels", "vault_id", "written_as"),
    [
        (["lab"], "", "1.2;AES256;lab"),
        (["lab", "prod"], "", "1.2;AES256;lab"),
        (["lab", "prod"], "prod", "1.2;AES256;prod"),
        (["default"], "", "1.1;AES256"),
        (["default", "prod"], "prod", "1.2;AES256;prod"),
    ],
)
def test_the_label_to_encrypt_with(path: Path, play: Play, labels: list[str], vault_id: str, written_as: str) -> None:
    VaultFile(path, play(*labels)).prepared(NEW, vault_id).commit()
    assert f"$ANSIBLE_VAULT;{written_as}\n" in path.read_text("utf-8")


def test_a_label_that_the_play_does_not_have_is_named(path: Path, play: Play) -> None:
    with pytest.raises(PopsinkError, match=r"with the id prod \(it has: dev, lab\).*--vault-id prod@prompt"):
        VaultFile(path, play("lab", "dev")).prepared(NEW, "prod")


def test_a_place_that_cannot_be_written_is_found_before_anything_is_made(
    loader: DataLoader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a-file").touch()
    with pytest.raises(PopsinkError, match=r"cannot be written: .*a-file is no folder"):
        VaultFile(tmp_path / "a-file" / "secrets.yml", loader).require("")
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    with pytest.raises(PopsinkError, match="cannot be written: Permission denied"):
        VaultFile(tmp_path / "new" / "folder" / "secrets.yml", loader).require("")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("call", [lambda file: file.require(""), lambda file: file.prepared(NEW, "")])
def test_a_play_without_vault_password_is_told_how_to_start(
    path: Path, play: Play, call: Callable[[VaultFile], Any]
) -> None:
    with pytest.raises(PopsinkError, match=r"no vault password.*--ask-vault-pass"):
        call(VaultFile(path, play()))
    assert not path.exists()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"- a\n- list\n", id="a list"),
        pytest.param(b"a: [\n", id="not YAML"),
        pytest.param(b"a: \xff\xfe\n", id="not text"),
        pytest.param(b"$ANSIBLE_VAULT;1.1;AES256\n61626364\n", id="a damaged vault"),
        pytest.param(b"$ANSIBLE_VAULT\n", id="a vault without content"),
    ],
)
def test_a_file_that_holds_no_variables_is_named(written: Write, path: Path, content: bytes) -> None:
    with pytest.raises(PopsinkError, match=r"popsink_secrets\.yml"):
        written(content).read()


def test_a_folder_in_its_place_is_named(path: Path, loader: DataLoader) -> None:
    path.mkdir(parents=True)
    with pytest.raises(PopsinkError, match=r"popsink_secrets\.yml"):
        VaultFile(path, loader).read()


def test_a_file_that_is_not_there_is_empty(path: Path, loader: DataLoader) -> None:
    assert VaultFile(path, loader).read() == {}


def test_reading_decrypts_nothing(written: Write) -> None:
    """Each value costs milliseconds; whoever needs one asks for it."""
    assert list(written(inline_vault("a", "x", b"another password").encode()).read()) == ["a"]


def test_the_lock_keeps_others_out(path: Path, loader: DataLoader) -> None:
    program = "import fcntl, sys; fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    with VaultFile(path, loader).locked():
        (lock,) = path.parent.iterdir()
        second = subprocess.run([sys.executable, "-c", program, str(lock)], capture_output=True, check=False)
        assert b"BlockingIOError" in second.stderr
    assert list(path.parent.iterdir()) == []
    with VaultFile(path, loader).locked():
        pass


def test_tidying_up_waits_for_nobody(path: Path, loader: DataLoader) -> None:
    """A run that writes just now has its lock file there, and what it writes."""
    with VaultFile(path, loader).locked():
        prepared = VaultFile(path, loader).prepared({"a": "b"}, "")
        VaultFile(path, loader).tidy()
        prepared.commit()
    assert list(VaultFile(path, loader).read()) == ["a"]


def test_text_that_is_no_yaml_is_not_quoted(written: Write, vault_password: bytes) -> None:
    """YAML takes it for a tag, and its parser would name it."""
    text = "a: b\npassword: !hunter2secret x\n"
    for content in (text, encrypted(text, vault_password)):
        with pytest.raises(PopsinkError, match=r"is not YAML \(line 2, column 11\)") as error:
            written(content.encode()).read()
        assert "hunter2" not in str(error.value)


def test_what_goes_wrong_while_it_is_written_leaves_nothing_beside_it(
    written: Write, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(b"a: b\n")

    def refused(*_arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refused)
    with pytest.raises(PopsinkError, match="cannot be written: Operation not permitted"):
        file.prepared(NEW, "")
    assert list(path.parent.iterdir()) == [path]


def test_one_waits_for_the_other(path: Path, loader: DataLoader) -> None:
    """Also where the first removes its lock file just as the second has opened it."""
    inside: list[int] = []

    def work(number: int) -> None:
        for _time in range(20):
            with VaultFile(path, loader).locked():
                inside.append(number)
                time.sleep(0.001)
                assert inside == [number]
                inside.remove(number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert list(path.parent.iterdir()) == []


def test_the_command_line_tool_decrypts_it(
    path: Path, tmp_path: Path, loader: DataLoader, vault_password: bytes
) -> None:
    extend(VaultFile(path, loader))
    block = path.read_text("utf-8").partition("popsink_admin_password: !vault |\n")[2]
    encrypted, password = tmp_path / "encrypted", tmp_path / "password"
    encrypted.write_text("".join(line.strip() + "\n" for line in block.splitlines()), "utf-8")
    password.write_bytes(vault_password)
    tool = Path(sys.executable).with_name("ansible-vault")
    done = subprocess.run(
        [str(tool), "decrypt", "--vault-id", f"lab@{password}", "--output", "-", str(encrypted)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "the new value", done.stderr


def test_the_command_line_tool_views_and_rekeys_a_whole(
    written: Write, path: Path, tmp_path: Path, vault_password: bytes, play: Play
) -> None:
    extend(written(as_whole(b"# mine\na: 1\n", vault_password, "lab")))
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(vault_password)
    new.write_bytes(b"the next password")
    tool = str(Path(sys.executable).with_name("ansible-vault"))
    view = [tool, "view", "--vault-id", f"lab@{old}", str(path)]
    shown = subprocess.run(view, capture_output=True, text=True, check=True, env={**os.environ, "PAGER": "cat"}).stdout
    assert shown.startswith("# mine\na: 1\npopsink_admin_password: ")
    rekey = [tool, "rekey", "--vault-id", f"lab@{old}", "--new-vault-id", f"lab@{new}", str(path)]
    subprocess.run(rekey, capture_output=True, check=True)
    after = extend(VaultFile(path, play(lab=b"the next password")), {"b": "added"})
    assert after == {"a": 1, **NEW, "b": "added"}
