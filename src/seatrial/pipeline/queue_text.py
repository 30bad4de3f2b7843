"""Who holds what and for how long, as people read it. Pure.

Called for a run's progress and by `seatrial plan --queue`. Notes come from other users: they are shown as
far as they can be read, and whoever prints them escapes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from seatrial.store.leases import Holding

_LONGEST = 80


def held_by(holding: Holding, now: datetime) -> str:
    """`gpu 0 held by anna, train[seed=1] of digits, for 12 min`."""
    note = holding.note
    who = _text(note.get("user")) or "somebody"
    cell, repository = _text(note.get("cell")), _text(note.get("repository"))
    what = (
        f", {cell} of {repository}" if cell and repository else f", {cell or repository}" if cell or repository else ""
    )
    since = duration(note.get("since"), now)
    verb = "waited for by" if holding.waits else "held by"
    return f"{holding.name} {verb} {who}{what}{f', for {since}' if since else ''}"


def lease_label(name: str, handles: Mapping[str, str]) -> str:
    """A lease as people know it: `gpu 0` for a device, `token licence` for one of several.

    `handles` are the names of devices by UUID.
    """
    kind, _, rest = name.partition(" ")
    if kind == "gpu":
        return f"gpu {handles.get(rest, rest)}"
    return name.rpartition(" ")[0] if kind == "token" else name


def duration(since: object, now: datetime) -> str:
    """How long ago an ISO instant was, in one unit; empty where it cannot be known."""
    try:
        begun = datetime.fromisoformat(str(since))
    except ValueError:
        return ""
    if begun.tzinfo is None:
        begun = begun.replace(tzinfo=UTC)
    return spoken(max(0.0, (now - begun).total_seconds()))


def spoken(seconds: float) -> str:
    """`12 s`, `12 min`, `3.5 h`, `2.0 d`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} d"


def _text(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""
