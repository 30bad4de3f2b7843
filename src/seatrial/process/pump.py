"""Carries a command's output into its log: bounded, and with secrets masked.

Called by `group`. Whoever waits for commands carries what they print meanwhile. But the scheduler's loop may
be busy hashing for minutes, and a command must not stand still meanwhile because nobody reads what it prints:
so one thread for all commands of a run (`Carrier`) looks after those that nobody waits for. A thread a command
would cost more than many a command.

Subtle: the pipe closes when the last process that has it open is gone. One that left the command's
group may live on, so the end of the command, not of the pipe, ends the pump: what is in the pipe by
then is still taken.
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

_CHUNK = 1 << 16
_GLANCE = 0.2  # seconds between looks of the thread at what nobody waits for
_LAST = 1 << 20  # bytes taken after the end of a command: more than a pipe holds


class Pump:
    """One command's output on its way. `writer` is the descriptor that the command writes to, `attended` is
    set while somebody who waits carries it."""

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
        self.attended = False
        self.reader = self.writer = -1
        try:
            self.reader, self.writer = os.pipe()
            os.set_blocking(self.reader, False)
            self._carrier.join(self)
        except OSError:
            self._close_descriptors()
            self._log.close()
            raise

    @property
    def whole(self) -> bool:
        """Whether everything has been carried: nobody has the pipe open any more."""
        return self._whole

    def started(self) -> None:
        """The command has its own copy of the writer now (or will never have one)."""
        os.close(self.writer)
        self.writer = -1

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
        """Whether everything has been carried, waiting a while for it: False while somebody has the pipe open."""
        until = time.monotonic() + seconds
        self._take(_LAST)
        while not self._whole and (left := until - time.monotonic()) > 0:
            poll = select.poll()
            poll.register(self.reader, select.POLLIN)
            poll.poll(left * 1000)
            self._take(_LAST)
        return self._whole

    def finish(self) -> None:
        """Take what is there and close the log."""
        self._take(_LAST)
        self._carrier.leave(self)
        if self._alone:
            self._carrier.close()
        with self._lock:
            self._close_descriptors()
            try:
                if self._masker is not None:
                    self._log.write(self._masker.finish())
            finally:
                self._log.close()

    def _take(self, most: int) -> None:
        while most > 0 and (size := self.carry()):
            most -= size

    def _close_descriptors(self) -> None:
        for descriptor in (self.reader, self.writer):
            if descriptor >= 0:
                with contextlib.suppress(OSError):
                    os.close(descriptor)
        self.reader = self.writer = -1


class Carrier:
    """The thread that carries what nobody attends to, one for all commands of a run. It is there from the
    first command on until `close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pumps: tuple[Pump, ...] = ()
        self._thread: threading.Thread | None = None
        self._wake = -1

    def join(self, pump: Pump) -> None:
        """Look after one more. Raises OSError when there is no thread or pipe to be had."""
        with self._lock:
            if self._thread is None:
                self._thread, self._wake = self._begin()
            self._pumps = (*self._pumps, pump)

    def leave(self, pump: Pump) -> None:
        """Look after it no more."""
        with self._lock:
            self._pumps = tuple(one for one in self._pumps if one is not pump)

    def close(self) -> None:
        """End the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is None:
                return
            os.close(self._wake)
        thread.join()

    def _begin(self) -> tuple[threading.Thread, int]:
        woken, wake = os.pipe()
        thread = threading.Thread(target=self._go_round, args=(woken,), name="logs", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            os.close(woken)
            os.close(wake)
            raise OSError(errno.EAGAIN, "no thread can be started for logs") from error
        return thread, wake

    def _go_round(self, woken: int) -> None:
        """Until the other end of the pipe `woken` is closed."""
        try:
            while True:
                pumps = {pump.reader: pump for pump in self._pumps if not (pump.attended or pump.whole)}
                poll = select.poll()
                for descriptor in (woken, *pumps):
                    if descriptor >= 0:
                        poll.register(descriptor, select.POLLIN)
                for descriptor, _ in poll.poll(_GLANCE * 1000):
                    if descriptor == woken:
                        return
                    if not pumps[descriptor].attended:
                        pumps[descriptor].carry()
        finally:
            os.close(woken)
