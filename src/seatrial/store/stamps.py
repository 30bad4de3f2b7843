"""What files look like from outside, so that it can be told later, in one loop, whether any may have changed.

Called by the memo of settled runs (`flows/settled.py`), which must be cheap to check: so paths are
text, and nothing heavy is imported. A stamp is mode, size, modification time, change time and inode,
kept in one array for all paths.

Subtle: a stamp says something only about a file that was quiet when it was taken (git's "racy"
rule). What was written less than two seconds before is *restless*: it could be written again
without any of its times moving, so its content is looked at as well.
"""

# ruff: noqa: PTH116, PTH123  (a Path for each of thousands of files costs more than looking at them)
from __future__ import annotations

import os
import stat
from array import array
from collections.abc import Callable, Iterable

from seatrial import digest

QUIET_NS = 2_000_000_000
"""How long before a look a file must have been left alone, here and for the stat cache."""

_FIELDS = 5
_MASK = (1 << 64) - 1  # times before 1970 are negative

Look = Callable[[str], os.stat_result]
"""`os.stat` for what is followed, `os.lstat` for what must be the thing itself."""


def take(paths: Iterable[str], look: Look) -> bytes:
    """The stamps of some paths, in their order. Raises OSError when one is not there."""
    stamps = array("Q")
    add = stamps.extend
    for path in paths:
        found = look(path)
        add((found.st_mode, found.st_size, found.st_mtime_ns & _MASK, found.st_ctime_ns & _MASK, found.st_ino))
    return stamps.tobytes()


def restless(stamps: bytes, now_ns: int) -> list[int]:
    """Which of some stamps, by their place, say too little at the instant `now_ns`."""
    values = array("Q")
    values.frombytes(stamps)
    since = now_ns - QUIET_NS
    return [
        place
        for place in range(len(values) // _FIELDS)
        if max(values[place * _FIELDS + 2], values[place * _FIELDS + 3]) > since
    ]


def content(path: str) -> str:
    """The digest of a file's bytes, or of the names in a folder. Raises OSError."""
    if stat.S_ISDIR(os.stat(path).st_mode):
        return digest.of_bytes(b"\0".join(sorted(os.listdir(os.fsencode(path)))))
    with open(path, "rb") as file:
        return digest.of_bytes(file.read())


def is_file(path: str) -> bool:
    """Whether a regular file is there, links followed."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False
