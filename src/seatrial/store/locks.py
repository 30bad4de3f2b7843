"""Locks on paths, held by the kernel: they vanish with the last process that holds them.

There is no global lock. A stage holds its outs exclusively, from their removal until they are
stored, and its deps shared. All locks of a stage are taken at once or not at all, in sorted
order and without waiting, so two stages can never wait for each other.

Subtle: a stage's command inherits the descriptors. If Seatrial is killed, the orphaned command
still holds its locks, so a second run cannot write into the same outs beside it; the owner
noted in the lock file tells that run whom it is waiting for. A note can be missing (killed before
it was written) or be somebody else's (of a path that is only read), so the lock file itself is
named too: whoever holds the lock has it open.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct, field

from seatrial import digest


class Busy(Struct, frozen=True, kw_only=True):
    """A path that somebody else holds. `owner` is what they noted, empty when unknown; `file` is the
    lock file that every holder has open."""

    path: str
    file: Path
    owner: dict[str, object] = field(default_factory=dict)


class Held:
    """Locks that are held until `release`."""

    def __init__(self, descriptors: dict[str, int], exclusive: frozenset[str]) -> None:
        self._descriptors = descriptors
        self._exclusive = exclusive

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What a child must inherit to keep the locks alive."""
        return tuple(self._descriptors.values())

    def note(self, owner: dict[str, object]) -> None:
        """Write who holds the exclusive locks, for those who wait.

        Over what stands there, padded: a file that is cut to nothing and written anew makes ext4 put it on the disk as
        soon as it is closed.
        """
        data = json.dumps(owner).encode() if owner else b""
        for path in self._exclusive:
            descriptor = self._descriptors[path]
            if note := data.ljust(os.fstat(descriptor).st_size):
                os.pwrite(descriptor, note, 0)

    def release(self) -> None:
        """Give every lock back, also on behalf of a child that inherited it."""
        for descriptor in self._descriptors.values():
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)
        self._descriptors.clear()


class PathLocks:
    """Locks for paths of one work tree, as files in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def try_acquire(self, *, exclusive: Iterable[str], shared: Iterable[str] = ()) -> Held | Busy:
        """Take all locks or none. A path named in both counts as exclusive."""
        alone = frozenset(exclusive)
        wanted = dict.fromkeys(shared, fcntl.LOCK_SH) | dict.fromkeys(alone, fcntl.LOCK_EX)
        descriptors: dict[str, int] = {}
        for path, mode in sorted(wanted.items()):
            descriptor = self._open(path)
            try:
                fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
            except BlockingIOError:
                owner = _owner(descriptor)
                os.close(descriptor)
                Held(descriptors, frozenset()).release()
                return Busy(path=path, file=self._file(path), owner=owner)
            descriptors[path] = descriptor
        return Held(descriptors, alone)

    def _open(self, path: str) -> int:
        flags, file = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, self._file(path)
        try:
            return os.open(file, flags, 0o644)
        except FileNotFoundError:
            self._folder.mkdir(parents=True, exist_ok=True)
            return os.open(file, flags, 0o644)

    def _file(self, path: str) -> Path:
        return self._folder / digest.of_bytes(os.fsencode(path)).removeprefix(digest.PREFIX)[:32]


def _owner(descriptor: int) -> dict[str, object]:
    try:
        value = json.loads(os.pread(descriptor, 4096, 0) or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
