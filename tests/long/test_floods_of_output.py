"""A command that prints ten gigabytes: the log stays as large as it may be, and so does the memory of the run.

Run with `--long`. The bound and what is kept are shown in small by `tests/properties/test_output_streams.py`
and `tests/faults/test_engine_stopping.py`.
"""

from __future__ import annotations

import resource
import time
from pathlib import Path

from seatrial.process import group
from seatrial.process.bounded_log import LogLimits

BYTES = 10 << 30
LIMITS = LogLimits(head=1 << 16, tail=1 << 20)


def test_ten_gigabytes_of_output(tmp_path: Path) -> None:
    """Beginning and end are kept, what is missing is counted, and nothing of it is held in memory."""
    log = tmp_path / "log"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    script = f"echo begin; head -c {BYTES} /dev/zero; echo end"
    child = group.start(
        ["sh", "-c", script], folder=tmp_path, environment={"PATH": "/usr/bin:/bin"}, log=log, limits=LIMITS
    )
    patience = time.monotonic() + 900
    while (ended := child.poll()) is None and time.monotonic() < patience:
        group.wait_any([child], 1.0)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    assert ended is not None
    assert ended.code == 0
    data = log.read_bytes()
    assert data.startswith(b"begin\n")
    assert data.endswith(b"end\n")
    left_out = BYTES + len(b"begin\nend\n") - LIMITS.head - LIMITS.tail
    assert f"{left_out:,} bytes left out here".encode() in data
    assert len(data) < LIMITS.head + LIMITS.tail + 200
    assert grown < 64 << 10  # kilobytes
