"""What an answer of GitHub means where it is not what was asked for, in words that say what to change. Pure.

Called by `asking.py`. GitHub answers 404 for what a token may not see and 403 for two things, a right that is missing
and too many requests, which have nothing in common: they are told apart here. Its own message is text of somebody
else: it is bounded and made plain, and never holds the token (`asking.py` takes it out).
"""

from __future__ import annotations

import re

import msgspec
from msgspec import Struct

from seatrial.forge.failures import ForbiddenError, ForgeError, GoneError, RefusedError, UnreachableError
from seatrial.forge.http import Reply
from seatrial.forge.patience import is_throttled
from seatrial.report.escape import plain

_THROTTLED = re.compile(r"rate limit|abuse detection|submitted too quickly", re.IGNORECASE)
_MOST_SAID = 300
_MOST_ERRORS = 3
_MOVED = (301, 302, 307, 308)
UNPROCESSABLE = (409, 422)


class Doing(Struct, frozen=True, kw_only=True):
    """What is being done: in words that follow "the token may not", and the right that it takes."""

    what: str
    right: str


class _Error(Struct, frozen=True):
    field: str | None = None
    code: str | None = None
    message: str | None = None


class _Said(Struct, frozen=True):
    message: str | None = None
    errors: list[_Error | str] | str | None = None


def refusal(reply: Reply, method: str, doing: Doing) -> ForgeError:
    """The error for an answer that is not what was asked for."""
    said = _said(reply.body)
    status = reply.status
    if is_throttled(status, reply.headers) or (status in (403, 429) and _THROTTLED.search(said)):
        return UnreachableError(
            f"GitHub takes no more requests from this token for now: {said or status}",
            next_step="try again later; a limit of requests is filled up again within the hour",
        )
    if status == 401:
        return ForbiddenError(
            f"GitHub does not accept the token: {said}",
            next_step="check that the secret is set, and that the token has not expired",
        )
    if status == 403:
        return _forbidden(said, doing)
    if status in (404, 410):
        return GoneError(
            f"GitHub knows no such thing, or does not show it to this token ({doing.what}): {said}",
            next_step="check the repository and the number, and that the token is for this repository",
        )
    return _not_done(reply, method, doing, said)


def _forbidden(said: str, doing: Doing) -> ForbiddenError:
    if "locked" in said.lower():
        return ForbiddenError(f"the token may not {doing.what}: {said}", next_step="unlock the conversation")
    if "github app" in said.lower():
        return ForbiddenError(
            f"the token may not {doing.what}: {said}",
            next_step="post with the token of a workflow or of an app; a person's own token writes no checks",
        )
    return ForbiddenError(
        f"the token may not {doing.what}: {said}",
        next_step=(
            f"give the job that posts the right `{doing.right}` (`permissions:` in its workflow, or the token's own "
            "settings); a run for a fork's pull request has a token that only reads, so a second workflow has to post"
        ),
    )


def _not_done(reply: Reply, method: str, doing: Doing, said: str) -> ForgeError:
    status = reply.status
    if status in _MOVED:
        return RefusedError(
            f"GitHub sends us elsewhere (to {doing.what}): the repository was renamed, or the address is another's",
            next_step="use the repository's new name; a token is not sent to another address",
        )
    if status >= 500:
        return UnreachableError(
            f"GitHub could not {doing.what}: it answered {status}",
            next_step="try again later; what the run came to stands in its own report and exit code",
            may_be_done=method != "GET",
        )
    if status in UNPROCESSABLE:
        return RefusedError(f"GitHub refused to {doing.what}: {said or status}", status=status)
    return RefusedError(f"GitHub answered {status} when asked to {doing.what}: {said}", status=status)


def unreadable(method: str, doing: Doing) -> UnreachableError:
    """The error for an answer that says success and is not what GitHub says then: something else stands between."""
    return UnreachableError(
        f"what answered for GitHub (to {doing.what}) is not GitHub: its answer has another form",
        next_step="check the address of the API, and what stands between: a proxy, a portal",
        may_be_done=method != "GET",
        lasting=True,
    )


def _said(body: bytes) -> str:
    """GitHub's own message, with the fields that it complains about."""
    try:
        answer = msgspec.json.decode(body, type=_Said)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    errors = [answer.errors] if isinstance(answer.errors, str) else answer.errors or []
    parts = [answer.message or "", *(_of(error) for error in errors[:_MOST_ERRORS])]
    return plain("; ".join(part for part in parts if part), bound=_MOST_SAID)


def _of(error: _Error | str) -> str:
    if isinstance(error, str):
        return error
    return error.message or " ".join(part for part in (error.field, error.code) if part)
