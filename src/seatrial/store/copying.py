"""Copies of files that share their blocks where the file system can: reflink, else a plain copy.

Called by the blob store and by `commit_runs`. A plain copy is made inside the kernel where it can,
and holes stay holes. Hard links are never made: a stage that writes into its input would then write
into the store.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import sys
from pathlib import Path
from typing import BinaryIO

_FICLONE = 0x40049409  # linux/fs.h: clone all blocks of one file into another
_UNSUPPORTED = {
    errno.EOPNOTSUPP,
    errno.EXDEV,
    errno.EINVAL,
    errno.ENOTTY,
    errno.ENOSYS,
    errno.EPERM,
    errno.EBADF,
    errno.ETXTBSY,
}
_PIECE = 1 << 30


def copy_file(source: Path, target: Path, *, mode: int) -> None:
    """Copy the bytes of `source` into the new file `target` and give it `mode`.

    Raises FileExistsError when the target exists, OSError for anything else.
    """
    with source.open("rb", buffering=0) as reader, target.open("xb", buffering=0) as writer:
        if not _clone(reader.fileno(), writer.fileno()) and not _copy_in_kernel(reader.fileno(), writer.fileno()):
            _copy_here(reader, writer)
        os.fchmod(writer.fileno(), mode)


def _clone(source: int, target: int) -> bool:
    if sys.platform != "linux":
        return False
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError as error:
        if error.errno in _UNSUPPORTED:
            return False
        raise
    return True


def _copy_in_kernel(source: int, target: int) -> bool:
    """Copy piece by piece what holds data; False when the kernel cannot do it between these two files.

    A file that grows or shrinks meanwhile is copied as far as it was met; whoever calls compares digests.
    """
    if sys.platform != "linux":
        return False
    size = os.fstat(source).st_size
    try:
        os.truncate(target, size)
        at = 0
        while (at := _next_data(source, at, size)) < size:
            end = os.lseek(source, at, os.SEEK_HOLE)
            while at < end:
                copied = os.copy_file_range(source, target, min(end - at, _PIECE), at, at)
                if not copied:  # it shrank
                    return True
                at += copied
    except OSError as error:
        if error.errno in _UNSUPPORTED:
            return False
        if error.errno != errno.ENXIO:  # it shrank
            raise
    return True


def _next_data(source: int, at: int, size: int) -> int:
    try:
        return os.lseek(source, at, os.SEEK_DATA)
    except OSError as error:
        if error.errno == errno.ENXIO:  # nothing but a hole until the end
            return size
        raise


def _copy_here(reader: BinaryIO, writer: BinaryIO) -> None:
    with contextlib.suppress(OSError):
        os.truncate(writer.fileno(), 0)
    reader.seek(0)
    writer.seek(0)
    shutil.copyfileobj(reader, writer, 1 << 20)
