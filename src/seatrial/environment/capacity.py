"""How many cores and how much memory this process may use: the machine's, its own mask's, and its container's.

Called by `wiring` for the default number of commands, and by the scheduler before a command that says how
much memory it needs is started. `root` is where /proc and /sys lie, for tests.

Subtle: a limit of a control group holds for everything below it, so all groups above this process count.
A limit that cannot be read is none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path("/")


def cores(root: Path = _ROOT) -> float:
    """Cores this process may keep busy: its mask, and the smallest quota of a group around it."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min([float(count or 1), *_quotas(root)])


def memory_total(root: Path = _ROOT) -> int | None:
    """Bytes this process could use if nobody else used any; None where nobody knows."""
    known = [amount for amount in (_meminfo(root, "MemTotal"), *(limit for limit, _ in _memory(root))) if amount]
    return min(known, default=None)


def memory_available(root: Path = _ROOT) -> int | None:
    """Bytes that can be used now without pushing others out; None where nobody knows."""
    free = [max(0, limit - used) for limit, used in _memory(root)]
    machine = _meminfo(root, "MemAvailable")
    return min([*free, *([] if machine is None else [machine])], default=None)


def _quotas(root: Path) -> Iterator[float]:
    for folder in _groups(root, ""):
        match _words(folder / "cpu.max"):
            case [quota, period] if quota.isdecimal() and period.isdecimal() and int(period):
                yield int(quota) / int(period)
    for folder in _groups(root, "cpu"):
        most, every = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
        if most is not None and every:
            yield most / every


def _memory(root: Path) -> Iterator[tuple[int, int]]:
    """Each limit around this process, with what is used of it; what the kernel would give back is not used."""
    for controller, most, now in (
        ("", "memory.max", "memory.current"),
        ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        for folder in _groups(root, controller):
            limit, used = _number(folder / most), _number(folder / now)
            if limit is not None and limit < 1 << 60:  # the first version writes a huge number for none
                yield limit, max(0, (used or 0) - _given_back(folder))


def _given_back(folder: Path) -> int:
    try:
        rows = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        return int(rows.get("total_inactive_file", rows.get("inactive_file", "0")))
    except (OSError, ValueError):
        return 0


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The control groups around this process, inside out; `controller` is empty for version 2."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except (OSError, ValueError):
        return
    base = root / "sys/fs/cgroup" / controller
    for line in lines:
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controller in controllers.split(","):
            group = base / path.lstrip("/")
            yield group
            while group != base and base in group.parents:
                group = group.parent
                yield group


def _meminfo(root: Path, name: str) -> int | None:
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
    except (OSError, ValueError):
        return None
    for line in lines:
        match line.split():
            case [found, amount, "kB"] if found == f"{name}:" and amount.isdecimal():
                return int(amount) << 10
    return None


def _number(file: Path) -> int | None:
    match _words(file):
        case [text] if text.isdecimal():
            return int(text)
        case _:
            return None  # `max`, `-1`, or nothing there


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except (OSError, ValueError):
        return []
