# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a bundle lies: in a file of the controller, or in a bucket. It is encrypted before it gets there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from ansible.utils.path import unfrackpath
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

from .prepared_file import PreparedFile, require_writable

BOTO3_IMPORT_ERROR: ImportError | None
try:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError as error:
    BOTO3_IMPORT_ERROR = error
else:
    BOTO3_IMPORT_ERROR = None

_VARIABLE = "popsink_backup_file"
_SCHEME = "s3"


class BundlePlace(Protocol):
    """A place for one bundle.

    :ivar title: what it is called for people.
    """

    title: str

    def require_free(self) -> None:
        """End where a bundle could not be written.

        :raises PopsinkError: there is one already, or there is no way to write one.
        """

    def read(self) -> bytes:
        """Its content.

        :raises PopsinkError: there is none, or it cannot be read.
        """

    def write(self, content: bytes) -> None:
        """Put a new bundle there whole; one that is there stays.

        :raises PopsinkError: there is one, or it cannot be written.
        """


def place_of(name: str, awx_job: str) -> BundlePlace:
    """The place of a name, a path or ``s3://BUCKET/KEY``.

    :param awx_job: number of the AWX job that this is; empty outside AWX.
    :raises PopsinkError: no name, or none of these.
    """
    if not name:
        raise PopsinkError(
            f"{_VARIABLE} is not set.",
            remedy="Name a file outside of this inventory, or s3://BUCKET/KEY, for instance with "
            f"-e {_VARIABLE}=/mnt/backups/popsink.yml.",
        )
    scheme, is_url, rest = name.partition("://")
    if not is_url:
        return FilePlace(Path(unfrackpath(name, follow=False)), awx_job)
    # Not parsed as a URL: a key may hold any character.
    bucket, _slash, key = rest.partition("/")
    if scheme != _SCHEME or not bucket or not key or key.endswith("/"):
        raise PopsinkError(f"{_VARIABLE} ({name}) is neither a path nor s3://BUCKET/KEY.", remedy="Correct it.")
    return BucketPlace(bucket, key)


class FilePlace:
    """A file of the controller."""

    def __init__(self, path: Path, awx_job: str) -> None:
        self.title = str(path)
        self._path = path
        self._awx_job = awx_job

    def require_free(self) -> None:
        """See :class:`BundlePlace`."""
        if self._awx_job:
            raise PopsinkError(
                f"{_VARIABLE} {self.title} would vanish with the files of AWX job {self._awx_job}.",
                remedy="Name a bucket: s3://BUCKET/KEY.",
            )
        if os.path.lexists(self._path):
            raise taken(self)
        try:
            require_writable(self._path)
        except OSError as error:
            raise self._cannot_write(error.strerror) from error

    def read(self) -> bytes:
        """See :class:`BundlePlace`."""
        try:
            return self._path.read_bytes()
        except FileNotFoundError as error:
            raise _absent(self.title) from error
        except OSError as error:
            raise PopsinkError(f"{_VARIABLE} {self.title} cannot be read: {error.strerror}.") from error

    def write(self, content: bytes) -> None:
        """See :class:`BundlePlace`. It has its name only when it is whole and on the disk."""
        self.require_free()
        try:
            prepared = PreparedFile.beside(self._path, content)
            try:
                prepared.commit_as_new()
            finally:
                prepared.drop()
        except FileExistsError as error:
            raise taken(self) from error
        except OSError as error:
            raise self._cannot_write(error.strerror) from error

    def _cannot_write(self, reason: str | None) -> PopsinkError:
        return PopsinkError(f"{_VARIABLE} {self.title} cannot be written: {reason}.", remedy="Name another place.")


class BucketPlace:
    """An object of a bucket. How it is reached is boto3's own configuration on the controller."""

    def __init__(self, bucket: str, key: str) -> None:
        if BOTO3_IMPORT_ERROR is not None:
            raise PopsinkError("boto3 is missing on the controller.", remedy="pip install boto3")
        self.title = f"{_SCHEME}://{bucket}/{key}"
        self._place = {"Bucket": bucket, "Key": key}

    def require_free(self) -> None:
        """See :class:`BundlePlace`. Who may write here may not be allowed to look: then the store decides later."""
        try:
            self._call("head_object")
        except (FileNotFoundError, PermissionError):
            return
        raise taken(self)

    def read(self) -> bytes:
        """See :class:`BundlePlace`."""
        try:
            content: bytes = self._call("get_object", lambda answer: answer["Body"].read())
        except FileNotFoundError as error:
            raise _absent(self.title) from error
        except PermissionError as error:
            raise self._refused(str(error)) from error
        return content

    def write(self, content: bytes) -> None:
        """See :class:`BundlePlace`. The store itself refuses where there is an object of this name."""
        try:
            self._call("put_object", Body=content, IfNoneMatch="*", ContentType="application/yaml")
        except FileExistsError as error:
            raise taken(self) from error
        except PermissionError as error:
            raise self._refused(str(error)) from error

    def _call(self, operation: str, of: Callable[[Any], Any] = lambda answer: answer, **arguments: Any) -> Any:
        """One request.

        :param of: takes what is wanted from the answer.
        :raises FileExistsError: there is an object already.
        :raises FileNotFoundError: there is none.
        :raises PermissionError: the store refuses this key.
        :raises PopsinkError: anything else.
        """
        try:
            return of(getattr(boto3.client(_SCHEME), operation)(**self._place, **arguments))
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code"))
            if code in ("PreconditionFailed", "412", "ConditionalRequestConflict"):
                raise FileExistsError(code) from error
            if code in ("NoSuchKey", "404"):
                raise FileNotFoundError(code) from error
            reason = f"the store answers {code}"
            if code in ("403", "AccessDenied"):
                raise PermissionError(reason) from error
        except (BotoCoreError, ValueError) as error:
            # boto3 says of an endpoint that is no URL no more than that.
            reason = str(error).rstrip(".")
        raise self._refused(reason)

    def _refused(self, reason: str) -> PopsinkError:
        return PopsinkError(
            f"{_VARIABLE} {self.title} cannot be reached: {reason}.",
            remedy="Check the name, and where boto3 takes key, region and endpoint from on this controller "
            "(AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT_URL_S3).",
        )


def _absent(title: str) -> PopsinkError:
    return PopsinkError(f"There is no backup {title}.", remedy=f"Name an existing one with {_VARIABLE}.")


def taken(place: BundlePlace) -> PopsinkError:
    """The error of a place that holds something already."""
    return PopsinkError(
        f"{place.title} exists, and a backup never overwrites one.",
        remedy=f"Name another with {_VARIABLE}, for instance with the date in it.",
    )
