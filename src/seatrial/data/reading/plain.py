"""A small file that is read whole: a contract, a profile.

Called by whoever takes one from the command line, where anything can be named: a pipe would wait for ever, a device
never ends, and a file of a gigabyte is a mistake that should not cost a gigabyte of memory.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read_plain(path: Path, most: int) -> bytes:
    """The bytes of a plain file. Raises OSError for what is none, and for one of more than `most` bytes."""
    data = first_bytes(path, most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most >> 20} MiB", str(path))
    return data


def first_bytes(path: Path, most: int) -> bytes:
    """At most so many bytes of a plain file. Raises OSError for what is none."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe without a writer opens at once
    with os.fdopen(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is not a plain file", str(path))
        return file.read(most)
