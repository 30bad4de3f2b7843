"""Commands of the user as process groups: started, awaited together, and stopped whole.

Called by the pipeline's executor and by the adapters that ask a program something. Each
command leads a session of its own, so that stopping it stops its children too, and Ctrl-C in
the terminal reaches Seatrial alone, which then decides.

Subtle: waiting uses `wait4`, because only it tells the CPU time and the peak memory of exactly
this child and the descendants it has reaped. What it leaves behind is ended when it ends: a daemon
that outlives its stage would write into outs that another run believes to be finished.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from seatrial.process.bounded_log import USUAL, LogLimits
from seatrial.process.escaped import (
    Trace,
    between_ticks,
    end_escaped,
    end_holders,
    environment_of,
    has_open,
    seconds_after_boot,
    signal_escaped,
    start_ticks,
)
from seatrial.process.pump import Carrier, Pump

_POLL = 0.02  # where the kernel has no process descriptors
_PIPE_PATIENCE = 0.2  # seconds until somebody who has a command's pipe open, though its group is gone, is looked for
_MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024

_AWAITED: set[int] = set()
"""The commands of this process that have not been waited for: no other command's descendant has such a number."""


class Ended(Struct, frozen=True, kw_only=True):
    """How a command ended. `code` is its exit status, or None when `signal` ended it.

    `wall` and `cpu` are seconds, `peak_memory` is bytes (of its largest single process).
    """

    code: int | None
    signal: int | None
    wall: float
    cpu: float
    peak_memory: int


class Child:
    """One running command, leader of its process group.

    `begun` are the least and the greatest number of clock ticks after boot at which it can have started, None where
    nobody can tell: asking the kernel for the one that it was costs more than any other look at a process.
    """

    def __init__(self, process: subprocess.Popen[bytes], pump: Pump, mark: str | None, born: float) -> None:
        self._process = process
        self._pump = pump
        self.pid = process.pid
        self.started = time.monotonic()
        self.descriptor = os.pidfd_open(process.pid) if hasattr(os, "pidfd_open") else None
        self.begun = between_ticks(born, seconds_after_boot())
        self._trace = Trace(leader=self.pid, started=self.started, mark=mark, born=born) if mark else None
        _AWAITED.add(self.pid)

    def poll(self) -> Ended | None:
        """How it ended, or None while it runs. Call it no more once it has ended.

        What it left behind is ended with it, in its group and outside, and its log is whole then.
        """
        pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        if pid == 0:
            return None
        wall = time.monotonic() - self.started
        _AWAITED.discard(pid)
        code = os.waitstatus_to_exitcode(status)
        self._process.returncode = code
        if self.descriptor is not None:
            os.close(self.descriptor)
        self._end_rest()
        return Ended(
            code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            wall=wall,
            cpu=usage.ru_utime + usage.ru_stime,
            peak_memory=usage.ru_maxrss * _MEMORY_UNIT,
        )

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the whole group, and to those that left it."""
        signal_group(self.pid, number)
        if self._trace is not None:
            signal_escaped(self._trace, number, _AWAITED)

    def _end_rest(self) -> None:
        signal_group(self.pid, signal.SIGKILL)
        if self._trace is not None:
            end_escaped(self._trace, _AWAITED)
            if not self._pump.ended(_PIPE_PATIENCE):
                end_holders(self._trace, self._pump.pipe())
                self._pump.ended(_PIPE_PATIENCE)
        self._pump.finish()


def start(
    argv: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    log: Path,
    keep: Iterable[int] = (),
    mark: str | None = None,
    mask: tuple[bytes, ...] = (),
    limits: LogLimits = USUAL,
    carrier: Carrier | None = None,
) -> Child:
    """Start a command with no standard input and both outputs appended to `log`, `mask` masked in them.

    `keep` are descriptors it inherits (locks). `mark` is an entry of its environment that no other
    command has: by it those are found that leave its group. `carrier` is shared by the commands of a run.
    Raises FileNotFoundError, PermissionError or OSError when it cannot be started.
    """
    pump = Pump(log, limits, mask, carrier)
    born = seconds_after_boot()
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=pump.writer,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=tuple(keep),
        )
    except BaseException:
        pump.finish()
        raise
    return Child(process, pump, mark, born)


class Waitable(Protocol):
    """What the loop may sleep on: a command, or work of our own that is done beside it."""

    @property
    def descriptor(self) -> int | None:
        """Readable when there is something to see; None where the kernel has no such thing."""


def wait_any(children: Iterable[Waitable], timeout: float) -> None:
    """Sleep until one of the children may have ended, at most `timeout` seconds."""
    waiting = list(children)
    if not waiting or any(child.descriptor is None for child in waiting):
        time.sleep(min(timeout, _POLL))
        return
    poll = select.poll()
    for child in waiting:
        if child.descriptor is not None:
            poll.register(child.descriptor, select.POLLIN)
    poll.poll(max(0.0, timeout) * 1000)


def end_now(child: Child) -> None:
    """Kill a command with all that belongs to it and wait until it is gone."""
    child.send(signal.SIGKILL)
    while child.poll() is None:
        wait_any([child], 0.1)


def signal_group(leader: int, number: signal.Signals) -> None:
    """Send a signal to a whole process group; nothing happens when it is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def holding(file: Path) -> tuple[int, ...]:
    """The processes that have a file open, as far as this user may see; none where there is no /proc."""
    try:
        wanted = file.stat()
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return ()
    return tuple(pid for pid in pids if has_open(pid, (wanted.st_dev, wanted.st_ino)))


def started_with(pid: int, variable: str) -> str | None:
    """A variable of the environment a process was started with; None when it has none or cannot be seen."""
    prefix = os.fsencode(variable) + b"="
    entries = environment_of(pid)
    return next((os.fsdecode(entry.removeprefix(prefix)) for entry in entries if entry.startswith(prefix)), None)


def started_between(pid: int, begun: tuple[int, int]) -> bool:
    """Whether a process is there that started then: what tells it from a later one with the same number."""
    ticks = start_ticks(pid)
    return ticks is not None and begun[0] <= ticks <= begun[1]


def start_time(pid: int) -> str | None:
    """What tells a process from a later one with the same number; None when it is gone or unknown."""
    ticks = start_ticks(pid)
    return None if ticks is None else str(ticks)
