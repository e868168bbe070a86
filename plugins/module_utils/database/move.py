# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content of the bundled PostgreSQL, copied into a database outside of the chart.

Everything is done by the programs in the bundled PostgreSQL's own pod, so that the data goes from server to server and
rests nowhere else. The old database is closed to everybody first: whoever writes, and whatever starts it again, cannot.
The copy is one transaction. So a run that is ended in the middle leaves the other database empty, and one that is ended
later finds both alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..cluster.execution import Execution, execute
from ..cluster.session import Cluster
from ..errors import PopsinkError
from .content import CONTENT_OF, Content

_CONTAINER = "postgresql"

#: Seconds that looking may take; a comparison reads every row.
_LOOK = 600

# Not every image has the program.
_BOUNDED = """
seconds=$1; shift
if command -v timeout > /dev/null 2>&1; then exec timeout "$seconds" "$@"; fi
exec "$@"
"""

# The two passwords come line by line, so that no process list has them; the rest as arguments.
_BEGIN = """
IFS= read -r OLD; IFS= read -r NEW
old() { PGPASSWORD=$OLD "$@"; }
new() { PGPASSWORD=$NEW PGSSLMODE=$sslmode PGSSLROOTCERT=$ca "$@"; }
old_name=$1; new_host=$2; new_port=$3; new_name=$4; new_user=$5; sslmode=$6
ca=/dev/null/none
if [ -n "$7" ]; then ca=$(mktemp) && trap 'rm -f "$ca"' EXIT && printf '%s' "$7" > "$ca"; fi
in_old() { old psql -X -q -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -U postgres -d "$old_name" "$@"; }
in_new() { new psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$new_host" -p "$new_port" -U "$new_user" -d "$new_name" "$@"; }
"""

# An end of the dump before its last line ends the transaction as well, because COMMIT is then never said.
_COPY = """
{
  echo 'BEGIN;'
  old pg_dump -h 127.0.0.1 -U postgres -d "$old_name" --no-owner --no-privileges --no-publications \
    --no-subscriptions && echo 'COMMIT;'
} | in_new -o /dev/null -f -
"""

_CLOSE = """
old psql -X -q -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -U postgres -d postgres -v name="$old_name" <<'END'
ALTER DATABASE :"name" CONNECTION LIMIT 0;
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = :'name';
END
"""

_OPEN = """
old psql -X -q -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -U postgres -d postgres -v name="$old_name" <<'END'
ALTER DATABASE :"name" CONNECTION LIMIT -1;
END
"""


class NotAskedError(PopsinkError):
    """The database outside of the chart does not answer."""


@dataclass(frozen=True)
class Target:
    """A database outside of the chart, empty, and the role that owns it.

    :ivar password: name of the secret in the catalogue.
    :ivar pending: whether it is made on request, and this run does not make it.
    """

    host: str
    port: int
    name: str
    user: str
    password: str
    sslmode: str = "prefer"
    ca_cert: str = ""
    pending: bool = False


@dataclass(frozen=True)
class Move:
    """One database on its way.

    :ivar pod: of the bundled PostgreSQL.
    :ivar old: name of the database there.
    """

    cluster: Cluster
    namespace: str
    pod: str
    old: str
    target: Target
    admin_password: str = field(repr=False)
    password: str = field(repr=False)

    @property
    def told(self) -> str:
        """For people."""
        return f"{self.old} in pod {self.pod} to {self.target.name} at {self.target.host}:{self.target.port}"

    def contents(self) -> tuple[Content, Content]:
        """What both databases hold.

        :raises PopsinkError: one cannot be asked, or the copy could not work.
        """
        old = Content.parsed(self._run(f"in_old {CONTENT_OF}", "The bundled PostgreSQL cannot be asked").output)
        try:
            new = Content.parsed(self._run(f"in_new {CONTENT_OF}", f"{self.target.name} cannot be asked").output)
        except PopsinkError as error:
            raise NotAskedError(str(error)) from error
        if new.major < old.major:
            raise PopsinkError(
                f"{self.target.host}:{self.target.port} is PostgreSQL {new.major}, the bundled one {old.major}: a dump "
                "does not fit an earlier version.",
                remedy=f"Name a server of version {old.major} or later.",
            )
        if new.encoding != old.encoding:
            raise PopsinkError(
                f"Database {self.target.name} is in {new.encoding}, the bundled one in {old.encoding}.",
                remedy=f"Make it with ENCODING '{old.encoding}'.",
            )
        return old, new

    def looked_at(self) -> Content:
        """What the other database holds: nothing, or what the bundled one does.

        :raises PopsinkError: it holds something else, or one cannot be asked, or the copy could not work.
        """
        old, new = self.contents()
        if new.rows and old.differs_in(new):
            raise PopsinkError(
                f"Database {self.target.name} at {self.target.host} is not empty, and holds something else than the "
                f"bundled one ({', '.join(old.differs_in(new)[:4])}). Nothing was changed.",
                remedy="Name an empty database. What a run left that was ended in the middle would be empty or alike.",
            )
        return new

    def close(self) -> None:
        """Let nobody into the old database any more.

        :raises PopsinkError: it cannot be closed.
        """
        self._run(_CLOSE, f"Database {self.old} in the bundled PostgreSQL cannot be closed")

    def open(self) -> None:
        """Let everybody into the old database again.

        :raises PopsinkError: it cannot be opened.
        """
        self._run(_OPEN, f"Database {self.old} in the bundled PostgreSQL cannot be opened again")

    def copied(self, new: Content, seconds: int) -> bool:
        """Whether there was something to copy; afterwards the new database is proven alike.

        :param new: what it holds.
        :param seconds: that it may take.
        :raises PopsinkError: it cannot be copied.
        """
        if not new.rows:
            self._run(_COPY, "The copy failed, and nothing of it is there", seconds)
        old, now = self.contents()
        if differing := old.differs_in(now):
            raise PopsinkError(
                f"The copy differs from the bundled database in {', '.join(differing[:4])}.",
                remedy=f"Empty database {self.target.name}, and run again.",
            )
        return not new.rows

    def _run(self, script: str, otherwise: str, seconds: int = _LOOK) -> Execution:
        target = self.target
        words = (self.old, target.host, str(target.port), target.name, target.user, target.sslmode, target.ca_cert)
        # Ended in the pod as well: nobody else would end what still writes there.
        command = ["sh", "-c", _BOUNDED, "bounded", str(seconds), "sh", "-c", _BEGIN + script, "move", *words]
        given = f"{self.admin_password}\n{self.password}\n"
        done = execute(self.cluster, self.namespace, self.pod, _CONTAINER, command, given, seconds=seconds)
        if done.code:
            raise PopsinkError(f"{otherwise}: {done.reason}.")
        return done


def moved(found: list[Move], seconds: int) -> list[bool]:
    """Whether there was something to copy, of each; afterwards all old databases are closed.

    :param seconds: that each may take.
    :raises PopsinkError: one cannot be copied; all old databases are then open as before, or named.
    """
    # All of them, before the first is closed.
    before = [move.looked_at() for move in found]
    copied: list[bool] = []
    try:
        for move in found:
            move.close()
        for move, new in zip(found, before, strict=True):
            copied.append(move.copied(new, seconds))
    except Exception as error:
        # The deployment goes on with them.
        still_closed = _opened(found)
        if not still_closed and not copied:
            raise
        raise _half_moved(error, found[: len(copied)], still_closed) from error
    return copied


def _opened(found: list[Move]) -> list[str]:
    """Open all old databases; names of those that cannot be."""
    closed = []
    for move in found:
        try:
            move.open()
        except Exception:
            # The others are opened all the same.
            closed.append(move.old)
    return closed


def _half_moved(error: Exception, copied: list[Move], closed: list[str]) -> PopsinkError:
    """What is to be done before the next run, behind what went wrong."""
    remedies = [f"Empty database {move.target.name} at {move.target.host} again: what was copied there gets old."
                for move in copied]  # fmt: skip
    remedies += [
        f"Database {name} in the bundled PostgreSQL is still closed. As postgres in its pod: "
        f'ALTER DATABASE "{name}" CONNECTION LIMIT -1;'
        for name in closed
    ]
    return PopsinkError(str(error) or type(error).__name__, remedy=" ".join(remedies))
