"""How a message names one slice or group of rows: by its columns and their values, `where region is west`.

Called wherever a sentence is about one of them. Tables and `parts` keep the short form, `west x small`, whose columns
stand in the finding's name.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.metrics.measure import JOINT


def where(grouping: Sequence[str], label: str) -> str:
    """`where region is west and size is small`. Values that hold the joint themselves are not taken apart wrongly."""
    values = label.split(JOINT) if len(grouping) > 1 else [label]
    if len(values) != len(grouping):
        return f"where {JOINT.join(grouping)} is {label}"
    return "where " + " and ".join(f"{column} is {value}" for column, value in zip(grouping, values, strict=True))
