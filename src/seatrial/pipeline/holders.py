"""Who holds a path that a cell needs, told from the note in its lock file.

Called by the executor. A run that was killed leaves its command behind, still holding the
locks; nobody will ever collect what it makes, so it is ended here and the lock comes free.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

from seatrial.process import group
from seatrial.store.locks import Busy


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A cell whose paths somebody else holds."""

    path: str
    holder: str


def waiting_for(busy: Busy) -> Waiting:
    """Who holds a path. What a killed run left running is ended."""
    owner = busy.owner
    pid, begun = owner.get("pid"), owner.get("pid_start")
    leader, leader_begun = owner.get("group"), owner.get("group_start")
    if isinstance(pid, int) and isinstance(leader, int) and begun and leader_begun:
        orphaned = group.start_time(pid) != begun
        if orphaned and group.start_time(leader) == leader_begun:
            group.signal_group(leader, signal.SIGKILL)
            return Waiting(path=busy.path, holder=f"a command that the killed run {owner.get('run')} left behind")
    return Waiting(path=busy.path, holder=f"run {owner.get('run')}" if owner.get("run") else "another run")


def owner_note(child: int, run: str) -> dict[str, object]:
    """What a running command's locks say about it. Process numbers come with their start times,
    because numbers are used again."""
    return {
        "run": run,
        "pid": os.getpid(),
        "pid_start": group.start_time(os.getpid()),
        "group": child,
        "group_start": group.start_time(child),
    }
