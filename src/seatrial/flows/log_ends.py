"""The last lines of a stage's log, as few as a report has room for: the reason of a failure is nearly always there.

Called by `facts` for stages that failed; the file is masked already. Only the end of a file is read, since a log may
have gigabytes, and one that cannot be read has no end: showing it must never fail a run.
"""

from __future__ import annotations

import os
from pathlib import Path

from seatrial.report.escape import shorten
from seatrial.report.facts import MOST_LOG_BYTES, MOST_LOG_LINES

_READ = 1 << 16
_LINE = 600  # characters; of four bytes each they fit


def end_of_log(log: Path) -> tuple[str, ...]:
    """At most `MOST_LOG_LINES` lines and `MOST_LOG_BYTES` bytes of UTF-8, without empty lines at either end."""
    try:
        with log.open("rb") as file:
            start = max(0, file.seek(0, os.SEEK_END) - _READ)
            file.seek(start)
            lines = file.read(_READ).decode(errors="replace").rstrip().splitlines()
    except OSError:
        return ()
    kept: list[str] = []
    room = MOST_LOG_BYTES
    for line in reversed(lines[-MOST_LOG_LINES:]):
        shown = shorten(line.rstrip(), _LINE)
        room -= len(shown.encode())
        if room < 0:
            break
        kept.append(shown)
    while kept and not kept[-1]:
        kept.pop()
    return tuple(reversed(kept))
