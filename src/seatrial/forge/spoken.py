"""What somebody asks for in a comment on a pull request. Pure.

Called by `flows/heeding.py` with the event of GitHub's `issue_comment`. Who wrote it and where is the forge's word; the
text is anybody's. A command is one line that begins with `/seatrial`; everything else in a comment is conversation.

Subtle: only a comment that was just written is heeded. An edited one may have been edited by somebody else than its
author, and one on an issue is about no code. And what stands in a code block or in an HTML comment may have been pasted
unread, so it is no command. How far a block reaches is for Markdown to say, with its lists, quotations and HTML, which
are not followed here: so nothing below the first block is heeded, wherever that one ends. Where it seems to end decides
only whether somebody is told so.
"""

from __future__ import annotations

import re

from msgspec import Struct

from seatrial.digest import Json
from seatrial.forge.target import member

PREFIX = "/seatrial"
_LINE_END = re.compile(r"\r\n|\n|\r")
_LINE = re.compile(r" {0,3}/seatrial(?:[ \t]+(.*))?\Z")
_FENCE = re.compile(r"[\s>*+0-9.)-]*(`{3,}|~{3,})")
_HTML = re.compile(r"<[!?/A-Za-z]")
_COMMENT, _COMMENT_END = "<!--", "-->"
_SHA = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
_SHORT = re.compile(r"[0-9a-f]{4,63}\Z")
_REF = re.compile(r"([a-z0-9][a-z0-9._-]*)@([a-z0-9][a-z0-9._-]*)\Z")
_ALIAS = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")
_MOST_WORDS = 500  # characters of a command that are looked at


class RunDear(Struct, frozen=True, kw_only=True):
    """`/seatrial run COMMIT`: let dear stages run for the head of this pull request, which is that commit. None where
    it was not written, or not in full: another commit with the same first digits can be made in minutes."""

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
_BELOW = NotUnderstood(why="nothing below a code block or HTML is heeded: write the command above it")


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
    below = False
    closing: str | None = None  # what ends the block that this line is in
    for line in _LINE_END.split(body):
        if closing is not None:
            closing = None if _closes(line, closing) else closing
            continue
        closing = _opened(line)
        below = below or closing is not None or _HTML.search(line) is not None
        found = None if closing is not None else _LINE.match(line)
        if found is not None:
            return _BELOW if below else _understood((found[1] or "")[:_MOST_WORDS].split())
    return None


def _opened(line: str) -> str | None:
    """What ends the block that begins in a line; None where none does that goes on."""
    fence = _FENCE.match(line)
    if fence is not None:
        return fence[1]
    _, comment, rest = line.rpartition(_COMMENT)
    return _COMMENT_END if comment and _COMMENT_END not in rest else None


def _closes(line: str, closing: str) -> bool:
    if closing == _COMMENT_END:
        return closing in line
    bare = line.lstrip(" \t>").rstrip()
    return len(bare) >= len(closing) and not bare.strip(closing[0])


def _understood(words: list[str]) -> Command:
    match words:
        case ["run"]:
            return RunDear(commit=None)
        case ["run", commit] if _SHA.match(commit.lower()):
            return RunDear(commit=commit.lower())
        case ["run", commit] if _SHORT.match(commit.lower()):
            return RunDear(commit=None)
        case ["run", *_]:
            return NotUnderstood(why="`/seatrial run` takes the commit that it is about, with all its digits")
        case ["approve", ref, alias, *note] if _REF.match(ref) and _ALIAS.match(alias):
            return Approve(ref=ref, alias=alias, note=" ".join(note) or None)
        case ["approve", *_]:
            return NotUnderstood(why="`/seatrial approve` takes a version and an alias: NAME@17 ALIAS")
        case _:
            return NotUnderstood(why="that is no command")
