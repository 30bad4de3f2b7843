"""The class of the machine that models run on: what has to be the same for two times to be comparable.

Called by `campaign`. Names as the system gives them; what it does not tell is None, and a measurement then leaves the
machine out rather than naming half of it.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping
from pathlib import Path

from seatrial.environment import capacity, nvidia
from seatrial.evidence.timing_records import Machine

_ROOT = Path("/")
_MODEL = ("model name", "Model", "cpu model", "Hardware")
"""What /proc/cpuinfo calls the name, on one architecture or another."""


def machine_class(environ: Mapping[str, str], root: Path = _ROOT) -> Machine | None:
    """The machine that this runs on, with the cores and the memory that this process may use; None where the system
    does not tell its memory."""
    memory = capacity.memory_total(root)
    if memory is None:
        return None
    return Machine(
        cpu=_processor(root) or platform.machine() or "unknown",
        cores=max(1, math.ceil(capacity.cores(root))),
        memory_bytes=memory,
        gpu=_devices(environ),
    )


def _processor(root: Path) -> str | None:
    try:
        lines = (root / "proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        return None
    rows = (line.partition(":") for line in lines)
    known = {key.strip(): " ".join(value.split()) for key, _, value in rows}
    return next((known[key] for key in _MODEL if known.get(key)), None)


def _devices(environ: Mapping[str, str]) -> str | None:
    """The names of the devices, alike ones counted: `2 x NVIDIA H200`."""
    found, _ = nvidia.ask(environ)
    names = [device.name for device in found]
    counted = [(name, names.count(name)) for name in dict.fromkeys(names)]
    return ", ".join(name if number == 1 else f"{number} x {name}" for name, number in counted) or None
