"""Any graph of cells with any needs: all end, nothing is given twice, the longest way goes first, nobody starves."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.pipeline.choose_next import OVERTAKES, Free, Want, choose_next
from seatrial.pipeline.critical_path import remaining
from seatrial.pipeline.lines import Lines
from seatrial.pipeline.policy import MachineLimits, Resources, Retries
from tests.support.scripted_cells import Played, Scripted, machine, play

CORES, GPUS, TOKENS = 4, 3, {"rig": 2}
MEMORY = 8


def needs() -> st.SearchStrategy[Resources]:
    """What fits on the machine of these tests, one way or another."""
    return st.builds(
        Resources,
        cpus=st.sampled_from([0.5, 1.0, 2.0, 4.0, 64.0]),
        memory=st.none() | st.integers(1, MEMORY),
        gpus=st.integers(0, GPUS),
        tokens=st.sampled_from([{}, {"rig": 1}, {"rig": 2}]),
    )


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Scripted, ...]:
    """A few cells in an order in which they can run, each after some of those before it."""
    count = draw(st.integers(1, 12))
    names = [f"c{number}" for number in range(count)]
    return tuple(
        Scripted(
            name=name,
            after=tuple(draw(st.sets(st.sampled_from(names[:position]), max_size=3))) if position else (),
            needs=draw(needs()),
            seconds=draw(st.sampled_from([0.1, 1.0, 7.0])),
            codes=draw(st.sampled_from([(0,), (0,), (0,), (1,), (1, 0), (None,)])),
            retries=Retries(count=draw(st.integers(0, 1))),
            stored=draw(st.booleans()) and draw(st.booleans()),
        )
        for position, name in enumerate(names)
    )


def _play(cells: tuple[Scripted, ...], jobs: int) -> Played:
    with tempfile.TemporaryDirectory() as folder:
        here = machine(Path(folder), cores=CORES, gpus=GPUS, memory=MEMORY)
        return play(Path(folder), *cells, here=here, limits=MachineLimits(tokens=TOKENS), jobs=jobs)


@settings(max_examples=150)
@given(graphs(), st.integers(1, 6))
def test_every_cell_ends_and_nothing_is_given_twice(cells: tuple[Scripted, ...], jobs: int) -> None:
    """At no moment more commands, cores, memory, devices or tokens than there are."""
    played = _play(cells, jobs)
    by_name = {cell.name: cell for cell in cells}

    assert played.outcome.cells.keys() == by_name.keys()
    cores = max(CORES, jobs)
    for moment in played.stage.moments:
        asked = [by_name[name].needs for name in moment]
        assert len(moment) <= jobs
        assert sum(min(one.cpus, cores) for one in asked) <= cores
        assert sum(one.memory or 0 for one in asked) <= MEMORY
        assert sum(one.gpus for one in asked) <= GPUS
        assert sum(one.tokens.get("rig", 0) for one in asked) <= TOKENS["rig"]


@settings(max_examples=100)
@given(graphs(), st.integers(1, 6))
def test_a_cell_runs_if_and_only_if_all_before_it_did(cells: tuple[Scripted, ...], jobs: int) -> None:
    """Failures block what is behind them and nothing else."""
    did = _play(cells, jobs).did

    for cell in cells:
        before = {did[name] for name in cell.after}
        expected = "blocked" if before & {"failed", "blocked"} else "reused" if cell.stored else _end(cell)
        assert did[cell.name] == expected


def _end(cell: Scripted) -> str:
    last = cell.codes[min(cell.retries.count + 1, len(cell.codes)) - 1]
    return "ran" if 0 in (cell.codes[0], last) else "failed"


@settings(max_examples=100)
@given(graphs())
def test_with_one_place_the_longest_way_always_goes_first(cells: tuple[Scripted, ...]) -> None:
    """Of all cells that could start, by depth, as nothing is known about their times."""
    plain = tuple(Scripted(name=cell.name, after=cell.after, needs=Resources(), seconds=1.0) for cell in cells)
    ways = remaining([cell.name for cell in plain], {cell.name: frozenset(cell.after) for cell in plain}, {})
    order = _play(plain, 1).stage.started

    for position, name in enumerate(order):
        done = set(order[:position])
        could = [cell.name for cell in plain if cell.name not in done and done.issuperset(cell.after)]
        assert ways[name] == max(ways[other] for other in could)


@st.composite
def arrivals(draw: st.DrawFn) -> list[Resources]:
    """An endless-looking stream of little cells."""
    return draw(
        st.lists(
            st.builds(Resources, cpus=st.sampled_from([0.5, 1.0]), gpus=st.integers(0, 1)), min_size=30, max_size=60
        )
    )


@settings(max_examples=100)
@given(arrivals(), st.integers(1, GPUS), st.integers(1, 3))
def test_a_large_cell_is_overtaken_a_bounded_number_of_times(stream: list[Resources], gpus: int, holds: int) -> None:
    """However small cells keep coming, what it waits for is given to no more than a few of lower rank."""
    large = Resources(cpus=CORES, gpus=gpus)
    lines = Lines()
    lines.add("large", large, (0.0, 0))
    running: list[Resources] = [Resources()] * 1
    overtaken = 0
    for position, small in enumerate(stream):
        lines.add(f"s{position}", small, (1.0, position))
        while (choice := choose_next(lines.heads(0.0), _free(running))) is not None:
            if choice.cell == "large":
                assert overtaken <= OVERTAKES
                return
            lines.started(choice)
            running.append(stream[int(choice.cell[1:])])
            overtaken += 1
        if position % holds == 0 and running:
            running.pop(0)
    raise AssertionError("it never started")


def _free(running: list[Resources]) -> Free:
    return Free(
        places=CORES - len(running),
        cpus=CORES - sum(one.cpus for one in running),
        gpus=GPUS - sum(one.gpus for one in running),
    )


@given(st.lists(st.tuples(needs(), st.integers(0, 3), st.booleans()), max_size=6), st.integers(0, 4))
def test_what_is_chosen_fits_and_comes_before_all_that_fit_unless_they_were_passed_over(
    rows: list[tuple[Resources, int, bool]], places: int
) -> None:
    """And nothing is left idle when something could run and nobody reserved what it needs."""
    free = Free(places=places, cpus=CORES, memory=MEMORY, gpus=GPUS, tokens=TOKENS)
    wants = [
        Want(cell=str(number), rank=(float(rank), number), needs=need, outside=outside)
        for number, (need, rank, outside) in enumerate(rows)
    ]
    by_name: Mapping[str, Want] = {want.cell: want for want in wants}
    choice = choose_next(wants, free)

    fitting = [want for want in wants if not want.outside and free.holds(want.needs)]
    if choice is None:
        assert fitting == []
    else:
        assert by_name[choice.cell] == min(fitting, key=lambda want: want.rank)
        assert all(by_name[name].rank < by_name[choice.cell].rank for name in choice.overtook)
