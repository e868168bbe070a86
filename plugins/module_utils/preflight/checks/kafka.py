# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of another Kafka than the bundled broker."""

from __future__ import annotations

from ...errors import PopsinkError
from ...kafka.client import LIBRARY, LoginError, NoLibraryError, TopicsError, come_in, try_topic
from ...kafka.connection import NoBrokerError
from ...kafka.login import ClientCertificateError, Login, Server, UntrustedError, servers_in, tls_of
from ..check import Verdict, check, fails, passes, unchecked, warns
from ..requirements import Kafka
from ..site import Site

#: Seconds for each step. A broker that has much to do, or lets wrong logins wait, takes a while.
_SECONDS = 10.0

_BUNDLED = passes("no other Kafka is used (popsink_kafka_mode)")

_INSTALL = (
    f"Install it where this runs, into the Python that Ansible uses there: pip install '{LIBRARY.replace(' ', '')}'"
)

#: What to look at, by what is wrong.
_REMEDIES: dict[type[PopsinkError], str] = {
    NoBrokerError: "Check popsink_kafka_bootstrap_server, popsink_kafka_security_protocol and the network.",
    UntrustedError: "Give the CA that signed it in popsink_kafka_ca_cert, and name the host as the certificate does.",
    ClientCertificateError: "Check popsink_kafka_client_cert and popsink_kafka_client_key.",
    LoginError: "Check popsink_kafka_sasl_mechanism, popsink_kafka_sasl_username, popsink_kafka_sasl_password, and "
    "popsink_kafka_security_protocol.",
}


@check("kafka.bootstrap", "a Kafka that lets the deployment in")
def bootstrap(site: Site) -> Verdict:
    """A bootstrap server answers, and takes the SASL and TLS settings."""
    if site.want.kafka is None:
        return _BUNDLED
    servers = servers_in(site.want.kafka.bootstrap_servers)
    if servers is None:
        return fails(
            f"popsink_kafka_bootstrap_server is {site.want.kafka.bootstrap_servers!r}.",
            "Write HOST:PORT, several of them separated by commas.",
        )
    try:
        _answering(site)
    except PopsinkError as error:
        if type(error) not in _REMEDIES:
            raise
        return fails(str(error), _REMEDIES[type(error)])
    worse = [error for error in _tried(site).values() if error]
    if worse:
        remedy = _REMEDIES.get(type(worse[0]), _REMEDIES[NoBrokerError])
        return warns(f"Not every bootstrap server lets the deployment in. {' '.join(map(str, worse))}", remedy)
    return passes(f"{', '.join(map(str, servers))} lets the deployment in")


@check("kafka.topics", "a Kafka in which the deployment may create topics", ahead=True)
def topics(site: Site) -> Verdict:
    """The brokers would make a topic for the deployment; none is made."""
    if site.want.kafka is None:
        return _BUNDLED
    try:
        answering = _answering(site)
    except PopsinkError:
        return unchecked("Nobody was let in: see kafka.bootstrap.")
    try:
        # The library finds its way to each broker by itself, and that is from here.
        try_topic(answering, _login(site, site.want.kafka), _seconds(site))
    except NoLibraryError as error:
        return unchecked(str(error), _INSTALL)
    except NoBrokerError as error:
        return unchecked(
            f"{error} It may be advertised by a name that is not known here.",
            "Check advertised.listeners of the brokers: the deployment's pods must reach each of them by that name.",
        )
    except TopicsError as error:
        if error.forbidden:
            # Which names the data plane gives its topics is its own affair; they may be allowed where ours is not.
            return warns(
                str(error),
                "Allow Create on the cluster, or on the data plane's topics; all is well where those are allowed.",
            )
        return warns(str(error), "Look at the brokers' policies and defaults for new topics.")
    return passes("a broker would create a topic for the deployment")


def _answering(site: Site) -> list[Server]:
    """The bootstrap servers that let the deployment in.

    :raises PopsinkError: none does; what is wrong with the first of those that are worst off.
    """
    tried = _tried(site)
    answering = [server for server, error in tried.items() if error is None]
    if not answering:
        errors = [error for error in tried.values() if error]
        raise next((error for error in errors if type(error) in _REMEDIES), errors[0])
    return answering


def _tried(site: Site) -> dict[Server, PopsinkError | None]:
    """What is wrong with each bootstrap server, None for nothing."""
    return site.once("kafka.tried", lambda: _try_all(site))


def _try_all(site: Site) -> dict[Server, PopsinkError | None]:
    kafka = site.want.kafka
    servers = servers_in(kafka.bootstrap_servers) if kafka else None
    if not kafka or not servers:
        raise PopsinkError("No bootstrap server is named: see kafka.bootstrap.")
    login, found = _login(site, kafka), dict[Server, PopsinkError | None]()
    for server in servers:
        try:
            with site.way.to(server.host, server.port) as address:
                come_in((address.ip, address.port), server, login, _seconds(site))
            found[server] = None
        except PopsinkError as error:
            found[server] = error
    return found


def _login(site: Site, kafka: Kafka) -> Login:
    def login() -> Login:
        secured = kafka.security_protocol.endswith("SSL")
        key = site.secret("kafka_client_key") if kafka.client_cert else ""
        tls = tls_of(kafka.ca_cert, kafka.client_cert, key) if secured else None
        password = site.secret("kafka_sasl_password")
        return Login(kafka.security_protocol, kafka.sasl_mechanism, kafka.sasl_username, password, tls)

    return site.once("kafka.login", login)


def _seconds(site: Site) -> float:
    return min(_SECONDS, site.seconds_left)
