"""Which results have still to go to the shared cache: one empty file a key, in `.seatrial/ac/unshared`.

Kept by the result store. The file is made before the result is stored and removed when the shared cache has it, so
whatever happens in between, a kill or a place that does not answer, a later run knows what to offer. A note without
a result means nothing, and `cache gc` removes it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from seatrial import digest


class Unshared:
    """The notes of one cache, in the folder `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def add(self, action_key: str) -> None:
        """The result of this key, which may be stored only after this, has to go there. Raises OSError."""
        self._root.mkdir(parents=True, exist_ok=True)
        self._file(action_key).touch()

    def remove(self, action_key: str) -> None:
        """It is there, or has nothing to do there any more."""
        self._file(action_key).unlink(missing_ok=True)

    def keys(self) -> frozenset[str]:
        """All keys with a note."""
        names = (f"{digest.PREFIX}{path.name}" for path in self._root.glob("*"))
        return frozenset(filter(digest.is_digest, names))

    def keep(self, wanted: Callable[[str], bool]) -> None:
        """Remove the notes for keys that are not wanted."""
        for action_key in self.keys():
            if not wanted(action_key):
                self.remove(action_key)

    def _file(self, action_key: str) -> Path:
        return self._root / action_key.removeprefix(digest.PREFIX)
