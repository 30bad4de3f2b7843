"""A proxy on a loopback port that stands before an object store and does what goes wrong with one.

Faults: `lie` (other bytes of the same length), `truncate` (breaks off in the middle of what it announced),
`hang` (never answers), `unavailable` (503), `deny` (403), `refuse` (breaks off before anything was done),
`lose` (does it and never says so), `slow` (answers late), `hold` (does nothing before `let_go`). Every request is
noted, so that a test can count what was sent again.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from tests.support.small_s3 import BUCKET, Asked, Reply

Fault = Literal["lie", "truncate", "hang", "unavailable", "deny", "refuse", "lose", "slow", "hold"]
_HOP_BY_HOP = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"}


@dataclass(slots=True, kw_only=True)
class Rule:
    """What goes wrong with requests of a method (`*` for all) whose key holds `part`; `times` None for ever."""

    fault: Fault
    method: str
    part: str
    times: int | None

    def fits(self, asked: Asked) -> bool:
        """Whether it concerns this request; it then counts as used once more."""
        if self.times == 0 or self.part not in asked.key or self.method not in ("*", asked.method):
            return False
        if self.times is not None:
            self.times -= 1
        return True


class FaultProxy:
    """The proxy. `backend` answers what is let through."""

    def __init__(self, backend: Callable[[Asked], Reply]) -> None:
        self.backend = backend
        self.asked: list[Asked] = []
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._going = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def endpoint(self) -> str:
        """The address for AWS_ENDPOINT_URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def environ(self) -> dict[str, str]:
        """What a client needs to know, with patience for a test."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "tester",
            "AWS_SECRET_ACCESS_KEY": "not-a-secret",
            "AWS_REGION": "us-east-1",
        }

    def fail(self, fault: Fault, *, method: str = "*", part: str = "", times: int | None = None) -> None:
        """From now on this goes wrong."""
        with self._lock:
            self._rules.append(Rule(fault=fault, method=method, part=part, times=times))

    def heal(self) -> None:
        """Nothing goes wrong any more, and nothing was asked yet."""
        with self._lock:
            self._rules.clear()
            self.asked.clear()

    def count(self, method: str, part: str = "", *, least: int = 0) -> int:
        """How many requests of a method there were whose key holds `part`, with bodies of at least `least` bytes."""
        with self._lock:
            return sum(1 for one in self.asked if one.method == method and part in one.key and len(one.body) >= least)

    def let_go(self) -> None:
        """Go on with what was held; nothing is held any more."""
        self._going.set()

    def held(self) -> None:
        """Wait until it is let go, in bounds."""
        self._going.wait(60.0)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Let go of whoever hangs, and stop."""
        self._closing.set()
        self._going.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def met(self, asked: Asked) -> Fault | None:
        """Note a request; what goes wrong with it."""
        with self._lock:
            self.asked.append(asked)
            return next((rule.fault for rule in self._rules if rule.fits(asked)), None)

    def wait(self, seconds: float) -> None:
        """Wait, but not beyond the end of the proxy."""
        self._closing.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    proxy: FaultProxy

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_said: object) -> None:
        """Say nothing."""

    def _serve(self) -> None:
        proxy = self.server.proxy
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        asked = Asked(method=self.command, path=self.path, headers=headers, body=body)
        match proxy.met(asked):
            case None:
                self._send(proxy.backend(asked))
            case "slow":
                proxy.wait(0.3)
                self._send(proxy.backend(asked))
            case "hold":
                proxy.held()
                self._send(proxy.backend(asked))
            case "lie":
                reply = proxy.backend(asked)
                self._send(Reply(status=reply.status, headers=reply.headers, body=_other(reply.body)))
            case "truncate":
                self._send(proxy.backend(asked), cut=True)
            case "unavailable":
                self._send(Reply(status=503, body=b"<Error><Code>SlowDown</Code></Error>"))
            case "deny":
                self._send(Reply(status=403, body=b"<Error><Code>AccessDenied</Code></Error>"))
            case "hang":
                proxy.wait(60.0)
                self.close_connection = True
            case "refuse":
                self.close_connection = True
            case "lose":
                proxy.backend(asked)
                self.close_connection = True

    def _send(self, reply: Reply, *, cut: bool = False) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        announced = next((v for n, v in reply.headers.items() if n.lower() == "content-length"), str(len(reply.body)))
        if reply.status != 204:
            self.send_header("Content-Length", announced)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body[: len(reply.body) // 2] if cut else reply.body)
        if cut:
            self.close_connection = True

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _serve  # noqa: N815 - the names that http.server looks for


def _other(data: bytes) -> bytes:
    return bytes(byte ^ 1 for byte in data[:64]) + data[64:]


@contextmanager
def before(backend: Callable[[Asked], Reply]) -> Iterator[FaultProxy]:
    """A running proxy before a backend."""
    proxy = FaultProxy(backend)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.close()


def forwarding(port: int) -> Callable[[Asked], Reply]:
    """A backend: whatever listens on a loopback port."""

    def ask(asked: Asked) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request(asked.method, asked.path, body=asked.body or None, headers=dict(asked.headers))
            reply = connection.getresponse()
            return Reply(status=reply.status, headers=dict(reply.getheaders()), body=reply.read())
        finally:
            connection.close()

    return ask


__all__ = ["BUCKET", "Fault", "FaultProxy", "before", "forwarding"]
