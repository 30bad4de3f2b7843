"""Temporary space on disk for what does not fit in memory: bytes go out, and come back by their place.

Used by the modules beside this one. A spill is a file without a name (`tempfile.TemporaryFile`): whatever ends this
process, a signal included, its space is free again and nothing has to be cleaned up. It lies in the folder that the
caller gives, else where the system keeps temporary files (`TMPDIR`).
"""

from __future__ import annotations

import errno
import io
import os
import tempfile
import weakref
from pathlib import Path

import numpy as np
import polars as pl
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.errors import OutsideError


class Span(Struct, frozen=True):
    """A run of bytes in a spill."""

    start: int
    size: int


class Spill:
    """Bytes that are written once, one after the other, and read any number of times."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._end = 0
        try:
            self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - it lives as long as the spill
        except OSError as error:
            raise _no_space(error) from error
        self._close = weakref.finalize(self, self._file.close)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self._end

    def beside(self) -> Spill:
        """Another one in the same folder."""
        return Spill(self.folder)

    def close(self) -> None:
        """Give the space back before the last reference goes."""
        self._close()

    def append(self, data: bytes | memoryview) -> Span:
        """Write these bytes at the end. Raises OutsideError where the disk is full."""
        view, start = memoryview(data), self._end
        try:
            while view:
                written = os.pwrite(self._file.fileno(), view, self._end)
                view, self._end = view[written:], self._end + written
        except OSError as error:
            raise _no_space(error) from error
        return Span(start, self._end - start)

    def read(self, span: Span) -> bytearray:
        """The bytes of a span. Raises OutsideError where the disk fails."""
        data = bytearray(span.size)
        view, at = memoryview(data), span.start
        try:
            while view:
                got = self._some(view, at)
                view, at = view[got:], at + got
        except OSError as error:
            raise OutsideError(
                f"reading a temporary file failed: {error.strerror or error}", next_step="Check the disk, and retry."
            ) from error
        return data

    def _some(self, view: memoryview, at: int) -> int:
        """How many bytes came, at least one: at the end of a file that others cut short there would be none, for ever.
        Raises OSError."""
        got = os.preadv(self._file.fileno(), [view], at)
        if not got:
            raise OSError(errno.EIO, "it is shorter than what was written to it")
        return got

    def append_array(self, values: NDArray[np.generic]) -> Span:
        """Write an array of numbers."""
        return self.append(np.ascontiguousarray(values).view(np.uint8).data)

    def append_series(self, values: pl.Series) -> Span:
        """Write a series of any type."""
        buffer = io.BytesIO()
        pl.DataFrame({"values": values}).write_ipc(buffer, compression="uncompressed")
        return self.append(buffer.getbuffer())

    def read_series(self, span: Span) -> pl.Series:
        """The series of a span."""
        return pl.read_ipc(io.BytesIO(self.read(span)))["values"]


def _no_space(error: OSError) -> OutsideError:
    return OutsideError(
        f"temporary space for a large predictions file cannot be had: {error.strerror or error}",
        next_step="Free some space, or set TMPDIR to a folder on a larger disk.",
    )
