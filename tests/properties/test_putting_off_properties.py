"""Whatever is put off, for whatever reason: nothing is dropped, and what waits for it is put off too."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.flows.budgeting import does_not_fit
from seatrial.flows.makespan import Capacity, Work, simulate
from seatrial.pipeline.deferral import Bounds, Cause, Deferral
from seatrial.pipeline.policy import Resources
from seatrial.pipeline.rank import Order, ahead_of_dear, ranks
from tests.support.scripted_cells import Played, Scripted, machine, play

ENDS = {"ran", "reused", "failed", "blocked", "deferred"}
WHY = Deferral(reason="not now", cause=Cause.GRADE)


@st.composite
def runs(draw: st.DrawFn) -> tuple[tuple[Scripted, ...], Order, Bounds, int]:
    """A few cells, some dear, some put off beforehand, with much, little or no time to begin them."""
    count = draw(st.integers(1, 9))
    names = [f"c{number}" for number in range(count)]
    cells = tuple(
        Scripted(
            name=name,
            after=tuple(draw(st.sets(st.sampled_from(names[:position]), max_size=3))) if position else (),
            needs=Resources(gpus=draw(st.sampled_from([0, 0, 1, 9]))),
            seconds=draw(st.sampled_from([0.1, 1.0, 7.0])),
            codes=draw(st.sampled_from([(0,), (0,), (0,), (1,)])),
            stored=draw(st.integers(0, 4)) == 0,
            fail_fast=draw(st.booleans()),
        )
        for position, name in enumerate(names)
    )
    some = st.frozensets(st.sampled_from(names))
    order = Order(
        seconds=draw(st.dictionaries(st.sampled_from(names), st.floats(0, 1e4))),
        chances=draw(st.dictionaries(st.sampled_from(names), st.floats(0.01, 0.99))),
        dear=draw(some),
    )
    bounds = Bounds(
        deferrals=dict.fromkeys(draw(some), WHY), start_for=draw(st.sampled_from([None, None, 0.0, 0.5, 3.0, 60.0]))
    )
    return cells, order, bounds, draw(st.integers(1, 4))


def _play(cells: tuple[Scripted, ...], order: Order, bounds: Bounds, jobs: int) -> Played:
    with tempfile.TemporaryDirectory() as folder:
        here = machine(Path(folder), cores=4, gpus=2)
        return play(Path(folder), *cells, here=here, jobs=jobs, order=order, bounds=bounds)


@settings(max_examples=200)
@given(runs())
def test_every_cell_comes_to_an_end_that_is_told(run: tuple[tuple[Scripted, ...], Order, Bounds, int]) -> None:
    """None is dropped, and none runs whose producers did not."""
    played = _play(*run)

    assert played.did.keys() == {cell.name for cell in run[0]}
    assert set(played.did.values()) <= ENDS
    assert all(played.outcome.cells[name].reason for name, did in played.did.items() if did in ("blocked", "deferred"))
    for cell in run[0]:
        before = {played.did[name] for name in cell.after}
        if before & {"failed", "blocked"}:
            assert played.did[cell.name] == "blocked"
        elif "deferred" in before:
            assert played.did[cell.name] == "deferred", "what is put off is closed under what waits for it"


@settings(max_examples=200)
@given(runs())
def test_nothing_dear_starts_before_the_cheap_have_ended_well(
    run: tuple[tuple[Scripted, ...], Order, Bounds, int],
) -> None:
    """In the order in which they end, which the outcome keeps."""
    cells, order, bounds, jobs = run
    played = _play(cells, order, bounds, jobs)
    ahead = ahead_of_dear([cell.name for cell in cells], {cell.name: cell.after for cell in cells}, order.dear)
    failed = [name for name in ahead if played.did[name] == "failed"]

    for name in order.dear & set(played.stage.started):
        assert failed == []
        ends = [played.stage.started_at[one] + _seconds(cells, one) for one in ahead if one in played.stage.started]
        assert played.stage.started_at[name] >= max(ends, default=0.0) - 1e-6


def _seconds(cells: tuple[Scripted, ...], name: str) -> float:
    return next(cell.seconds for cell in cells if cell.name == name)


@settings(max_examples=100)
@given(runs())
def test_without_bounds_only_a_machine_puts_anything_off(run: tuple[tuple[Scripted, ...], Order, Bounds, int]) -> None:
    """However much time there is, it is enough; and the same values give the same run."""
    cells, order, _, jobs = run
    plain, long = (_play(cells, order, bounds, jobs) for bounds in (Bounds(), Bounds(start_for=1e5)))

    assert {cell.cause for cell in plain.outcome.deferred} <= {Cause.MACHINE}
    assert plain.did == long.did
    assert plain.stage.started == long.stage.started


@st.composite
def pipelines(draw: st.DrawFn) -> tuple[tuple[Work, ...], dict[str, float]]:
    """Cells with durations, some of them unknown."""
    count = draw(st.integers(1, 9))
    work = []
    for place in range(count):
        before = draw(st.sets(st.integers(0, place - 1), max_size=3)) if place else set()
        work.append(
            Work(
                cell=f"c{place}",
                stage=f"s{place % 3}",
                before=tuple(f"c{one}" for one in sorted(before)),
                worth=draw(st.sampled_from([0.0, 0.01, 0.5])),
                dear=draw(st.booleans()),
            )
        )
    known = draw(st.sets(st.sampled_from([one.cell for one in work])))
    return tuple(work), {cell: draw(st.sampled_from([0.0, 1.0, 5.0, 60.0])) for cell in sorted(known)}


@given(pipelines(), st.sampled_from([1, 2, 8]), st.floats(0.5, 200.0))
def test_what_is_taken_fits_and_only_what_is_known_is_put_off(
    pipeline: tuple[tuple[Work, ...], dict[str, float]], jobs: int, budget: float
) -> None:
    """With all that waits for what was put off gone as well."""
    work, seconds = pipeline
    capacity = Capacity(jobs=jobs)

    off = does_not_fit(work, seconds, capacity, budget)
    gone = set(off)
    for one in work:
        gone |= {one.cell} if not gone.isdisjoint(one.before) else set()
    taken = {cell: spent for cell, spent in seconds.items() if cell not in gone}

    assert set(off) <= seconds.keys()
    assert simulate(work, taken, capacity).seconds <= budget
    assert does_not_fit(work, seconds, capacity, 1e9) == ()


@given(pipelines())
def test_ranks_are_a_total_order_of_values_alone(
    pipeline: tuple[tuple[Work, ...], dict[str, float]],
) -> None:
    """No two cells rank alike, and mappings may come in any order."""
    work, seconds = pipeline
    cells = tuple(one.cell for one in work)
    before = {one.cell: frozenset(one.before) for one in work}
    dear = frozenset(one.cell for one in work if one.dear)
    chances = dict.fromkeys(cells, 0.3)
    order = Order(seconds=seconds, chances=chances, dear=dear)
    turned = Order(seconds=dict(reversed(seconds.items())), chances=dict(reversed(chances.items())), dear=dear)

    found = ranks(cells, before, order)

    assert len(set(found.values())) == len(cells)
    assert found == ranks(cells, before, turned)
    assert all(found[cheap] < found[one] for one in dear for cheap in set(cells) - dear)
