"""What somebody asks for in a comment on a pull request. Pure.

Called by `flows/heeding.py` with the event of GitHub's `issue_comment`. Who wrote it and where is the forge's word; the
text is anybody's. A command is one line that begins with `/seatrial`; everything else in a comment is conversation.

Subtle: only a comment that was just written is heeded. An edited one may have been edited by somebody else than its
author, and one on an issue is about no code.
"""

from __future__ import annotations

import re

from msgspec import Struct

from seatrial.digest import Json
from seatrial.forge.target import member

PREFIX = "/seatrial"
_LINE = re.compile(r"^[ \t]*/seatrial(?:[ \t]+([^\r\n]*))?\r?$", re.MULTILINE)
_SHA = re.compile(r"[0-9a-f]{7,40}\Z")
_REF = re.compile(r"([a-z0-9][a-z0-9._-]*)@([a-z0-9][a-z0-9._-]*)\Z")
_ALIAS = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")
_MOST_WORDS = 500  # characters of a command that are looked at


class RunDear(Struct, frozen=True, kw_only=True):
    """`/seatrial run COMMIT`: let dear stages run for the head of this pull request, which is that commit, as far as it
    was written; None where it was not."""

    commit: str | None


class Approve(Struct, frozen=True, kw_only=True):
    """`/seatrial approve NAME@17 ALIAS [NOTE]`."""

    ref: str
    alias: str
    note: str | None


class NotUnderstood(Struct, frozen=True, kw_only=True):
    """A line that begins like a command and is none."""

    why: str


Command = RunDear | Approve | NotUnderstood

USAGE = "`/seatrial run COMMIT`, or `/seatrial approve NAME@17 ALIAS`"


class Spoken(Struct, frozen=True, kw_only=True):
    """A comment: on which pull request, by whom, what it says, and its page."""

    number: int
    author: str
    body: str
    url: str | None


def spoken(event: Json) -> Spoken | None:
    """The comment that an event is about; None where it is about no new comment of a person on a pull request."""
    comment, issue = member(event, "comment"), member(event, "issue")
    if member(event, "action") != "created" or member(issue, "pull_request") is None:
        return None
    number, author = member(issue, "number"), member(comment, "user", "login")
    body, url = member(comment, "body"), member(comment, "html_url")
    if member(comment, "user", "type") == "Bot" or not isinstance(number, int) or isinstance(number, bool):
        return None
    if not (isinstance(author, str) and author and isinstance(body, str)):
        return None
    return Spoken(number=number, author=author, body=body, url=url if isinstance(url, str) else None)


def command_in(body: str) -> Command | None:
    """The first command of a comment; None where it has none."""
    found = _LINE.search(body)
    if found is None:
        return None
    words = (found[1] or "")[:_MOST_WORDS].split()
    match words:
        case ["run"]:
            return RunDear(commit=None)
        case ["run", commit] if _SHA.match(commit.lower()):
            return RunDear(commit=commit.lower())
        case ["run", *_]:
            return NotUnderstood(why="`/seatrial run` takes the commit that it is about, at least seven digits of it")
        case ["approve", ref, alias, *note] if _REF.match(ref) and _ALIAS.match(alias):
            return Approve(ref=ref, alias=alias, note=" ".join(note) or None)
        case ["approve", *_]:
            return NotUnderstood(why="`/seatrial approve` takes a version and an alias: NAME@17 ALIAS")
        case _:
            return NotUnderstood(why="that is no command")
