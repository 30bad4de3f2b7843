"""A `StateStore` in memory, for tests of whatever stands above the store.

It passes the same contract suite as the real one (`tests/ports/test_state_store_contract.py`)
and makes the same records, byte for byte. Blobs go to a folder, since blobs are files.
`before_append` lets a test play the racer who gets ahead.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from seatrial.digest import Json
from seatrial.errors import ConflictError
from seatrial.store.blobs import Artifact, BlobStore
from seatrial.store.state import Entry, check_stream, seal

AT = "2026-11-21T06:30:00.000Z"


class MemoryState:
    """Streams in a dictionary; `folder` takes the blobs."""

    def __init__(self, folder: Path) -> None:
        self._streams: dict[str, list[Entry]] = {}
        self._blobs = BlobStore(folder)
        self._lock = threading.Lock()
        self.before_append: Callable[[str], None] = lambda stream: None

    @property
    def blobs(self) -> BlobStore:
        return self._blobs

    def append(self, stream: str, body: Mapping[str, Json], *, expected: int) -> Entry:
        check_stream(stream)
        self.before_append(stream)
        with self._lock:
            entries = self._streams.get(stream, [])
            if len(entries) != expected:
                raise ConflictError(f"{stream} ends at {len(entries)}, not at {expected}")
            previous = entries[-1].digest if entries else None
            entry, _ = seal(stream=stream, number=expected + 1, previous=previous, at=AT, body=body)
            self._streams.setdefault(stream, entries).append(entry)
            return entry

    def read(self, stream: str) -> tuple[Entry, ...]:
        check_stream(stream)
        return tuple(self._streams.get(stream, ()))

    def streams(self, prefix: str = "") -> tuple[str, ...]:
        return tuple(sorted(stream for stream in self._streams if stream.startswith(prefix)))

    def browse(self, prefix: str = "") -> tuple[Entry, ...]:
        return tuple(entry for stream in self.streams(prefix) for entry in self._streams[stream])

    def keep(self, artifact: Artifact, source: BlobStore) -> None:
        source.copy_to(artifact, self._blobs)
        for name in self._blobs.verify(artifact):
            self._blobs.quarantine(name)
            source.copy_to(artifact, self._blobs)
