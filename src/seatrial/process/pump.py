"""Carries a command's output into its log: bounded, and with secrets masked.

Called by `group`. The scheduler's loop may be busy hashing for minutes, and a command must not stand still
meanwhile because nobody reads what it prints: so a thread carries it, one for all commands of a run (`Carrier`).
A thread a command would cost more than many a command.

Subtle: the pipe closes when the last process that has it open is gone. One that left the command's
group may live on, so the end of the command, not of the pipe, ends the pump: what is in the pipe by
then is still taken. Until then we keep the pipe open ourselves, so that its end wakes nobody: a thread woken by each
command that has printed nothing costs more than the rest of its output. And no signal is handled in the thread that
carries, so none can come between reading a piece, masking it and writing it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import threading
import time
from pathlib import Path

from seatrial.process.bounded_log import BoundedLog, LogLimits
from seatrial.process.masking import Masker
from seatrial.process.pipes import Pipes

_CHUNK = 1 << 16
_LAST = 1 << 20  # bytes taken after the end of a command: more than a pipe holds


class Pump:
    """One command's output on its way. `writer` is the descriptor that the command writes to."""

    def __init__(
        self, log: Path, limits: LogLimits, mask: tuple[bytes, ...] = (), carrier: Carrier | None = None
    ) -> None:
        """`mask` are the forms of secrets; without a `carrier` it has one of its own. Raises OSError when there is
        no log, pipe or thread to be had."""
        self._log = BoundedLog(log, limits)
        self._masker = Masker(mask) if mask else None
        self._carrier = carrier or Carrier()
        self._alone = carrier is None
        self._lock = threading.Lock()
        self._whole = False
        self.reader = self.writer = -1
        try:
            self.reader, self.writer = os.pipe()
            os.set_blocking(self.reader, False)
            self._carrier.join(self)
        except OSError:
            self._close_descriptors()
            self._log.close()
            raise

    def pipe(self) -> tuple[int, int]:
        """What tells this pipe among all that processes have open."""
        status = os.fstat(self.reader)
        return status.st_dev, status.st_ino

    def carry(self) -> int:
        """Carry some of what is there, without waiting; how many bytes."""
        with self._lock:
            if self.reader < 0 or self._whole:
                return 0
            try:
                chunk = os.read(self.reader, _CHUNK)
            except BlockingIOError:
                return 0
            if chunk:
                self._log.write(chunk if self._masker is None else self._masker.feed(chunk))
            else:
                self._whole = True
            return len(chunk)

    def ended(self, seconds: float) -> bool:
        """The command has ended: carry the rest, and wait a while for the pipe to be closed; False while somebody else
        has it open."""
        self._leave()
        until = time.monotonic() + seconds
        while not self._whole and (left := until - time.monotonic()) > 0:
            if not self.carry() and not self._whole:
                _wait_for(self.reader, left)
        return self._whole

    def finish(self) -> None:
        """Take what is there, if others have the pipe open still, and close the log."""
        self._leave()
        if self._alone:
            self._carrier.close()
        most = _LAST
        while most > 0 and (size := self.carry()):
            most -= size
        with self._lock:
            self._close_descriptors()
            try:
                if self._masker is not None:
                    self._log.write(self._masker.finish())
            finally:
                self._log.close()

    def _leave(self) -> None:
        """Nobody else carries from here on, and we are none of those who have the pipe open."""
        self._carrier.leave(self)
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1

    def _close_descriptors(self) -> None:
        for descriptor in (self.reader, self.writer):
            if descriptor >= 0:
                with contextlib.suppress(OSError):
                    os.close(descriptor)
        self.reader = self.writer = -1


class Carrier:
    """The thread that carries what commands print, one for all commands of a run. It is there from the first
    command on until `close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pumps: dict[int, Pump] = {}
        self._pipes: Pipes | None = None
        self._thread: threading.Thread | None = None

    def join(self, pump: Pump) -> None:
        """Carry one more. Raises OSError when there is no thread, or nothing to watch it with, to be had."""
        with self._lock:
            if self._pipes is None or self._thread is None:
                self._pipes, self._thread = self._begin()
            self._pumps[pump.reader] = pump
            self._pipes.add(pump.reader)

    def leave(self, pump: Pump) -> None:
        """Carry it no more; its pipe may be closed then."""
        with self._lock:
            if self._pumps.get(pump.reader) is pump and self._pipes is not None:
                del self._pumps[pump.reader]
                self._pipes.remove(pump.reader)

    def close(self) -> None:
        """End the thread."""
        with self._lock:
            pipes, thread = self._pipes, self._thread
            self._pipes = self._thread = None
        if pipes is not None and thread is not None:
            pipes.end()
            thread.join()
            pipes.close()

    def _begin(self) -> tuple[Pipes, threading.Thread]:
        pipes = Pipes()
        thread = threading.Thread(target=self._carry, args=(pipes,), name="logs", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            pipes.close()
            raise OSError(errno.EAGAIN, "no thread can be started for logs") from error
        return pipes, thread

    def _carry(self, pipes: Pipes) -> None:
        while (ready := pipes.wait()) is not None:
            for reader in ready:
                pump = self._pumps.get(reader)
                if pump is not None:  # else it has left meanwhile
                    pump.carry()


def _wait_for(reader: int, seconds: float) -> None:
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    poll.poll(seconds * 1000)
