"""Processes of a command that left its group: found by what they carry with them, and ended.

Called by `group` when a command ends or is told to. A daemon that called `setsid` no longer gets the
group's signals. It still has the environment it was started with, which names the command, and
mostly the pipe for its output. Where there is no /proc nothing is found, and the group is all that is ended.

Subtle: looking at every process after every command would cost more than most commands. The kernel
counts process numbers up, so only those given out since the command began are looked at; after a
long command the numbers may have come round, and all are. A process is pinned by a descriptor before
it is looked at, so that a number used again never gets another's signal. Who has the pipe open but
is older than the command was handed it, and is left alone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from msgspec import Struct

BETWEEN = "; "
_FEW = 64  # numbers that are tried one by one rather than listing /proc
_LONG = 5.0  # seconds in which numbers are taken not to come round
_ROUNDS = 100
_PAUSE = 0.002
_PIECE = 1 << 16


class Trace(Struct, frozen=True, kw_only=True):
    """What tells the processes of one command. `mark` is an entry `NAME=VALUE` of its environment, whose value
    may stand among others there, with `BETWEEN` between them; `born` the seconds after boot when it was about to be
    started, `started` the same on the monotonic clock."""

    leader: int
    started: float
    mark: str
    born: float


def signal_escaped(trace: Trace, number: signal.Signals, others: Collection[int] = ()) -> int:
    """Send a signal to every process that carries the command's mark; how many there were. `others` are known to be
    something else, and not looked at."""
    return sum(1 for pid in _candidates(trace) if pid not in others and _signal_if_marked(pid, trace.mark, number))


def end_escaped(trace: Trace, others: Collection[int] = ()) -> None:
    """Kill every process that carries the mark, and those they start meanwhile, until none is left."""
    for _ in range(_ROUNDS):
        if not signal_escaped(trace, signal.SIGKILL, others):
            return
        time.sleep(_PAUSE)


def end_holders(trace: Trace, pipe: tuple[int, int]) -> None:
    """Kill every process that has the command's pipe open and is younger than the command."""
    for pid in _candidates(trace):
        ticks = start_ticks(pid) if pid != os.getpid() else None  # we hold each pipe ourselves
        if ticks is not None and ticks >= _ticks(trace.born) and has_open(pid, pipe):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def has_open(pid: int, wanted: tuple[int, int]) -> bool:
    """Whether a process has a file (device and inode) open, as far as this user may see."""
    folder = f"/proc/{pid}/fd"
    try:
        names = os.listdir(folder)
    except OSError:
        return False  # gone, or somebody else's
    for name in names:
        with contextlib.suppress(OSError):
            found = Path(folder, name).stat()
            if (found.st_dev, found.st_ino) == wanted:
                return True
    return False


def environment_of(pid: int) -> list[bytes]:
    """The entries of the environment a process was started with; none when it is gone or cannot be seen."""
    try:
        return _read(f"/proc/{pid}/environ").split(b"\0")
    except OSError:
        return []


def start_ticks(pid: int) -> int | None:
    """What tells a process from a later one with the same number; None when it is gone or unknown.

    Field 22 of /proc/PID/stat (clock ticks after boot), see proc(5); a zombie counts as gone.
    """
    try:
        fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] == b"Z" else int(fields[19])


def _signal_if_marked(pid: int, mark: str, number: signal.Signals) -> bool:
    if pid == os.getpid() or not _carries(pid, mark):
        return False
    try:
        pinned = os.pidfd_open(pid)
    except (OSError, AttributeError):
        return False
    try:
        if not _carries(pid, mark):  # it ended, and its number may be another's
            return False
        signal.pidfd_send_signal(pinned, number)
    except OSError:
        return False
    finally:
        os.close(pinned)
    return True


def _carries(pid: int, mark: str) -> bool:
    name, _, value = os.fsencode(mark).partition(b"=")
    own = (entry.partition(b"=") for entry in environment_of(pid))
    return any(key == name and value in text.split(BETWEEN.encode()) for key, _, text in own)


def _candidates(trace: Trace) -> Iterable[int]:
    last = _last_number() if time.monotonic() - trace.started < _LONG else None
    if last is None or last < trace.leader:
        return _listed()
    if last - trace.leader <= _FEW:
        return range(trace.leader + 1, last + 1)
    return (pid for pid in _listed() if trace.leader < pid <= last)


def _last_number() -> int | None:
    """The process number that was given out last."""
    try:
        return int(_read("/proc/loadavg").split()[-1])
    except (OSError, ValueError, IndexError):
        return None


def _read(path: str) -> bytes:
    """All of a file of /proc, with as few calls as can be: this is done for every command. Raises OSError."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = b""
        while piece := os.read(file, _PIECE):
            data += piece
        return data
    finally:
        os.close(file)


def between_ticks(since: float, until: float) -> tuple[int, int] | None:
    """Two times after boot in the unit of `start_ticks`; None where there is no such clock."""
    return (_ticks(since), _ticks(until)) if since else None


def _ticks(seconds: float) -> int:
    return int(seconds * os.sysconf("SC_CLK_TCK"))


def seconds_after_boot() -> float:
    """Now, on the clock that start times of processes are told in; 0 where there is none."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else 0.0


def _listed() -> Iterator[int]:
    try:
        names = os.listdir("/proc")
    except OSError:
        return
    yield from (int(name) for name in names if name.isdigit())
