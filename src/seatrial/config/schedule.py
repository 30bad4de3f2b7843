"""A schedule in five fields, as cron, GitHub and GitLab take it: minute, hour, day, month, weekday.

Called by `workflows_document`. Only numbers, `*`, ranges, lists and steps are taken: names of days and months mean the
same in few places.
"""

from __future__ import annotations

import re

from seatrial.config.node import Node, readable

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_PART = re.compile(r"(?:\*|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:/([0-9]{1,2}))?\Z")


def read_schedule(node: Node) -> str:
    """The schedule with single blanks between its fields; mistakes are noted."""
    text = node.text("schedule")
    fields = text.split()
    if text and len(fields) != len(_FIELDS):
        node.complain(
            f"a schedule has five fields, not {len(fields)}: minute, hour, day, month, weekday",
            'write e.g. `schedule: "0 6 * * *"`, each day at six in the morning, UTC',
        )
        return text
    for written, (name, least, most) in zip(fields, _FIELDS, strict=False):
        if not all(_part(part, least, most) for part in written.split(",")):
            node.complain(
                f"`{readable(written)}` is no {name} of a schedule",
                f"use `*`, numbers from {least} to {most}, ranges `a-b`, lists `a,b`, steps `*/n`; the time is UTC",
            )
    return " ".join(fields)


def _part(part: str, least: int, most: int) -> bool:
    match = _PART.match(part)
    if match is None:
        return False
    first, last, step = (None if group is None else int(group) for group in match.groups())
    ends = [end for end in (first, last) if end is not None]
    return all(least <= end <= most for end in ends) and ends == sorted(ends) and step != 0
