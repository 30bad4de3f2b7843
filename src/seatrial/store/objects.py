"""The port to a place where objects are kept under keys: a shared folder or a bucket.

The shared state (`object_state.py`), its blobs (`mirrored_blobs.py`) and the shared cache of the
pipeline stand on these few methods; `folder_objects.py` and `s3.py` keep the promises, and
`tests/ports/test_object_store_contract.py` checks both. Whoever adds a backend needs one thing that
not every store has: a write that is refused when the key is taken.

Subtle: every failure is one of two. `DeniedError`: asking again will not help. `UnreachableError`: the
place did not answer, or not with what it announced; the adapter has already tried again. "Nothing is
there" is an answer and no failure. Bytes that are handed out are those the other side sent: callers
verify them, because a store may lie.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct

from seatrial.errors import OutsideError

LARGEST = 64 << 20
"""Most bytes of one object; whatever is larger is kept in parts of this size."""


class ObjectError(OutsideError):
    """An object could not be read or written."""


class DeniedError(ObjectError):
    """The place refuses: credentials, permissions, or there is no such bucket."""


class UnreachableError(ObjectError):
    """The place does not answer, or breaks off."""


class Meta(Struct, frozen=True, kw_only=True):
    """What a store says about an object without handing it out. `tag` changes when the bytes do; `version` is
    set only where the store keeps versions and `head` was asked."""

    key: str
    size: int
    tag: str
    version: str | None = None


class ObjectStore(Protocol):
    """Objects under keys such as `records/models/digits/00000001.json`. Safe for several threads."""

    @property
    def address(self) -> str:
        """Where this is, as a user would write it, without credentials."""

    def head(self, key: str) -> Meta | None:
        """What is known of an object; None when there is none. Raises ObjectError."""

    def get(self, key: str, *, limit: int = LARGEST) -> bytes | None:
        """All bytes of an object; None when there is none.

        Raises ObjectError, also for one that announces more than `limit` bytes: a caller knows what it
        asks for, and a store that lies must not fill the memory.
        """

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """Write an object unless its key is taken: of several racers with different bytes exactly one gets True.

        Durable when it returns. After a lost reply it reads back what is there and answers from that; so
        with equal bytes two racers may both be told yes. Raises ObjectError when even that is unknown.
        """

    def put(self, key: str, data: bytes) -> None:
        """Write an object, replacing what is there. Idempotent. Raises ObjectError."""

    def list(self, prefix: str) -> Iterator[Meta]:
        """Every object below a folder-like prefix (`records/`), at any depth, in no order. Raises ObjectError."""

    def delete(self, key: str) -> None:
        """Remove an object. Idempotent: one that is not there is fine. Raises ObjectError."""


def too_large(address: str, key: str, limit: int) -> ObjectError:
    """The error for an object that is larger than what is asked for can be."""
    return UnreachableError(
        f"{address}/{key} has more than {limit:,} bytes, so it is not what it should be",
        next_step="find out who wrote it",
    )
