"""What a run will take, what it waits for longest, and whether that fits a budget. Pure.

Called by `forecasting` before a run. The middle figure is the schedule in which every cell takes its
median; that schedule also gives the critical path, so that its parts add up to the whole. The 90 %
figure comes from schedules in which every cell takes one of the times it took before, drawn by a
generator whose seed is the digest of the cells' names: adding up everybody's 90 % would be far too
much where there are many cells, and the same history always gives the same answer.

Subtle: cells without history count as no time and are named. So a forecast is never too long for
want of knowledge, and `over: stop` refuses nothing because of what it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct, field

from seatrial.digest import PREFIX, of_record
from seatrial.flows.durations import Duration, quantile
from seatrial.flows.makespan import Capacity, Schedule, Work, simulate

_DRAWS = 200
_LEAST_DRAWS = 20
_CELLS_PLAYED = 20_000  # over all draws: a tenth of a second
_MOST_BLAMED = 8  # stages of the critical path that are tried out, longest first
_MASK = (1 << 64) - 1


class Fit(StrEnum):
    """Whether what is expected fits a budget."""

    FITS = "fits"
    MAY_NOT = "may_not"
    """More often than one time in ten it takes longer."""
    WILL_NOT = "will_not"
    """More likely than not it takes longer."""
    UNKNOWN = "unknown"
    """What is known fits, and not everything is known."""


class Share(Struct, frozen=True, kw_only=True):
    """A stage on the critical path: its seconds there, and their share of the whole."""

    stage: str
    seconds: float
    share: float


class Forecast(Struct, frozen=True, kw_only=True):
    """What the stages of a run will take together, in seconds of wall time.

    `cells` are expected to run, those in `unknown` without history. `bases` says, by stage, whose
    observations stand in for its own.
    """

    p50: float = 0.0
    p90: float = 0.0
    cells: int = 0
    unknown: tuple[str, ...] = ()
    path: tuple[Share, ...] = ()
    bases: Mapping[str, str] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """Whether anything can be said at all."""
        return self.cells == 0 or len(self.unknown) < self.cells


class Blame(Struct, frozen=True, kw_only=True):
    """The stage whose time matters most. Without it the run would be `gain` seconds shorter; `alone`:
    one cell of it takes longer than the whole budget."""

    stage: str
    gain: float
    alone: bool


class Assessment(Struct, frozen=True, kw_only=True):
    """A forecast held against a budget. `over` are the seconds by which it does not fit (by the median for
    WILL_NOT, by the 90 % figure for MAY_NOT)."""

    fit: Fit
    over: float = 0.0
    blame: Blame | None = None


def forecast(
    work: Sequence[Work], running: frozenset[str], expected: Mapping[str, Duration], capacity: Capacity
) -> Forecast:
    """The forecast for cells, producers first, of which those in `running` are expected to run."""
    known = {cell: duration for cell, duration in expected.items() if cell in running}
    middle = _median(work, known, capacity)
    stages = {one.cell: one.stage for one in work}
    on_path: dict[str, float] = {}
    for cell, seconds in middle.path:
        on_path[stages[cell]] = on_path.get(stages[cell], 0.0) + seconds
    return Forecast(
        p50=middle.seconds,
        p90=max(middle.seconds, _high(work, known, capacity)),
        cells=len(running),
        unknown=tuple(one.cell for one in work if one.cell in running and one.cell not in known),
        path=tuple(
            Share(stage=stage, seconds=seconds, share=seconds / middle.seconds)
            for stage, seconds in sorted(on_path.items(), key=lambda item: -item[1])
        ),
        bases={stages[cell]: duration.basis for cell, duration in known.items() if duration.basis},
    )


def assess(
    found: Forecast, work: Sequence[Work], expected: Mapping[str, Duration], capacity: Capacity, budget: float
) -> Assessment:
    """A forecast held against a budget in seconds, with the stage to blame where it does not fit."""
    if found.p50 > budget:
        return Assessment(
            fit=Fit.WILL_NOT,
            over=found.p50 - budget,
            blame=blame(work, {cell: one.p50 for cell, one in expected.items()}, capacity, budget),
        )
    if found.p90 > budget:
        return Assessment(
            fit=Fit.MAY_NOT,
            over=found.p90 - budget,
            blame=blame(work, {cell: one.p90 for cell, one in expected.items()}, capacity, budget),
        )
    return Assessment(fit=Fit.UNKNOWN if found.unknown else Fit.FITS)


def _median(work: Sequence[Work], known: Mapping[str, Duration], capacity: Capacity) -> Schedule:
    return simulate(work, {cell: one.p50 for cell, one in known.items()}, capacity)


def _high(work: Sequence[Work], known: Mapping[str, Duration], capacity: Capacity) -> float:
    """The 90 % quantile over drawn schedules."""
    if all(one.p50 == max(one.samples) == min(one.samples) for one in known.values()):
        return 0.0  # nothing ever varied
    draws = max(_LEAST_DRAWS, min(_DRAWS, _CELLS_PLAYED // len(work)))
    cells = sorted(known)
    numbers = _numbers(cells)
    spans = []
    for _ in range(draws):
        drawn = {cell: known[cell].samples[next(numbers) % len(known[cell].samples)] for cell in cells}
        spans.append(simulate(work, drawn, capacity).seconds)
    return quantile(spans, 0.9)


def _numbers(cells: Sequence[str]) -> Iterator[int]:
    """Numbers without end that look random and depend on the names alone (splitmix64)."""
    state = int(of_record("forecast/1", list(cells)).removeprefix(PREFIX)[:16], 16)
    while True:
        state = (state + 0x9E3779B97F4A7C15) & _MASK
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        yield mixed ^ (mixed >> 31)


def blame(work: Sequence[Work], seconds: Mapping[str, float], capacity: Capacity, budget: float) -> Blame | None:
    """The stage without which the run would be shortest: longest on the critical path is not the same,
    because what runs beside it would then be the critical path."""
    whole = simulate(work, seconds, capacity)
    stages = {one.cell: one.stage for one in work}
    weight: dict[str, float] = {}
    for cell, spent in whole.path:
        weight[stages[cell]] = weight.get(stages[cell], 0.0) + spent
    tried = sorted(weight, key=lambda stage: -weight[stage])[:_MOST_BLAMED]
    gains = {
        stage: whole.seconds
        - simulate(work, {cell: one for cell, one in seconds.items() if stages.get(cell) != stage}, capacity).seconds
        for stage in tried
    }
    if not gains:
        return None
    worst = max(tried, key=gains.__getitem__)
    longest = max(spent for cell, spent in seconds.items() if stages.get(cell) == worst)
    return Blame(stage=worst, gain=gains[worst], alone=longest > budget)
