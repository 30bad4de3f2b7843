"""How long the way from each cell to the end of the run still is. Pure.

Called by the scheduler, which starts first what has the longest way before it. Without any history each
cell counts as one, and the way is the depth of the graph; with some, a cell that nobody has seen yet
counts like the median of those that are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def remaining(
    order: Sequence[str], before: Mapping[str, frozenset[str]], seconds: Mapping[str, float]
) -> dict[str, float]:
    """Seconds, or steps, from the start of each cell to the end of the longest chain behind it.

    `order` has producers first; `before` are the cells that each waits for, of which only those in
    `order` count; `seconds` are expected wall times.
    """
    known = [seconds[cell] for cell in order if cell in seconds]
    middle = usual(known) if known else 1.0
    behind = dict.fromkeys(order, 0.0)
    ways: dict[str, float] = {}
    for cell in reversed(order):
        ways[cell] = seconds.get(cell, middle) + behind[cell]
        for other in before.get(cell, ()):
            if other in behind:
                behind[other] = max(behind[other], ways[cell])
    return ways


def usual(values: Sequence[float]) -> float:
    """The median of times that are known, which stands for one that is not."""
    import statistics  # brings fractions and decimals along; a first run has nothing to take the median of

    return statistics.median(values)
