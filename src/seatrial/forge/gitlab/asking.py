"""Requests to the REST interface of GitLab: who asks, page after page, and what a refusal means.

Used by `adapter.py`. Statuses become the errors of `failures.py` with a next step that names the right that is missing.
Subtle: pages are followed by number or by link, and a list that does not end is an error: half a list of comments would
make us write the other half again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode, urlsplit

from seatrial import __version__
from seatrial.digest import Json
from seatrial.forge.api_access import api_address, fit_token, is_same_server
from seatrial.forge.failures import (
    ForbiddenError,
    ForgeError,
    GoneError,
    RefusedError,
    UnreachableError,
)
from seatrial.forge.http import Http, Reply
from seatrial.forge.patience import is_throttled
from seatrial.report.escape import plain

MOST_PAGES = 100
"""Of one list, of a hundred entries each."""
_PER_PAGE = 100
_SAID = 300  # characters of GitLab's own words in a message
_NEXT = re.compile(r'<([^<>]+)>\s*;[^,]*\brel="next"')
_SCOPE = "give a project access token with the role Developer and the scope `api`"
_LATER = "try again later; what the run came to stands in its own report and exit code"


class Asking:
    """One GitLab, asked with one token. A `job_token` is CI_JOB_TOKEN, which may do little more than read."""

    def __init__(self, http: Http, api: str, token: str, *, job_token: bool) -> None:
        self._http = http
        self._api = api_address(
            api, forge="GitLab", example="set CI_API_V4_URL, for example to https://gitlab.com/api/v4"
        )
        self._token = fit_token(token, forge="GitLab", next_step=_SCOPE)
        self.job_token = job_token

    def __repr__(self) -> str:
        return f"Asking({self._api})"

    def one(self, method: str, path: str, *, body: Json = None, repeatable: bool | None = None) -> Json:
        """The answer to one request; None where it has no body. `repeatable`: see `http.py`."""
        reply = self._send(method, self._url(path), body, repeatable)
        return self._value(method, path, reply)

    def all(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[Json]:
        """The entries of a list, over all of its pages."""
        url: str | None = self._url(path, {**(query or {}), "per_page": str(_PER_PAGE)})
        for _ in range(MOST_PAGES):
            if url is None:
                return
            reply = self._send("GET", url)
            entries = self._value("GET", path, reply)
            if not isinstance(entries, list):
                raise self._unreadable("GET", path, may_be_done=False)
            yield from entries
            url = self._next(path, query, reply)
        if url is not None:
            raise RefusedError(
                f"GitLab has more than {MOST_PAGES * _PER_PAGE:,} entries at {plain(path)}",
                next_step="delete what is not needed there any more",
            )

    def _next(self, path: str, query: Mapping[str, str] | None, reply: Reply) -> str | None:
        """The address of the page that follows. A link is followed on the same server only: the token goes with it."""
        number = reply.headers.get("x-next-page", "")
        if number.isascii() and number.isdigit():
            return self._url(path, {**(query or {}), "per_page": str(_PER_PAGE), "page": number})
        found = _NEXT.search(reply.headers.get("link", ""))
        if found is None:
            return None
        if not is_same_server(found[1], self._api):
            raise RefusedError(
                "GitLab names a next page on another server, which is not asked",
                next_step="check `external_url` of this GitLab, or the address that it is asked at",
            )
        return found[1]

    def _url(self, path: str, query: Mapping[str, str] | None = None) -> str:
        return f"{self._api}{path}" + (f"?{urlencode(query)}" if query else "")

    def _send(self, method: str, url: str, body: Json = None, repeatable: bool | None = None) -> Reply:
        headers = {
            "job-token" if self.job_token else "private-token": self._token,
            "accept": "application/json",
            "user-agent": f"seatrial/{__version__}",
        }
        data = None
        if body is not None:
            headers["content-type"] = "application/json"
            data = json.dumps(body).encode()
        reply = self._http.send(method, url, headers=headers, body=data, repeatable=repeatable)
        if 200 <= reply.status < 300:
            return reply
        raise self._failure(method, urlsplit(url).path, reply)

    def _value(self, method: str, path: str, reply: Reply) -> Json:
        if not reply.body.strip():
            return None
        try:
            value: Json = json.loads(reply.body)
        except (ValueError, RecursionError):
            raise self._unreadable(method, path, may_be_done=method != "GET") from None
        return value

    def _unreadable(self, method: str, path: str, *, may_be_done: bool) -> UnreachableError:
        return UnreachableError(
            f"what answered {method} {plain(path)} is no GitLab: it is not what its interface gives",
            next_step="check the address: it ends with /api/v4, and no sign-in page may stand before it",
            may_be_done=may_be_done,
            lasting=True,
        )

    def _failure(self, method: str, path: str, reply: Reply) -> ForgeError:
        said = self._said(reply)
        told = f"GitLab answered {method} {plain(path)} with {reply.status}" + (f": {said}" if said else "")
        if is_throttled(reply.status, reply.headers):
            return UnreachableError(f"{told}; it had too many requests", next_step=_LATER)
        match reply.status:
            case 401 | 403:
                return ForbiddenError(told, next_step=self._right(reply.status))
            case 404 | 410:
                return GoneError(
                    told, next_step=f"check the project and number, or {_SCOPE}: what it may not see is 404"
                )
            case status if status >= 500:
                return UnreachableError(told, next_step=_LATER, may_be_done=method != "GET")
            case status if 300 <= status < 400:
                return GoneError(f"{told}: the project has moved", next_step="use the address that it has now")
            case _:
                return RefusedError(told)

    def _right(self, status: int) -> str:
        if self.job_token:
            return f"CI_JOB_TOKEN may read and deploy only: {_SCOPE}"
        if status == 401:
            return "the token is unknown, expired or revoked: make a new one"
        return _SCOPE

    def _said(self, reply: Reply) -> str:
        """GitLab's own words, without the token, should they hold it."""
        try:
            value = json.loads(reply.body)
        except (ValueError, RecursionError):
            return ""
        if not isinstance(value, dict):
            return ""
        parts = [value.get(key) for key in ("message", "error", "error_description")]
        text = "; ".join(part if isinstance(part, str) else json.dumps(part) for part in parts if part)
        return plain(text.replace(self._token, "***"), bound=_SAID)
