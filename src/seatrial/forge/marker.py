"""The hidden line by which a comment is known again, and what it remembers. Pure.

Called by `reconcile.py`. It is an HTML comment, which forges keep and do not show: which project and model the comment
is about, which run and commit it speaks of, and the headlines of the revisions before. Subtle: anybody may
write such a line into a comment of theirs, or edit ours. So it counts only in a comment of our own, is read
strictly, and what it remembers is text like any other.
"""

from __future__ import annotations

import json
import re

from msgspec import Struct

from seatrial.digest import Json
from seatrial.errors import StateError
from seatrial.evidence.json_value import Fault, Keys, Value

MOST_EARLIER = 10
"""Revisions that a comment remembers."""
_MOST_LINE = 16_000  # characters; ours are far shorter
_SCHEMA = 1
_LINE = re.compile(r"\A<!-- seatrial:comment (\{[^\n]*\}) -->(?:\r?\n|\Z)")
_TEXT = 300  # characters of a headline that are remembered


class Said(Struct, frozen=True, kw_only=True):
    """What a comment said of one revision."""

    sha: str
    run: str
    headline: str


class Subject(Struct, frozen=True, kw_only=True):
    """What one comment is kept for: tiers of one pull request do not overwrite each other's verdicts."""

    project: str
    tier: str
    model: str


class Marker(Struct, frozen=True, kw_only=True):
    """Which comment it is, and of what it speaks. `tier` is empty for runs without one, `model` for the comment of a
    run that judged none."""

    project: str
    tier: str
    model: str
    said: Said
    earlier: tuple[Said, ...] = ()

    @property
    def subject(self) -> Subject:
        """What one comment is kept for."""
        return Subject(project=self.project, tier=self.tier, model=self.model)


def marked(body: str, marker: Marker) -> str:
    """A body under its hidden line."""
    value = {
        "schema": _SCHEMA,
        "project": marker.project,
        "tier": marker.tier,
        "model": marker.model,
        "said": _json(marker.said),
        "earlier": [_json(said) for said in marker.earlier[:MOST_EARLIER]],
    }
    # An HTML comment ends at `--`, and nothing else in JSON text can hold a hyphen or an angle.
    text = json.dumps(value).replace("-", "\\u002d").replace("<", "\\u003c").replace(">", "\\u003e")
    return f"<!-- seatrial:comment {text} -->\n{body}"


def marker_in(body: str) -> Marker | None:
    """The marker of a comment; None where there is none that can be read."""
    found = _LINE.match(body[:_MOST_LINE])
    if found is None:
        return None
    try:
        keys = Value(json.loads(found[1]), _refuse).keys()
        if not keys["schema"].equals(_SCHEMA):
            return None
        marker = Marker(
            project=keys["project"].text(),
            tier=keys["tier"].text(),
            model=keys["model"].text(),
            said=_said(keys["said"].keys()),
            earlier=keys["earlier"].records(_said)[:MOST_EARLIER],
        )
        keys.done()
    except (ValueError, RecursionError, StateError):
        return None
    return marker


def _said(keys: Keys) -> Said:
    return Said(sha=keys["sha"].text(), run=keys["run"].text(), headline=keys["headline"].text()[:_TEXT])


def _json(said: Said) -> dict[str, Json]:
    return {"sha": said.sha, "run": said.run, "headline": said.headline[:_TEXT]}


def _refuse(fault: Fault) -> None:
    raise StateError(fault.message)
