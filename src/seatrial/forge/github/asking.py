"""Requests to GitHub's API: the token, the headers, the pages, and errors in plain words.

Used by `adapter.py`. The token goes into one header of a request to one host and nowhere else: it is in no error, no
`repr` and no address, and is taken out of what is said in return.

Subtle: a page's `Link` header says where the next one is. That is an answer like any other, so it is followed only on
the host that was asked, and only so many times.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TypeVar
from urllib.parse import quote, urlencode

import msgspec

from seatrial import __version__
from seatrial.digest import Json
from seatrial.errors import UsageError
from seatrial.forge.api_access import api_address, fit_token, is_same_server
from seatrial.forge.failures import RefusedError
from seatrial.forge.github.refusals import Doing, refusal, unreadable
from seatrial.forge.http import Http, Reply

T = TypeVar("T")
MOST_PAGES = 100
"""Of one list, of a hundred each. A list that is longer is refused: what was not looked at is not known."""
_VERSION = "2022-11-28"
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}/[A-Za-z0-9._-]{1,100}\Z")
_NEXT = re.compile(r'<([^<>]*)>\s*;[^,]*\brel="?next"?')
_MOST_LINK = 8_000  # characters of that header; GitHub's has some hundreds
_OK = range(200, 300)


class Asking:
    """Requests about one repository with one token. Raises AddressError and UsageError for what cannot be meant."""

    def __init__(self, http: Http, *, api: str, repo: str, token: str) -> None:
        self._http = http
        self._api = api_address(
            api, forge="GitHub", example="set GITHUB_API_URL, for example to the one that GitHub Actions sets"
        )
        self._repo = _repository(repo)
        self._token = fit_token(
            token, forge="GitHub", next_step="set GITHUB_TOKEN to a token that may write comments and checks"
        )

    def __repr__(self) -> str:
        return f"Asking({self._api}, {self._repo})"

    @property
    def repo(self) -> str:
        """`owner/name`."""
        return self._repo

    def get(self, path: str, kind: type[T], doing: Doing, **query: str) -> T:
        """What a path holds; of this repository, unless it begins with a slash."""
        return self._decoded(self._ask("GET", self._url(path, query), doing), "GET", kind, doing)

    def write(
        self, method: str, path: str, body: Mapping[str, Json], kind: type[T], doing: Doing, *, repeatable: bool = False
    ) -> T:
        """What is there after a write."""
        reply = self._ask(method, self._url(path), doing, body=body, repeatable=repeatable)
        return self._decoded(reply, method, kind, doing)

    def remove(self, path: str, doing: Doing) -> None:
        """Remove what a path holds. Raises GoneError where it is gone."""
        reply = self._ask("DELETE", self._url(path), doing, repeatable=True)
        if reply.body:
            raise unreadable("DELETE", doing)

    def pages(self, path: str, kind: type[T], doing: Doing, **query: str) -> Iterator[T]:
        """Each page of a list, in GitHub's order."""
        url = self._url(path, {**query, "per_page": "100"})
        for _ in range(MOST_PAGES):
            reply = self._ask("GET", url, doing)
            yield self._decoded(reply, "GET", kind, doing)
            following = self._next(reply, doing)
            if following is None:
                return
            url = following
        raise RefusedError(
            f"GitHub has more than {MOST_PAGES:,} pages (to {doing.what}), which is more than are read",
            next_step="remove what nobody needs there, or begin a new pull request",
        )

    def _ask(
        self,
        method: str,
        url: str,
        doing: Doing,
        *,
        body: Mapping[str, Json] | None = None,
        repeatable: bool | None = None,
    ) -> Reply:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self._token}",
            "User-Agent": f"seatrial/{__version__}",
            "X-GitHub-Api-Version": _VERSION,
        }
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
            data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")  # no lone surrogates in JSON
        reply = self._http.send(method, url, headers=headers, body=data, repeatable=repeatable)
        if reply.status not in _OK:
            hidden = reply.body.replace(self._token.encode(), b"***")
            raise refusal(Reply(status=reply.status, headers=reply.headers, body=hidden), method, doing)
        return reply

    def _decoded(self, reply: Reply, method: str, kind: type[T], doing: Doing) -> T:
        try:
            return msgspec.json.decode(reply.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise unreadable(method, doing) from None

    def _url(self, path: str, query: Mapping[str, str] | None = None) -> str:
        within = path if path.startswith("/") else f"/repos/{self._repo}/{path}"
        return f"{self._api}{within}" + (f"?{urlencode(query)}" if query else "")

    def _next(self, reply: Reply, doing: Doing) -> str | None:
        found = _NEXT.search(reply.headers.get("link", "")[:_MOST_LINK])
        if found is None:
            return None
        if not is_same_server(found[1], self._api):
            raise RefusedError(
                f"GitHub's next page (to {doing.what}) is said to be at another address, which is not asked",
                next_step="check the address of the API, and what stands between: a proxy, a portal",
            )
        return found[1]


def segment(text: str) -> str:
    """Text as one part of a path."""
    return quote(text, safe="")


def _repository(repo: str) -> str:
    if not _REPOSITORY.match(repo) or repo.endswith(("/.", "/..")):
        raise UsageError("a repository on GitHub is named OWNER/NAME", next_step="set GITHUB_REPOSITORY to it")
    return repo
