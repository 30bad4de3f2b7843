"""An object folder for a moment, so that artifacts pass through a repository and do not stay in it.

Called by `git_blobs.py`. A process that is killed leaves its folder with as many bytes as it was just sending; whoever
opens the next one takes such folders away.

Subtle: the time of a folder does not tell whether somebody still works in it, since git may be sending one file for as
long as it takes. So its owner holds a lock on it, which ends with the process however that ends. The age is asked for
only because of the moment between making a folder and locking it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_PREFIX = "objects-"
_YOUNG = 600.0  # seconds


@contextlib.contextmanager
def object_folder(scratch: Path) -> Iterator[Path]:
    """A new folder below `scratch`, gone afterwards. Raises OSError where none can be made."""
    scratch.mkdir(parents=True, exist_ok=True)
    sweep(scratch)
    made = tempfile.TemporaryDirectory(prefix=_PREFIX, dir=scratch, ignore_cleanup_errors=True)
    with made as folder, _locked(Path(folder)):
        yield Path(folder)


def sweep(scratch: Path) -> None:
    """Remove the folders that nobody works in any more."""
    for folder in scratch.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # gone meanwhile, or somebody's at this moment
            if time.time() - folder.lstat().st_mtime >= _YOUNG:
                with _locked(folder):
                    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder. Raises OSError where another process does."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(opened)
