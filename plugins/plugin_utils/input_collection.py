# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the inventory's ``popsink_*`` variables to validated inputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import Finding, failed
from ansible_collections.popsink.data_plane.plugins.module_utils.json_web_token import claims_of
from ansible_collections.popsink.data_plane.plugins.module_utils.names import did_you_mean
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.inputs import PREFIX, Onboarding
from ansible_collections.popsink.data_plane.plugins.module_utils.yaml import load_yaml

from .answers import listed
from .artifacts import ARTIFACTS
from .plain import first_line, plain

#: The role that owns the inputs; its argument spec is the one list of them.
_SPEC = Path(__file__).parents[2] / "roles" / "popsink" / "meta" / "argument_specs.yml"


#: No input counts more than that.
_DIGITS = 18


@cache
def argument_spec() -> dict[str, dict[str, Any]]:
    """The argument spec of all inputs, by variable."""
    # Presentation only, which the validator does not take.
    return {
        name: {key: value for key, value in option.items() if key not in ("description", "version_added", "default")}
        for name, option in _options().items()
    }


@cache
def _options() -> dict[str, dict[str, Any]]:
    options: dict[str, dict[str, Any]] = load_yaml(_SPEC.read_text("utf-8"))["argument_specs"]["inputs"]["options"]
    return options


def default_of(name: str) -> Any:
    """An input's default, None where it has none."""
    return _options()[name].get("default")


def with_handed_in(
    values: Mapping[str, Any], handed_in: Mapping[str, Any], source: str
) -> tuple[dict[str, Any], list[Finding]]:
    """The inputs with others in the place of defaults.

    :param values: validated inputs, by variable.
    :param handed_in: inputs without their prefix, as somebody's own file has them.
    :param source: what that file is, for people.
    :return: inputs, and findings about those that the inventory has otherwise.
    """
    spec = argument_spec()
    findings: list[Finding] = []
    taken = dict(values)
    for name, given in ((PREFIX + name, given) for name, given in handed_in.items()):
        if wrong := _misfit(name, given, f", from {source}"):
            findings.append(wrong)
            continue
        result = ArgumentSpecValidator({name: spec[name]}).validate({name: _meant(name, given)})
        if result.error_messages:
            # The plan must not meet a value of another type than its own.
            findings += [
                failed("inputs.type", f"{message}, from {source}.", "Correct the value there.")
                for message in result.error_messages
            ]
            continue
        value = result.validated_parameters[name]
        default = _options()[name].get("default")
        own = values.get(name)
        if own in (default, None, "", {}, []):
            taken[name] = value
        elif isinstance(own, dict) and isinstance(value, dict):
            taken[name] = {**value, **own}
        elif own != value:
            findings.append(
                failed("inputs.twice", f"{name} is {own!r}, and {source} says {value!r}.", "Remove one of the two.")
            )
    return taken, findings


def collect(
    variables: Mapping[str, Any], template: Callable[[Any], Any], secret: frozenset[str]
) -> tuple[dict[str, Any], list[Finding]]:
    """Values of the inputs, coerced to their types, and findings about them.

    :param variables: all variables of the host.
    :param template: renders a variable's value.
    :param secret: variables whose values are left alone here: they are read only where they are needed.
    """
    spec = argument_spec()
    findings = [
        failed("inputs.unknown", f"There is no variable {name}.", did_you_mean(name, spec) or "Remove it.")
        for name in sorted(variables)
        if name.startswith(PREFIX) and name not in spec and name not in ARTIFACTS
    ]
    values: dict[str, Any] = {}
    for name in spec:
        if name in secret or name not in variables:
            continue
        try:
            value = plain(template(variables[name]))
        except AnsibleError as error:
            findings.append(
                failed(
                    "inputs.undefined",
                    f"{name} cannot be resolved: {first_line(error)}.",
                    f"Correct its template, or set what {name} refers to.",
                )
            )
            continue
        if wrong := _misfit(name, value):
            findings.append(wrong)
        else:
            values[name] = _meant(name, value)
    result = ArgumentSpecValidator({name: spec[name] for name in values}).validate(values)
    findings += [
        failed("inputs.type", f"{message}.", "ansible-doc -t role popsink.data_plane.popsink tells its type.")
        for message in result.error_messages
    ]
    return {name: _filled(value, spec[name]) for name, value in result.validated_parameters.items()}, findings


#: Types that Ansible would make a text or a number of without a word.
_KINDS: tuple[tuple[type, str], ...] = ((bool, "true or false"), (list, "a list"), (dict, "a mapping"))


def _meant(name: str, value: Any) -> Any:
    """A value as surveys and templates mean it: blanks around a text are none of it, and nothing is "not set"."""
    option = _options()[name]
    kind = option.get("type", "str")
    if isinstance(value, str) and "\n" not in value.strip():
        value = value.strip()
    if kind == "list":
        value = listed(value)
    if kind == "list" and option.get("elements") == "str":
        entries = value.split(",") if isinstance(value, str) else value
        if isinstance(entries, list):
            return [entry for entry in (_stripped(entry) for entry in entries) if entry not in ("", None)]
    if value not in ("", None):
        return value
    # A switch that is on by default is not turned off by a question that nobody answered.
    return "" if kind == "str" else option.get("default") if kind == "bool" else None


def _stripped(entry: Any) -> Any:
    return entry.strip() if isinstance(entry, str) else entry


def _misfit(name: str, value: Any, where: str = "") -> Finding | None:
    """What is wrong with a value that Ansible would make another one of without a word."""
    option = _options()[name]
    if _is_boundless(option, value):
        return _too_large(name, where)
    kind = option.get("type", "str")
    if kind == "list" and option.get("elements") == "str" and isinstance(value, list):
        said = next((said for entry in value for type_, said in _KINDS if isinstance(entry, type_)), "")
        found = f"{name} has an entry that is {said}, not text{where}."
    elif kind == "str":
        said = next((said for type_, said in _KINDS if isinstance(value, type_)), "")
        found = f"{name} is {said}, not text{where}."
    else:
        said = "true or false" if kind == "int" and isinstance(value, bool) else ""
        found = f"{name} is {said}, not a number{where}."
    return failed("inputs.type", found, "Correct it, or put it into quotes.") if said else None


def _is_boundless(option: Mapping[str, Any], value: Any) -> bool:
    """Whether a number is one that Ansible would be converting for ever, as 1e999999999, or ends with an error at."""
    if option.get("type") != "int":
        return False
    if isinstance(value, str):
        return len(value) > _DIGITS or re.search(r"[0-9.]e[+-]?[0-9]|inf", value, re.IGNORECASE) is not None
    return isinstance(value, (int, float)) and not abs(value) < 10**_DIGITS


def _too_large(name: str, where: str = "") -> Finding:
    return failed(
        "inputs.type",
        f"{name} is no whole number of at most {_DIGITS} digits{where}.",
        "Write it in digits, as 2 or 300.",
    )


def _filled(value: Any, option: Mapping[str, Any]) -> Any:
    """Nothing at all as the empty value of the option's type; a number has none."""
    if value is not None:
        return value
    return {"dict": {}, "list": [], "str": ""}.get(option.get("type", "str"))


def onboarding_of(snippet: Mapping[str, Any]) -> Onboarding:
    """The snippet without its token, and what the token says of itself."""
    values = {name: value for name, value in snippet.items() if name != "deploymentJwtToken"}
    block = snippet.get("deploymentJwtToken")
    if block in (None, "", {}):
        return Onboarding(values=values)
    if isinstance(block, str):
        return Onboarding(values=values, token_form="flat")
    token = block.get("token") if isinstance(block, dict) else None
    if not isinstance(token, str) or not token:
        return Onboarding(values=values, token_form="other")
    return Onboarding(values=values, token_form="object", token_subject=_subject(token))


def _subject(token: str) -> str:
    """The deployment that a token names; it is not verified, only the control plane can."""
    claims = claims_of(token) or {}
    return str(claims.get("deployment_id") or claims.get("sub") or "")
