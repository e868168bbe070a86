# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New logins at servers outside of the chart, tried before they replace those that work."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from ..errors import PopsinkError
from ..http_request import NoAnswerError, NotAskedError, ask
from ..kafka.client import LoginError, come_in
from ..kafka.login import Login, servers_in, tls_of
from ..way import Here

#: Seconds for each step of asking a broker.
_SECONDS = 10.0


def require_kafka(kafka: Mapping[str, str], known: Mapping[str, str]) -> None:
    """End where Kafka refuses the new password. One that is not reached from here says nothing about it.

    :param kafka: as the plan has it (:class:`preflight.requirements.Kafka`).
    :raises PopsinkError: it refuses it.
    """
    protocol = kafka["security_protocol"]
    for server in servers_in(kafka["bootstrap_servers"]) or ():
        try:
            tls = (
                tls_of(kafka["ca_cert"], kafka["client_cert"], known.get("kafka_client_key", ""))
                if protocol.endswith("SSL")
                else None
            )
            login = Login(
                protocol, kafka["sasl_mechanism"], kafka["sasl_username"], known.get("kafka_sasl_password", ""), tls
            )
            with Here().to(server.host, server.port) as address:
                come_in((address.ip, address.port), server, login, _SECONDS)
        except LoginError as error:
            raise PopsinkError(
                f"The new password does not open Kafka; nothing was changed. {error}",
                remedy="Change it in Kafka first, then put the same into popsink_kafka_sasl_password.",
            ) from error
        except PopsinkError:
            continue
        return


def require_schema_registry(url: str, known: Mapping[str, str]) -> None:
    """End where the registry refuses the new login. One that is not reached from here says nothing about it.

    :raises PopsinkError: it refuses it.
    """
    login = f"{known.get('schema_registry_username', '')}:{known.get('schema_registry_password', '')}"
    headers = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode('ascii')}"}
    try:
        answer = ask("GET", f"{url.strip().rstrip('/')}/subjects", headers)
    except (NoAnswerError, NotAskedError):
        return
    if answer.status in (401, 403):
        raise PopsinkError(
            f"The new login does not open the schema registry at {url} (HTTP {answer.status}); nothing was changed.",
            remedy="Change it in the registry first, then put the same into popsink_schema_registry_username and "
            "popsink_schema_registry_password.",
        )
