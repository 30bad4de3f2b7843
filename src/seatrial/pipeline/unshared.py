"""Which results have still to go to the shared cache: one small file a key, in `.seatrial/ac/unshared`.

Kept by the result store. The file is made before the result is stored and removed when the shared cache has it, so
whatever happens in between, a kill or a place that does not answer, a later run knows what to offer. A note without
a result means nothing, and `cache gc` removes it.

Subtle: a note holds the domain that its result was made for. A trusted run in a work tree in which the code of a
pull request has run before must not bring what that left behind to where everybody believes it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from seatrial import digest


class Unshared:
    """The notes of one cache, in the folder `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def add(self, action_key: str, domain: str) -> None:
        """The result of this key, which may be stored only after this, has to go to this domain. Raises OSError."""
        self._root.mkdir(parents=True, exist_ok=True)
        self._file(action_key).write_text(domain)

    def remove(self, action_key: str) -> None:
        """It is there, or has nothing to do there any more."""
        self._file(action_key).unlink(missing_ok=True)

    def keys(self) -> frozenset[str]:
        """All keys with a note."""
        names = (f"{digest.PREFIX}{path.name}" for path in self._root.glob("*"))
        return frozenset(filter(digest.is_digest, names))

    def meant_for(self, domain: str) -> frozenset[str]:
        """The keys of those that have to go to this domain."""
        return frozenset(key for key in self.keys() if self._domain(key) == domain)

    def keep(self, wanted: Callable[[str], bool]) -> None:
        """Remove the notes for keys that are not wanted."""
        for action_key in self.keys():
            if not wanted(action_key):
                self.remove(action_key)

    def _domain(self, action_key: str) -> str | None:
        try:
            return self._file(action_key).read_text()
        except (OSError, ValueError):
            return None  # just removed, or damaged

    def _file(self, action_key: str) -> Path:
        return self._root / action_key.removeprefix(digest.PREFIX)
