"""Profiles that were made before, by what they were made from, so that a new partition costs one partition.

Called by whoever checks a dataset. A key is the digest of everything that decides the content: the identity of the
file, the binning, the version. An entry holds its own digest; one that does not match, for whatever reason, was
never there.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from seatrial import digest
from seatrial.store.atomic import write_atomic

_HEAD = len(digest.PREFIX) + 64 + 1


class ProfileMemory:
    """A folder of entries."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> bytes | None:
        """What was put under a key; None if nothing was, or if it is damaged."""
        try:
            data = self._path(key).read_bytes()
        except OSError:
            return None
        with contextlib.suppress(OSError):
            os.utime(self._path(key))  # what was used lately is what a cache keeps
        head, content = data[:_HEAD], data[_HEAD:]
        return content if head == f"{digest.of_bytes(content)}\n".encode() else None

    def put(self, key: str, content: bytes) -> None:
        """Remember something. A disk that takes nothing costs speed, not the check."""
        try:
            write_atomic(self._path(key), f"{digest.of_bytes(content)}\n".encode() + content, durable=False)
        except OSError:
            return

    def _path(self, key: str) -> Path:
        return self._folder / digest.place(key)
