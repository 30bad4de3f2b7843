"""Why a cell is put off, and what a run may not do: decided elsewhere, handed to the scheduler as values. Pure.

Called by whoever decides before a run what of a plan is put off (a budget, a grade of evidence), by the
scheduler, which follows it, and by whoever writes down what is owed.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field


class Cause(StrEnum):
    """What put a cell off, and so what settles it."""

    MACHINE = "machine"
    """This machine lacks what the cell needs: the same command elsewhere."""
    BUDGET = "budget"
    """The tier's time would not do: the stage by name, which no budget puts off."""
    GRADE = "grade"
    """The evidence that it is reached was weak: the stage by name."""
    TRUST = "trust"
    """The code is a stranger's, and may not have what the cell needs: the same command once somebody vouches for it."""


class Deferral(Struct, frozen=True, kw_only=True):
    """A cell that is put off. `reason` is a clause for people."""

    reason: str
    cause: Cause


class Bounds(Struct, frozen=True, kw_only=True):
    """What a run may not do.

    `deferrals` are cells put off beforehand, by name; one whose result is there is reused all the same, and what
    waits for one that is not reused is put off by the scheduler. `start_for` is for how many seconds cells are
    begun: then what has not begun is put off, with `out_of_time` as the reason, and what runs is left to end.
    `end_after` seconds, what runs is ended too, and that is a failure.
    """

    deferrals: Mapping[str, Deferral] = field(default_factory=dict)
    start_for: float | None = None
    end_after: float | None = None
    out_of_time: str = "the time of the tier was used up before it could begin"


UNBOUNDED = Bounds()
