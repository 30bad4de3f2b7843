"""The files of one folder as the stat cache keeps them: names, stamps and digests, packed.

Called by `stat_cache.py` and `fingerprint.py`. A thousand files are three byte strings and not ten
thousand Python objects: that is what keeps a look at a folder of 100,000 files small and quick.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from functools import cached_property

from seatrial import digest
from seatrial.store.hashing import STAMP_BYTES, Stamp

_HEAD = struct.Struct("<I")
_DIGEST_BYTES = 32


class Entries:
    """Digests of files by name and stamp. Names are in any order."""

    def __init__(self, names: Sequence[str], stamps: bytes, digests: bytes) -> None:
        self._names = names
        self._stamps = stamps
        self._digests = digests
        self._added: dict[str, tuple[Stamp, str]] = {}

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self._names)}

    def get(self, name: str, stamp: Stamp) -> str | None:
        """The digest of the file `name`, if it was known looking like this."""
        if name in self._added:
            known, value = self._added[name]
            return value if known == stamp else None
        place = self._places.get(name)
        if place is None or self._stamps[place * STAMP_BYTES : (place + 1) * STAMP_BYTES] != stamp:
            return None
        return digest.PREFIX + self._digests[place * _DIGEST_BYTES : (place + 1) * _DIGEST_BYTES].hex()

    def add(self, name: str, stamp: Stamp, value: str) -> None:
        """Learn about one file."""
        self._added[name] = (stamp, value)

    def packed(self) -> bytes:
        """All entries as bytes, for `unpacked`."""
        names, stamps, digests = self._names, self._stamps, self._digests
        if self._added:
            kept = [place for place, name in enumerate(names) if name not in self._added]
            names = [*(names[place] for place in kept), *self._added]
            added = self._added.values()
            stamps = b"".join(
                (*(stamps[at * STAMP_BYTES : (at + 1) * STAMP_BYTES] for at in kept), *(one[0] for one in added))
            )
            digests = b"".join(
                (
                    *(digests[at * _DIGEST_BYTES : (at + 1) * _DIGEST_BYTES] for at in kept),
                    *(digest.to_raw(one[1]) for one in added),
                )
            )
        return _HEAD.pack(len(names)) + stamps + digests + os.fsencode("\0".join(names))


def unpacked(data: bytes) -> Entries:
    """The inverse of `Entries.packed`; empty for anything else, because a damaged row only costs time."""
    if len(data) < _HEAD.size:
        return Entries((), b"", b"")
    (count,) = _HEAD.unpack_from(data)
    stamps_end = _HEAD.size + count * STAMP_BYTES
    digests_end = stamps_end + count * _DIGEST_BYTES
    names = os.fsdecode(data[digests_end:]).split("\0") if count else []
    if len(names) != count or len(data) < digests_end:
        return Entries((), b"", b"")
    return Entries(names, data[_HEAD.size : stamps_end], data[stamps_end:digests_end])
