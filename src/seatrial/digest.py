"""Identity is a digest: the one module that makes them.

Content digests are blake3-256 written as `b3:` and 64 hexadecimal digits. Records are
digested through one canonical JSON form (sorted keys, no spaces, UTF-8, no NaN) under a
tag, so that two kinds of record with the same fields never share an identity. Whoever
needs an identity calls this module; nobody formats one by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from blake3 import blake3

if TYPE_CHECKING:
    from pathlib import Path  # a run with nothing to do makes digests and has no use for it

PREFIX = "b3:"
_FORM = re.compile(r"b3:[0-9a-f]{64}\Z")
_CHUNK = 1 << 20
_THREADS_FROM = 64 << 20

_WRITTEN = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None


def of_bytes(data: bytes | bytearray | memoryview) -> str:
    """The digest of some bytes."""
    return PREFIX + blake3(data).hexdigest()


def raw(data: bytes | bytearray | memoryview) -> bytes:
    """The digest of some bytes as 32 bytes, for what is compared and never shown."""
    return blake3(data).digest()


def to_raw(digest: str) -> bytes:
    """The 32 bytes of a digest."""
    return bytes.fromhex(digest.removeprefix(PREFIX))


class Hasher:
    """The digest of bytes that come in pieces. `size` is how many there will be: many are hashed by several threads,
    as many as there are cores unless `threads` says how many."""

    def __init__(self, size: int = 0, threads: int | None = None) -> None:
        self._state = blake3(max_threads=(threads or blake3.AUTO) if size >= _THREADS_FROM else 1)

    def update(self, data: bytes | bytearray | memoryview) -> None:
        """Take the next piece in."""
        self._state.update(data)

    def digest(self) -> str:
        """The digest of all pieces so far."""
        return PREFIX + self._state.hexdigest()


def of_file(path: Path) -> str:
    """The digest of a file's bytes, read in pieces: a mapping would kill the process when somebody
    truncates the file meanwhile. The store's own, faster way is in `store/hashing.py`.

    Raises OSError when the file cannot be read.
    """
    hasher, piece = Hasher(), bytearray(_CHUNK)
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(piece):
            hasher.update(memoryview(piece)[:size])
    return hasher.digest()


def canonical(value: Json) -> bytes:
    """The one byte form of a JSON value.

    Raises ValueError for NaN and infinities, TypeError for anything that is not JSON.
    """
    return _WRITTEN.encode(value).encode("utf-8", "surrogateescape")


def of_record(tag: str, value: Json) -> str:
    """The digest of a JSON record of the kind `tag` (for example `action-key/1`)."""
    return of_bytes(b"seatrial/" + tag.encode() + b"\0" + canonical(value))


def is_digest(text: str) -> bool:
    """Whether `text` has the form of a content digest."""
    return _FORM.match(text) is not None


def place(digest: str) -> str:
    """Where a thing of that name lies below its folder, `ab/cdef...`: no folder is to hold all of them."""
    digits = digest.removeprefix(PREFIX)
    return f"{digits[:2]}/{digits[2:]}"


def short(digest: str) -> str:
    """The first twelve digits, for people."""
    return digest.removeprefix(PREFIX)[:12]
