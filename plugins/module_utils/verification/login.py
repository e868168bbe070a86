# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logging in at the data plane, through the API server, so that no Ingress and no route is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..cluster.session import ApiError, Cluster
from ..errors import PopsinkError


class LoginRefused(PopsinkError):
    """The data plane refuses name and password."""


@dataclass(frozen=True)
class Login:
    """The data plane's login.

    :ivar service: the data plane's Service.
    """

    cluster: Cluster
    namespace: str
    service: str

    def path(self, path: str) -> str:
        """A path of the data plane's API as the API server's proxy has it."""
        return f"/api/v1/namespaces/{self.namespace}/services/http:{self.service}:80/proxy/api/{path}"

    def token(self, username: str, password: str) -> str:
        """The access token of a session.

        :raises LoginRefused: name or password is wrong.
        :raises ApiError: by the API server: its account may not reach the data plane.
        :raises PopsinkError: the login does not answer as it should.
        """
        form = {"username": username, "password": password}
        try:
            answer = self.cluster.request("POST", self.path("auth/jwt/login"), form=form)
        except ApiError as error:
            if error.status in (400, 401, 403) and not error.by_server:
                raise LoginRefused("The data plane refuses the administrator's name and password.") from error
            raise
        token = answer.get("access_token") if isinstance(answer, Mapping) else None
        if not token:
            raise PopsinkError("The login gives no access token.", remedy="Look at the data plane's log.")
        return str(token)
