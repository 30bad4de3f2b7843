"""The hidden line by which a comment is known again, and what it remembers. Pure.

Called by `reconcile.py`. It is an HTML comment, which forges keep and do not show: which project and model the comment
is about, which run and commit it speaks of, and the headlines of the revisions before. Subtle: anybody may
write such a line into a comment of theirs, or edit ours. So it counts only in a comment of our own, is read
strictly, and what it remembers is text like any other. It is bounded as it is written: names of two
hundred emoji must not make a line so long that it is no longer found, which would be a second comment.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate

from msgspec import Struct

from seatrial.digest import Json, of_bytes
from seatrial.errors import StateError
from seatrial.evidence.json_value import Fault, Keys, Value

MOST_EARLIER = 10
"""Revisions that a comment remembers."""
MOST_BYTES = 8_000
"""Of the line, which is ASCII; the rest of a comment is the report's."""
_SCHEMA = 1
_LINE = re.compile(r"\A<!-- seatrial:comment (\{[^\n]*\}) -->(?:\r?\n|\Z)")
_NAME = 700  # bytes, as they are written, of a project, a tier and a model
_ID = 250  # and of a commit and a run
_HEADLINE = 1_500
_MARK = 17  # what stands at the end of a name that was cut


class Said(Struct, frozen=True, kw_only=True):
    """What a comment said of one revision."""

    sha: str
    run: str
    headline: str


class Subject(Struct, frozen=True, kw_only=True):
    """What one comment is kept for. `tier` is empty for runs without one: tiers of one pull request do not overwrite
    each other's verdicts. `model` is empty for the comment of a run that judged none."""

    project: str
    tier: str
    model: str

    @property
    def bounded(self) -> Subject:
        """As a marker names it."""
        names = (_bounded(name, _NAME) for name in (self.project, self.tier, self.model))
        return Subject(**dict(zip(self.__struct_fields__, names, strict=True)))


class Marker(Struct, frozen=True, kw_only=True):
    """Which comment it is, and of what it speaks."""

    subject: Subject
    said: Said
    earlier: tuple[Said, ...] = ()


def marked(body: str, marker: Marker) -> str:
    """A body under its hidden line, which remembers as many earlier revisions as it has room for."""
    earlier = marker.earlier[:MOST_EARLIER]
    while len(line := _line(marker, earlier)) > MOST_BYTES and earlier:
        earlier = earlier[:-1]
    return f"{line}\n{body}"


def _line(marker: Marker, earlier: tuple[Said, ...]) -> str:
    subject = marker.subject.bounded
    value = {
        "schema": _SCHEMA,
        "project": subject.project,
        "tier": subject.tier,
        "model": subject.model,
        "said": _json(marker.said),
        "earlier": [_json(said) for said in earlier],
    }
    return f"<!-- seatrial:comment {_escaped(json.dumps(value))} -->"


def _escaped(json_text: str) -> str:
    """An HTML comment ends at `--`, and nothing else in JSON text can hold a hyphen or an angle."""
    return json_text.replace("-", "\\u002d").replace("<", "\\u003c").replace(">", "\\u003e")


def marker_in(body: str) -> Marker | None:
    """The marker of a comment; None where there is none that can be read."""
    found = _LINE.match(body[: MOST_BYTES + 2])
    if found is None:
        return None
    try:
        keys = Value(json.loads(found[1]), _refuse).keys()
        if not keys["schema"].equals(_SCHEMA):
            return None
        marker = Marker(
            subject=Subject(project=keys["project"].text(), tier=keys["tier"].text(), model=keys["model"].text()),
            said=_said(keys["said"].keys()),
            earlier=keys["earlier"].records(_said)[:MOST_EARLIER],
        )
        keys.done()
    except (ValueError, RecursionError, StateError):
        return None
    return marker


def _said(keys: Keys) -> Said:
    said = Said(sha=keys["sha"].text(), run=keys["run"].text(), headline=keys["headline"].text())
    keys.done()
    return said


def _json(said: Said) -> dict[str, Json]:
    return {
        "sha": _bounded(said.sha, _ID),
        "run": _bounded(said.run, _ID),
        "headline": _cut(said.headline, _HEADLINE),
    }


def _bounded(name: str, most: int) -> str:
    """A name of at most so many bytes. What is cut ends in a digest of the whole: two names never become one."""
    if _size(name) <= most:
        return name
    return f"{_cut(name, most - _MARK)}~{of_bytes(name.encode('utf-8', 'surrogatepass'))[-(_MARK - 1) :]}"


def _cut(text: str, most: int) -> str:
    """As many of the first characters as take at most so many bytes when they are written."""
    if _size(text) <= most:
        return text
    ends = accumulate(map(_size, text[:most]))
    return text[: sum(1 for end in ends if end <= most)]


def _size(text: str) -> int:
    return len(_escaped(json.dumps(text))) - len('""')


def _refuse(fault: Fault) -> None:
    raise StateError(fault.message)
