"""Models to ask on loopback, and where they are started, for tests of `serving`.

Called by the live tests. Every wait is bounded by the timeouts of the servers made here.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from seatrial.process.escaped import environment_of
from seatrial.replacing import replace
from seatrial.serving.launch import Ground
from seatrial.serving.policy import Callable, Command, Preset, Server, Timeouts

MODEL = Path(__file__).with_name("served_model.py")
QUICK = Timeouts(ready=20.0, request=2.0, stop=2.0)


def ground(folder: Path) -> Ground:
    """The folder of a test, and the interpreter that runs it, without its packages."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "TOKEN": "s3same"}
    return Ground(folder=folder, python=Path(sys.executable), environment=environment, logs=folder)


def behind(*how: str, preset: Preset = Preset.JSON, **changes: Any) -> Server:
    """The model that was written by hand, misbehaving in some ways."""
    cmd = f"python -S {MODEL} ${{port}} {' '.join(how)}"
    answer = "result.score" if preset is Preset.JSON else ""
    made = Server(behind=Command(cmd=cmd), preset=preset, name="m", answer=answer, timeouts=QUICK)
    return replace(made, **changes)


def function(target: str, **changes: Any) -> Server:
    """A function of the user."""
    return replace(Server(behind=Callable(target=target), timeouts=QUICK), **changes)


def left_behind() -> list[int]:
    """Processes that are marked as a model's of this test run, and live."""
    marked = (f"SEATRIAL_SERVING={os.getpid()}-").encode()
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [pid for pid in pids if any(entry.startswith(marked) for entry in environment_of(pid))]
