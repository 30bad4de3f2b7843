"""What a command was seen to read in the tree, as it is stored with its result.

Called by `tracing.py`. What the key has already is left out, and what tools keep for themselves.

Subtle: a digest is taken when the command has ended, and must be that of what the command saw. So the tracer notes
when a file was changed last, before it is read; a file that was changed since, even by the command itself, was no
steady input, and what was made of it belongs to no key.
"""

# ruff: noqa: PTH116  (a Path for each of thousands of files costs more than looking at them)
from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from seatrial.pipeline.cache import FOLDER
from seatrial.pipeline.outside import below, own_folder
from seatrial.pipeline.reads import UNREADABLE, ReadsNow
from seatrial.pipeline.results import Read
from seatrial.pipeline.tree import within
from seatrial.process.trace.seen import Inputs


class Inside:
    """What one command read in the tree. `known` are paths that its key has."""

    def __init__(
        self, now: ReadsNow, roots: tuple[str, ...], since: int, known: frozenset[str], prefixes: Iterable[str]
    ) -> None:
        """`since` is when the command started, `prefixes` are the folders of its interpreters."""
        self._reads = now
        self._roots = roots
        self._since = since
        self._known = known
        self._installed = frozenset(
            rest
            for path in prefixes
            for each in (path, os.path.realpath(path))
            if (rest := self._inside(each)) not in (None, "")
        )

    def reads(self, found: Inputs) -> tuple[list[Read], str | None]:
        """What to store, and the first that was not steady."""
        reads: dict[str, Read] = {}
        unsteady: list[str] = []
        for path, read in self._each(found):
            if isinstance(read, Read):
                reads.setdefault(read.path, read)
            else:
                unsteady.append(path)
        return sorted(reads.values(), key=lambda read: read.path), min(unsteady, default=None)

    def _each(self, found: Inputs) -> Iterator[tuple[str, Read | None]]:
        """Each path with what is stored of it, None when it was not steady."""
        for place, stamp in found.reads.items():
            path = self._counting(place)
            if path is not None:
                steady = place not in found.changed and self._steady(place, stamp)
                yield path, self._file(path) if steady else None
        for place in found.sought:
            path = self._counting(place)
            if path is not None:
                yield path, Read(path=path, digest=None)
        for place, stamp in found.listings.items():
            path = self._counting(place, folder=True)
            if path is not None:
                name = f"{path}/" if path else "./"
                yield name, self._listing(name, place, stamp)

    def _counting(self, place: str, *, folder: bool = False) -> str | None:
        """The path in the tree, if it is there and the key does not have it."""
        path = self._inside(place)
        if path is None or (not path and not folder) or within(path, self._known) or within(path, self._installed):
            return None
        return None if own_folder(path) or below(path, FOLDER) else path

    def _inside(self, place: str) -> str | None:
        for root in self._roots:
            if below(place, root):
                return place[len(root) + 1 :]
        return None

    def _steady(self, place: str, stamp: int | None) -> bool:
        try:
            changed = os.stat(place).st_ctime_ns
        except OSError:
            return False
        return changed < self._since if stamp is None else changed == stamp

    def _file(self, path: str) -> Read | None:
        value = self._reads(path)
        return None if value in (None, UNREADABLE) else Read(path=path, digest=value)

    def _listing(self, name: str, place: str, stamp: int | None) -> Read | None:
        value = self._reads(name)
        try:
            moved = os.stat(place).st_mtime_ns != stamp if stamp is not None else False
        except OSError:
            return None
        if value in (None, UNREADABLE) or (moved and not self._reads.has_passing_names(name)):
            return None
        return Read(path=name, digest=value)
