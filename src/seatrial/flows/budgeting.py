"""Which cells a tier's time will not do for, and so are put off before a run. Pure.

Called by `forecasting`. Cells are taken by what they say for their time, cheap ones first, each with the
producers that it lacks; one is taken if the schedule of all that was taken still ends in time. What has no history
takes no time here, so it is never put off for itself.

Subtle: with fewer places than cells a schedule can become longer when a cell goes (Graham), so nothing is concluded
from a larger schedule about a smaller one: what is taken in the end has been played and fits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from seatrial.flows.makespan import Capacity, Work, simulate

_TRIES = 200
"""Cells that are tried one by one, after as many as possible were taken together; the rest is put off untried."""


def does_not_fit(
    work: Sequence[Work], seconds: Mapping[str, float], capacity: Capacity, budget: float
) -> tuple[str, ...]:
    """The cells that are put off, in the order of `work`, without what waits for them.

    `work` has producers first; `seconds` are those of the cells that are to run and are known.
    """

    def fits(chosen: Mapping[str, float]) -> bool:
        # The one question that is asked of a choice: what it costs in money belongs here once that is recorded.
        return simulate(work, chosen, capacity).seconds <= budget

    if fits(seconds):
        return ()
    above = _above(work)
    queue = _queue(work, seconds, above)
    taken = _longest_beginning(queue, above, seconds, fits)
    tries = 0
    for cell in queue:
        if cell in taken:
            continue
        with_producers = {**taken, **_bundle(cell, above, seconds)}
        if sum(with_producers.values()) / capacity.jobs > budget:
            continue  # not even if nothing waited for anything
        tries += 1
        if tries > _TRIES:
            break
        if fits(with_producers):
            taken = with_producers
    left = [one.cell for one in work if one.cell in seconds and one.cell not in taken]
    gone = frozenset(left)
    return tuple(cell for cell in left if gone.isdisjoint(above[cell]))


def _above(work: Sequence[Work]) -> dict[str, frozenset[str]]:
    """All that each cell waits for, however far back; the order of cheap and dear is no such wait."""
    found: dict[str, frozenset[str]] = {}
    for one in work:
        near = [other for other in one.before if other in found]
        found[one.cell] = frozenset(near).union(*(found[other] for other in near))
    return found


def _queue(work: Sequence[Work], seconds: Mapping[str, float], above: Mapping[str, frozenset[str]]) -> list[str]:
    """Who is taken before whom: what is dear, or needs something dear, comes last."""
    dear = frozenset(one.cell for one in work if one.dear)
    places = {one.cell: place for place, one in enumerate(work)}
    worth = {one.cell: one.worth for one in work}
    return sorted(
        seconds, key=lambda cell: (cell in dear or not dear.isdisjoint(above[cell]), -worth[cell], places[cell])
    )


def _bundle(cell: str, above: Mapping[str, frozenset[str]], seconds: Mapping[str, float]) -> dict[str, float]:
    return {other: seconds[other] for other in (*above[cell], cell) if other in seconds}


def _longest_beginning(
    queue: Sequence[str],
    above: Mapping[str, frozenset[str]],
    seconds: Mapping[str, float],
    fits: Callable[[Mapping[str, float]], bool],
) -> dict[str, float]:
    """The longest beginning of the queue that was found to fit, by halving: a thousand cells are not tried singly."""
    low, high = 0, len(queue)
    best: dict[str, float] = {}
    while low < high:
        middle = (low + high + 1) // 2
        chosen: dict[str, float] = {}
        for cell in queue[:middle]:
            chosen |= _bundle(cell, above, seconds)
        if fits(chosen):
            low, best = middle, chosen
        else:
            high = middle - 1
    return best
