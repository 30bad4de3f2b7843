"""Connections that end in time and go only where they may: what `http.py` opens its requests with.

The client of the standard library bounds each wait for a byte, not the whole of an answer: a server that sends
one byte of a header now and then holds it for hours. Here every read asks how much time is left for the exchange.

Subtle: an address may be looked at before it is asked (`only`). The name is then resolved once, and the connection goes
to what was looked at: a name that resolves to something else a moment later gains nothing. What goes wrong before there
is a connection is told apart (`NeverMadeError`), since such a request carried nothing out and may be made again.
"""

from __future__ import annotations

import functools
import http.client
import io
import socket
import ssl
import urllib.request
from collections.abc import Callable
from typing import Any

Look = Callable[[str], None]
"""Looks at an IP address, as text, before it is asked; raises AddressError where it must not be."""

_LEAST = 0.001
"""Seconds. A time-out of zero would mean a socket that never waits."""


class NeverMadeError(OSError):
    """No connection was made: nothing of the request went out."""


class Means:
    """What connections of one client are made with. `left` says how many seconds are left for this exchange."""

    def __init__(self, *, connect: float, left: Callable[[], float], only: Look | None) -> None:
        self._connect = connect
        self.left = left
        self.only = only

    @functools.cached_property
    def context(self) -> ssl.SSLContext:
        """Read once, where it is needed: the certificates of a machine take longer to read than an answer."""
        return ssl.create_default_context()

    def connected(self, address: tuple[str, int], timeout: float | None = None, *_: object) -> socket.socket:
        """A connection to an address that was looked at."""
        patience = max(_LEAST, min(self._connect, self.left()))
        if self.only is None:
            made = socket.create_connection(address, patience)
        else:
            made = _connected_as_looked_at(address, patience, self.only)
        made.settimeout(max(_LEAST, self.left()))
        return made


def opener(means: Means) -> urllib.request.OpenerDirector:
    """A director that knows proxies, and hands every answer on as it is."""
    director = urllib.request.OpenerDirector()
    if means.only is None:
        # With a proxy it would be the proxy that resolves the name, so whoever looks at addresses asks directly.
        director.add_handler(urllib.request.ProxyHandler())
    director.add_handler(_Handler(means))
    director.add_handler(_AsItIs())
    return director


class _AsItIs(urllib.request.HTTPErrorProcessor):
    """Every status is an answer, and a redirect is ours to follow or not."""

    def http_response(self, request: urllib.request.Request, response: Any) -> Any:
        return response

    https_response = http_response


class _Handler(urllib.request.AbstractHTTPHandler):
    def __init__(self, means: Means) -> None:
        super().__init__()
        self._means = means

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(functools.partial(_Connection, means=self._means), req)

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        secure = functools.partial(_SecureConnection, means=self._means, context=self._means.context)
        return self.do_open(secure, req)

    http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_


class _Connection(http.client.HTTPConnection):
    def __init__(self, host: str, *, means: Means, **options: Any) -> None:
        super().__init__(host, **options)
        self._create_connection = means.connected
        self.response_class = functools.partial(_Answer, left=means.left)  # type: ignore[assignment]  # called only

    def connect(self) -> None:
        try:
            super().connect()
        except UnicodeError:  # a name that no resolver can be asked for
            raise NeverMadeError("its name is none that can be looked up") from None
        except TimeoutError:
            raise NeverMadeError("no connection was made in time") from None
        except OSError as error:
            raise NeverMadeError(error.strerror or str(error) or type(error).__name__) from None


class _SecureConnection(_Connection, http.client.HTTPSConnection):
    """The same, encrypted."""


class _Answer(http.client.HTTPResponse):
    """An answer whose every read, of headers as well, ends when the time of the exchange does."""

    def __init__(
        self,
        sock: socket.socket,
        debuglevel: int = 0,
        method: str | None = None,
        url: str | None = None,
        *,
        left: Callable[[], float],
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self.fp.close()
        self.fp = io.BufferedReader(_InTime(sock, left))


class _InTime(io.RawIOBase):
    """The bytes of a socket, while there is time."""

    def __init__(self, sock: socket.socket, left: Callable[[], float]) -> None:
        super().__init__()
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._left = left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._left()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(max(_LEAST, left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _connected_as_looked_at(address: tuple[str, int], timeout: float, only: Look) -> socket.socket:
    host, port = address
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for _family, _type, _proto, _name, at in found:
        only(str(at[0]))  # one bad address of a name is reason enough
    last: OSError | None = None
    for family, kind, proto, _name, at in found:
        made = socket.socket(family, kind, proto)
        try:
            made.settimeout(timeout)
            made.connect(at)
            return made
        except OSError as error:
            made.close()
            last = error
    raise last or OSError("the name has no address")
