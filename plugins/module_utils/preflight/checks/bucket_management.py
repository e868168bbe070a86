# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of what is to be made of a bucket, by whoever looks after it."""

from __future__ import annotations

from ...errors import PopsinkError
from ...libraries import missing
from ...storage.client import NoStoreUrlError, StoreUnreachableError
from ...storage.managed import BOTO3_IMPORT_ERROR, Wanted, bring, connected
from ..asked_store import AskedStore
from ..check import Verdict, check, fails, passes, unchecked
from ..site import Site


@check("storage.manage", "an administrator who can see to the bucket that is managed", ahead=True)
def manage(site: Site) -> Verdict:
    """What the rollout reads of the bucket is open to who looks after it; what it sets is not tried."""
    if not site.want.managed_bucket:
        return passes("no bucket is to be managed (popsink_bucket_manage)")
    if lacking := missing({"boto3": BOTO3_IMPORT_ERROR}):
        return fails(lacking, "")
    if said_by := _said_by(site):
        return unchecked(f"The administrator was not asked: see {said_by}.")
    wanted, admin = Wanted(**site.want.managed_bucket), site.bucket_admin
    try:
        outcome = bring(connected(wanted, admin.id, admin.secret, admin.token), wanted, check=True)
    except PopsinkError as error:
        return fails(str(error), "")
    return passes("; ".join(outcome.report) or f"bucket {wanted.name} is as it is to be")


def _said_by(site: Site) -> str:
    """The check that fails already for what keeps the administrator out as well; empty for none."""
    asked = AskedStore.of(site)
    try:
        return "storage.region" if asked and asked.other_region else ""
    except NoStoreUrlError:
        return "storage.bucket"
    except StoreUnreachableError as error:
        if not error.unresolved:
            return "storage.bucket"
        # Pods may know an endpoint that this host does not, but it is from here that the bucket is made.
        return "" if asked and asked.store.endpoint else "storage.region"
    except PopsinkError:
        return ""
