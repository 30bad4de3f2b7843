"""How every worker of this folder is measured: what its work costs, apart from imports and from having its input.

`report` runs the work and prints one line of JSON: CPU seconds of the process before the work (imports and input) and
of the work, the memory that the process held before, and the most it held during the work, in MiB. The kernel's mark of
the largest memory is set back before the work begins, so that a peak while the input was made does not count; where it
cannot be set back, the line says so.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path


def report(work: Callable[[], object]) -> None:
    """Run `work`, which returns a text that says what came of it."""
    before = time.process_time()
    marked = _forget_the_peak()
    held = _held()
    said = work()
    cpu = time.process_time() - before
    line = {"before_cpu": before, "cpu": cpu, "held": held, "peak": _peak(), "marked": marked, "said": str(said)}
    print(json.dumps(line), flush=True)


def _forget_the_peak() -> bool:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _held() -> float:
    try:
        return _status("VmRSS")
    except OSError:
        return _peak()


def _peak() -> float:
    try:
        return _status("VmHWM")
    except OSError:
        unit = 1024 if sys.platform == "darwin" else 1
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit / 1024


def _status(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))
