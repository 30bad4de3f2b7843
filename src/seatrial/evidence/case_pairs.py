"""Pairs of cases held against each other: each leads to a case, none to itself, none in a circle.

Called by `cases` once all are read. A circle could be judged, but would say one thing twice (`same`) or ask for what
no model can do (`higher` both ways), so it is taken for a slip.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.evidence.case_records import Case
from seatrial.evidence.mistakes import Mistakes
from seatrial.nearest import nearest


def check_pairs(cases: Mapping[str, Case], mistakes: Mistakes) -> None:
    """Note every pair that cannot be judged, and every case of which nothing is expected and which serves no pair."""
    serving = {case.pair.of for case in cases.values() if case.pair is not None}
    settled: set[str] = set()
    for case in cases.values():
        if not case.judged and case.id not in serving:
            step = "Write `expected:`, `matcher:`, `matchers:` or `of:`; without one the case can never fail."
            mistakes.add(f"nothing is expected of the case {case.id!r}", case.place, step)
        if case.pair is None:
            continue
        if case.pair.of not in cases:
            close = nearest(case.pair.of, cases)
            step = f"Did you mean {close!r}?" if close else "Name the id of another case of this gate."
            mistakes.add(f"{case.id!r} is `of` {case.pair.of!r}, and there is no such case", case.place, step)
        elif case.pair.of == case.id:
            mistakes.add(f"{case.id!r} is `of` itself", case.place, "Name the id of another case.")
        elif circle := _circle(case, cases, settled):
            way = " -> ".join(repr(name) for name in circle)
            mistakes.add(f"pairs lead in a circle: {way}", case.place, "Let one case of them stand alone.")


def _circle(start: Case, cases: Mapping[str, Case], settled: set[str]) -> tuple[str, ...]:
    """The ids of a circle that `start` leads into, the first one again at the end; empty where its pairs end.

    `settled` remembers what earlier walks passed, so that each circle is told once and each case is walked once.
    """
    way: dict[str, int] = {}
    at: Case | None = start
    circle: tuple[str, ...] = ()
    while at is not None and at.pair is not None and at.id not in settled:
        if at.id in way:
            circle = (*list(way)[way[at.id] :], at.id)
            break
        way[at.id] = len(way)
        at = cases.get(at.pair.of)
    settled.update(way)
    return circle
