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
import stat
import time
from array import array
from dataclasses import dataclass
from pathlib import Path

from seatrial import digest
from seatrial.digest import Json
from seatrial.errors import StageError, UserError
from seatrial.store.artifact import Artifact, listing, safe_link
from seatrial.store.folder_entries import Entries
from seatrial.store.folder_scan import Scan, digests, scan, stamp
from seatrial.store.hashing import STAMP_BYTES, STAMP_FIELDS, Stamp, pack_status, steady_digest
from seatrial.store.stat_cache import StatCache, Whole

_LATELY = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Look:
    """What lies at a path, and how it looked from outside: `seen` changes when anything is written
    there, even if the bytes are then put back."""

    artifact: Artifact
    seen: bytes


def fingerprint(path: Path, memory: StatCache | None = None, *, follow: bool = False) -> Artifact:
    """The artifact that `path` would become. With `follow`, links count as what they point to.

    With `follow`, `.git` is left out too: what a clone or submodule holds counts, not git's own notes.
    Raises FileNotFoundError when nothing is there, UserError for a loop of links, StageError for
    what is neither file nor folder, for a link that leads out, and for what changes all the while.
    """
    return look_at(path, memory, follow=follow).artifact


def look_at(path: Path, memory: StatCache | None = None, *, follow: bool = False) -> Look:
    """As `fingerprint`, with how it looked."""
    began = time.monotonic()
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            found = _Walk(memory, str(path), follow=follow).folder(str(path))
            artifact = Artifact(digest=found.digest, kind="dir", size=found.size, files=found.files)
            if memory is not None and follow:
                memory.saw(str(path), began, found.seen)
            return Look(artifact, found.seen)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _loop(str(error.filename or path)) from error
        raise
    if not stat.S_ISREG(status.st_mode):  # reading a pipe would wait for ever
        raise StageError(f"{path} is neither a file nor a folder")
    value, seen = memory.measure(path, status) if memory is not None else steady_digest(str(path))
    return Look(_file(value, seen), seen)


def seen_lately(path: Path, memory: StatCache, *, since: float | None = None) -> bytes:
    """How an input looks, links followed, and nothing read. A folder that was looked at since the instant `since`
    (monotonic; by default some seconds ago) is not walked again. Raises what `look_at` raises."""
    status = path.stat()
    if stat.S_ISREG(status.st_mode):
        return pack_status(status)
    seen = memory.seen(str(path), time.monotonic() - _LATELY if since is None else since)
    return seen or look_at(path, memory, follow=True).seen


def _file(value: str, seen: Stamp) -> Artifact:
    mode, size = array("q", seen[:16])
    return Artifact(digest=value, kind="file", size=size, executable=bool(mode & 0o100))


@dataclass(frozen=True, slots=True)
class _Found:
    digest: str
    size: int
    files: int
    seen: bytes


class _Walk:
    """A look at one folder and all below it. `top` bounds where its links may lead."""

    def __init__(self, memory: StatCache | None, top: str, *, follow: bool) -> None:
        self._memory = memory
        self._top = Path(top)
        self._follow = follow
        self._above: list[tuple[int, int]] = []

    def folder(self, path: str) -> _Found:
        now = self._memory.now() if self._memory is not None else 0
        look = scan(path, follow=self._follow)
        if look.identity in self._above:
            raise _loop(path)
        self._above.append(look.identity)
        inside = {name: self.folder(f"{path}/{name}") for name in look.folders}
        self._above.pop()
        below: list[list[Json]] = [
            [name, "dir", one.digest, one.size, one.files, False] for name, one in inside.items()
        ]
        below += [[name, "link", safe_link(Path(path, name), self._top), 0, 0, False] for name in look.links]
        whole = self._whole(look, below, now)
        seen = digest.raw(b"".join((whole.stamp, look.own, *(one.seen for one in inside.values()))))
        return _Found(whole.listing, whole.size, whole.files, seen)

    def _whole(self, look: Scan, below: list[list[Json]], now: int) -> Whole:
        """The folder as a whole, from memory when it looks as it did."""
        seen = stamp(look, below)
        known = self._memory.whole(look.path, seen) if self._memory is not None else None
        if known is not None:
            return known
        values = digests(look, self._memory)
        rows: list[list[Json]] = [
            [name, "file", values[place], look.size(place), 1, look.executable(place)]
            for place, name in enumerate(look.names)
        ]
        rows = sorted(rows + below, key=_name) if below else rows
        whole = Whole(
            stamp(look, below),  # again: files that changed since the look were taken as they are now
            digest.of_bytes(listing(rows)),
            sum(int(str(row[3])) for row in rows),
            sum(int(str(row[4])) for row in rows),
        )
        if self._memory is not None:
            _learn(self._memory, look, values, whole, now)
        return whole


def _learn(memory: StatCache, look: Scan, values: list[str], whole: Whole, now: int) -> None:
    stamps = look.stamps.tobytes()
    if memory.quiet(now, look.newest()):
        raw = bytes.fromhex("".join(value.removeprefix(digest.PREFIX) for value in values))
        memory.learn(look.path, Entries(look.names, stamps, raw), whole)
        return
    entries = Entries((), b"", b"")
    for place, name in enumerate(look.names):
        if memory.quiet(now, max(look.stamps[place * STAMP_FIELDS + 2 : place * STAMP_FIELDS + 4])):
            entries.add(name, stamps[place * STAMP_BYTES : (place + 1) * STAMP_BYTES], values[place])
    memory.learn(look.path, entries, None)


def _name(row: list[Json]) -> str:
    return str(row[0])


def _loop(path: str) -> UserError:
    return UserError(f"{path} is a loop of symbolic links", next_step="remove the link that points back to its parent")
