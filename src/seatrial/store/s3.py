"""Objects in a bucket of S3, or of anything that speaks like it: `s3://bucket/prefix`.

One adapter of the port in `objects.py`, and the one file that imports obstore. Where the bucket is and who
asks comes from the usual `AWS_*` variables.

Subtle: obstore's own retries are switched off. It would repeat a conditional write whose reply was lost
and then report the refusal of the repetition, so a writer would take his own record for a rival's. The
loop here knows which attempts have an unknown end, and reads back what is there. And a conflict is not
yet a loss: S3 also answers so while another's write is under way, of which nothing may remain.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import TypeVar

import obstore
from msgspec import Struct
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    GenericError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import S3Store

from seatrial.store.objects import LARGEST, DeniedError, Meta, ObjectError, UnreachableError, too_large

_T = TypeVar("_T")
_BULK_FROM = 1 << 20
_REFUSED = ("status code: 400", "status code: 401", "status code: 403", "status code: 404", "status code: 405")
_KEYS = {
    "access_key_id": ("AWS_ACCESS_KEY_ID",),
    "secret_access_key": ("AWS_SECRET_ACCESS_KEY",),
    "session_token": ("AWS_SESSION_TOKEN",),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "endpoint": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
}


class Patience(Struct, frozen=True, kw_only=True):
    """How long to wait, in seconds, and how often to try.

    `bulk` is for requests that carry up to 64 MiB. `delay` stands before the first repetition and doubles.
    """

    connect: float = 5.0
    request: float = 30.0
    bulk: float = 600.0
    attempts: int = 4
    delay: float = 0.2


class S3Objects:
    """An `ObjectStore` in a bucket, below `prefix`."""

    def __init__(
        self, bucket: str, prefix: str, environ: Mapping[str, str], *, patience: Patience | None = None
    ) -> None:
        self._patience = patience or Patience()
        self._bucket = bucket
        self._prefix = prefix
        try:
            self._small = self._open(environ, self._patience.request)
            self._bulk = self._open(environ, self._patience.bulk)
        except BaseError as error:  # half a pair of keys: a secret that CI does not give is set, and empty
            raise self._denied("", error) from error

    @property
    def address(self) -> str:
        return f"s3://{self._bucket}" + (f"/{self._prefix}" if self._prefix else "")

    def head(self, key: str) -> Meta | None:
        found = self._again(lambda: _or_none(lambda: obstore.head(self._small, key)), key)
        if found is None:
            return None
        tag = found["e_tag"] or str(found["last_modified"])
        return Meta(key=key, size=found["size"], tag=tag, version=found["version"])

    def get(self, key: str, *, limit: int = LARGEST) -> bytes | None:
        store = self._bulk if limit > _BULK_FROM else self._small

        def ask() -> bytes | None:
            answer = _or_none(lambda: obstore.get(store, key))
            if answer is None:
                return None
            if answer.meta["size"] > limit:
                raise too_large(self.address, key, limit)
            return bytes(answer.bytes())

        return self._again(ask, key)

    def put_if_absent(self, key: str, data: bytes) -> bool:
        store = self._for(data)
        unsure = False

        def ask() -> bool:
            nonlocal unsure
            try:
                obstore.put(store, key, data, mode="create", use_multipart=False)
            except AlreadyExistsError as error:
                there = self.get(key, limit=max(len(data), LARGEST)) if unsure else self.head(key)
                if there is None:  # a rival's write was under way and came to nothing
                    raise GenericError(f"{key} was reported as taken and is not there") from error
                return there == data
            except GenericError:
                unsure = True
                raise
            return True

        try:
            return self._again(ask, key)
        except UnreachableError:
            there = self.get(key, limit=max(len(data), LARGEST)) if unsure else None
            if there is None:
                raise
            return there == data

    def put(self, key: str, data: bytes) -> None:
        store = self._for(data)
        self._again(lambda: obstore.put(store, key, data, use_multipart=False), key)

    def list(self, prefix: str) -> Iterator[Meta]:
        def ask() -> list[Meta]:
            return [
                Meta(key=found["path"], size=found["size"], tag=found["e_tag"] or str(found["last_modified"]))
                for batch in obstore.list(self._small, prefix.rstrip("/") or None, chunk_size=1000)
                for found in batch
            ]

        yield from self._again(ask, prefix)

    def delete(self, key: str) -> None:
        self._again(lambda: _or_none(lambda: obstore.delete(self._small, key)), key)

    # -- asking -----------------------------------------------------------------------

    def _again(self, ask: Callable[[], _T], key: str) -> _T:
        """Ask until there is an answer or patience ends."""
        attempt = 1
        while True:
            try:
                return ask()
            except (PermissionDeniedError, UnauthenticatedError) as error:
                raise self._denied(key, error) from error
            except BaseError as error:
                if any(word in str(error) for word in _REFUSED):
                    raise self._denied(key, error) from error
                if attempt >= self._patience.attempts:
                    raise self._unreachable(key, error) from error
            except FileNotFoundError as error:  # where nothing is asked for that could be missing: the bucket
                raise self._denied(key, error) from error
            pause = self._patience.delay * 2 ** (attempt - 1)
            time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - so that racers do not meet again
            attempt += 1

    def _denied(self, key: str, error: Exception) -> ObjectError:
        return DeniedError(
            f"{self.address} refuses {key or 'to be listed'}: {_said(error)}",
            next_step="check that the bucket exists, AWS_ENDPOINT_URL, AWS_REGION, and what AWS_ACCESS_KEY_ID may do",
        )

    def _unreachable(self, key: str, error: Exception) -> ObjectError:
        return UnreachableError(
            f"{self.address} does not answer for {key} after {self._patience.attempts} attempts: {_said(error)}",
            next_step="check the network and AWS_ENDPOINT_URL, then type the command again",
        )

    def _for(self, data: bytes) -> S3Store:
        return self._bulk if len(data) >= _BULK_FROM else self._small

    def _open(self, environ: Mapping[str, str], timeout: float) -> S3Store:
        found = {name: value for name, words in _KEYS.items() if (value := _first(environ, words))}
        plain = found.get("endpoint", "").startswith("http://")
        return S3Store(
            self._bucket,
            prefix=self._prefix or None,
            config={**found, "disable_bulk_delete": True},  # type: ignore[arg-type]  # some of its keys
            client_options={
                "allow_http": plain,
                "connect_timeout": timedelta(seconds=self._patience.connect),
                "timeout": timedelta(seconds=timeout),
            },
            retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=timeout)},
        )


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((environ[name] for name in names if environ.get(name)), None)


def _or_none(ask: Callable[[], _T]) -> _T | None:
    try:
        return ask()
    except FileNotFoundError as error:
        if "NoSuchBucket" in str(error):
            raise
        return None


def _said(error: Exception) -> str:
    """The first line of what obstore says, without its account of its own insides."""
    line = str(error).partition("\n")[0].strip()
    return line if len(line) <= 300 else line[:300] + "..."
