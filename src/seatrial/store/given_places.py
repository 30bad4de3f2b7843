"""Bytes into a place that somebody typed: a file, a link to one, a device, or a stream that is open already.

Called by whoever writes what an option names. `atomic` alone would put a plain file where a link, a pipe or a device
was, because the step into place replaces the name and not what it leads to.

What is subtle: `/dev/stdout` may lead to a plain file, by the shell's `>`. Opened anew it would be written from its
beginning, so a stream is written by its descriptor, and everything else that is printed there stays.
"""

from __future__ import annotations

import os
import re
import stat
from enum import StrEnum
from pathlib import Path

from seatrial.store.atomic import write_all, write_atomic

_STREAM = re.compile(r"/(?:dev|proc/self)/fd/(\d{1,9})|/dev/std(out|err)")
_MOST_LINKS = 40  # as many as Linux follows


class Kind(StrEnum):
    """What is in a place now, links followed."""

    NOTHING = "nothing"
    FILE = "a plain file"
    FOLDER = "a folder"
    DEVICE = "a device"
    STREAM = "an open stream"
    PIPE = "a pipe"
    SOCKET = "a socket"
    DISK = "a disk"
    LOOP = "a link that leads to itself"


WRITABLE = frozenset({Kind.NOTHING, Kind.FILE, Kind.DEVICE, Kind.STREAM})
"""What can be written without a loss that nobody asked for. A pipe by name would wait for its reader for ever."""
_KINDS = (
    (stat.S_ISREG, Kind.FILE),
    (stat.S_ISDIR, Kind.FOLDER),
    (stat.S_ISCHR, Kind.DEVICE),
    (stat.S_ISFIFO, Kind.PIPE),
    (stat.S_ISSOCK, Kind.SOCKET),
    (stat.S_ISBLK, Kind.DISK),
)


def kind_of(path: Path) -> Kind:
    """What is there. Where that cannot be asked, nothing, and writing will tell why."""
    if _descriptor(path) is not None:
        return Kind.STREAM
    try:
        mode = path.stat().st_mode
    except OSError:
        return Kind.LOOP if Path(os.path.realpath(path)).is_symlink() else Kind.NOTHING
    return next(kind for is_kind, kind in _KINDS if is_kind(mode))


def write_given(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write to a place of one of the `WRITABLE` kinds: a file is replaced in one step, where a link leads to; a device
    and a stream take the bytes. Raises OSError, and a file is then untouched."""
    descriptor = _descriptor(path)
    if descriptor is not None:
        write_all(descriptor, data)
    elif kind_of(path) is Kind.DEVICE:
        device = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            write_all(device, data)
        finally:
            os.close(device)
    else:
        write_atomic(os.path.realpath(path), data, durable=durable)


def _descriptor(path: Path) -> int | None:
    """The descriptor of a stream that is called by its name in /dev, also by a link to that."""
    name = os.path.abspath(path)  # noqa: PTH100 - with readlink, and Path.absolute keeps `..`
    for _ in range(_MOST_LINKS):
        found = _STREAM.fullmatch(name)
        if found is not None:
            return int(found[1]) if found[1] else {"out": 1, "err": 2}[found[2]]
        try:
            name = os.path.normpath(Path(name).parent / os.readlink(name))  # noqa: PTH115 - text, as the names here
        except OSError:
            return None
    return None
