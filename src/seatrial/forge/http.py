"""One HTTP exchange with somebody else's server, bounded in every direction.

Used by the adapters of this folder: forges, and whoever is told by a webhook. The client is the standard library's
`urllib.request`, which knows proxies and certificates; what is ours are the bounds. Every attempt, every body and
all requests together have a limit, so that a forge that is down, drips or never ends holds nothing up for long.

Subtle: redirects are never followed to another host, since the token would go with them; a webhook follows none. And a
request that may have been carried out is made again only where doing it twice changes nothing (`patience.py`); whoever
gets an `UnreachableError` with `may_be_done` has to look at what is there.
"""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from seatrial.forge.api_access import is_same_server
from seatrial.forge.connections import Look, Means, NeverMadeError, opener
from seatrial.forge.failures import AddressError, UnreachableError
from seatrial.forge.patience import Patience, wait_before
from seatrial.report.escape import plain

MOST_BYTES = 16 << 20
"""Of one answer. The longest that is asked for is a page of a hundred comments."""
_PIECE = 1 << 16
_MOVED = (301, 302, 307, 308)
_MOST_REDIRECTS = 3


class Reply(Struct, frozen=True, kw_only=True):
    """What a server answered. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http:
    """A client with its patience, for one thread. `only` looks at each address before it is asked; None: all may be."""

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
        self._until = 0.0
        means = Means(connect=self._patience.connect, left=lambda: self._until - self._monotonic(), only=only)
        self._opener = opener(means)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        repeatable: bool | None = None,
    ) -> Reply:
        """The answer, whatever its status.

        `repeatable` says whether doing it twice changes nothing, where the method does not. Raises UnreachableError
        where no answer came after all patience, AddressError for an address that may not be asked.
        """
        attempt = 0
        while True:
            attempt += 1
            began = self._monotonic()
            reply, fault = self._once(method, url, headers, body)
            self._spent += self._monotonic() - began
            wait = None if fault is not None and fault.lasting else self._wait(method, attempt, reply, repeatable)
            if fault is not None and not (fault.may_be_done or fault.lasting) and attempt < self._patience.attempts:
                wait = wait if wait is not None else self._patience.delay  # it never arrived
            if wait is None or self._spent + wait > self._patience.whole:
                if reply is not None:
                    return reply
                raise fault or _no_answer(method, url, "no time is left for it")
            self._spent += wait
            self._sleep(wait)

    def _wait(self, method: str, attempt: int, reply: Reply | None, repeatable: bool | None) -> float | None:
        return wait_before(
            method,
            attempt=attempt,
            patience=self._patience,
            status=None if reply is None else reply.status,
            headers={} if reply is None else reply.headers,
            now=self._now(),
            repeatable=repeatable,
        )

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[Reply | None, UnreachableError | None]:
        """One attempt, with the redirects that it leads to."""
        left = self._patience.whole - self._spent
        if left <= 0:
            return None, _no_answer(method, url, "no time is left for it", lasting=True)
        self._until = self._monotonic() + min(self._patience.request, left)
        for _ in range(_MOST_REDIRECTS + 1):
            try:
                reply = self._exchange(method, url, headers, body)
            except UnreachableError as fault:
                return None, fault
            to = _redirected(url, reply, method) if self._redirects else None
            if to is None:
                return reply, None
            url = to
        return None, _no_answer(method, url, "it redirects without end", lasting=True)

    def _exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        _look_at(url)
        request = urllib.request.Request(url, data=body, headers=dict(headers), method=method)  # noqa: S310 - see above
        try:
            with self._opener.open(request, timeout=self._patience.request) as answer:
                return Reply(
                    status=answer.status,
                    headers={name.lower(): value for name, value in answer.headers.items()},
                    body=_body(answer, method, url),
                )
        except urllib.error.URLError as error:
            raise _of(error.reason, method, url) from None
        except (OSError, http.client.HTTPException) as error:
            raise _of(error, method, url) from None


def _body(answer: Any, method: str, url: str) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := answer.read1(_PIECE):
        size += len(piece)
        if size > MOST_BYTES:
            too_large = f"its answer is larger than {MOST_BYTES:,} bytes"
            raise _no_answer(method, url, too_large, may_be_done=method != "GET", lasting=True)
        pieces.append(piece)
    if answer.length:  # `read1` takes an end that comes too early for the end
        raise _no_answer(method, url, "its answer broke off", may_be_done=method != "GET")
    return b"".join(pieces)


def _look_at(url: str) -> None:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        fits = fits and (parts.port is None or parts.port > 0) and _is_printable(url)
    except ValueError:  # brackets that do not close, a port that is no number
        fits = False
    if not fits:
        raise AddressError("an address must be http or https, with a host and without a password")


def _is_printable(url: str) -> bool:
    return url.isascii() and url.isprintable() and " " not in url


def _redirected(url: str, reply: Reply, method: str) -> str | None:
    """Where an answer leads to, on the same host; None where it is the answer itself."""
    to = reply.headers.get("location")
    if reply.status not in _MOVED or to is None or (reply.status in (301, 302) and method != "GET"):
        return None
    try:
        there = urljoin(url, to)
    except ValueError:
        return None
    return there if is_same_server(there, url) and _is_printable(there) else None


def _of(reason: object, method: str, url: str) -> UnreachableError:
    """What kept an answer from coming. A connection that was never made carried nothing out."""
    said = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason) or type(reason).__name__
    if isinstance(reason, TimeoutError):
        said = "it did not answer in time"
    never = isinstance(reason, NeverMadeError)
    return _no_answer(method, url, plain(said, bound=200), may_be_done=not never and method != "GET")


def _no_answer(
    method: str, url: str, why: str, *, may_be_done: bool = False, lasting: bool = False
) -> UnreachableError:
    parts = urlsplit(url)
    return UnreachableError(
        f"{parts.hostname} did not answer {method} {parts.path}: {why}",
        next_step="try again later; what the run came to stands in its own report and exit code",
        may_be_done=may_be_done,
        lasting=lasting,
    )
