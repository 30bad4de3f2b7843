"""Asks a model over HTTP, with one connection that is kept open.

Built by `running`. The client is the standard library's `http.client`: one connection, requests one after another, no
proxies or redirects, is all that is needed, and every layer more would stand in the times that are measured. The
connection is kept because opening one anew for each request would measure the network's greeting as well.

Subtle: a socket's timeout starts again with every piece that arrives, so an answer that drips would never run into it;
here the time left is set anew before each piece of a body. A server may close a connection that was kept between two
requests, which says nothing about the model: then the request is sent once more, on a new one. And times begin before
a connection that has to be opened, and end with the last byte: what a caller waits for.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from seatrial.digest import Json
from seatrial.errors import UsageError
from seatrial.serving import presets
from seatrial.serving.asking import MOST, Reply, UnansweredError, UnusableJsonError, Why, decoded
from seatrial.serving.policy import Server
from seatrial.serving.presets import UnaskableError, WrongShapeError

_PIECE = 1 << 16
_SHOWN = 200
_OK = 200


class HttpAsker:
    """One connection to one server. `headers` are those of the user, values filled in."""

    def __init__(self, server: Server, url: str, headers: Mapping[str, str]) -> None:
        """Raises UsageError for an address that is none."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise _no_address(url, str(error)) from error
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise _no_address(url, "it is not http://HOST:PORT")
        self._server = server
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, port
        self._prefix = parts.path.rstrip("/")
        self._headers = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        self._ready, self._path = presets.paths_of(server)
        self._connection: http.client.HTTPConnection | None = None

    @property
    def takes_many(self) -> bool:
        return presets.takes_many(self._server)

    def is_ready(self, patience: float) -> str | None:
        try:
            status, body, _ = self._send("GET", self._ready, None, patience)
        except UnansweredError as error:
            return str(error)
        if 200 <= status < 300:
            return None
        return f"GET {self._ready} answers {status}{_excerpt(body)}"

    def ask(self, inputs: Sequence[Json]) -> Reply:
        try:
            data = json.dumps(presets.body_of(self._server, inputs), allow_nan=False).encode()
        except (UnaskableError, ValueError) as error:
            raise UnansweredError(Why.UNASKABLE, f"this request cannot be sent: {error}") from error
        status, body, ms = self._send("POST", self._path, data, self._server.timeouts.request)
        if status != _OK:
            raise UnansweredError(Why.STATUS, f"POST {self._path} answers {status}{_excerpt(body)}", ms=ms)
        try:
            document = decoded(body)
        except UnusableJsonError as error:
            raise UnansweredError(
                Why.WRONG_SHAPE, f"POST {self._path} answers JSON that {error}{_excerpt(body)}", ms=ms
            ) from error
        except ValueError as error:
            raise UnansweredError(
                Why.NOT_JSON, f"POST {self._path} answers something that is not JSON{_excerpt(body)}", ms=ms
            ) from error
        try:
            return Reply(answers=presets.answers_in(self._server, document, len(inputs)), ms=ms)
        except WrongShapeError as error:
            raise UnansweredError(Why.WRONG_SHAPE, f"POST {self._path}: {error}{_excerpt(body)}", ms=ms) from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _send(self, method: str, path: str, data: bytes | None, patience: float) -> tuple[int, bytes, float]:
        """Status, body and milliseconds of one request. Raises UnansweredError."""
        began = time.monotonic()
        until = began + patience
        kept = self._connection is not None
        try:
            try:
                status, body = self._exchange(method, path, data, until)
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self.close()
                if not kept:
                    raise
                status, body = self._exchange(method, path, data, until)
        except _TooLargeError as error:
            self.close()
            raise UnansweredError(Why.TOO_LARGE, f"{method} {path}: {error}", ms=_since(began)) from error
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise self._unanswered(method, path, error, patience, _since(began)) from error
        return status, body, _since(began)

    def _exchange(self, method: str, path: str, data: bytes | None, until: float) -> tuple[int, bytes]:
        connection = self._open(until)
        sock = connection.sock  # the connection forgets it where the server will close
        connection.request(method, f"{self._prefix}{path}", body=data, headers=self._headers)
        response = connection.getresponse()
        body = bytearray()
        while True:
            _allow(sock, until)
            piece = response.read1(_PIECE)
            if not piece:
                break
            body += piece
            if len(body) > MOST:
                raise _TooLargeError(f"the answer has more than {MOST >> 20} MiB")
        if response.length:  # promised, and not sent
            raise http.client.IncompleteRead(bytes(body), response.length)
        response.read()  # nothing is left, and only this tells it so
        if response.will_close:
            self.close()
        return response.status, bytes(body)

    def _open(self, until: float) -> http.client.HTTPConnection:
        if self._connection is None:
            left = max(0.001, until - time.monotonic())
            if self._secure:
                context = ssl.create_default_context()
                self._connection = http.client.HTTPSConnection(self._host, self._port, timeout=left, context=context)
            else:
                self._connection = http.client.HTTPConnection(self._host, self._port, timeout=left)
            self._connection.connect()
        _allow(self._connection.sock, until)
        return self._connection

    def _unanswered(self, method: str, path: str, error: Exception, patience: float, ms: float) -> UnansweredError:
        what = f"{method} {path}"
        match error:
            case TimeoutError():
                return UnansweredError(Why.TIMEOUT, f"{what} was not answered within {patience:g} s", ms=ms)
            case ConnectionRefusedError():
                return UnansweredError(Why.REFUSED, f"{what}: nobody listens at {self._host}:{self._port}", ms=ms)
            case http.client.HTTPException() | ConnectionError():
                return UnansweredError(Why.CUT_OFF, f"{what}: the connection was closed before an answer", ms=ms)
            case _:
                return UnansweredError(Why.REFUSED, f"{what}: {error}", ms=ms)


class _TooLargeError(Exception):
    """More is sent than anybody would read."""


def _allow(sock: socket.socket, until: float) -> None:
    """Let the socket wait as long as is left. Raises TimeoutError when nothing is."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    with contextlib.suppress(OSError):  # closed meanwhile: what comes next says so
        sock.settimeout(left)


def _since(began: float) -> float:
    return (time.monotonic() - began) * 1000.0


def _excerpt(body: bytes) -> str:
    """The beginning of an answer, for a message."""
    text = " ".join(body[: 4 * _SHOWN].decode("utf-8", "replace").split())
    if not text:
        return ", with an empty body"
    return f": {text}" if len(text) <= _SHOWN else f": {text[:_SHOWN]}..."


def _no_address(url: str, why: str) -> UsageError:
    return UsageError(f"{url} is no address of a server: {why}", next_step="write http://HOST:PORT, or https://HOST")
