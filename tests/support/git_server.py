"""A forge's git server on a loopback port, and clones of it as a run in CI has them.

Git's own `git http-backend` answers, behind a server that hands requests on to it as CGI. The repository is made as
GitHub keeps one: a pull request is `refs/pull/N/head`, what it would be merged to is `refs/pull/N/merge`, and a fork's
commits are in no branch. `checkout` does what `actions/checkout` does: one commit, on no branch, without the main
branch.

    m1 --- m2 --- m3          refs/heads/main
      \\              \\
       t1 --- t2 ----- merge  refs/heads/topic, refs/pull/7/head; refs/pull/7/merge
      \\
       f1                     refs/pull/8/head (and refs/pull/8/merge, of m3 and f1)
"""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import pytest

REPO = "octo/models"
_COMMITS: tuple[tuple[str, str, tuple[str, ...], dict[str, str]], ...] = (
    # name, branch, parents, files
    ("m1", "main", (), {"seatrial.yaml": "main 1", "train.py": "print(1)"}),
    ("m2", "main", ("m1",), {"train.py": "print(2)"}),
    ("m3", "main", ("m2",), {"notes.md": "main 3"}),
    ("t1", "topic", ("m1",), {"model.py": "topic 1"}),
    ("t2", "topic", ("t1",), {"model.py": "topic 2"}),
    ("merge", "merge7", ("m3", "t2"), {}),
    ("f1", "fork", ("m1",), {"model.py": "fork 1"}),
    ("merge-of-fork", "merge8", ("m3", "f1"), {}),
)
_REFS = {
    "refs/heads/main": "m3",
    "refs/heads/topic": "t2",
    "refs/pull/7/head": "t2",
    "refs/pull/7/merge": "merge",
    "refs/pull/8/head": "f1",
    "refs/pull/8/merge": "merge-of-fork",
}


def _backend() -> Path | None:
    done = subprocess.run(["git", "--exec-path"], capture_output=True, check=False)
    found = Path(os.fsdecode(done.stdout.strip())) / "git-http-backend"
    return found if found.is_file() else None


BACKEND = _backend()
needs_git_server = pytest.mark.skipif(BACKEND is None, reason="git http-backend is not installed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosted:
    """A repository that is served. `commits` are its commits by the names of the drawing above."""

    url: str
    bare: Path
    commits: Mapping[str, str]

    def checkout(self, folder: Path, number: int = 7, *, depth: int | None = 1, branch: str | None = None) -> Path:
        """A clone as a run for a pull request has it, on no branch. `depth` None: all of history, and every branch.
        With `branch`, that is fetched as well, as shallow."""
        merge = self.commits[_REFS[f"refs/pull/{number}/merge"]]
        run("init", "--quiet", "--initial-branch=main", str(folder), at=folder.parent)
        run("remote", "add", "origin", self.url, at=folder)
        ref = f"refs/remotes/pull/{number}/merge"
        shallow = [] if depth is None else [f"--depth={depth}"]
        wanted = [f"+{merge}:{ref}"]
        if depth is None:
            wanted += ["+refs/heads/*:refs/remotes/origin/*"]
        elif branch is not None:
            wanted += [f"+refs/heads/{branch}:refs/remotes/origin/{branch}"]
        run(
            "-c",
            "protocol.version=2",
            "fetch",
            "--quiet",
            "--no-tags",
            "--prune",
            *shallow,
            "origin",
            *wanted,
            at=folder,
        )
        run("checkout", "--quiet", "--force", ref, at=folder)
        return folder


def run(*arguments: str, at: Path) -> str:
    """What git says in a folder."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=at, check=True, capture_output=True, timeout=60).stdout.decode().strip()


@contextmanager
def hosted(folder: Path) -> Iterator[Hosted]:
    """A repository with two open pull requests, served while it lasts."""
    bare = folder / f"{REPO}.git"
    bare.mkdir(parents=True)
    run("init", "--quiet", "--bare", "--initial-branch=main", ".", at=bare)
    for name in ("allowReachableSHA1InWant", "allowTipSHA1InWant", "allowFilter"):
        run("config", f"uploadpack.{name}", "true", at=bare)
    commits = _filled(bare)
    with serving(folder) as server:
        yield Hosted(url=f"{server.url}/{REPO}.git", bare=bare, commits=commits)


@contextmanager
def serving(folder: Path, may_push: Callable[[str], bool | None] | None = None) -> Iterator[GitServer]:
    """All repositories below a folder, for as long as it lasts. Anybody may read.

    `may_push` says what a token is worth: None for one that is not known. Without it what git's own configuration of
    the repositories says decides who may write.
    """
    server = GitServer(("127.0.0.1", 0), _Handler)
    server.root = folder
    server.may_push = may_push
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _filled(bare: Path) -> dict[str, str]:
    """Writes the history; its commits by name."""
    marks = {name: number for number, (name, *_) in enumerate(_COMMITS, 1)}
    stream: list[str] = []
    for name, branch, parents, files in _COMMITS:
        stream += [f"commit refs/made/{branch}", f"mark :{marks[name]}"]
        stream += [f"committer A. Tester <tester@example.invalid> {1_795_000_000 + marks[name]} +0000"]
        stream += [f"data {len(name)}", name]
        stream += [f"{'from' if at == 0 else 'merge'} :{marks[parent]}" for at, parent in enumerate(parents)]
        if len(parents) == 2:  # what the second parent brings
            brought = next(one[3] for one in reversed(_COMMITS) if one[0] == parents[1])
            files = {**files, **brought}
        for path, text in files.items():
            stream += [f"M 644 inline {path}", f"data {len(text)}", text]
        stream += [""]
    exported = bare / "marks"
    command = ["git", "fast-import", "--quiet", f"--export-marks={exported}"]
    subprocess.run(command, cwd=bare, input="\n".join(stream).encode(), check=True, timeout=60)
    by_mark = dict(line.split() for line in exported.read_text().splitlines())
    commits = {name: by_mark[f":{mark}"] for name, mark in marks.items()}
    for ref, name in _REFS.items():
        run("update-ref", ref, commits[name], at=bare)
    for made in run("for-each-ref", "--format=%(refname)", "refs/made", at=bare).split():
        run("update-ref", "-d", made, at=bare)
    return commits


Answer = Literal["serve", "deny", "unauthorized", "unavailable", "garbage", "empty", "hang", "lose"]
"""What becomes of a request. `lose`: it is done, and the connection is closed in place of an answer."""


class GitServer(ThreadingHTTPServer):
    """The server. `asked` are the requests, as method and path with query; `decide` may let one fail."""

    daemon_threads = True
    root: Path
    may_push: Callable[[str], bool | None] | None = None

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.asked: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self.decide: Callable[[str], Answer] = lambda _asked: "serve"
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is nothing to tell of."""


_PLAIN: Mapping[Answer, tuple[int, bytes]] = {
    "deny": (403, b"you may not"),
    "unauthorized": (401, b"who are you"),
    "unavailable": (503, b"later"),
    "garbage": (200, b"<html>Welcome to the hotel</html>"),
    "empty": (200, b""),
}


class _Handler(BaseHTTPRequestHandler):
    """Hands a request on as CGI, and the answer back."""

    server: GitServer

    def log_message(self, *_said: object) -> None:
        """Say nothing."""

    def _serve(self) -> None:
        body = self._body()
        asked = f"{self.command} {self.path}"
        self.server.asked.append(asked)
        self.server.headers.append({name.lower(): ", ".join(self.headers.get_all(name, [])) for name in self.headers})
        answer = self.server.decide(asked)
        if answer == "hang":
            self.server.closing.wait(60)
        elif answer in _PLAIN:
            code, text = _PLAIN[answer]
            self.send_response(code)
            if code == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="here"')
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
        else:
            self._hand_on(body, lose=answer == "lose")

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "") != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", "0")))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _hand_on(self, body: bytes, *, lose: bool) -> None:
        parts = urlsplit(self.path)
        pusher = self._pusher() if "git-receive-pack" in self.path else None
        if pusher is not None and not pusher:
            return
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": unquote(parts.path),
            "QUERY_STRING": parts.query,
            "REQUEST_METHOD": self.command,
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": self.headers.get("content-type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("content-encoding", ""),
            "GIT_PROTOCOL": self.headers.get("git-protocol", ""),
            **({"REMOTE_USER": pusher} if pusher else {}),
        }
        done = subprocess.run(
            [str(BACKEND)],
            input=body,
            env={**environment, "CONTENT_LENGTH": str(len(body))},
            capture_output=True,
            timeout=60,
        )
        if lose:
            return
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _pusher(self) -> str | None:
        """Who pushes; "" where that was refused. None leaves it to git, which refuses who has no name."""
        if self.server.may_push is None:
            return None
        kind, _, given = self.headers.get("authorization", "").partition(" ")
        token = base64.b64decode(given).decode().partition(":")[2] if kind.lower() == "basic" else ""
        allowed = self.server.may_push(token)
        if allowed:
            return "somebody"
        self.send_response(401 if allowed is None else 403)
        if allowed is None:
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.send_header("Content-Length", "0")
        self.end_headers()
        return ""

    do_GET = do_POST = _serve  # noqa: N815 - the names that http.server looks for
