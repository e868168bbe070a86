# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What lies between the site and others: private authorities and proxies, for the pods."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ..chart.facts import ChartFacts
from ..findings import Finding, failed, warned
from ..outside import LOCAL, certificates_in, in_both_spellings
from ..tree import dig, merged, nested
from ..urls import web_url
from .inputs import Inputs
from .model import Plan
from .places import Place, places

#: Key of the ConfigMap, and name of the file in the pods.
CA_FILE = "ca.crt"

#: Variables that name a file of authorities: OpenSSL's, with Python and Rust, then those of libraries that have
#: authorities of their own, of curl, and of Node.
_CA_VARIABLES = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "AWS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
)

#: Keys of chart values to which a component's pods get more than the chart itself gives them.
_ENVIRONMENT, _VOLUMES, _MOUNTS = "extraEnvVars", "extraVolumes", "extraVolumeMounts"

#: What the services of a release are called after it.
_SERVICES = (
    "data-plane",
    "tansu",
    "kodansu",
    "karapace",
    "kora",
    "kotatsu",
    "kafka-ui",
    "metrics-exporter",
    "postgresql",
)


def config_map_name(inputs: Inputs) -> str:
    """The ConfigMap with the authorities that the pods trust; empty where they need none."""
    return f"{inputs.release}-ca" if inputs.ca_certificates else ""


def with_outside(plan: Plan, inputs: Inputs, chart: ChartFacts) -> Plan:
    """The plan with authorities and proxies added to the pods' lists, beside what the user's own values have there."""
    findings = [*_authorities(inputs), *_proxies(inputs)]
    extra = _extra(inputs) if not findings else _Extra()
    values = plan.values
    for place in places(inputs, chart) if extra else ():
        # The bundled database asks nobody.
        if place.name != "database":
            values = merged(values, extra.added_to(place, plan, chart))
            findings += extra.refused_by(place, chart)
    return Plan(**{**vars(plan), "values": values, "findings": (*plan.findings, *findings)})


@dataclass(frozen=True)
class _Extra:
    """What each component's pods get.

    :ivar environment: variables, of authorities and proxies.
    :ivar proxies: those of the proxies alone, for components that take no volume.
    :ivar volumes: with the authorities.
    :ivar mounts: of these volumes.
    """

    environment: list[dict[str, Any]] = field(default_factory=list)
    proxies: list[dict[str, Any]] = field(default_factory=list)
    volumes: list[dict[str, Any]] = field(default_factory=list)
    mounts: list[dict[str, Any]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.environment)

    def added_to(self, place: Place, plan: Plan, chart: ChartFacts) -> dict[str, Any]:
        """A component's lists with this added; what is there under a name stays."""
        values: dict[str, Any] = {}
        for key, entries in self._of(place, chart).items():
            path = place.path(key)
            there = dig(plan.values, path) or chart.default(path) or []
            if not isinstance(there, list):
                continue
            taken = {entry.get("name") for entry in there if isinstance(entry, Mapping)}
            values = merged(values, nested(path, [*there, *(e for e in entries if e["name"] not in taken)]))
        return values

    def _of(self, place: Place, chart: ChartFacts) -> dict[str, list[dict[str, Any]]]:
        if _lacking(place, chart, (_ENVIRONMENT,)):
            return {}
        if not self.volumes or _lacking(place, chart, (_VOLUMES, _MOUNTS)):
            return {_ENVIRONMENT: self.proxies} if self.proxies else {}
        return {_ENVIRONMENT: self.environment, _VOLUMES: self.volumes, _MOUNTS: self.mounts}

    def refused_by(self, place: Place, chart: ChartFacts) -> list[Finding]:
        """What a component's pods do without."""
        needed = (_ENVIRONMENT, _VOLUMES, _MOUNTS) if self.volumes else (_ENVIRONMENT,)
        lacking = _lacking(place, chart, needed)
        if not lacking:
            return []
        without = [
            *(["popsink_ca_certificates"] if self.volumes else []),
            *(["the proxies"] if self.proxies and _ENVIRONMENT in lacking else []),
        ]
        return [
            warned(
                "outside.pods",
                f"Chart {chart.version} has no {', '.join(lacking)} for {place.block or 'the data plane'}, whose pods "
                f"do without {' and '.join(without)}.",
                "Ask Popsink for a chart that has it, or make sure that these pods reach all they need without.",
            )
        ]


def _lacking(place: Place, chart: ChartFacts, keys: tuple[str, ...]) -> list[str]:
    return [key for key in keys if not chart.has(place.path(key))]


def _extra(inputs: Inputs) -> _Extra:
    proxies = [{"name": name, "value": value} for name, value in _proxy_variables(inputs).items()]
    if not inputs.ca_certificates:
        return _Extra(environment=proxies, proxies=proxies)
    name = config_map_name(inputs)
    # Other authorities are another path, so that pods start anew: programs read the file once.
    version = hashlib.sha256("\n".join(certificates_in(inputs.ca_certificates)).encode()).hexdigest()[:8]
    folder = f"/etc/popsink/ca-{version}"
    trusted = [{"name": variable, "value": f"{folder}/{CA_FILE}"} for variable in _CA_VARIABLES]
    return _Extra(
        environment=[*trusted, *proxies],
        proxies=proxies,
        volumes=[{"name": name, "configMap": {"name": name}}],
        mounts=[{"name": name, "mountPath": folder, "readOnly": True}],
    )


def _proxy_variables(inputs: Inputs) -> dict[str, str]:
    given = {
        name: value for name, value in (("http_proxy", inputs.http_proxy), ("https_proxy", inputs.https_proxy)) if value
    }
    if not given:
        return {}
    services = (f"{inputs.release}-{service}" for service in _SERVICES)
    # Kubernetes itself puts the API's address, as pods know it, in the place of the last one.
    direct = (*inputs.no_proxy, *LOCAL, *services, "$(KUBERNETES_SERVICE_HOST)")
    given["no_proxy"] = ",".join(dict.fromkeys(direct))
    return in_both_spellings(given)


def _authorities(inputs: Inputs) -> list[Finding]:
    text = inputs.ca_certificates
    if not text:
        return []
    if "PRIVATE KEY" in text:
        return [
            failed(
                "outside.ca_certificates",
                "popsink_ca_certificates holds a private key.",
                "Leave the authorities' certificates there alone: every pod gets them.",
            )
        ]
    try:
        if certificates_in(text):
            return []
        problem = "holds no certificate in PEM"
    except ValueError:
        problem = "holds a damaged certificate"
    return [
        failed(
            "outside.ca_certificates",
            f"popsink_ca_certificates {problem}.",
            "Give the text of the authorities' certificates, from -----BEGIN CERTIFICATE----- to the end, for instance "
            "by lookup('ansible.builtin.file', …).",
        )
    ]


def _proxies(inputs: Inputs) -> list[Finding]:
    findings = []
    for name in ("http_proxy", "https_proxy"):
        url = getattr(inputs, name)
        if not url:
            continue
        parts = web_url(url)
        if parts is None or parts.path not in ("", "/"):
            findings.append(
                failed(
                    "outside.proxy",
                    f"popsink_{name} is no URL of a proxy.",
                    "Give its scheme, host and port, for instance http://proxy.example.com:3128.",
                )
            )
        elif "@" in urlsplit(url).netloc:
            findings.append(
                failed(
                    "outside.proxy",
                    f"popsink_{name} holds a login, which whoever may look at the pods would see.",
                    "Let the proxy take the site's addresses without one, or name a proxy in front of it that logs in.",
                )
            )
    wrong = [entry for entry in inputs.no_proxy if any(mark in entry for mark in ("://", " ", "*"))]
    if wrong:
        findings.append(
            failed(
                "outside.no_proxy",
                f"popsink_no_proxy has {', '.join(wrong)}, which no program takes.",
                "Name hosts, domains with a dot before them (.example.com), and addresses, without scheme and stars.",
            )
        )
    return findings
