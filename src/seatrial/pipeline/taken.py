"""Test results that somebody else has written already: whether they may stand for a stage's command.

Called by the survey, once a cell with `taken_from:`. A job of CI that runs the tests anyway writes a JUnit file, and
the tests need not run twice. What is taken is part of the key (`taken.NAME`), so a result that was made of it is never
taken for one that the command made, and the file is watched like any other input.

Subtle: nothing says which files those tests saw. That no input is newer than the file is all that can be told, so a
file that is older than one of them, or as old as far as the file system can tell, is left alone and the command runs.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

PROGRAM = "seatrial.pipeline.take"
"""What runs in place of the command."""


def is_current(root: Path, file: str, inputs: Iterable[str]) -> bool:
    """Whether a file is there, plain, and newer than every input; folders count by all that is in them."""
    try:
        found = os.lstat(root / file)
        if not stat.S_ISREG(found.st_mode):
            return False
        return all(changed < found.st_mtime_ns for path in inputs if path != file for changed in _changed(root / path))
    except OSError:
        return False  # gone, or an input that cannot be looked at


def _changed(path: Path) -> Iterator[int]:
    """When a file was written last, or everything in a folder, in nanoseconds."""
    yield path.stat().st_mtime_ns
    for folder, _, files in os.walk(path):
        yield Path(folder).stat().st_mtime_ns
        yield from (Path(folder, file).lstat().st_mtime_ns for file in files)
