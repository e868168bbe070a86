# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check of the class of the volumes that PostgreSQL and others ask for."""

from __future__ import annotations

from ..check import Verdict, check, fails, passes
from ..classes import default_of, names_of
from ..pods.claims import CLASSES, DEFAULT
from ..site import Site


@check("cluster.storage_class", "the StorageClass of the volumes")
def storage_class(site: Site) -> Verdict:
    """The StorageClass of the volumes is there."""
    wanted = site.want.storage_class
    if wanted is None:
        return passes("no volume is asked for (popsink_database_mode)")
    classes = site.items(CLASSES)
    if wanted in names_of(classes):
        return passes(f"StorageClass {wanted} is there")
    there = f"(there is: {', '.join(names_of(classes)) or 'none'})"
    if wanted:
        return fails(
            f"There is no StorageClass {wanted} {there}.", "Name one of these in popsink_database_storage_class."
        )
    if default := default_of(classes, DEFAULT):
        return passes(f"StorageClass {default['metadata']['name']} is the default")
    return fails(f"The cluster has no default StorageClass {there}.", "Name one in popsink_database_storage_class.")
