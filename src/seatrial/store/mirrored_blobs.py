"""Blobs that live in a shared place and are looked at here: the `blobs` of a shared state.

Built by `object_state.py`. A local folder mirrors what was asked for; it may be deleted at any time. Every
blob is fetched once, when somebody first reads it, and is compared with its digest before it is used.

Subtle: the folder is a `BlobStore` of its own, so whoever reads artifacts needs not know where they live.
What is put here stays here until `publish`; `keep` of the state does both.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from seatrial.errors import StateError
from seatrial.store.blobs import Artifact, BlobStore, CorruptBlobError
from seatrial.store.objects import ObjectError, ObjectStore
from seatrial.store.transfers import Transfers


class MirroredBlobs(BlobStore):
    """A `BlobStore` over `objects`, with its local copies in `root`."""

    def __init__(self, root: Path, objects: ObjectStore, *, part: int | None = None) -> None:
        super().__init__(root)
        plain = Transfers(objects=objects, prefix="blobs/", local=root)
        self._transfers = plain if part is None else Transfers(objects=objects, prefix="blobs/", local=root, part=part)

    def has(self, artifact: Artifact) -> bool:
        with as_state():
            return super().has(artifact) or self._transfers.has(artifact.digest)

    def read_bytes(self, name: str) -> bytes:
        self._bring([name])
        return super().read_bytes(name)

    def checkout(self, artifact: Artifact, target: Path) -> None:
        self._bring_whole(artifact)
        super().checkout(artifact, target)

    def copy_to(self, artifact: Artifact, other: BlobStore) -> None:
        self._bring_whole(artifact)
        super().copy_to(artifact, other)

    def verify(self, artifact: Artifact) -> tuple[str, ...]:
        """The blobs that are missing or damaged, here or there; asks for all that are not here yet."""
        broken: list[str] = []
        try:
            for name in self.reachable(artifact):
                try:
                    self._bring([name])
                except CorruptBlobError as error:
                    broken.append(error.blob)
        except CorruptBlobError as error:  # a listing
            return (*broken, error.blob)
        return tuple(broken) or super().verify(artifact)

    def publish(self, artifact: Artifact) -> None:
        """Make all blobs of an artifact, which are here, be there too. Raises StateError.

        What was set aside as damaged is written anew, since the copy there may be what was damaged.
        """
        names = tuple(self.reachable(artifact))
        damaged = frozenset(name for name in names if self.quarantined(name).exists())
        with as_state():
            self._transfers.upload(names, replace=damaged)
        for name in damaged:
            self.quarantined(name).unlink(missing_ok=True)

    def _bring(self, names: Iterator[str] | list[str]) -> None:
        with as_state():
            self._transfers.download(names)

    def _bring_whole(self, artifact: Artifact) -> None:
        with as_state():
            self._transfers.bring([artifact])


@contextlib.contextmanager
def as_state() -> Iterator[None]:
    """A shared place that fails is the state that fails: never an empty answer."""
    try:
        yield
    except ObjectError as error:
        raise StateError(f"the state cannot be used: {error}", next_step=error.next_step) from error
