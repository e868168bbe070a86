# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the values of a deployment's secrets come from on the controller.

In this order: the user's own variable, the control plane's snippet or the pull token's file, files of chart values, the
secrets file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.validation import check_type_bool, check_type_dict
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.sensitive import at
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.names import did_you_mean
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.identity import STANDALONE
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import path_of_own_value
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import CATALOGUE, variables_of
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.generate import PasswordFormat

from .controller_path import controller_path
from .handed_files import OpenFile, open_files
from .input_collection import default_of
from .plain import first_line, not_yaml, plain
from .play_vault import VAULT_HEADER, PlayVault
from .pull_token import KEY_USER, docker_config_of, service_account_of
from .store import PENDING, ClusterStore, FileStore, Store
from .values_files import VARIABLE as VALUES_FILES
from .values_files import ValuesFiles
from .vault_file import VaultFile

#: AWX gives each of its jobs this variable.
_AWX_JOB = "awx_job_id"

_VERBATIM = "Put the control plane's snippet there, verbatim."

#: What whoever looks after a bucket may have.
_BUCKET_ADMIN = ("access_key_id", "secret_access_key", "session_token")


class InventorySecrets:
    """The secret values that the controller knows for one deployment. Values stay inside, unless asked for by name."""

    def __init__(self, variables: Mapping[str, Any], loader: Any, template: Callable[[Any], Any]) -> None:
        self._variables = variables
        self._loader = loader
        self._template = template

    def variable(self, name: str) -> Any:
        """A variable's value in plain Python types, None when it is not defined.

        :raises PopsinkError: it cannot be decrypted or templated.
        """
        if name not in self._variables:
            return None
        with _readable(name):
            return plain(self._template(self._variables[name]))

    def text(self, name: str) -> str:
        """A variable's value that must be text, empty when it is not set.

        :raises PopsinkError: it is something else, or cannot be decrypted or templated.
        """
        return _text(name, self.variable(name))

    def bucket_admin(self) -> dict[str, str]:
        """The keys of whoever looks after a managed bucket, as far as they are given; boto3 finds others by itself."""
        given = {name: self.text(f"popsink_bucket_admin_{name}") for name in _BUCKET_ADMIN}
        return {name: value for name, value in given.items() if value}

    def path(self, name: str) -> Path:
        """Where a file of the controller is that an input names."""
        return controller_path(name, self.variable("inventory_dir"), self._loader)

    @property
    def secrets_file(self) -> VaultFile:
        """The file that holds generated secrets."""
        return VaultFile(self.path(str(self.variable("popsink_secrets_file"))), self._loader)

    @property
    def awx_job(self) -> str:
        """Number of the AWX job that this is; empty outside AWX."""
        return str(self.variable(_AWX_JOB) or "")

    @property
    def store(self) -> Store:
        """Where generated secrets are kept."""
        if self.variable("popsink_secrets_store") == "cluster":
            return ClusterStore()
        return FileStore(self.secrets_file, str(self.variable("popsink_vault_id") or ""), self.awx_job)

    def password_format(self) -> PasswordFormat:
        """How passwords are made for this deployment."""
        given = {
            "length": self.variable("popsink_password_length"),
            "alphabet": self.variable("popsink_password_alphabet"),
        }
        form = {name: value for name, value in given.items() if value not in (None, "")}
        return PasswordFormat(**({**form, "length": int(form["length"])} if "length" in form else form))

    def pending_value(self, name: str) -> str:
        """The value of the secrets file that is to replace a secret's, empty when there is none."""
        variable = PENDING + CATALOGUE[name].variable
        with _readable(variable):
            return _text(variable, plain(self.secrets_file.read().get(variable)))

    def require_settled(self) -> None:
        """End where a rotation is not finished, as far as the secrets file tells.

        :raises PopsinkError: with what to finish.
        """
        file = self.secrets_file.read()
        if names := sorted(name for name, secret in CATALOGUE.items() if PENDING + secret.variable in file):
            raise PopsinkError(
                f"A rotation of {variables_of(names)} is not finished: the new values stand in "
                "popsink_secrets_file beside the old ones.",
                remedy=f"Finish it: playbooks/rotate.yml with popsink_rotate={','.join(names)}.",
            )

    def stored(self, names: Iterable[str]) -> dict[str, str]:
        """Values of the secrets file for those of the names that stand in it."""
        file = self.secrets_file.read()
        found = {}
        for name in names:
            if (variable := CATALOGUE[name].variable) in file:
                with _readable(variable):
                    found[name] = _text(variable, plain(file[variable]))
        return {name: value for name, value in found.items() if value}

    def supplied(self, name: str) -> str:
        """The value that a variable, the snippet or the pull token's file gives; empty when none does."""
        if name == "deployment_token":
            return self.deployment_token()
        if name == "image_pull_docker_config":
            return self.docker_config()
        if name == "image_pull_token":
            token = self.pull_token()
            return json.dumps(token) if isinstance(token, dict) else _text("popsink_image_pull_token", token)
        variable = CATALOGUE[name].variable
        return _text(variable, self.variable(variable)) or self._handed_in(name)

    def _handed_in(self, name: str) -> str:
        """A secret's value in the files of chart values."""
        return _text(f"{CATALOGUE[name].variable} in {VALUES_FILES}", self.values_files.said.secrets.get(name))

    @cached_property
    def values_files(self) -> ValuesFiles:
        """The files of chart values.

        :raises PopsinkError: one is not there, or does not hold chart values.
        """
        return ValuesFiles.read(self.variable(VALUES_FILES), self._content)

    def values(self, names: Collection[str]) -> dict[str, Any]:
        """The known values of those names, by name. Only what is asked for is decrypted: each costs milliseconds.

        :raises PopsinkError: a file cannot be read or decrypted.
        """
        paths = {name: path for name in names if (path := path_of_own_value(name))}
        own = {name: self._own_value(*path) for name, path in paths.items()}
        wanted = [name for name in names if name not in own]
        found = {name: value for name in wanted if (value := self.supplied(name))}
        return {**own, **self.stored(name for name in wanted if name not in found), **found}

    def _own_value(self, source: str, path: tuple[str, ...]) -> Any:
        """A value of the user's that the plan left a placeholder for."""
        if source == "popsink_onboarding":
            return at(self.snippet(), path)
        if source == VALUES_FILES:
            return at(self.values_files.said.rest, path)
        # As text it comes from a survey or an extra variable.
        return at(check_type_dict(self.variable(source)), path)

    def snippet(self) -> dict[str, Any]:
        """The control plane's snippet, token included, with what files of chart values have beside it; may be empty.

        :raises PopsinkError: it is not YAML with keys and values.
        """
        return {**self.values_files.said.identity, **self.own_snippet()}

    def own_snippet(self) -> dict[str, Any]:
        """The snippet alone; empty when there is none, and files of chart values need none.

        :raises PopsinkError: it is not YAML with keys and values.
        """
        content = self.variable("popsink_onboarding")
        source = "popsink_onboarding"
        if content in (None, "", {}):
            source = "popsink_onboarding_file"
            content = self._file(source)
            if content is None and (self.values_files.said.identity or self._is_standalone):
                return {}
            if content is None and (name := self.variable(source)):
                raise PopsinkError(
                    f"{source} ({name}) does not exist or is empty.",
                    remedy="Put the control plane's snippet there, verbatim, or say where it is. A site without a "
                    "control plane needs none with popsink_deployment_mode: STANDALONE.",
                )
        if isinstance(content, str):
            content = self._parsed(source, content, _VERBATIM)
        if content in (None, ""):
            return {}
        if not isinstance(content, dict):
            raise PopsinkError(
                f"{source} does not hold chart values.",
                remedy=f"{_VERBATIM} It is YAML with controlPlaneUrl and so on.",
            )
        return content

    @property
    def _is_standalone(self) -> bool:
        return str(self.variable("popsink_deployment_mode") or "") == STANDALONE

    def deployment_token(self) -> str:
        """The deployment token of the snippet, empty when it has none in the right form."""
        block = self.snippet().get("deploymentJwtToken")
        token = block.get("token") if isinstance(block, dict) else None
        return str(token) if token else ""

    def pull_token(self) -> Any:
        """The pull token as it was given: a mapping or text; None when there is none."""
        token = self.variable("popsink_image_pull_token")
        if token in (None, ""):
            token = self._file("popsink_image_pull_token_file")
        return token if token not in (None, "") else self.values_files.said.secrets.get("image_pull_token")

    def docker_config(self) -> str:
        """The login with which pods pull, as Kubernetes stores it; empty when there is none.

        :raises PopsinkError: it cannot be one.
        """
        user, password = str(self.variable("popsink_image_pull_username") or ""), ""
        if not user:
            return self.origin_docker_config()
        if not (password := self.text("popsink_image_pull_password")):
            raise PopsinkError(
                "popsink_image_pull_username is set, and popsink_image_pull_password is not.",
                remedy="Give it the user's password, as a vaulted value.",
            )
        return docker_config_of(self.variable("popsink_mirror_registry") or self._vendors_registry, user, password)

    def origin_docker_config(self) -> str:
        """The login at the vendor's registry, as Kubernetes stores it; empty when there is no pull token.

        :raises PopsinkError: what is given is no service account.
        """
        account = service_account_of(self.pull_token())
        return "" if account is None else docker_config_of(self._vendors_registry, KEY_USER, json.dumps(account))

    @property
    def _vendors_registry(self) -> Any:
        own, handed_in = self.variable("popsink_image_registry"), self.values_files.said.inputs.get("image_registry")
        return handed_in if handed_in and own in (None, "", default_of("popsink_image_registry")) else own

    def open_files(self) -> list[OpenFile]:
        """Files with secrets that lie unencrypted inside the inventory."""
        further = [(VALUES_FILES, name) for name in self.values_files.with_secrets()]
        return open_files(self.variable, self._loader, further)

    @property
    def vaults_files(self) -> bool:
        """Whether they are to be encrypted where they are; what an AWX job writes is thrown away with its checkout."""
        # As text it comes from a survey or an extra variable.
        return check_type_bool(self.variable("popsink_vault_files") or False) and not self.awx_job

    def _file(self, variable: str) -> Any:
        """Content of the file that a variable names, parsed and decrypted in memory; None when there is no file."""
        name = self.variable(variable)
        return self._content(f"{variable} ({name})", str(name)) if name else None

    def _content(self, what: str, name: str) -> Any:
        """Content of a file, parsed and decrypted in memory; None when there is none.

        :param what: whose content it is, for people.
        """
        try:
            content = self.path(name).read_bytes()
            if content.startswith(VAULT_HEADER):
                with _readable(what):
                    content, _key = PlayVault(self._loader).decrypt(content)
            text = content.decode("utf-8-sig")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise PopsinkError(
                f"{what} cannot be read: {reason}.", remedy="Put there what you were handed, as it is."
            ) from error
        return self._parsed(what, text, "Put there what you were handed, as it is.")

    def _parsed(self, what: str, text: str, remedy: str) -> Any:
        """YAML or JSON, vaulted values decrypted; the lines of a text with secrets are never shown.

        :param what: whose text it is, for people.
        """
        try:
            return plain(self._loader.load(text, show_content=False))
        except AnsibleError as error:
            raise PopsinkError(f"{what} {not_yaml(error)}.", remedy=remedy) from error


def _text(variable: str, value: Any) -> str:
    """A secret's value, empty for none.

    :raises PopsinkError: it is not text. What YAML made of it may be another text than what was written.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise PopsinkError(f"{variable} is of type {type(value).__name__}, not text.", remedy="Put it in quotes.")
    return value


@contextmanager
def _readable(what: str) -> Iterator[None]:
    """Say of what could not be decrypted or templated which variable it is."""
    try:
        yield
    except AnsibleError as error:
        raise PopsinkError(
            f"{what} cannot be read: {first_line(error)}.",
            remedy="Give the vault password that it was encrypted with (--ask-vault-pass, or --vault-id LABEL@prompt), "
            "or correct its template.",
        ) from error


def names_in(secrets: Iterable[Mapping[str, Any]]) -> list[str]:
    """Names of the secrets that planned Kubernetes Secrets refer to, sorted.

    :raises PopsinkError: there is no secret of a name.
    """
    names = sorted({str(name) for secret in secrets for name in (secret.get("data") or {}).values()})
    for name in names:
        if name not in CATALOGUE:
            raise PopsinkError(f"There is no secret {name}.", remedy=did_you_mean(name, CATALOGUE))
    return names
