"""Stored bytes looked at again where a reuse needs none of them: a small sample, or all of them.

Called by `outs.py` on a hit whose outs lie in the tree already. Without it a damaged blob would be
met only on the day it is needed. What is looked at follows from the run and the blob alone, so a run
that found damage can be explained; another run looks at others.
"""

from __future__ import annotations

from collections.abc import Iterator

from seatrial import digest
from seatrial.store.artifact import read_listing
from seatrial.store.blobs import Artifact, BlobStore, CorruptBlobError

_ONE_IN = 64
_MOST_BYTES = 4 << 20  # a run; larger blobs are left to `cache verify`
_MOST_PATHS = 8  # through one folder


class SpotCheck:
    """What one run looks at. With `everything`, each blob of each artifact."""

    def __init__(self, blobs: BlobStore, seed: str, *, everything: bool = False) -> None:
        self._blobs = blobs
        self._seed = seed
        self._everything = everything
        self._left = _MOST_BYTES

    def check(self, artifact: Artifact) -> None:
        """Look at some of an artifact's blobs. Raises CorruptBlobError; a damaged one has been set aside."""
        if not artifact.stored:
            return
        if self._everything:
            for name in self._blobs.verify(artifact):
                self._refuse(name)
            return
        for name in self._chosen(artifact):
            size = self._size(name)
            if size <= self._left:
                self._left -= size
                if self._blobs.damaged(name):
                    self._refuse(name)

    def _chosen(self, artifact: Artifact) -> Iterator[str]:
        if artifact.kind == "file":
            if self._draw(artifact.digest) % _ONE_IN == 0:
                yield artifact.digest
            return
        whole, rest = divmod(artifact.files, _ONE_IN)
        paths = whole + (self._draw(artifact.digest) % _ONE_IN < rest)
        for number in range(min(paths, _MOST_PATHS)):
            yield from self._path(artifact.digest, number)

    def _path(self, folder: str, number: int) -> Iterator[str]:
        """One way down a folder, to a file."""
        while (size := self._size(folder)) <= self._left:
            self._left -= size
            entries = [one for one in read_listing(folder, self._blobs.read_bytes(folder)) if one.kind != "link"]
            if not entries:
                return
            entry = entries[self._draw(folder, number) % len(entries)]
            if entry.kind == "file":
                yield entry.digest
                return
            folder = entry.digest

    def _draw(self, name: str, number: int = 0) -> int:
        return int.from_bytes(digest.raw(f"{self._seed} {name} {number}".encode())[:8], "little")

    def _size(self, name: str) -> int:
        try:
            return self._blobs.path_of(name).stat().st_size
        except FileNotFoundError:
            raise CorruptBlobError(name, missing=True) from None

    def _refuse(self, name: str) -> None:
        missing = not self._blobs.path_of(name).exists()
        self._blobs.quarantine(name)
        raise CorruptBlobError(name, missing=missing)
