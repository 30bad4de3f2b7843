"""Pipes that one thread waits for while others add and remove some.

Called by `pump`. With epoll a change counts at once for the thread that sleeps, and costs it nothing; elsewhere the
thread looks again a few times a second.
"""

from __future__ import annotations

import contextlib
import os
import select

_GLANCE = 200  # milliseconds between looks where there is no epoll


class Pipes:
    """The pipes, and one more by which the waiting thread is told to end."""

    def __init__(self) -> None:
        """Raises OSError."""
        self._woken, self._wake = os.pipe()
        self._names: set[int] = set()
        self._epoll: select.epoll | None = None
        try:
            if hasattr(select, "epoll"):
                self._epoll = select.epoll()
            self.add(self._woken)
        except OSError:
            self.close()
            raise

    def add(self, reader: int) -> None:
        """Wait for this one too. Raises OSError."""
        self._names = self._names | {reader}
        if self._epoll is not None:
            self._epoll.register(reader, select.EPOLLIN)

    def remove(self, reader: int) -> None:
        """Wait for it no more; it may be closed then."""
        self._names = self._names - {reader}
        if self._epoll is not None:
            with contextlib.suppress(OSError):
                self._epoll.unregister(reader)

    def wait(self) -> list[int] | None:
        """Those that can be read, or have been closed at their other end; None when it is over."""
        if self._epoll is not None:
            ready = [reader for reader, _ in self._epoll.poll()]
        else:
            poll = select.poll()
            for reader in self._names:
                poll.register(reader, select.POLLIN)
            ready = [reader for reader, _ in poll.poll(_GLANCE)]
        return None if self._woken in ready else ready

    def end(self) -> None:
        """Let the thread that waits come back with None."""
        os.write(self._wake, b".")

    def close(self) -> None:
        """Give back what it took."""
        for descriptor in (self._woken, self._wake):
            os.close(descriptor)
        if self._epoll is not None:
            self._epoll.close()
