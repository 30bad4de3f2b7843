"""One pass over one folder that opens no file: what it holds, and how that looks from outside.

Called by `folder_scan.py`, which goes on to digests, and directly where it is enough to know that
nothing has changed: at the end of a command, and by the memo of settled runs (`flows/settled.py`).
So nothing heavy is imported, names are text, and stamps are packed numbers; files are looked at from
their folder's descriptor, which spares the kernel the path of each.

What the memo's check saw is handed over, once, to a plan that is made because the check failed:
asking the kernel about 100,000 files is most of either.
"""

from __future__ import annotations

import os
import stat
import time
from array import array
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from seatrial import digest

STAMP_FIELDS = 5
STAMP_BYTES = 8 * STAMP_FIELDS
_MASK = (1 << 63) - 1
_TIMES = 4
_GIT = ".git"
_LATELY = 5.0  # seconds

stamp_of = attrgetter("st_mode", "st_size", "st_mtime_ns", "st_ctime_ns", "st_ino")
"""The fields of a stamp as a tuple, in C."""


class LinkedError(OSError):
    """A folder with links in it: what they lead to changes without the folder looking different."""


class Listed(NamedTuple):
    """What lies in a folder: names, sorted, and the fields of their stamps in the same order.

    `own` is the stamp of the folder itself, `identity` its device and inode. `linked` tells whether any was a link.
    """

    names: list[str]
    stamps: array[int]
    own: bytes
    identity: tuple[int, int]
    linked: bool


class Glance(NamedTuple):
    """How a folder looks. `files` is a digest of the names and stamps of its regular files."""

    files: bytes
    own: bytes
    identity: tuple[int, int]
    folders: list[str]
    links: list[str]

    @property
    def mark(self) -> bytes:
        """All of it as one digest, what lies in the folders below left out."""
        below = os.fsencode("\0".join([*self.folders, "", *self.links]))
        return digest.raw(b"".join((self.files, self.own, below)))


def pack(values: list[int]) -> bytes:
    """The fields of one or more stamps as bytes. Inodes and times beyond 63 bits lose their highest."""
    try:
        return array("q", values).tobytes()
    except OverflowError:
        return array("q", [value & _MASK for value in values]).tobytes()


def listed(path: str, *, follow: bool) -> Listed:
    """Look at a folder. With `follow`, links count as what they point to and `.git` is left out.

    Raises FileNotFoundError when it is gone or holds a link to nothing, OSError.
    """
    for attempt in range(_TIMES):
        try:
            return _listed(path, follow=follow)
        except FileNotFoundError:
            if attempt == _TIMES - 1 or not os.path.lexists(path):
                raise  # else a file vanished between its listing and its look
    raise AssertionError("the loop above returns or raises")


def _listed(path: str, *, follow: bool) -> Listed:
    look = os.stat
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        status = os.fstat(folder)
        names = sorted(os.listdir(folder))
        if follow and _GIT in names:
            names.remove(_GIT)
        rows = [stamp_of(look(name, dir_fd=folder, follow_symlinks=False)) for name in names]
        fields = array("q", pack(list(chain.from_iterable(rows))))
        linked = any(map(stat.S_ISLNK, set(fields[::STAMP_FIELDS])))
        if linked and follow:
            for place, name in enumerate(names):
                if stat.S_ISLNK(rows[place][0]):
                    rows[place] = stamp_of(look(name, dir_fd=folder))
            fields = array("q", pack(list(chain.from_iterable(rows))))
    finally:
        os.close(folder)
    return Listed(names, fields, pack(list(stamp_of(status))), (status.st_dev, status.st_ino), linked)


def of_files(names: list[str], stamps: array[int]) -> bytes:
    """A digest of the names and stamps of some files."""
    head = len(names).to_bytes(8, "little")
    return digest.raw(b"".join((head, os.fsencode("\0".join(names)), b"\0", stamps.tobytes())))


def take(path: str) -> Glance:
    """How a folder without links looks, links followed that lead to it. Raises LinkedError, OSError."""
    found = listed(path, follow=True)
    if found.linked:
        raise LinkedError(f"{path} holds links")
    modes = found.stamps[::STAMP_FIELDS]
    if all(map(stat.S_ISREG, set(modes))):
        return Glance(of_files(found.names, found.stamps), found.own, found.identity, [], [])
    names: list[str] = []
    folders: list[str] = []
    stamps = array("q")
    for place, (name, mode) in enumerate(zip(found.names, modes, strict=True)):
        if stat.S_ISREG(mode):
            names.append(name)
            stamps += found.stamps[place * STAMP_FIELDS : (place + 1) * STAMP_FIELDS]
        elif stat.S_ISDIR(mode):
            folders.append(name)
        else:
            raise OSError(f"{path}/{name} is neither a file nor a folder")
    return Glance(of_files(names, stamps), found.own, found.identity, folders, [])


# -- handing over ---------------------------------------------------------------------

_kept: dict[str, tuple[float, Glance]] = {}


def take_and_keep(path: str) -> Glance:
    """As `take`, for whoever looks at the same folder next."""
    at = time.monotonic()
    glance = take(path)
    _kept[path] = at, glance
    return glance


def handed_over(path: str) -> tuple[float, Glance] | None:
    """What was kept of a folder seconds ago, and the instant (monotonic) before it was taken. Only once."""
    at, glance = _kept.pop(path, (0.0, None))
    return (at, glance) if glance is not None and at >= time.monotonic() - _LATELY else None


def forget_kept() -> None:
    """From now on nothing counts but what is looked at from now on."""
    _kept.clear()
