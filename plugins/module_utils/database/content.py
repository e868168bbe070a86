# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a database holds, as psql tells it: enough to see that two are alike."""

from __future__ import annotations

from dataclasses import dataclass, field

# Rows as text, in forms that no setting of a server changes; sums do not depend on an order.
_CONTENT = r"""
SET extra_float_digits = 3; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET timezone = 'UTC';
SET bytea_output = 'hex'; SET search_path = '';
SELECT 'the server', current_setting('server_version_num')::int / 10000, current_setting('server_encoding');
SELECT pg_catalog.format('SELECT %L, count(*),'
    ' coalesce(sum((''x'' || substr(md5(t::text), 1, 15))::bit(60)::bigint), 0) FROM %I.%I t',
    n.nspname || '.' || c.relname, n.nspname, c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
\gexec
SELECT pg_catalog.format('SELECT %L, last_value, is_called::int FROM %I.%I', n.nspname || '.' || c.relname, n.nspname,
    c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
\gexec
"""
#: How the line about the server itself begins; tables have their schema before a dot.
_SERVER = "the server"

#: What psql reads, in a shell.
CONTENT_OF = f"<<'END'\n{_CONTENT}END\n"


@dataclass(frozen=True)
class Content:
    """What a database holds.

    :ivar major: of the server.
    :ivar encoding: of the server.
    :ivar rows: by table or sequence, what tells its content.
    """

    major: int
    encoding: str
    rows: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parsed(cls, text: str) -> Content:
        """From the lines that psql prints."""
        # A name may hold the sign that psql puts between columns. Lines may come twice.
        lines = (line.rsplit("|", 2) for line in text.splitlines() if line.count("|") > 1)
        rows = {name: (first, second) for name, first, second in lines}
        major, encoding = rows.pop(_SERVER)
        return cls(int(major), encoding, {name: "|".join(told) for name, told in rows.items()})

    def differs_in(self, other: Content) -> list[str]:
        """Tables and sequences that are not alike."""
        return sorted(name for name in {*self.rows, *other.rows} if self.rows.get(name) != other.rows.get(name))
