"""A server on a loopback port that answers with exactly the bytes that a test gives it, and counts what it was asked.

For what no well-behaved server does: `tests/support/fake_github/` is the well-behaved one.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

Script = Callable[[bytes, int], Iterable[bytes]]
"""The pieces of an answer to a request, which is the so-manyth; the connection is closed after the last."""


def reply(status: str = "200 OK", body: bytes = b"", **headers: str) -> bytes:
    """A whole answer. `Content_Length` and others may be given, with `_` for `-`."""
    named = {"Content_Length": str(len(body)), **headers}
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in named.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


class RawServer:
    """The server. `requests` are what came in, head and body."""

    def __init__(self, script: Script) -> None:
        self.requests: list[bytes] = []
        self._script = script
        self._closing = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/path"

    def close(self) -> None:
        """Stop, also in the middle of an answer."""
        self._closing.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                try:
                    self._answer(connection)
                except OSError:
                    continue

    def _answer(self, connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            piece = connection.recv(65_536)
            if not piece:
                return
            request += piece
            if request.startswith(b"\x16"):  # a greeting of TLS, which this does not speak
                connection.sendall(b"no TLS here\r\n")
                return
        self.requests.append(request)
        for part in self._script(request, len(self.requests)):
            if self._closing.is_set():
                return
            connection.sendall(part)


@contextmanager
def raw_server(script: Script) -> Iterator[RawServer]:
    """A running one."""
    server = RawServer(script)
    try:
        yield server
    finally:
        server.close()


def dripping(data: bytes, pause: float = 0.02) -> Iterator[bytes]:
    """A byte now and then."""
    for byte in data:
        time.sleep(pause)
        yield bytes([byte])
