"""Digests of files that lie on disk, taken so that a file which changes meanwhile is noticed.

Called by the stat cache and the blob store. A file is looked at before and after it is read; when
size, times or inode moved in between, it is read again, and after a few times it is an error: the
digest of half an old and half a new file belongs to neither.

Subtle: nothing is mapped into memory, because a mapped file that somebody truncates kills the
process. A large file is read by one thread into one of two buffers while the other is hashed by
several.
"""

from __future__ import annotations

import os
import threading
from array import array
from pathlib import Path

from seatrial import digest
from seatrial.errors import StageError
from seatrial.store.glances import pack, stamp_of

Stamp = bytes
"""What a file looks like from outside, packed: mode, size, modification time, change time, inode."""

_LARGE = 32 << 20
_PIECE = 4 << 20
_SMALL = 1 << 20
_TIMES = 4


class UnsteadyError(StageError):
    """A file that changed every time it was read."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} changes while it is read",
            next_step="wait for, or stop, what is writing it, and type the command again",
        )


def pack_status(status: os.stat_result) -> Stamp:
    """The stamp of one file."""
    return pack(list(stamp_of(status)))


def newest(stamp: Stamp) -> int:
    """The later of a stamp's modification and change time."""
    times = array("q", stamp[16:32])
    return max(times)


def steady_digest(path: str) -> tuple[str, Stamp]:
    """The digest of a file's bytes, and the stamp it had all the while.

    Raises UnsteadyError when it kept changing, OSError when it cannot be read.
    """
    for _ in range(_TIMES):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe put there must not block us
        try:
            before = os.fstat(descriptor)
            value = of_descriptor(descriptor, before.st_size)
            after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        if stamp_of(before) == stamp_of(after):
            return value, pack_status(after)
    raise UnsteadyError(path)


def small_digest(path: str, seen: tuple[int, ...]) -> str | None:
    """The digest of a small file that looked like `seen` a moment ago; None when it no longer does, or is not small.

    The fast way for the many files of a folder: one open, one read, one look.
    """
    if seen[1] >= _SMALL:
        return None
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        data = os.read(descriptor, seen[1] + 1)
        if len(data) != seen[1] or stamp_of(os.fstat(descriptor)) != seen:
            return None
    finally:
        os.close(descriptor)
    return digest.of_bytes(data)


def read_whole(path: str) -> bytes:
    """All bytes of a file that is small, or has to fit into memory anyhow. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        data = os.read(descriptor, size + 1)
        if len(data) == size:
            return data
        pieces = [data]
        while piece := os.read(descriptor, _SMALL):
            pieces.append(piece)
        return b"".join(pieces)
    finally:
        os.close(descriptor)


def file_digest(path: str | Path) -> str:
    """The digest of a file that nobody is expected to write, such as a stored blob. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return of_descriptor(descriptor, os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)


def of_descriptor(descriptor: int, size: int) -> str:
    """The digest of what an open file holds, from its start. `size` is what it is expected to hold."""
    if size < _SMALL:
        data = os.read(descriptor, size + 1)
        if len(data) == size:
            return digest.of_bytes(data)
        os.lseek(descriptor, 0, os.SEEK_SET)
    hasher = digest.Hasher(size, threads=max(1, _cores() - 1))  # one core is busy with reading
    if size < _LARGE:
        while data := os.read(descriptor, _SMALL):
            hasher.update(data)
    else:
        _hash_large(descriptor, hasher)
    return hasher.digest()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _hash_large(descriptor: int, hasher: digest.Hasher) -> None:
    """Read into one buffer while the other is hashed."""
    reading = _Reader(descriptor)
    try:
        while (piece := reading.next()) is not None:
            hasher.update(piece)
    finally:
        reading.stop()


class _Reader:
    """A thread that reads ahead by one piece."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._free = threading.Semaphore(2)
        self._full = threading.Semaphore(0)
        self._buffers = (bytearray(_PIECE), bytearray(_PIECE))
        self._sizes = [0, 0]
        self._turn = 0
        self._error: OSError | None = None
        self._stopped = False
        self._begun = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def next(self) -> memoryview | None:
        """The next piece, which stays as it is until the next call; None at the end."""
        if self._begun:
            self._free.release()
        self._begun = True
        self._full.acquire()
        if self._error is not None:
            raise self._error
        size, buffer = self._sizes[self._turn], self._buffers[self._turn]
        self._turn ^= 1
        return memoryview(buffer)[:size] if size else None

    def stop(self) -> None:
        """End the thread; the descriptor may be closed afterwards."""
        self._stopped = True
        self._free.release()
        self._thread.join()

    def _read(self) -> None:
        turn, offset = 0, 0
        while True:
            self._free.acquire()
            if self._stopped:
                return
            try:
                self._sizes[turn] = os.preadv(self._descriptor, [self._buffers[turn]], offset)
            except OSError as error:
                self._error = error
            offset += self._sizes[turn]
            self._full.release()
            if self._error is not None or not self._sizes[turn]:
                return
            turn ^= 1
