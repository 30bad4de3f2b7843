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
_MMAP_FROM = 1 << 20  # below this, opening a mapping costs more than reading
_THREADS_FROM = 64 << 20

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None


def of_bytes(data: bytes | bytearray | memoryview) -> str:
    """The digest of some bytes."""
    return PREFIX + blake3(data).hexdigest()


def of_file(path: Path) -> str:
    """The digest of a file's bytes. Large files are hashed by several threads.

    Raises OSError when the file cannot be read.
    """
    size = path.stat().st_size
    if size < _MMAP_FROM:
        return of_bytes(path.read_bytes())
    hasher = blake3(max_threads=blake3.AUTO if size >= _THREADS_FROM else 1)
    hasher.update_mmap(path)
    return PREFIX + hasher.hexdigest()


def canonical(value: Json) -> bytes:
    """The one byte form of a JSON value.

    Raises ValueError for NaN and infinities, TypeError for anything that is not JSON.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "surrogateescape")


def of_record(tag: str, value: Json) -> str:
    """The digest of a JSON record of the kind `tag` (for example `action-key/1`)."""
    return of_bytes(b"seatrial/" + tag.encode() + b"\0" + canonical(value))


def is_digest(text: str) -> bool:
    """Whether `text` has the form of a content digest."""
    return _FORM.match(text) is not None


def short(digest: str) -> str:
    """The first twelve digits, for people."""
    return digest.removeprefix(PREFIX)[:12]
