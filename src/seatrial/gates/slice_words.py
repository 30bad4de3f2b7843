"""How a message names one slice or group of rows: by its columns and their values, `where region is west`.

Called wherever a sentence is about one of them. Tables and `parts` keep the short form, `west x small`, whose columns
stand in the finding's name.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.errors import some_of
from seatrial.metrics.measure import JOINT


def where(grouping: Sequence[str], label: str) -> str:
    """`where region is west and size is small`."""
    return f"where {' and '.join(_each(grouping, label))}"


def named(grouping: Sequence[str], labels: Sequence[str]) -> str:
    """Some slices in brackets behind their column: `west, east and 3 more`; of several columns each says its own."""
    return some_of(labels if len(grouping) == 1 else [" and ".join(_each(grouping, label)) for label in labels])


def _each(grouping: Sequence[str], label: str) -> list[str]:
    """`region is west` for each column. Values that hold the joint themselves are not taken apart wrongly."""
    values = label.split(JOINT) if len(grouping) > 1 else [label]
    if len(values) != len(grouping):
        return [f"{JOINT.join(grouping)} is {label}"]
    return [f"{column} is {value}" for column, value in zip(grouping, values, strict=True)]
