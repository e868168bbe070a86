# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the bucket that the broker keeps its records in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from ...errors import PopsinkError
from ...storage.access import ACTIONS, TRIAL, Trial, trial_key, try_access
from ...storage.client import NoStoreUrlError, Reply, RoleRefusedError, StoreUnreachableError, keys_in
from ...storage.lifecycle import Rule, harm, rules_in
from ..asked_store import AskedStore
from ..check import Verdict, check, fails, passes, unchecked, warns
from ..requirements import Store
from ..site import Site

_NO_BUCKET = passes("no bucket is asked for (popsink_kafka_mode, popsink_storage_type)")

#: Where the open-source broker keeps its records, whatever the prefix.
_ROOT = "clusters/"

#: The store's words for keys that it does not take, whatever they want.
_KEYS = {
    "InvalidAccessKeyId": ("does not know the broker's key", "Check popsink_s3_access_key_id."),
    "SignatureDoesNotMatch": ("finds the broker's key wrong", "Check popsink_s3_secret_access_key."),
    "RequestTimeTooSkewed": ("has another time than this host", "Set the clock of this host."),
}

#: Answers of a store that does not know a question.
_UNKNOWN = ("NotImplemented", "MethodNotAllowed", "HTTP 501", "HTTP 405")


def _of_the_bucket(look: Callable[[Site, AskedStore], Verdict]) -> Callable[[Site], Verdict]:
    """What a check says of the deployment's bucket, where its broker has one."""

    def looked(site: Site) -> Verdict:
        asked = AskedStore.of(site)
        return _NO_BUCKET if asked is None else look(site, asked)

    return looked


def _once_it_is_made(look: Callable[[Site, AskedStore], Verdict]) -> Callable[[Site, AskedStore], Verdict]:
    """What a check says of a bucket that is there: there is nothing to say of one that the rollout makes."""

    def looked(site: Site, asked: AskedStore) -> Verdict:
        # Why it cannot be asked for is the check's own matter.
        with suppress(PopsinkError):
            if asked.is_to_be_made:
                return passes(f"not looked at: the rollout makes bucket {asked.store.name} (popsink_bucket_manage)")
        return look(site, asked)

    return looked


@check("storage.bucket", "a bucket that is open to the broker")
@_of_the_bucket
def bucket(site: Site, asked: AskedStore) -> Verdict:
    """The bucket is there and open to the broker's key."""
    store = asked.store
    try:
        listing = asked.listing
    except NoStoreUrlError as error:
        return fails(str(error), f"Check {_place(store)}.")
    except RoleRefusedError as error:
        return fails(
            str(error), f"Check {error.variable}, whom the role trusts, and what policies allow (sts:AssumeRole…)."
        )
    except StoreUnreachableError as error:
        if error.unresolved:
            # Of AWS's names, storage.region says what is wrong.
            raise
        return fails(str(error), f"Check {_place(store)} and the network.")
    if listing.is_a("ListBucketResult"):
        return passes(f"bucket {store.name} is there and open to the broker's key")
    if asked.other_region:
        return unchecked("Asked in the wrong region: see storage.region.")
    return _refused(store, listing)


def _refused(store: Store, listing: Reply) -> Verdict:
    code = listing.code
    if code == "NoSuchBucket" and store.managed:
        return passes(f"there is no bucket {store.name} yet; the rollout makes it (popsink_bucket_manage)")
    if code == "NoSuchBucket":
        return fails(f"There is no bucket {store.name}.", "Make it, or name the right one in popsink_bucket.")
    if code in _KEYS:
        wrong, remedy = _KEYS[code]
        return fails(f"The object store {wrong} ({code}).", remedy)
    if listing.status in (400, 401, 403):
        return fails(
            f"Bucket {store.name} is not open to the broker's key, or is not there ({code}).",
            "Check popsink_bucket, popsink_bucket_region, popsink_s3_access_key_id and popsink_s3_secret_access_key, "
            "and what the key's policy allows: it needs s3:ListBucket.",
        )
    if listing.document is None:
        return fails(f"What answers is no object store (HTTP {listing.status}).", f"Check {_place(store)}.")
    return fails(f"The object store answers {code} for bucket {store.name}.", "Look at its own log.")


@check("storage.region", "the bucket in the region that is named")
@_of_the_bucket
@_once_it_is_made
def region(site: Site, asked: AskedStore) -> Verdict:
    """The bucket is in the region for which the broker signs its requests."""
    store = asked.store
    try:
        listing = asked.listing
    except StoreUnreachableError as error:
        if error.unresolved and not store.endpoint:
            return fails(
                f"AWS has no object store by a name that resolves for region {store.region}.",
                "Check the spelling of popsink_bucket_region, and that this host resolves names of the internet.",
            )
        raise
    if other := asked.other_region:
        return fails(
            f"Bucket {store.name} is in {other}, and popsink_bucket_region is {store.region}.",
            f"Set popsink_bucket_region to {other}.",
        )
    if listing.headers.get("x-amz-bucket-region") and listing.code != "NoSuchBucket":
        return passes(f"bucket {store.name} is in {store.region}")
    if listing.is_a("ListBucketResult"):
        return passes(f"the store takes requests for region {store.region}")
    return unchecked("The store does not tell: see storage.bucket.")


@check("storage.access", "a key with which objects can be written, read, listed and deleted", ahead=True)
@_of_the_bucket
@_once_it_is_made
def access(site: Site, asked: AskedStore) -> Verdict:
    """What a broker does under its prefix, done once with an object of our own that is deleted again."""
    site.require_trials()
    asked.require()
    key, suspended = trial_key(asked.prefix), asked.versioning.text("Status") == "Suspended"
    with site.undone_by(lambda: asked.client.ask("DELETE", key)):
        trial = try_access(asked.client, asked.prefix, key, suspended=suspended)
    where = f"s3://{asked.store.name}/{asked.prefix}"
    if trial.refused:
        refused = ", ".join(f"{name} ({code})" for name, code in trial.refused.items())
        return fails(f"The store refuses to the broker's key under {where}: {refused}. {trial.left}".strip(),
                     _allow(asked, trial))  # fmt: skip
    if trial.untrue:
        return fails(
            f"The store is not true to its word. {trial.untrue} {trial.left}".strip(),
            f"A broker would lose records there. Check {_place(asked.store)}, and what stands between it and here.",
        )
    done = f"an object was written, read, listed and deleted under {where}"
    if trial.left:
        return warns(
            f"{done[0].upper()}{done[1:]}. {trial.left}", "Allow s3:DeleteObjectVersion, and nothing is left next time."
        )
    return passes(done)


def _allow(asked: AskedStore, trial: Trial) -> str:
    bucket, objects = asked.store.name, f"{asked.store.name}/{asked.prefix}*"
    actions = [f"{ACTIONS[name]} on {bucket if name == 'list' else objects}" for name in trial.forbidden]
    if not actions:
        return "Look at the store's own log."
    return (
        f"Add to the policy of the key, or of its role: {', '.join(actions)}. "
        "A KMS key of the bucket must be open to it, too."
    )


@check("storage.versioning", "a bucket that keeps what is deleted")
@_of_the_bucket
@_once_it_is_made
def versioning(site: Site, asked: AskedStore) -> Verdict:
    """The bucket has versions, so that a deleted record can be brought back."""
    reply = asked.versioning
    if not reply.is_a("VersioningConfiguration"):
        return _unanswered(reply, "s3:GetBucketVersioning")
    status = reply.text("Status") or "Off"
    if status == "Enabled":
        return passes("the bucket has versions")
    if asked.store.managed:
        return passes("the rollout sets it as popsink_bucket_versioning says")
    return warns(
        f"Versioning of bucket {asked.store.name} is {status.lower()}: a deleted record cannot be brought back.",
        "Turn it on for production: aws s3api put-bucket-versioning --versioning-configuration Status=Enabled "
        f"--bucket {asked.store.name}",
    )


@check("storage.lifecycle", "rules of the bucket that delete what nobody needs, and no record")
@_of_the_bucket
@_once_it_is_made
def lifecycle(site: Site, asked: AskedStore) -> Verdict:
    """No lifecycle rule takes records away, and what nobody needs is deleted."""
    reply = asked.lifecycle
    if reply.is_a("LifecycleConfiguration") and reply.document is not None:
        rules = rules_in(reply.document)
    elif reply.code == "NoSuchLifecycleConfiguration":
        rules = []
    else:
        return _unanswered(reply, "s3:GetLifecycleConfiguration")
    name, where = asked.store.name, asked.prefix or "its root"
    if harms := harm(rules, asked.prefix):
        return fails(
            f"Lifecycle rules of bucket {name} reach the broker's records under {where}: {', '.join(harms)}.",
            "Take the rules away, or keep them off popsink_bucket_prefix.",
        )
    if lacking := _lacking(asked, [rule for rule in rules if rule.covers(asked.prefix)]):
        return warns(
            f"No lifecycle rule of bucket {name} deletes {' or '.join(lacking)} under {where}.",
            "The bucket grows with what nobody needs: "
            f"{'set popsink_bucket_old_versions_days' if asked.store.managed else 'add a rule for it'}.",
        )
    seen_to = "; the rollout sees to the rules of popsink_bucket_…_days" if asked.store.managed else ""
    return passes(f"no lifecycle rule takes records away{seen_to}")


def _lacking(asked: AskedStore, rules: list[Rule]) -> list[str]:
    """What nothing deletes, before a rollout and after it."""
    store = asked.store
    try:
        versions = store.gets_versions or asked.versioning.text("Status") in ("Enabled", "Suspended")
    except PopsinkError:
        versions = False
    lacking = []
    # Those of a bucket that was there may be all that is left of an object: a rollout sees to them only when told.
    if versions and not store.sees_to_old_versions and not any(rule.expires_old for rule in rules):
        lacking.append("old versions")
    # Other stores do that by themselves, and some take no such rule.
    if asked.is_aws and not store.managed and not any(rule.aborts for rule in rules):
        lacking.append("parts of uploads that never ended")
    return lacking


@check("storage.prefix", "a prefix that no other broker writes to", ahead=True)
@_of_the_bucket
@_once_it_is_made
def prefix(site: Site, asked: AskedStore) -> Verdict:
    """A broker that is installed for the first time finds nothing under its prefix."""
    release, name = site.want.release, asked.store.name
    if site.in_namespace("secrets", labelSelector=f"owner=helm,name={release}", limit=1):
        return passes(f"release {release} is there: the records are its own")
    asked.require()
    if not asked.listing.good:
        return unchecked(f"The bucket was not listed ({asked.listing.code}): see storage.bucket.")
    examples = _records(asked.listing, asked.prefix)
    if not examples:
        root = asked.client.list(_ROOT, 1)
        # A key that may not look there cannot write there either.
        if not root.is_a("ListBucketResult") and root.status != 403:
            return unchecked(f"The store did not list {_ROOT}, where some brokers keep their records ({root.code}).")
        examples = _records(root, _ROOT)
    if not examples:
        return passes(f"nothing is under s3://{name}/{asked.prefix} yet")
    return warns(
        f"Release {release} is not there yet, and bucket {name} holds records already, for instance {examples[0]}. Two "
        "brokers that write to one place corrupt each other.",
        "Where they are this deployment's own, as after a cluster was lost, all is well. Otherwise name another "
        "popsink_bucket_prefix or popsink_bucket; a bucket for each deployment is safest.",
    )


def _records(listing: Reply, root: str) -> list[str]:
    """Keys that somebody's records may have: neither a folder's own, nor one that was written to try the bucket."""
    keys = [key for key in keys_in(listing) if key != root]
    return [key for key in keys if not key.rpartition("/")[2].startswith(TRIAL)]


def _unanswered(reply: Reply, action: str) -> Verdict:
    if reply.code in _UNKNOWN:
        return unchecked(f"The store does not know the question ({reply.code}).")
    if reply.status in (401, 403):
        return unchecked(f"The broker's key may not ask ({reply.code}).", f"Allow it {action} to have it checked.")
    return unchecked(f"The store does not answer the question ({reply.code}).")


def _place(store: Store) -> str:
    """The variable that says where the store is."""
    return "popsink_s3_endpoint" if store.endpoint else "popsink_bucket_region"
