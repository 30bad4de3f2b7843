"""The fake of GitHub on a loopback port: a stateful one, that does what goes wrong with the real one as well.

Every request and every answer is held to GitHub's published description where that is here (`description.py`); what
does not fit is noted in `invalid`, which a test's fixture looks at in the end. Faults, for requests of a method whose
path holds a text:

- answers: `401`, `403` (rights), `404`, `409`, `422`, `429` (`Retry-After` in seconds), `429-date`, `429-long` (an
  hour), `secondary` (403 with `Retry-After`), `secondary-silent` (403 that says so in words alone), `quota` (403, none
  left for fifty minutes), `500`, `502`, `503-wait`;
- the way there: `refuse` (breaks off before anything was done), `lose` (does it, and never says so), `hang`,
  `drip-head` and `drip-body` (a byte now and then), `truncate` (less than was announced);
- other answers: `elsewhere` (redirects to another host), `renamed` (redirects to `/repositories/1`), `loop`, `portal`
  (200 with a page of HTML), `huge` (more than anybody should read), `next-elsewhere` (the next page is on another
  host);
- `pass`: none, for as many requests as it is said of.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.support.fake_github.answering import ROUTES, Call, RefusedError, allowed, text_of
from tests.support.fake_github.description import Operation, description
from tests.support.fake_github.world import REPO, World

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
"""What the fake's clock says; a client that is to understand dates must have the same."""
_RIGHTS = "Resource not accessible by integration"
_LIMIT = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
_LATER = str(int((NOW + timedelta(minutes=50)).timestamp()))
_ANSWERS: dict[str, tuple[int, str, dict[str, str]]] = {
    "401": (401, "Bad credentials", {}),
    "403": (403, _RIGHTS, {"x-ratelimit-remaining": "4000"}),
    "404": (404, "Not Found", {}),
    "409": (409, "Conflict", {}),
    "422": (422, "Validation Failed", {}),
    "429": (429, "API rate limit exceeded", {"Retry-After": "1"}),
    "429-date": (429, "API rate limit exceeded", {"Retry-After": format_datetime(NOW + timedelta(seconds=3), True)}),
    "429-long": (429, "API rate limit exceeded", {"Retry-After": "3600"}),
    "secondary": (403, _LIMIT, {"Retry-After": "2", "x-ratelimit-remaining": "4000"}),
    "secondary-silent": (403, _LIMIT, {"x-ratelimit-remaining": "4000"}),
    "quota": (403, "API rate limit exceeded", {"x-ratelimit-remaining": "0", "x-ratelimit-reset": _LATER}),
    "500": (500, "Server Error", {}),
    "502": (502, "Server Error", {}),
    "503-wait": (503, "Service Unavailable", {"Retry-After": "1"}),
}
_BY_NUMBER = "/repositories/1"
_WRONGLY_DESCRIBED = re.compile(r"\banswer(\[\d+\])?\.head\.repo: None is not")
"""The branch of a pull request whose fork was deleted is in no repository; the description knows only some of these."""
_MAY_HAVE_NO_BODY = (204, 304)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request. Header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True, kw_only=True)
class _Rule:
    fault: str
    method: str
    part: str
    times: int | None


@dataclass(slots=True, kw_only=True)
class _Reply:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class FakeGitHub:
    """The fake. `world` is what it keeps; `page_size` bounds a page whatever was asked for."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.page_size = 100
        self.asked: list[Asked] = []
        self.invalid: list[str] = []
        self.elsewhere = "http://elsewhere.invalid"
        """The other host that redirects and pages lead to."""
        self.slow = 0.05
        """Seconds between the bytes of an answer that drips."""
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def api(self) -> str:
        """The address of the API."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def fail(self, fault: str, *, method: str = "*", part: str = "", times: int | None = None) -> None:
        """From now on this goes wrong, so many times or for ever."""
        with self._lock:
            self._rules.append(_Rule(fault=fault, method=method, part=part, times=times))

    def heal(self) -> None:
        """Nothing goes wrong any more, and nothing was asked yet."""
        with self._lock:
            self._rules.clear()
            self.asked.clear()

    def count(self, method: str, part: str = "") -> int:
        """How many requests of a method there were whose path holds `part`."""
        with self._lock:
            return sum(1 for one in self.asked if one.method == method and part in one.path)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Let go of whoever waits, and stop."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait(self, seconds: float) -> bool:
        """Wait; whether the fake is being closed."""
        return self._closing.wait(seconds)

    def met(self, asked: Asked, *, moved: bool) -> str | None:
        """Note a request; what goes wrong with it. What was `moved` to a renamed repository is not moved again."""
        with self._lock:
            self.asked.append(asked)
            for rule in self._rules:
                if moved and rule.fault == "renamed":
                    continue
                if rule.times != 0 and rule.part in asked.path and rule.method in ("*", asked.method):
                    if rule.times is not None:
                        rule.times -= 1
                    return rule.fault
            return None

    def fault(self, fault: str) -> _Reply:
        """The answer that a fault is."""
        status, message, headers = _ANSWERS[fault]
        return _Reply(status=status, headers=dict(headers), body=text_of(RefusedError(status, message).body))

    def answer(self, asked: Asked) -> _Reply:
        """Do what is asked, and hold both to the description."""
        known = description()
        operation = None
        if known is not None:
            operation = known.operation(asked.method, asked.path)
        faults = self._faults_of(asked, operation)
        with self.world.lock:
            if faults:
                reply = _of(RefusedError(422, "; ".join(faults)))
                self._note(f"{asked.method} {asked.path}: {fault}" for fault in faults)
            else:
                reply = self._done(asked)
        if known is not None and not faults:
            body = json.loads(reply.body) if reply.body else None
            wrong = known.faults_of_answer(operation, reply.status, body)
            unknown = (fault for fault in wrong if not _WRONGLY_DESCRIBED.search(fault))
            self._note(f"answer to {asked.method} {asked.path}: {fault}" for fault in unknown)
        return reply

    def _note(self, faults: Iterator[str]) -> None:
        with self._lock:
            self.invalid += faults

    def _faults_of(self, asked: Asked, operation: Operation | None) -> list[str]:
        wanted = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
        if asked.body:
            wanted["content-type"] = "application/json; charset=utf-8"
        faults = [
            f"the header {name} is not {value}" for name, value in wanted.items() if asked.headers.get(name) != value
        ]
        if not asked.headers.get("user-agent", "").startswith("seatrial/"):
            faults.append("the header user-agent does not say who asks")
        try:
            body = json.loads(asked.body) if asked.body else None
        except ValueError:
            return [*faults, "the body is not JSON"]
        known = description()
        if known is None:
            return faults
        if operation is None:
            return [*faults, "is not described"]
        return [*faults, *known.faults_of_request(operation, asked.query, body)]

    def _done(self, asked: Asked) -> _Reply:
        token = self.world.tokens.get(asked.headers.get("authorization", "").removeprefix("Bearer "))
        if token is None:
            return _of(RefusedError(401, "Bad credentials"))
        try:
            for route in ROUTES:
                found = route.path.fullmatch(asked.path)
                if found is not None and route.method == asked.method:
                    allowed(token, route)
                    query = {name: values[0] for name, values in asked.query.items()}
                    at = tuple(_unquoted(part) for part in found.groups())
                    body = json.loads(asked.body) if asked.body else None
                    status, answer = route.does(Call(world=self.world, token=token, at=at, query=query, body=body))
                    return (
                        self._page(asked, status, answer)
                        if route.paged
                        else _Reply(status=status, body=text_of(answer))
                    )
        except RefusedError as error:
            return _of(error)
        return _of(RefusedError(404, "Not Found"))

    def _page(self, asked: Asked, status: int, answer: list[Any]) -> _Reply:
        number = int((asked.query.get("page") or ["1"])[0])
        size = min(self.page_size, int((asked.query.get("per_page") or ["30"])[0]))
        page: Any = answer[(number - 1) * size : number * size]
        if asked.path.endswith("/check-runs"):
            page = {"total_count": len(answer), "check_runs": page}
        headers = {}
        if number * size < len(answer):
            query = {**{name: values[0] for name, values in asked.query.items()}, "page": str(number + 1)}
            first = f'<{self.api}{asked.path}?{urlencode({**query, "page": "1"})}>; rel="first"'
            headers["Link"] = f'{first}, <{self.api}{asked.path}?{urlencode(query)}>; rel="next"'
        return _Reply(status=status, headers=headers, body=text_of(page))


def _of(error: RefusedError) -> _Reply:
    return _Reply(status=error.status, headers={"x-ratelimit-remaining": "4000"}, body=text_of(error.body))


def _unquoted(part: str) -> str:
    return parse_qs(f"p={part.replace('+', '%2B').replace('&', '%26')}", keep_blank_values=True)["p"][0]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    fake: FakeGitHub

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news; what goes wrong in the fake itself is."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            self.fake.invalid.append(f"the fake failed: {error!r}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_said: object) -> None:
        """Say nothing."""

    def _serve(self) -> None:
        fake = self.server.fake
        self.close_connection = True
        parts = urlsplit(self.path)
        asked = Asked(
            method=self.command,
            path=parts.path.replace(_BY_NUMBER, f"/repos/{REPO}", 1),
            query=parse_qs(parts.query, keep_blank_values=True),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("content-length", "0"))),
        )
        fault = fake.met(asked, moved=parts.path.startswith(_BY_NUMBER))
        if fault in (None, "pass"):
            self._send(fake.answer(asked))
        elif fault in _ANSWERS:
            self._send(fake.fault(fault))
        else:
            self._fail(fault, fake, asked)

    def _fail(self, fault: str, fake: FakeGitHub, asked: Asked) -> None:
        match fault:
            case "refuse":
                return
            case "hang":
                fake.wait(60.0)
            case "lose":
                fake.answer(asked)
            case "drip-head":
                self._drip(fake, b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 10_000)
            case "drip-body":
                self._drip(fake, b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n" + b" " * 10_000)
            case "truncate":
                self._send(fake.answer(asked), cut=True)
            case "huge":
                self._huge()
            case _:
                self._send(self._other(fault, fake, asked))

    def _other(self, fault: str, fake: FakeGitHub, asked: Asked) -> _Reply:
        match fault:
            case "elsewhere":
                return _Reply(status=307, headers={"Location": f"{fake.elsewhere}/take"})
            case "renamed":
                return _Reply(status=301 if asked.method == "GET" else 307, headers={"Location": _renamed(asked)})
            case "loop":
                return _Reply(status=307, headers={"Location": self.path})
            case "portal":
                return _Reply(status=200, headers={"Content-Type": "text/html"}, body=b"<html>Log in</html>")
            case "next-elsewhere":
                reply = fake.answer(asked)
                reply.headers["Link"] = f'<{fake.elsewhere}/next>; rel="next"'
                return reply
        raise ValueError(f"there is no fault called {fault}")

    def _drip(self, fake: FakeGitHub, data: bytes) -> None:
        for byte in data:
            if fake.wait(fake.slow):
                return
            self.wfile.write(bytes([byte]))
            self.wfile.flush()

    def _huge(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(1 << 30))
        self.end_headers()
        for _ in range(1 << 10):
            self.wfile.write(b" " * (1 << 20))

    def _send(self, reply: _Reply, *, cut: bool = False) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status not in _MAY_HAVE_NO_BODY:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2] if cut else reply.body)

    do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 - the names that http.server looks for


def _renamed(asked: Asked) -> str:
    """Where a renamed repository is found."""
    query = urlencode({name: values[0] for name, values in asked.query.items()})
    return asked.path.replace(f"/repos/{REPO}", _BY_NUMBER, 1) + (f"?{query}" if query else "")


@contextmanager
def fake_github() -> Iterator[FakeGitHub]:
    """A running fake with a repository, a pull request, and the tokens of a workflow and of a person.

    In the end no request, and no answer of the fake's own, may have been other than GitHub describes them.
    """
    world = World()
    world.account("octo", role="admin")
    world.pull(7, "a" * 40)
    world.token("ghs_of-actions", "github-actions[bot]", app="github-actions")
    world.token("ghp_of-a-person", "octo")
    fake = FakeGitHub(world)
    fake.start()
    try:
        yield fake
    finally:
        fake.close()
    assert fake.invalid == []
