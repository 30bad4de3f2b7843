"""The peak memory of a model that runs: of its process and of all that it started.

Called by `running`, between requests and at the end. The kernel keeps for each process the most that it ever had
resident (VmHWM), so nothing that happened within a request is missed, and nobody has to look while it is timed. For a
group the peaks of its processes are added up, over those that were there together: a process that has ended counts in
what was seen while it lived. Pages that processes share count once for each, as they do wherever resident sizes are
added. Where there is no /proc, the peak of the largest process is known once it has ended (`process.group.Ended`).
"""

from __future__ import annotations

import os
from pathlib import Path

_ROOT = Path("/")


class PeakMemory:
    """The peak of one process group. `root` is where /proc lies, for tests."""

    def __init__(self, leader: int, root: Path = _ROOT) -> None:
        self._leader = leader
        self._root = root
        self._peak = 0

    def look(self) -> None:
        """Take in what the group has come to."""
        self._peak = max(self._peak, sum(_most_resident(self._root, pid) for pid in _members(self._root, self._leader)))

    @property
    def peak(self) -> int | None:
        """Bytes; None where nothing was seen."""
        return self._peak or None


def _members(root: Path, leader: int) -> list[int]:
    """The processes of a session, which a command of ours leads."""
    try:
        pids = [int(name) for name in os.listdir(root / "proc") if name.isdigit()]
    except OSError:
        return []
    return [pid for pid in pids if pid == leader or _session(root, pid) == leader]


def _session(root: Path, pid: int) -> int | None:
    """Field 6 of /proc/PID/stat, see proc(5)."""
    try:
        fields = (root / "proc" / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
        return int(fields[3])
    except (OSError, ValueError, IndexError):
        return None


def _most_resident(root: Path, pid: int) -> int:
    try:
        lines = (root / "proc" / str(pid) / "status").read_text().splitlines()
    except (OSError, ValueError):
        return 0
    for line in lines:
        match line.split():
            case ["VmHWM:", amount, "kB"] if amount.isdecimal():
                return int(amount) << 10
    return 0
