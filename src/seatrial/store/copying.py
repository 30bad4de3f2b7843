"""Copies of files that share their blocks where the file system can: reflink, else a plain copy.

Hard links are never made: a stage that writes into its input would then write into the store.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
import sys
from pathlib import Path

_FICLONE = 0x40049409  # linux/fs.h: clone all blocks of one file into another
_UNSUPPORTED = {errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.ENOSYS, errno.EPERM}


def copy_file(source: Path, target: Path, *, mode: int) -> None:
    """Copy the bytes of `source` into the new file `target` and give it `mode`.

    Raises FileExistsError when the target exists, OSError for anything else.
    """
    with source.open("rb") as reader, target.open("xb") as writer:
        if not _clone(reader.fileno(), writer.fileno()):
            with contextlib.suppress(OSError):
                writer.truncate(0)
            shutil.copyfileobj(reader, writer, 1 << 20)
    target.chmod(mode)


def _clone(source: int, target: int) -> bool:
    if sys.platform != "linux":
        return False
    import fcntl  # Linux only

    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError as error:
        if error.errno in _UNSUPPORTED:
            return False
        raise
    return True
