"""The digest of a file or folder as it lies on disk, without storing it.

Gives the same digest that `BlobStore.put_path` would give, so that "is this out still what
the store says" is one comparison. Links are followed for inputs: what counts is what the
stage will read.

A folder that looks as it did is not read and not even unpacked: one digest over the stamps of its
files is compared, and its listing's digest is taken from the stat cache. Where it differs, the files
that differ are read and one listing is made anew.
"""

from __future__ import annotations

import errno
import math
import os
import stat
import time
from array import array
from pathlib import Path

from seatrial import digest
from seatrial.digest import Json
from seatrial.errors import StageError, UserError
from seatrial.store import glances
from seatrial.store.artifact import Artifact, listing, safe_link
from seatrial.store.folder_entries import Entries
from seatrial.store.folder_scan import Scan, digests, scan, stamp
from seatrial.store.glances import STAMP_BYTES, STAMP_FIELDS, Glance
from seatrial.store.hashing import Stamp, pack_status, steady_digest
from seatrial.store.looks import Look, Trace, unchanged
from seatrial.store.stat_cache import StatCache, Whole

_LATELY = 5.0  # seconds
_MOST_FOLDERS = 10_000
_MOST_YOUNG = 5_000


def fingerprint(path: Path | str, memory: StatCache | None = None, *, follow: bool = False) -> Artifact:
    """The artifact that `path` would become. With `follow`, links count as what they point to.

    With `follow`, `.git` is left out too: what a clone or submodule holds counts, not git's own notes.
    Raises FileNotFoundError when nothing is there, UserError for a loop of links, StageError for
    what is neither file nor folder, for a link that leads out, and for what changes all the while.
    """
    return look_at(path, memory, follow=follow).artifact


def look_at(path: Path | str, memory: StatCache | None = None, *, follow: bool = False) -> Look:
    """As `fingerprint`, with how it looked."""
    began = time.monotonic()
    try:
        status = os.stat(path)  # noqa: PTH116 - asked for every input
        if stat.S_ISDIR(status.st_mode):
            walk = _Walk(memory, str(path), follow=follow)
            found = walk.folder(str(path))
            artifact = Artifact(digest=found.listing, kind="dir", size=found.size, files=found.files)
            look = Look(artifact, digest.raw(b"".join(walk.marks.values())), walk.trace())
            if memory is not None and follow:
                memory.saw(str(path), min(began, walk.since), look)
            return look
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _loop(str(error.filename or path)) from error
        raise
    if not stat.S_ISREG(status.st_mode):  # reading a pipe would wait for ever
        raise StageError(f"{path} is neither a file nor a folder")
    value, seen = memory.measure(path, status) if memory is not None else steady_digest(str(path))
    return Look(_file(value, seen), seen)


def seen_lately(path: Path | str, memory: StatCache, *, since: float | None = None) -> bytes:
    """How an input looks, links followed, and nothing read. A folder that was looked at since the instant `since`
    (monotonic; by default some seconds ago) is not walked again. Raises what `look_at` raises."""
    glances.forget_kept()
    status = os.stat(path)  # noqa: PTH116 - asked for every input
    if stat.S_ISREG(status.st_mode):
        return pack_status(status)
    look = memory.look(str(path), time.monotonic() - _LATELY if since is None else since)
    return (look or look_at(path, memory, follow=True)).seen


def still(path: Path | str, memory: StatCache, value: str, seen: bytes) -> bool:
    """Whether a folder was nowhere written since it looked like `seen` and had the digest `value`.

    False also where that takes a look of its own. Raises StageError when it changes all the while.
    """
    look = memory.look(str(path))
    if look is None or look.trace is None or (look.artifact.digest, look.seen) != (value, seen):
        return False
    return unchanged(look.trace)


def _file(value: str, seen: Stamp) -> Artifact:
    mode, size = array("q", seen[:16])
    return Artifact(digest=value, kind="file", size=size, executable=bool(mode & 0o100))


class _Walk:
    """A look at one folder and all below it. `top` bounds where its links may lead.

    `marks` are how each folder looked, by path, and `since` is when the first of them was taken, if that was
    before the walk.
    """

    def __init__(self, memory: StatCache | None, top: str, *, follow: bool) -> None:
        self._memory = memory
        self._top = Path(top)
        self._follow = follow
        self._above: list[tuple[int, int]] = []
        self._young: dict[str, str] = {}
        self._linked = False
        self.marks: dict[str, bytes] = {}
        self.since = math.inf

    def trace(self) -> Trace | None:
        """What tells later whether anything was written."""
        if self._memory is None or self._linked or len(self.marks) > _MOST_FOLDERS or len(self._young) > _MOST_YOUNG:
            return None
        return Trace(self.marks, self._young)

    def folder(self, path: str) -> Whole:
        kept = glances.handed_over(path) if self._follow and self._memory is not None else None
        return (kept and self._as_kept(path, *kept)) or self._look(path)

    def _as_kept(self, path: str, at: float, glance: Glance) -> Whole | None:
        """The folder as it looked a moment ago, where that is enough."""
        if self._memory is None:
            return None
        below = self._below(path, glance)
        known = self._memory.whole(path, stamp(glance, below))
        if known is not None:
            self.since = min(self.since, at)
            self.marks[path] = glance.mark
        return known

    def _look(self, path: str) -> Whole:
        now = self._memory.now() if self._memory is not None else 0
        look = scan(path, follow=self._follow)
        self._linked |= look.linked
        glance = look.glance()
        below = self._below(path, glance)
        known = self._memory.whole(path, stamp(glance, below)) if self._memory is not None else None
        whole = known or self._read(look, below, now)
        self.marks[path] = glance.mark if known else look.glance().mark  # what changed meanwhile was taken as it is now
        return whole

    def _below(self, path: str, glance: Glance) -> list[list[Json]]:
        """The rows of what is no file."""
        if glance.identity in self._above:
            raise _loop(path)
        self._above.append(glance.identity)
        inside = [(name, self.folder(f"{path}/{name}")) for name in glance.folders]
        self._above.pop()
        rows: list[list[Json]] = [[name, "dir", one.listing, one.size, one.files, False] for name, one in inside]
        return rows + [[name, "link", safe_link(Path(path, name), self._top), 0, 0, False] for name in glance.links]

    def _read(self, look: Scan, below: list[list[Json]], now: int) -> Whole:
        """The folder as a whole, after reading the files that are not known."""
        values = digests(look, self._memory)
        rows: list[list[Json]] = [
            [name, "file", values[place], look.size(place), 1, look.executable(place)]
            for place, name in enumerate(look.names)
        ]
        rows = sorted(rows + below, key=_name) if below else rows
        whole = Whole(
            stamp(look.glance(), below),
            digest.of_bytes(listing(rows)),
            sum(int(str(row[3])) for row in rows),
            sum(int(str(row[4])) for row in rows),
        )
        if self._memory is not None:
            self._learn(self._memory, look, values, whole, now)
        return whole

    def _learn(self, memory: StatCache, look: Scan, values: list[str], whole: Whole, now: int) -> None:
        stamps = look.stamps.tobytes()
        if memory.quiet(now, look.newest()):
            raw = bytes.fromhex("".join(value.removeprefix(digest.PREFIX) for value in values))
            memory.learn(look.path, Entries(look.names, stamps, raw), whole)
            return
        entries = Entries((), b"", b"")
        for place, name in enumerate(look.names):
            if memory.quiet(now, max(look.stamps[place * STAMP_FIELDS + 2 : place * STAMP_FIELDS + 4])):
                entries.add(name, stamps[place * STAMP_BYTES : (place + 1) * STAMP_BYTES], values[place])
            else:
                self._young[f"{look.path}/{name}"] = values[place]
        memory.learn(look.path, entries, None)


def _name(row: list[Json]) -> str:
    return str(row[0])


def _loop(path: str) -> UserError:
    return UserError(f"{path} is a loop of symbolic links", next_step="remove the link that points back to its parent")
