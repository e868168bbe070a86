"""What is made of psql's lines."""

from __future__ import annotations

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.database.content import Content

SERVER = "the server|15|UTF8\n"
ROWS = "public.a|2|77\npublic.a_id_seq|2|1\n"
FULL = SERVER + ROWS


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (SERVER, {}),
        (SERVER * 2, {}),
        (FULL, {"public.a": "2|77", "public.a_id_seq": "2|1"}),
        (SERVER + "public.a|b|2|77\nnot of ours\n", {"public.a|b": "2|77"}),
    ],
)
def test_content(text: str, rows: dict[str, str]) -> None:
    assert Content.parsed(text) == Content(15, "UTF8", rows)
