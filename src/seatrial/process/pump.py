"""Carries a command's output into its log: bounded, and with secrets masked.

Called by `group`, one thread a command: the scheduler's loop may be busy hashing for minutes,
and a command must not stand still meanwhile because nobody reads what it prints.

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
from pathlib import Path

from seatrial.process.bounded_log import BoundedLog, LogLimits
from seatrial.process.masking import Masker

_CHUNK = 1 << 16
_WAKE = 200  # milliseconds between looks whether the command has ended, where its pipe stays open
_LAST = 1 << 20  # bytes taken after that: more than a pipe holds


class Pump:
    """One command's output on its way. `writer` is the descriptor that the command writes to."""

    def __init__(self, log: Path, limits: LogLimits, mask: tuple[bytes, ...] = ()) -> None:
        """`mask` are the forms of secrets. Raises OSError when there is no log, pipe or thread to be had."""
        self._log = BoundedLog(log, limits)
        self._masker = Masker(mask) if mask else None
        self._reader = self.writer = -1
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._carry, name=f"log {log.name}", daemon=True)
        try:
            self._reader, self.writer = os.pipe()
            self._thread.start()
        except (OSError, RuntimeError) as error:
            self._close_descriptors()
            self._log.close()
            if isinstance(error, OSError):
                raise
            raise OSError(errno.EAGAIN, "no thread can be started for its log") from error

    def started(self) -> None:
        """The command has its own copy of the writer now (or will never have one)."""
        os.close(self.writer)
        self.writer = -1

    def pipe(self) -> tuple[int, int]:
        """What tells this pipe among all that processes have open."""
        status = os.fstat(self._reader)
        return status.st_dev, status.st_ino

    def ended(self, seconds: float) -> bool:
        """Whether everything has been carried, waiting a while for it: False while somebody has the pipe open."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def finish(self) -> None:
        """Take what is there and close the log."""
        self._ending.set()
        self._thread.join()
        self._close_descriptors()

    def _carry(self) -> None:
        try:
            self._carry_all()
            if self._masker is not None:
                self._log.write(self._masker.finish())
        finally:
            self._log.close()

    def _carry_all(self) -> None:
        poll = select.poll()
        poll.register(self._reader, select.POLLIN | select.POLLHUP)
        last = _LAST
        while last > 0:
            ending = self._ending.is_set()
            if not poll.poll(0 if ending else _WAKE):
                if ending:
                    return
                continue
            chunk = os.read(self._reader, _CHUNK)
            if not chunk:
                return
            if ending:
                last -= len(chunk)
            self._log.write(chunk if self._masker is None else self._masker.feed(chunk))

    def _close_descriptors(self) -> None:
        for descriptor in (self._reader, self.writer):
            if descriptor >= 0:
                with contextlib.suppress(OSError):
                    os.close(descriptor)
        self._reader = self.writer = -1
