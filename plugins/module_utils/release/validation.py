# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server says of objects that are not applied yet."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..cluster.session import ApiError, Cluster, together
from ..errors import PopsinkError

_FORBIDDEN = 403


def validate(cluster: Cluster, namespace: str, rendered: list[dict[str, Any]]) -> str:
    """Let the server judge rendered objects by a dry run.

    It needs a namespace for that: where the release's is not there yet, one that every cluster has stands in.

    :return: how far they are validated, as a sentence for people.
    :raises PopsinkError: it would refuse some of them.
    """
    there = cluster.find(f"/api/v1/namespaces/{namespace}") is not None
    place = namespace if there else "default"
    # Kinds first, so that the parallel part has nothing to find out twice.
    for item in rendered:
        cluster.path_of(item["apiVersion"], item["kind"])
    refusals = [
        refusal
        for refusal in together(*(partial(_refusal, cluster, place, item) for item in rendered))
        if refusal is not None
    ]
    # Who may not ask about one object is still told what is wrong with another.
    if wrong := [refusal for refusal in refusals if refusal.status != _FORBIDDEN]:
        raise PopsinkError(
            f"The server would refuse of the release: {'; '.join(map(str, wrong))}",
            remedy="Correct the input that sets it, or popsink_values.",
        )
    if refusals:
        return f"not validated by the server: {refusals[0]}"
    return f"validated by the server{'' if there else ', in namespace default'}"


def _refusal(cluster: Cluster, namespace: str, item: dict[str, Any]) -> ApiError | None:
    """The server's error if it would not take an object."""
    try:
        cluster.apply({**item, "metadata": {**item["metadata"], "namespace": namespace}}, dry_run=True)
    except ApiError as error:
        return error
    return None
