"""Digests of files that have not been touched: what makes a run with nothing changed cheap.

One row a folder holds the digests of its files, and what the folder was as a whole when it looked a
certain way. A digest is believed only if mode, size, modification time, change time and inode all
still match and the file was already quiet when it was looked at (git's "racy" rule): a file modified
within the two seconds before, or in what the clock says is the future, could be changed again without
its times moving, so it is read anew next time. Losing the database costs time and nothing else.

What is learned stays in memory until `save` writes it in one short transaction: a run lasts hours,
and another run in the same work tree must not find the database locked meanwhile. Only a first look
at very many files writes before that.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct

from seatrial import digest
from seatrial.store.facts_db import FactsDatabase, FolderRow
from seatrial.store.folder_entries import Entries, unpacked
from seatrial.store.hashing import Stamp, newest, pack_status, steady_digest
from seatrial.store.looks import Look
from seatrial.store.stamps import QUIET_NS

_MOST_PENDING = 32 << 20  # bytes of learned rows that are held before some are written early


class Whole(Struct, frozen=True):
    """What a folder is as a whole: how it looked, the digest of its listing, bytes and files inside."""

    stamp: bytes
    listing: str
    size: int
    files: int


_UNKNOWN = Whole(b"", "", 0, 0)


class StatCache:
    """Digests by path, remembered across runs. Paths are taken as given and must be absolute."""

    def __init__(self, database: Path, *, now: Callable[[], int] = time.time_ns) -> None:
        """`now` is the clock that files are dated by, in nanoseconds."""
        self._database = FactsDatabase(database)
        self._now = now
        self._believing = True
        self._open: dict[bytes, Entries] = {}
        self._changed: set[bytes] = set()
        self._learned: dict[bytes, FolderRow] = {}
        self._written: set[bytes] = set()
        self._pending = 0
        self._looks: dict[str, tuple[float, Look]] = {}
        self._facts: dict[tuple[str, str], str] = {}

    def distrust(self) -> None:
        """Read every file anew that this process has not read itself."""
        self._believing = False
        self._open.clear()
        self._changed.clear()
        self._learned.clear()
        self._written.clear()

    def now(self) -> int:
        """The instant, to be taken before a file is looked at whose digest is to be remembered."""
        return self._now()

    def digest(self, path: Path | str, status: os.stat_result | None = None) -> str:
        """The digest of a file's bytes, from memory when it has not been touched.

        Raises OSError when the file cannot be read, UnsteadyError when it changes all the while.
        """
        return self.measure(path, status)[0]

    def known(self, path: Path | str, status: os.stat_result) -> str | None:
        """The digest of a file that looks like `status`, if it is remembered."""
        folder, _, name = os.fspath(path).rpartition("/")
        return self._of(os.fsencode(folder)).get(name, pack_status(status))

    def measure(self, path: Path | str, status: os.stat_result | None = None) -> tuple[str, Stamp]:
        """As `digest`, and the stamp the file had with it."""
        now = self._now()
        text = os.fspath(path)
        folder, _, name = text.rpartition("/")
        found = pack_status(status or os.stat(path))  # noqa: PTH116 - asked for every file
        entries = self._of(os.fsencode(folder))
        known = entries.get(name, found)
        if known is not None:
            return known, found
        value, stamp = steady_digest(text)
        if self.quiet(now, newest(stamp)):
            entries.add(name, stamp, value)
            self._changed.add(os.fsencode(folder))
        return value, stamp

    # -- folders ----------------------------------------------------------------------

    def whole(self, path: str, stamp: bytes) -> Whole | None:
        """What a folder is that looks like `stamp`, when that is known."""
        key = os.fsencode(path)
        row = self._learned.get(key)
        if row is not None:
            known = (row.stamp, row.listing, row.size, row.files)
        else:
            stored = self._database.folder(key) if self._believes(key) else None
            if stored is None:
                return None
            known = stored
        return Whole(*known) if known[0] == stamp and digest.is_digest(known[1]) else None

    def entries(self, path: str) -> Entries:
        """What is known of a folder's files."""
        key = os.fsencode(path)
        return self._open[key] if key in self._open else self._load(key)

    def quiet(self, now: int, newest: int) -> bool:
        """Whether a file with this latest time was at rest at the instant `now`, taken before it was looked at."""
        return now - newest > QUIET_NS

    def learn(self, path: str, entries: Entries, whole: Whole | None) -> None:
        """Remember a folder: its files, and what it is as a whole (None unless its files were quiet)."""
        key = os.fsencode(path)
        packed = entries.packed()
        whole = whole or _UNKNOWN
        self._open.pop(key, None)
        self._changed.discard(key)
        self._learned[key] = FolderRow(whole.stamp, whole.listing, whole.size, whole.files, packed)
        self._pending += len(packed)
        if self._pending > _MOST_PENDING:
            self._pending = 0
            self.save()

    def saw(self, path: str, at: float, look: Look) -> None:
        """Remember a look at a folder that began at the instant `at` (monotonic)."""
        self._looks[path] = (at, look)

    def look(self, path: str, since: float = -math.inf) -> Look | None:
        """The last look of this process at a folder, if it did not begin before the instant `since`."""
        at, look = self._looks.get(path, (-math.inf, None))
        return look if at >= since else None

    # -- facts ------------------------------------------------------------------------

    def fact(self, kind: str, key: str) -> str | None:
        """A remembered text that depends on `key` alone (a content digest, say)."""
        if (kind, key) in self._facts:
            return self._facts[kind, key]
        return self._database.fact(kind, key)

    def facts(self, kind: str, keys: Iterable[str]) -> dict[str, str]:
        """The remembered texts among many keys, looked up together."""
        asked = list(keys)
        found = {key: self._facts[kind, key] for key in asked if (kind, key) in self._facts}
        return found | self._database.facts(kind, [key for key in asked if key not in found])

    def remember(self, kind: str, key: str, value: str) -> None:
        """Remember a text for `fact`."""
        self._facts[kind, key] = value

    # -- the database -----------------------------------------------------------------

    def save(self) -> None:
        """Write what was learned; a database busy with another run keeps its own and loses nothing."""
        for key in self._changed:
            self._learned[key] = self._row(key, self._open[key].packed())
        self._changed.clear()
        if not self._learned and not self._facts:
            return
        if self._database.write(self._learned, self._facts):
            self._written.update(self._learned)
            self._learned.clear()
            self._facts.clear()

    def forget_missing(self) -> int:
        """Drop what is known of folders that are gone; of how many."""
        self.save()
        return self._database.forget_missing()

    def close(self) -> None:
        self.save()
        self._database.close()

    def _of(self, key: bytes) -> Entries:
        """The entries of a folder whose files are asked for one by one, kept in memory."""
        if key not in self._open:
            self._open[key] = self._load(key)
        return self._open[key]

    def _load(self, key: bytes) -> Entries:
        if key in self._learned:
            return unpacked(self._learned[key].entries)
        return unpacked(self._database.entries(key) if self._believes(key) else b"")

    def _row(self, key: bytes, entries: bytes) -> FolderRow:
        """A row with new entries. What the folder is as a whole when it looks a certain way stays true."""
        if key in self._learned:
            row = self._learned[key]
            return FolderRow(row.stamp, row.listing, row.size, row.files, entries)
        stored = self._database.folder(key) if self._believes(key) else None
        return FolderRow(*(stored or (b"", "", 0, 0)), entries)

    def _believes(self, key: bytes) -> bool:
        return self._believing or key in self._written
