"""A state that is opened when it is first asked for.

Built by `wiring`: where the state lies is written in the configuration, which not every command reads, and
opening a bucket loads a package that not every command needs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

from seatrial.digest import Json
from seatrial.store.blobs import Artifact, BlobStore
from seatrial.store.state import Entry, StateStore


class DeferredState:
    """A `StateStore` that stands for the one that `open_state` gives."""

    def __init__(self, open_state: Callable[[], StateStore]) -> None:
        self._open = open_state

    @functools.cached_property
    def _state(self) -> StateStore:
        return self._open()

    @property
    def blobs(self) -> BlobStore:
        return self._state.blobs

    def append(self, stream: str, body: Mapping[str, Json], *, expected: int) -> Entry:
        return self._state.append(stream, body, expected=expected)

    def read(self, stream: str) -> tuple[Entry, ...]:
        return self._state.read(stream)

    def streams(self, prefix: str = "") -> tuple[str, ...]:
        return self._state.streams(prefix)

    def browse(self, prefix: str = "") -> tuple[Entry, ...]:
        return self._state.browse(prefix)

    def keep(self, artifact: Artifact, source: BlobStore) -> None:
        self._state.keep(artifact, source)
