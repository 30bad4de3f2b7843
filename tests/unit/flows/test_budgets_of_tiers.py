"""Which cells a tier's time will not do for, and what earlier runs say of the order."""

from __future__ import annotations

from seatrial.flows.budgeting import does_not_fit
from seatrial.flows.history import Row
from seatrial.flows.makespan import Capacity, Work, simulate
from seatrial.flows.ordering import order_of
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.policy import Resources, SelectionPolicy, StageSpec
from seatrial.pipeline.rank import chance
from tests.support.past_runs import rows

ONE, MANY = Capacity(jobs=1), Capacity(jobs=8)


def _work(cell: str, *before: str, worth: float = 0.0, dear: bool = False) -> Work:
    return Work(cell=cell, stage=cell.partition("[")[0], before=before, worth=worth, dear=dear)


PIPELINE = (
    _work("lint", worth=0.01),
    _work("unit", worth=0.002),
    _work("data", worth=0.001),
    _work("train", "data", dear=True),
    _work("evaluate", "train", worth=0.005),
)
SECONDS = {"lint": 5.0, "unit": 60.0, "data": 30.0, "train": 7200.0, "evaluate": 10.0}


def test_what_fits_is_left_alone() -> None:
    """To the second."""
    whole = simulate(PIPELINE, SECONDS, ONE).seconds

    assert does_not_fit(PIPELINE, SECONDS, ONE, whole) == ()
    assert does_not_fit(PIPELINE, SECONDS, ONE, whole - 1) != ()
    assert does_not_fit((), {}, ONE, 1.0) == ()


def test_cheap_cells_are_taken_first_and_the_dear_one_is_put_off() -> None:
    """What waits for it is not named: it follows, unless the dear one turns out to be there."""
    assert does_not_fit(PIPELINE, SECONDS, MANY, 300.0) == ("train",)
    assert does_not_fit(PIPELINE, SECONDS, ONE, 300.0) == ("train",)


def test_among_the_cheap_the_one_that_says_most_for_its_time_is_taken() -> None:
    """With one place and forty seconds: lint and data, not the minute of unit."""
    assert does_not_fit(PIPELINE, SECONDS, ONE, 40.0) == ("unit", "train")


def test_a_cell_is_taken_with_the_producers_that_it_lacks() -> None:
    """Evaluate alone would fit, and there would be nothing to evaluate."""
    work = (_work("train", worth=0.001), _work("evaluate", "train", worth=0.5), _work("unit", worth=0.01))
    seconds = {"train": 100.0, "evaluate": 5.0, "unit": 50.0}

    assert does_not_fit(work, seconds, ONE, 120.0) == ("unit",)
    assert does_not_fit(work, seconds, ONE, 60.0) == ("train",)


def test_what_has_no_history_is_not_put_off() -> None:
    """Nothing is made up of it; what is known behind it still counts, and behind something dear it comes last."""
    known = {"unit": 60.0, "evaluate": 10.0}

    assert does_not_fit(PIPELINE, {}, ONE, 1.0) == ()
    assert does_not_fit(PIPELINE, known, ONE, 65.0) == ("evaluate",)


def test_a_chain_with_a_gap_in_what_is_known_is_still_a_chain() -> None:
    """`train` is unknown; `evaluate` behind it needs `data` all the same."""
    work = (_work("data"), _work("train", "data"), _work("evaluate", "train", worth=0.9))
    seconds = {"data": 50.0, "evaluate": 1.0}

    assert does_not_fit(work, seconds, MANY, 10.0) == ("data",)


def test_places_make_room() -> None:
    """Two minutes of work fit into one on two places."""
    work = tuple(_work(f"t[{n}]", worth=0.01) for n in range(4))
    seconds = dict.fromkeys([one.cell for one in work], 30.0)

    assert does_not_fit(work, seconds, Capacity(jobs=2), 60.0) == ()
    assert does_not_fit(work, seconds, Capacity(jobs=2), 59.0) == ("t[2]", "t[3]")


def test_a_thousand_cells_are_decided_on_quickly() -> None:
    """By halves, not one by one: a few hundred schedules would take a minute."""
    work = tuple(_work(f"t[{n}]", worth=0.01) for n in range(1000))
    seconds = dict.fromkeys([one.cell for one in work], 30.0)

    assert len(does_not_fit(work, seconds, Capacity(jobs=4), 300.0)) == 960


# -- the schedule -----------------------------------------------------------------------


def test_a_dear_cell_is_played_behind_the_cheap_ones() -> None:
    """As the scheduler does it; else every forecast of such a tier would be too short."""
    played = simulate(PIPELINE, SECONDS, MANY)

    assert played.seconds == 60.0 + 7200.0 + 10.0
    assert played.path == (("unit", 60.0), ("train", 7200.0), ("evaluate", 10.0))
    assert simulate(PIPELINE, {"train": 7200.0}, MANY).seconds == 7200.0


def test_what_says_most_for_its_time_is_played_first() -> None:
    """On one place the order is seen in who ends last."""
    work = (_work("unit", worth=0.001), _work("lint", worth=0.1))

    assert simulate(work, {"unit": 60.0, "lint": 5.0}, ONE).path == (("lint", 5.0), ("unit", 60.0))


# -- the order --------------------------------------------------------------------------


def _cell(name: str, gpus: int = 0) -> Cell:
    spec = StageSpec(name=name.partition("[")[0], cmd="x", resources=Resources(gpus=gpus))
    return Cell(name=name, spec=spec, values={}, deps=None, outs=())


def _failed(cell: str, *walls: float) -> tuple[Row, ...]:
    return rows(cell, *walls, did="failed")


def test_dear_is_what_asks_for_devices_or_usually_takes_long() -> None:
    """The median counts, and `selection.dear` says how long is long."""
    cells = (_cell("train", gpus=1), _cell("simulate"), _cell("unit"), _cell("new"))
    history = (*rows("simulate", 5.0, 700.0, 800.0), *rows("unit", 1.0, 2.0, 9000.0))

    assert order_of(cells, history, SelectionPolicy()).dear == {"train", "simulate"}
    assert order_of(cells, history, SelectionPolicy(dear=2.0)).dear == {"train", "simulate", "unit"}
    assert order_of(cells, history, SelectionPolicy(), expected={"simulate": 3.0}).dear == {"train"}


def test_the_chance_of_a_failure_comes_from_the_newest_runs_that_ended() -> None:
    """Thirty of them; what was reused, blocked, or never began says nothing."""
    old, recent = _failed("unit", *[1.0] * 50), rows("unit", *[1.0] * 30)
    nothing = (*rows("unit", 0.0, did="blocked"), *_failed("unit", 0.0), *rows("unit", 1.0, did="reused"))

    assert order_of([_cell("unit")], (*old, *recent, *nothing), SelectionPolicy()).chances == {"unit": chance(0, 30)}
    assert order_of([_cell("unit")], old, SelectionPolicy()).chances == {"unit": chance(30, 30)}


def test_a_cell_without_runs_of_its_own_is_judged_by_its_stage() -> None:
    """A new seed is as likely to fail as the others; a new stage is not in it."""
    history = (*rows("train[seed=0]", 3.0), *_failed("train[seed=1]", 3.0))
    order = order_of([_cell("train[seed=7]"), _cell("new")], history, SelectionPolicy())

    assert order.chances == {"train[seed=7]": chance(1, 2)}
    assert order_of([_cell("new")], (), SelectionPolicy()).chances == {}
