"""An answer that must be there in time as a whole, its headers included.

Used by `http.py` for every connection. The standard library's time-out holds for each piece that is received, so a
server that sends a byte a second could hold a run up for as long as it likes. Here every piece may take what is left of
one common time.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from typing import Any


class TimelyResponse(http.client.HTTPResponse):
    """A response that raises TimeoutError once the connection's time-out has passed since it was first read."""

    def __init__(self, sock: socket.socket, *positional: Any, **options: Any) -> None:
        super().__init__(sock, *positional, **options)
        self.fp: io.BufferedReader = io.BufferedReader(_Timely(self.fp.detach(), sock))


class _Timely(io.RawIOBase):
    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        super().__init__()
        self._raw, self._sock = raw, sock
        timeout = sock.gettimeout()
        self._until = None if timeout is None else time.monotonic() + timeout

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._until is not None:
            left = self._until - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            self._sock.settimeout(left)
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()
