"""One look at one folder: what it holds and how that looks from outside, without reading any file.

Called by `fingerprint.py`, which digests, and by the blob store, which stores. Names, stamps and
kinds come from one pass (`glances.py`) that keeps to strings and packed numbers: a Path for each of
100,000 files would cost more than asking the kernel about them.
"""

from __future__ import annotations

import stat
from array import array

from msgspec import Struct

from seatrial import digest
from seatrial.digest import Json
from seatrial.errors import StageError
from seatrial.store.glances import STAMP_BYTES, STAMP_FIELDS, Glance, listed, of_files
from seatrial.store.hashing import small_digest, steady_digest
from seatrial.store.stat_cache import StatCache


class Scan(Struct):
    """A folder as it looked. `names` are its regular files, sorted, and `stamps` their fields, in the
    same order. `own` is the stamp of the folder itself, `identity` its device and inode. `linked` tells
    whether anything in it was a link."""

    path: str
    names: list[str]
    stamps: array[int]
    folders: list[str]
    links: list[str]
    own: bytes
    identity: tuple[int, int]
    linked: bool

    def glance(self) -> Glance:
        """How it looks, all in all."""
        return Glance(of_files(self.names, self.stamps), self.own, self.identity, self.folders, self.links)

    def size(self, place: int) -> int:
        return self.stamps[place * STAMP_FIELDS + 1]

    def executable(self, place: int) -> bool:
        return bool(self.stamps[place * STAMP_FIELDS] & 0o100)

    def fields(self, place: int) -> tuple[int, ...]:
        return tuple(self.stamps[place * STAMP_FIELDS : (place + 1) * STAMP_FIELDS])

    def total(self) -> int:
        """How many bytes its files hold together."""
        return sum(self.stamps[1::STAMP_FIELDS])

    def newest(self) -> int:
        """The latest modification or change of any file, in nanoseconds."""
        return max(max(self.stamps[2::STAMP_FIELDS], default=0), max(self.stamps[3::STAMP_FIELDS], default=0))


def scan(path: str, *, follow: bool) -> Scan:
    """Look at a folder. With `follow`, links count as what they point to and `.git` is left out.

    Raises FileNotFoundError when it is gone or holds a link to nothing, StageError for what is
    neither file, folder nor link.
    """
    found = listed(path, follow=follow)
    names, stamps = found.names, found.stamps
    folders: list[str] = []
    links: list[str] = []
    if not all(map(stat.S_ISREG, set(stamps[::STAMP_FIELDS]))):
        places: list[int] = []
        for place, name in enumerate(names):
            mode = stamps[place * STAMP_FIELDS]
            if stat.S_ISREG(mode):
                places.append(place)
            elif stat.S_ISDIR(mode):
                folders.append(name)
            elif stat.S_ISLNK(mode):
                links.append(name)
            else:  # reading a pipe would wait for ever
                raise StageError(
                    f"{path}/{name} is neither a file nor a folder; folders may hold files, folders and links"
                )
        names = [names[place] for place in places]
        kept = (stamps[place * STAMP_FIELDS : (place + 1) * STAMP_FIELDS] for place in places)
        stamps = array("q", b"".join(one.tobytes() for one in kept))
    return Scan(
        path=path,
        names=names,
        stamps=stamps,
        folders=folders,
        links=links,
        own=found.own,
        identity=found.identity,
        linked=found.linked,
    )


def stamp(glance: Glance, below: list[list[Json]]) -> bytes:
    """What a whole folder looked like: its files' stamps, and what is below it by content."""
    return digest.raw(glance.files + digest.canonical(below))


def digests(look: Scan, memory: StatCache | None) -> list[str]:
    """The digest of each file of a folder, in order; only what is not known is read.

    A file that changed since it was looked at is taken as it is now, in the scan too.
    Raises FileNotFoundError, UnsteadyError.
    """
    known = memory.entries(look.path) if memory is not None else None
    packed = look.stamps.tobytes()
    values: list[str] = []
    for place, name in enumerate(look.names):
        value = known.get(name, packed[place * STAMP_BYTES : (place + 1) * STAMP_BYTES]) if known is not None else None
        values.append(value or _read(look, place))
    return values


def _read(look: Scan, place: int) -> str:
    path = f"{look.path}/{look.names[place]}"
    value = small_digest(path, look.fields(place))
    if value is None:
        value, fresh = steady_digest(path)
        fields = array("q")
        fields.frombytes(fresh)
        look.stamps[place * STAMP_FIELDS : (place + 1) * STAMP_FIELDS] = fields
    return value
