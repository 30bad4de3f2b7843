"""GitLab on a loopback port, as far as we ask it: it keeps what is written and refuses what the real one refuses.

Every request and every answer is held against schemas written after GitLab's documentation (`gitlab_schemas.py`); what
does not fit is noted in `faults`, and leaving `serving` asserts that there is none. Rules that matter are kept: quick
actions are carried out, a status cannot go to the state that it has, a deployment made by CI cannot be changed,
CI_JOB_TOKEN may write next to nothing. Faults are planted with `plant`.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.gitlab_routes import ROUTES
from tests.support.gitlab_state import GitLabState, RefusedError

TOKEN = "glpat-of-the-bot"
JOB_TOKEN = "glcbt-of-the-job"


@dataclass(kw_only=True)
class Planted:
    """What becomes of requests whose method and path match, `times` times. `status` None: no answer comes, and with
    `after` the request is carried out before."""

    method: str
    path: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b'{"message": "planted"}'
    times: int = 1
    after: bool = False


class FakeGitLab(GitLabState):
    """That GitLab, with what it was asked and the faults that are planted."""

    def __init__(self) -> None:
        super().__init__()
        self.planted: list[Planted] = []
        self.requests: list[tuple[str, str]] = []
        self._lock = threading.RLock()

    def plant(self, method: str, path: str, status: int | None = None, **given: Any) -> None:
        """Have requests fail whose path holds that pattern."""
        self.planted.append(Planted(method=method, path=path, status=status, **given))

    def answer(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes] | None:
        """What comes of a request; None: nothing comes."""
        with self._lock:
            self.requests.append((method, target))
            planted = self._planted(method, target)
            if planted is not None and planted.status is not None:
                return planted.status, dict(planted.headers), planted.body
            if planted is not None and not planted.after:
                return None
            try:
                status, sent, value = self._dispatch(method, target, headers, body)
            except RefusedError as refused:
                status, sent, value = refused.status, {}, {"message": refused.message}
            if planted is not None:
                return None
            return status, sent, b"" if value is None else json.dumps(value).encode()

    def _planted(self, method: str, target: str) -> Planted | None:
        for planted in self.planted:
            if planted.times and planted.method == method and re.search(planted.path, target):
                planted.times -= 1
                return planted
        return None

    def _dispatch(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], Any]:
        job = self._who(headers)
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        path = parts.path.removeprefix("/api/v4")
        sent = self._sent(method, headers, body)
        for verb, pattern, act, for_jobs in ROUTES:
            found = re.fullmatch(pattern, path)
            if verb == method and found is not None:
                if job and not for_jobs:
                    raise RefusedError(403, "403 Forbidden")
                groups = {name: unquote(value) for name, value in found.groupdict().items()}
                return act(self, groups, query, sent)
        self.faults.append(f"nothing is at {method} {path}")
        raise RefusedError(404, "404 Not Found")

    def _who(self, headers: Mapping[str, str]) -> bool:
        """Whether a job asks; the wrong token is nobody."""
        if headers.get("private-token") == TOKEN:
            return False
        if headers.get("job-token") == JOB_TOKEN:
            return True
        raise RefusedError(401, "401 Unauthorized")

    def _sent(self, method: str, headers: Mapping[str, str], body: bytes) -> Any:
        if not body:
            return None
        if headers.get("content-type") != "application/json" or method == "GET":
            self.faults.append(f"{method} has a body that is not declared as JSON")
        return json.loads(body)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        given = self.server.fake.answer(self.command, self.path, headers, body)
        if given is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        status, sent, data = given
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **sent, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = _do  # noqa: N815 - the names they have

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name it has
        """Nothing is printed."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, fake: FakeGitLab) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fake = fake


@contextmanager
def serving() -> Iterator[FakeGitLab]:
    """A fresh one, at `url`; afterwards no request or answer may have been at fault."""
    fake = FakeGitLab()
    server = _Server(fake)
    fake.url = f"http://127.0.0.1:{server.server_address[1]}/api/v4"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
    assert fake.faults == []
