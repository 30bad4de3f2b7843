"""Who holds a path that a cell needs, and the end of those that nobody waits for any more.

Called by the executor. A run that was killed leaves its command behind, still holding the
locks; nobody will ever collect what it makes, so it is ended here and the lock comes free.

Such a command is known by `SEATRIAL_OWNER` in its environment, which names the run's process,
and by having the lock file open. The note in the lock file alone would not do: it is missing
when Seatrial was killed before it wrote it, it tells nothing of those that only read the path,
and it names the leader of a group whose other members may live longer.
"""

from __future__ import annotations

import functools
import itertools
import os
import signal
from pathlib import Path

from msgspec import Struct

from seatrial.process import escaped, group
from seatrial.store.locks import Busy

OWNER = "SEATRIAL_OWNER"
"""The variable that tells a command, and everything it starts, which process of Seatrial waits for it, and
as which of its commands: by that those are found that left their group."""

_NUMBERS = itertools.count(1)


class Waiting(Struct, frozen=True, kw_only=True):
    """A cell whose paths somebody else holds."""

    path: str
    holder: str


def waiting_for(busy: Busy) -> Waiting:
    """Who holds a path. What a killed run left running is ended."""
    run = busy.owner.get("run")
    if end_orphans(busy):
        killed = f"the killed run {run}" if run else "a killed run"
        return Waiting(path=busy.path, holder=f"a command that {killed} left behind")
    return Waiting(path=busy.path, holder=f"run {run}" if run and _noted_is_there(busy) else "another run")


def end_orphans(busy: Busy) -> bool:
    """End what a killed run left running and holding a lock; whether there was anything."""
    return _end_noted(busy) or _end_found(busy)


def owner_note(child: group.Child, run: str) -> dict[str, object]:
    """What a running command's locks say about it. Process numbers come with their start times,
    because numbers are used again."""
    return {
        "run": run,
        "pid": os.getpid(),
        "pid_start": _own_start(os.getpid()),
        "group": child.pid,
        "group_start": child.begun,
    }


def owner_mark() -> str:
    """A value of `SEATRIAL_OWNER`: this process, its start time, the namespace its number counts in, and a
    number that no other command of this process has."""
    return f"{os.getpid()} {_own_start(os.getpid())} {_namespace()} {next(_NUMBERS)}"


def marked_environment(mark: str) -> dict[str, str]:
    """What a command carries. A stage that runs Seatrial itself hands its own mark down, so that those it is
    for are found too when the outer stage is stopped."""
    outer = os.environ.get(OWNER)
    return {OWNER: f"{mark}{escaped.BETWEEN}{outer}" if outer else mark}


def _noted_is_there(busy: Busy) -> bool:
    """Whether the run that the note names still lives. Who only reads a path leaves the note of the run that
    wrote it last."""
    pid, begun = busy.owner.get("pid"), busy.owner.get("pid_start")
    return isinstance(pid, int) and begun is not None and group.start_time(pid) == begun


def _end_noted(busy: Busy) -> bool:
    """End the group that the note names when the run that wrote it is gone; whether there was one."""
    owner = busy.owner
    pid, begun = owner.get("pid"), owner.get("pid_start")
    leader = owner.get("group")
    match owner.get("group_start"):
        case [int() as earliest, int() as latest] if isinstance(pid, int) and isinstance(leader, int) and begun:
            if group.start_time(pid) == begun or not group.started_between(leader, (earliest, latest)):
                return False
        case _:
            return False
    group.signal_group(leader, signal.SIGKILL)
    return True


def _end_found(busy: Busy) -> bool:
    """End every group that holds the lock for a run that is gone; whether there was one."""
    ended = False
    for pid in group.holding(busy.file):
        if pid != os.getpid() and _orphaned(group.started_with(pid, OWNER)):
            ended = _end_group_of(pid) or ended
    return ended


def _orphaned(mark: str | None) -> bool:
    match (mark or "").split():
        case [pid, begun, namespace, *_] if pid.isdigit() and namespace == _namespace() != "":
            return group.start_time(int(pid)) != begun
        case _:
            return False  # not a command of ours, or one whose run cannot be seen from here


def _end_group_of(pid: int) -> bool:
    try:
        leader = os.getpgid(pid)
    except ProcessLookupError:
        return False
    if leader == os.getpgrp():
        return False
    group.signal_group(leader, signal.SIGKILL)
    return True


@functools.cache
def _own_start(pid: int) -> str | None:
    """Our own start time, which stays. The number is an argument, because a fork has another."""
    return group.start_time(pid)


@functools.cache
def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""
