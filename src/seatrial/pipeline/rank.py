"""Who starts before whom, from what earlier runs showed. Pure.

Called by the scheduler, and by `forecasting`, which plays the same order without commands.

Cheap cells go before dear ones. Among the cheap, the one that says most for its time goes first: the chance that
it fails, by the second. Among the dear, and wherever nothing is known, the longest way to the end goes
first, so that no place stands idle at the end. Decision 0017 has the reasons.

Subtle: a cell that was never seen counts as likely to fail, one time in two, and as taking as long as the others
usually do. So it goes early: what is new is most likely to be broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from seatrial.pipeline.critical_path import remaining, usual

Rank = tuple[float, ...]
"""Where a cell stands among others; the smaller goes first."""

NEVER_SEEN = 0.5
_LEAST_SECONDS = 0.01  # below that, a time is what the clock says and not what the work takes


class Order(Struct, frozen=True, kw_only=True):
    """What is known of a run's cells, by name: usual seconds, the chance of a failure from 0 to 1, and which are dear
    enough to wait for the others."""

    seconds: Mapping[str, float] = field(default_factory=dict)
    chances: Mapping[str, float] = field(default_factory=dict)
    dear: frozenset[str] = frozenset()


def chance(failures: int, runs: int) -> float:
    """The chance that the next run fails, by the rule of succession: neither never nor always is believed."""
    return (failures + 1) / (runs + 2)


def worths(cells: Sequence[str], order: Order) -> dict[str, float]:
    """The chance of a failure by the second of each cell; nothing at all where nothing is known of any."""
    known = [order.seconds[cell] for cell in cells if cell in order.seconds]
    if not known or not any(cell in order.chances for cell in cells):
        return {}
    middle = usual(known)
    return {
        cell: order.chances.get(cell, NEVER_SEEN) / max(_LEAST_SECONDS, order.seconds.get(cell, middle))
        for cell in cells
    }


def ranks(cells: Sequence[str], before: Mapping[str, frozenset[str]], order: Order) -> dict[str, Rank]:
    """The rank of each cell. `cells` have producers first; `before` are those that each waits for."""
    ways = remaining(cells, before, order.seconds)
    worth = worths(cells, order)
    return {
        cell: (
            float(cell in order.dear),
            0.0 if cell in order.dear else -worth.get(cell, 0.0),
            -ways[cell],
            position,
        )
        for position, cell in enumerate(cells)
    }


def ahead_of_dear(cells: Iterable[str], before: Mapping[str, Iterable[str]], dear: frozenset[str]) -> tuple[str, ...]:
    """The cells that every dear one waits for: those that are not dear and wait for none that is."""
    behind = set(dear)
    ahead: list[str] = []
    for cell in cells:
        if cell in behind or not behind.isdisjoint(before.get(cell, ())):
            behind.add(cell)
        else:
            ahead.append(cell)
    return tuple(ahead) if dear else ()
