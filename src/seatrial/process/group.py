"""Commands of the user as process groups: started, awaited together, and stopped whole.

Called by the pipeline's executor and by the adapters that ask a program something. Each
command leads a session of its own, so that stopping it stops its children too, and Ctrl-C in
the terminal reaches Seatrial alone, which then decides.

Subtle: waiting uses `wait4`, because only it tells the CPU time and the peak memory of exactly
this child and the descendants it has reaped.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_POLL = 0.02  # where the kernel has no process descriptors
_MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended. `code` is its exit status, or None when `signal` ended it.

    `wall` and `cpu` are seconds, `peak_memory` is bytes (of its largest single process).
    """

    code: int | None
    signal: int | None
    wall: float
    cpu: float
    peak_memory: int


class Child:
    """One running command, leader of its process group."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.pid = process.pid
        self.started = time.monotonic()
        self.descriptor = os.pidfd_open(process.pid) if hasattr(os, "pidfd_open") else None

    def poll(self) -> Ended | None:
        """How it ended, or None while it runs. Call it no more once it has ended."""
        pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        if pid == 0:
            return None
        code = os.waitstatus_to_exitcode(status)
        self._process.returncode = code
        if self.descriptor is not None:
            os.close(self.descriptor)
        signal_group(self.pid, signal.SIGKILL)  # what it left behind in its group
        return Ended(
            code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            wall=time.monotonic() - self.started,
            cpu=usage.ru_utime + usage.ru_stime,
            peak_memory=usage.ru_maxrss * _MEMORY_UNIT,
        )


def start(
    argv: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    log: Path,
    keep: Iterable[int] = (),
) -> Child:
    """Start a command with no standard input and both outputs appended to `log`.

    `keep` are descriptors it inherits (locks). Raises FileNotFoundError, PermissionError or
    OSError when it cannot be started.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(argv),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=tuple(keep),
        )
    return Child(process)


def wait_any(children: Iterable[Child], timeout: float) -> None:
    """Sleep until one of the children may have ended, at most `timeout` seconds."""
    waiting = list(children)
    if not waiting or any(child.descriptor is None for child in waiting):
        time.sleep(min(timeout, _POLL))
        return
    with selectors.DefaultSelector() as selector:
        for child in waiting:
            if child.descriptor is not None:
                selector.register(child.descriptor, selectors.EVENT_READ)
        selector.select(max(0.0, timeout))


def end_now(child: Child) -> None:
    """Kill a command with its group and wait until it is gone."""
    signal_group(child.pid, signal.SIGKILL)
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
    return tuple(pid for pid in pids if _has_open(pid, (wanted.st_dev, wanted.st_ino)))


def _has_open(pid: int, wanted: tuple[int, int]) -> bool:
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


def started_with(pid: int, variable: str) -> str | None:
    """A variable of the environment a process was started with; None when it has none or cannot be seen."""
    try:
        entries = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    prefix = os.fsencode(variable) + b"="
    return next((os.fsdecode(entry.removeprefix(prefix)) for entry in entries if entry.startswith(prefix)), None)


def start_time(pid: int) -> str | None:
    """What tells a process from a later one with the same number; None when it is gone or unknown.

    Field 22 of /proc/PID/stat (clock ticks after boot), see proc(5); a zombie counts as gone.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]
