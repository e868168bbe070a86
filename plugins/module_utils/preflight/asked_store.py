# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The broker's bucket as the checks ask about it: as the broker itself, and every question once."""

from __future__ import annotations

from ..errors import PopsinkError
from ..storage.bucket import Keys
from ..storage.client import Reply, StoreClient, assume, assume_with_token
from ..urls import is_aws
from .inside.identity import web_identity_token
from .requirements import Store
from .site import Site

#: Objects of which a listing tells: more than anyone leaves behind who tries the bucket.
_FIRST = 10


class AskedStore:
    """A store, asked by the holder of the broker's keys, or of the role that the broker takes on with them.

    :ivar store: which.

    Whatever asks raises :class:`PopsinkError` where it cannot be asked from here as the broker, or does not answer.
    """

    def __init__(self, site: Site, store: Store) -> None:
        self._site = site
        self.store = store

    @classmethod
    def of(cls, site: Site) -> AskedStore | None:
        """The deployment's, None where its broker has no bucket."""
        return cls(site, site.want.store) if site.want.store else None

    @property
    def prefix(self) -> str:
        """How the broker's keys begin: empty, or ending in a slash."""
        trimmed = self.store.prefix.strip("/")
        return f"{trimmed}/" if trimmed else ""

    @property
    def is_aws(self) -> bool:
        """Whether it is AWS's own."""
        return is_aws(self.store.endpoint)

    @property
    def client(self) -> StoreClient:
        """Who asks."""
        return self._site.once("storage.client", self._connected)

    @property
    def listing(self) -> Reply:
        """The first of what is under the prefix: it tells of the bucket, of its region and of its content at once."""
        return self._site.once("storage.listing", lambda: self.client.list(self.prefix, _FIRST))

    @property
    def versioning(self) -> Reply:
        """Whether it keeps versions."""
        return self._site.once("storage.versioning", lambda: self._about("versioning"))

    @property
    def lifecycle(self) -> Reply:
        """What it does with objects by itself."""
        return self._site.once("storage.lifecycle", lambda: self._about("lifecycle"))

    def require(self) -> None:
        """Go on only where the bucket is there, though it need not be open for listing.

        :raises PopsinkError: it is not, with the checks that say why.
        """
        listing = self.listing
        elsewhere = self.other_region
        if elsewhere or not (listing.is_a("ListBucketResult") or listing.code == "AccessDenied"):
            raise PopsinkError(f"The bucket was not opened ({listing.code}): see storage.bucket and storage.region.")

    @property
    def is_to_be_made(self) -> bool:
        """Whether there is no bucket, and the rollout makes it."""
        return self.store.managed and self.listing.code == "NoSuchBucket"

    @property
    def other_region(self) -> str:
        """Another region than the named one that the bucket is in; empty for none."""
        listing = self.listing
        found = listing.headers.get("x-amz-bucket-region") or listing.text("Region")
        if listing.status == 301 and not found:
            return "another region"
        return found if found != self.store.region else ""

    def _about(self, what: str) -> Reply:
        self.require()
        return self.client.ask("GET", query={what: ""})

    def _connected(self) -> StoreClient:
        store = self.store
        keys = self._of_the_account() if store.auth == "irsa" else self._of_ours()
        if store.assumed_role:
            if not self.is_aws:
                raise PopsinkError("Not from here: popsink_s3_assumed_role_arn is a role of another store than AWS's.")
            keys = assume(store.assumed_role, store.region, keys)
        return StoreClient(store.bucket, keys)

    def _of_the_account(self) -> Keys:
        """What the broker's service account is given, where a pod of ours may be made to find out."""
        store = self.store
        if not self._site.want.inside:
            raise PopsinkError(
                "Not from here: the broker's service account has a role of its own (popsink_s3_auth is irsa). "
                "popsink_preflight_inside asks as that account."
            )
        return assume_with_token(store.role, store.region, web_identity_token(self._site), store.endpoint)

    def _of_ours(self) -> Keys:
        if self.store.auth != "keys":
            raise PopsinkError(f"Not from here: the broker has no keys of ours (popsink_s3_auth is {self.store.auth}).")
        keys = Keys(self._site.secret("s3_access_key_id"), self._site.secret("s3_secret_access_key"))
        if not keys.id or not keys.secret:
            raise PopsinkError("popsink_s3_access_key_id and popsink_s3_secret_access_key are not known here.")
        return keys
