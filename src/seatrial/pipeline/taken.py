"""Test results that somebody else has written already: whether they may stand for a stage's command.

Called by the survey, once a cell with `taken_from:`. A job of CI that runs the tests anyway writes a JUnit file, and
the tests need not run twice. What is taken is part of the key (`taken.NAME`), so a result that was made of it is never
taken for one that the command made, and the file is watched like any other input.

Subtle: nothing says which files those tests saw. That no input is newer than the file is all that can be told, so a
file that is older than one of them, or as old as far as the file system can tell, is left alone and the command runs.
An older input that is moved into place keeps the time of its bytes, so the time at which it came there counts as well.
And a file from the future would be newer than whatever is changed from now on: it is left alone, too.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

PROGRAM = "seatrial.pipeline.take"
"""What runs in place of the command."""


def is_current(root: Path, file: str, inputs: Iterable[str]) -> bool:
    """Whether a file is there, plain, newer than every input and not from the future; folders count by all that is in
    them."""
    try:
        found = os.lstat(root / file)
        if not stat.S_ISREG(found.st_mode) or found.st_mtime_ns > time.time_ns():
            return False
        return all(changed < found.st_mtime_ns for path in inputs if path != file for changed in _changed(root / path))
    except OSError:
        return False  # gone, or an input that cannot be looked at


def _changed(path: Path) -> Iterator[int]:
    """When a file came to be what and where it is, or everything in a folder, in nanoseconds."""
    yield _latest(path.stat())
    if path.is_symlink():
        yield _latest(path.lstat())
    for folder, _, files in os.walk(path):
        yield _latest(Path(folder).stat())
        yield from (_latest(Path(folder, file).lstat()) for file in files)


def _latest(found: os.stat_result) -> int:
    return max(found.st_mtime_ns, found.st_ctime_ns)
