"""One HTTP exchange with somebody else's server, bounded in every direction.

Used by the adapters of this folder: forges, and whoever is told by a webhook. The client is the standard library's
`urllib.request`, which knows proxies and certificates; what is ours are the bounds. Every attempt, every body and
all requests together have a limit, so that a forge that is down, drips or never ends holds nothing up for long.

Subtle: an address may be looked at before it is asked (`only`). It is then resolved once, and the connection goes to
what was looked at: a name that resolves to something else a moment later gains nothing. Redirects are never
followed across hosts, since the token would go with them; a webhook follows none.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from seatrial.forge.failures import AddressError, UnreachableError
from seatrial.forge.patience import Patience, wait_before
from seatrial.forge.timely import TimelyResponse

MOST_BYTES = 16 << 20
"""Of one answer. The longest that is asked for is a page of a hundred comments."""
_PIECE = 1 << 16
_MOVED = (301, 302, 307, 308)
_MOST_REDIRECTS = 3

Look = Callable[[str], None]
"""Looks at an IP address, as text, before it is asked; raises AddressError where it must not be."""


class Reply(Struct, frozen=True, kw_only=True):
    """What a server answered. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http:
    """A client with its patience. `only` looks at each address before it is asked; None: all may be."""

    def __init__(
        self,
        *,
        patience: Patience | None = None,
        only: Look | None = None,
        redirects: bool = True,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._patience = patience or Patience()
        self._redirects = redirects
        self._monotonic = monotonic
        self._now = now
        self._sleep = sleep
        self._spent = 0.0
        self._opener = _opener(self._patience, only)

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None, twice: bool = False
    ) -> Reply:
        """The answer, whatever its status. `twice`: it may be made again although it may have been carried out, because
        whoever takes it knows a repetition. Raises UnreachableError where no answer came after all patience,
        AddressError for an address that may not be asked."""
        attempt = 0
        while True:
            attempt += 1
            began = self._monotonic()
            reply, fault = self._once(method, url, headers, body)
            self._spent += self._monotonic() - began
            known = {} if reply is None else reply.headers
            status = None if reply is None else reply.status
            wait = wait_before(
                method,
                attempt=attempt,
                patience=self._patience,
                status=status,
                headers=known,
                now=self._now(),
                twice=twice,
            )
            if fault is not None and not fault.may_be_done and attempt < self._patience.attempts:
                wait = wait if wait is not None else self._patience.delay  # it never arrived
            if wait is None or self._spent + wait > self._patience.whole:
                if reply is not None:
                    return reply
                raise fault or _no_answer(method, url, "no time is left for it", may_be_done=False)
            self._spent += wait
            self._sleep(wait)

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[Reply | None, UnreachableError | None]:
        """One attempt, with the redirects that it leads to."""
        if self._spent >= self._patience.whole:
            return None, _no_answer(method, url, "no time is left for it", may_be_done=False)
        for _ in range(_MOST_REDIRECTS + 1):
            try:
                reply = self._exchange(method, url, headers, body)
            except UnreachableError as fault:
                return None, fault
            to = _redirected(url, reply, method) if self._redirects else None
            if to is None:
                return reply, None
            url = to
        return None, _no_answer(method, url, "it redirects without end", may_be_done=False)

    def _exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        until = self._monotonic() + self._patience.request
        request = urllib.request.Request(url, data=body, headers=dict(headers), method=method)  # noqa: S310 - see _parts
        _parts(url)
        try:
            with self._opener.open(request, timeout=self._patience.request) as answer:
                return Reply(
                    status=answer.status,
                    headers={name.lower(): value for name, value in answer.headers.items()},
                    body=self._body(answer, until, method, url),
                )
        except urllib.error.URLError as error:
            raise _of(error.reason, method, url) from None
        except (OSError, http.client.HTTPException) as error:
            raise _of(error, method, url) from None

    def _body(self, answer: Any, until: float, method: str, url: str) -> bytes:
        pieces: list[bytes] = []
        size = 0
        while piece := answer.read1(_PIECE):
            size += len(piece)
            if size > MOST_BYTES:
                raise _no_answer(method, url, f"its answer is larger than {MOST_BYTES:,} bytes", may_be_done=True)
            if self._monotonic() > until:
                raise _no_answer(method, url, "its answer did not end in time", may_be_done=True)
            pieces.append(piece)
        return b"".join(pieces)


class _AsItIs(urllib.request.HTTPErrorProcessor):
    """Every status is an answer, and a redirect is ours to follow or not."""

    def http_response(self, request: urllib.request.Request, response: Any) -> Any:
        return response

    https_response = http_response


def _opener(patience: Patience, only: Look | None) -> urllib.request.OpenerDirector:
    director = urllib.request.OpenerDirector()
    if only is None:
        director.add_handler(urllib.request.ProxyHandler())
    # With a proxy it would be the proxy that resolves the name, so whoever looks at addresses asks directly.
    director.add_handler(_Http(patience, only))
    director.add_handler(_Https(patience, only))
    director.add_handler(_AsItIs())
    return director


class _Http(urllib.request.HTTPHandler):
    def __init__(self, patience: Patience, only: Look | None) -> None:
        super().__init__()
        self._patience, self._only = patience, only

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._connection, req)

    def _connection(self, host: str, **options: Any) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(host, **options)
        _connect_by(connection, self._patience, self._only)
        return connection


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, patience: Patience, only: Look | None) -> None:
        super().__init__()
        self._patience, self._only = patience, only

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._connection, req)

    def _connection(self, host: str, **options: Any) -> http.client.HTTPSConnection:
        connection = http.client.HTTPSConnection(host, context=ssl.create_default_context(), **options)
        _connect_by(connection, self._patience, self._only)
        return connection


def _connect_by(connection: http.client.HTTPConnection, patience: Patience, only: Look | None) -> None:
    """Has the connection made with our own patience, to an address that was looked at."""

    def create(address: tuple[str, int], timeout: float | None = None, *_: object) -> socket.socket:
        host, port = address
        if only is None:
            made = socket.create_connection(address, patience.connect)
        else:
            made = _connect_to_looked_at(host, port, patience.connect, only)
        made.settimeout(timeout)
        return made

    connection.response_class = TimelyResponse
    connection._create_connection = create  # type: ignore[attr-defined]  # noqa: SLF001 - how http.client takes one


def _connect_to_looked_at(host: str, port: int, timeout: float, only: Look) -> socket.socket:
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


def _parts(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise AddressError("an address must be http or https, with a host and without a password")


def _redirected(url: str, reply: Reply, method: str) -> str | None:
    """Where an answer leads to, on the same host; None where it is the answer itself."""
    to = reply.headers.get("location")
    if reply.status not in _MOVED or to is None or (reply.status in (301, 302) and method != "GET"):
        return None
    there = urljoin(url, to)
    same = urlsplit(there)[:2] == urlsplit(url)[:2]
    return there if same else None


def _of(reason: object, method: str, url: str) -> UnreachableError:
    """What kept an answer from coming. A connection that was never made carried nothing out."""
    if isinstance(reason, AddressError):
        raise reason
    never = isinstance(reason, ConnectionRefusedError | socket.gaierror | ssl.SSLError)
    said = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason) or type(reason).__name__
    if isinstance(reason, TimeoutError):
        said = "it did not answer in time"
    return _no_answer(method, url, said, may_be_done=not never and method != "GET")


def _no_answer(method: str, url: str, why: str, *, may_be_done: bool) -> UnreachableError:
    parts = urlsplit(url)
    return UnreachableError(
        f"{parts.hostname} did not answer {method} {parts.path}: {why}",
        next_step="try again later; what the run came to stands in its own report and exit code",
        may_be_done=may_be_done,
    )
