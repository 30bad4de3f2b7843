"""A server on loopback that takes messages as a real receiver would: it keeps them, and checks what can be checked.

Called by the tests of telling. `answers` are what it says to one request after another, the last one for ever; each is
a status, or a function that is given the handler and may do as it likes with the connection.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = int | Callable[[BaseHTTPRequestHandler], None]


class Taken:
    """One request as it came."""

    def __init__(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.path, self.headers, self.body = path, headers, body

    @property
    def json(self) -> Any:
        """Its body."""
        return json.loads(self.body)

    @property
    def delivery(self) -> str:
        """The id that it says it has."""
        return self.headers["seatrial-delivery"]

    def is_signed_with(self, key: str) -> bool:
        """Whether the signature is that of the body and its time, computed here from scratch."""
        said = self.headers.get("seatrial-signature", "")
        signed = self.headers["seatrial-timestamp"].encode() + b"." + self.body
        return hmac.compare_digest(said, "v1=" + hmac.new(key.encode(), signed, hashlib.sha256).hexdigest())


class Receiver:
    """What came, in order."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.taken: list[Taken] = []

    def url(self, path: str = "/hook", host: str = "127.0.0.1") -> str:
        """Its address."""
        return f"http://{host}:{self.port}{path}"

    @property
    def bodies(self) -> list[Any]:
        """What was said, parsed."""
        return [one.json for one in self.taken]


@contextmanager
def receiving(answers: Sequence[Answer] = (200,)) -> Iterator[Receiver]:
    """A receiver that listens until the block ends."""
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.taken.append(Taken(self.path, headers, body))
            answer = answers[min(len(receiver.taken), len(answers)) - 1]
            self.close_connection = True
            if callable(answer):
                answer(self)
                return
            self.send_response(answer)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its caller names it
            """Nothing is said on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.stopping = stop  # type: ignore[attr-defined]  # for answers that hang
    receiver = Receiver(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def hang(handler: BaseHTTPRequestHandler) -> None:
    """No answer, until the test has ended."""
    handler.server.stopping.wait(30)  # type: ignore[attr-defined]  # see `receiving`


def with_headers(status: int, **headers: str) -> Answer:
    """A status with some headers."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """A header that never ends, a byte at a time."""
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not handler.server.stopping.wait(0.02):  # type: ignore[attr-defined]  # see `receiving`
            handler.wfile.write(b"x")
            handler.wfile.flush()
    except OSError:
        return


def chatty(text: bytes) -> Answer:
    """A refusal with a body that must not be repeated anywhere."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(400)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    return answer
