"""The log of a command, kept to a bounded size whatever the command prints: its beginning and its end.

Called by the pump. The beginning says what was started, the end why it failed; what is left out
in between is counted and said in a line of its own.

Subtle: once the space for both is full, the part for the end is written round and round, so that
a run that is killed leaves all it had; `close` puts it into order. A log that cannot be written
(a full disk) must not end the command: from then on bytes are only counted.
"""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct


class LogLimits(Struct, frozen=True, kw_only=True):
    """Bytes kept of a command's output: so many from its beginning, so many from its end."""

    head: int = 1 << 20
    tail: int = 9 << 20


USUAL = LogLimits()


class BoundedLog:
    """One command's output, appended to `path`."""

    def __init__(self, path: Path, limits: LogLimits) -> None:
        """Raises OSError when the file cannot be opened."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        try:
            self._file = os.open(path, flags, 0o644)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, flags, 0o644)
        self._base = os.fstat(self._file).st_size
        self._limits = limits
        self._seen = 0
        self._trouble: OSError | None = None

    def write(self, data: bytes) -> None:
        """Append some bytes. Never raises."""
        head, tail = self._limits.head, self._limits.tail
        straight = max(0, min(len(data), head + tail - self._seen))
        self._put(data[:straight], self._seen)
        self._seen += straight
        rest = memoryview(data)[straight:]
        skipped = max(0, len(rest) - tail)
        self._seen += skipped
        rest = rest[skipped:]
        while rest:
            at = (self._seen - head) % tail
            part = rest[: tail - at]
            self._put(part, head + at)
            self._seen += len(part)
            rest = rest[len(part) :]

    def close(self) -> None:
        """Put the end into order and say what was left out. Never raises."""
        try:
            self._settle()
        except OSError as error:
            self._trouble = error
        os.close(self._file)

    def _settle(self) -> None:
        head, tail = self._limits.head, self._limits.tail
        if self._trouble is not None:
            note = f"\n[seatrial: the log could not be written: {self._trouble.strerror}]\n"
            os.pwrite(self._file, note.encode(), os.fstat(self._file).st_size)
        elif self._seen > head + tail:
            ring = os.pread(self._file, tail, self._base + head)
            oldest = (self._seen - head) % tail
            note = f"\n[seatrial: {self._seen - head - tail:,} bytes left out here]\n"
            os.pwrite(self._file, note.encode() + ring[oldest:] + ring[:oldest], self._base + head)

    def _put(self, data: bytes | memoryview, at: int) -> None:
        if self._trouble is not None:
            return
        try:
            while data:
                written = os.pwrite(self._file, data, self._base + at)
                data, at = data[written:], at + written
        except OSError as error:
            self._trouble = error
