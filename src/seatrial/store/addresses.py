"""Addresses of shared places: `file:///folder` and `s3://bucket/prefix`.

Called by `wiring`, with what `state:` and `cache.remote:` say. obstore is loaded only here and only for
`s3://`, so that nobody who keeps everything in folders needs it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from seatrial import digest
from seatrial.errors import ConfigError, MissingExtraError, Place
from seatrial.store.bucket_names import is_bucket_name
from seatrial.store.folder_objects import FolderObjects
from seatrial.store.objects import ObjectStore

TIMEOUT = "SEATRIAL_REMOTE_TIMEOUT"
"""The variable that sets how many seconds one request to a bucket may take."""

_PREFIX = re.compile(r"[A-Za-z0-9_.=-]+(/[A-Za-z0-9_.=-]+)*\Z")


def folder_of(address: str, key: str) -> Path | None:
    """The folder that a `file://` address names, None for another kind. Raises ConfigError."""
    parts = urlsplit(address)
    if parts.scheme != "file":
        return None
    if parts.netloc or not parts.path.startswith("/") or parts.path == "/":
        raise _unusable(address, key, "a folder is written with three slashes: file:///mnt/share/seatrial")
    return Path(unquote(parts.path))


def open_objects(address: str, key: str, environ: Mapping[str, str]) -> ObjectStore:
    """The store at an address; `key` is the configuration key that says it.

    Raises ConfigError for an address that cannot be meant, MissingExtraError when obstore is not installed.
    """
    folder = folder_of(address, key)
    if folder is not None:
        return FolderObjects(folder)
    parts = urlsplit(address)
    prefix = parts.path.strip("/")
    dots = {".", ".."} & set(prefix.split("/"))
    if parts.scheme != "s3" or not is_bucket_name(parts.netloc) or dots or (prefix and not _PREFIX.match(prefix)):
        raise _unusable(address, key, "write file:///folder or s3://bucket/prefix")
    try:
        from seatrial.store.s3 import Patience, S3Objects  # 30 ms and an optional package, for buckets alone
    except ImportError as error:
        raise MissingExtraError(
            f"{address} needs the package {error.name or 'obstore'}, which is not installed",
            place=Place(file="seatrial.yaml", key=key),
            next_step="pip install 'seatrial[cloud]'",
        ) from error
    seconds = request_seconds(environ)
    patience = Patience() if seconds is None else Patience(request=seconds, bulk=20 * seconds)
    return S3Objects(parts.netloc, prefix, environ, patience=patience)


def short_name(address: str) -> str:
    """A name for files that belong to one address."""
    return digest.short(digest.of_bytes(address.rstrip("/").encode()))


def request_seconds(environ: Mapping[str, str]) -> float | None:
    """How long one request may take, None where nobody says. Raises ConfigError for what is no such time."""
    text = environ.get(TIMEOUT)
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 3600:
        raise ConfigError(f"{TIMEOUT} is {text!r}; it takes seconds from 0.1 to 3600", next_step=f"unset {TIMEOUT}")
    return seconds


def _unusable(address: str, key: str, how: str) -> ConfigError:
    return ConfigError(
        f"{address!r} is no address that Seatrial can use", place=Place(file="seatrial.yaml", key=key), next_step=how
    )
