"""From durations to the time of a run, its critical path, and whose fault a budget is that will not do."""

from __future__ import annotations

from seatrial.flows.durations import Duration
from seatrial.flows.forecast import Assessment, Fit, Forecast, Share, assess, forecast
from seatrial.flows.makespan import Capacity, Work, simulate

MANY = Capacity(jobs=100)


def _cell(name: str, *before: str, cpus: float = 1.0, gpus: int = 0) -> Work:
    return Work(cell=name, stage=name.partition("[")[0], before=before, cpus=cpus, gpus=gpus)


def _takes(*samples: float) -> Duration:
    ordered = sorted(samples)
    return Duration(p50=ordered[(len(ordered) - 1) // 2], p90=ordered[-1], samples=samples)


CHAIN = (_cell("data"), _cell("train", "data"), _cell("evaluate", "train"), _cell("lint"))
SECONDS = {"data": 1.0, "train": 10.0, "evaluate": 2.0, "lint": 4.0}
STEADY = {cell: _takes(seconds, seconds, seconds) for cell, seconds in SECONDS.items()}
ALL = frozenset(SECONDS)


def test_one_place_takes_the_sum_and_many_the_longest_chain() -> None:
    """Nothing waits that need not."""
    assert simulate(CHAIN, SECONDS, Capacity(jobs=1)).seconds == 17.0
    assert simulate(CHAIN, SECONDS, MANY).seconds == 13.0
    assert simulate(CHAIN, SECONDS, MANY).path == (("data", 1.0), ("train", 10.0), ("evaluate", 2.0))


def test_longest_way_still_to_go_starts_first() -> None:
    """Else the long chain would begin after the short ones, and one place would stand idle at the end."""
    work = (_cell("a"), _cell("b"), _cell("c"), _cell("long"))
    seconds = {"a": 1.0, "b": 1.0, "c": 1.0, "long": 3.0}

    assert simulate(work, seconds, Capacity(jobs=2)).seconds == 3.0


def test_processors_and_devices_are_shared_out() -> None:
    """Four places do not help when each cell takes the whole machine, or the only device."""
    wide = tuple(_cell(name, cpus=4.0) for name in "abc")
    on_device = tuple(_cell(name, gpus=1) for name in "abc")
    seconds = dict.fromkeys("abc", 2.0)

    assert simulate(wide, seconds, Capacity(jobs=4, cpus=4.0)).seconds == 6.0
    assert simulate(wide, seconds, Capacity(jobs=4, cpus=2.0)).seconds == 6.0
    assert simulate(on_device, seconds, Capacity(jobs=4, gpus=1)).seconds == 6.0
    assert simulate(on_device, seconds, Capacity(jobs=4)).seconds == 2.0


def test_what_does_not_run_takes_no_time_and_no_place() -> None:
    """A reused producer hands its consumers on at once."""
    work = (_cell("data"), _cell("train", "data"), _cell("other"))

    assert simulate(work, {"train": 2.0, "other": 2.0}, Capacity(jobs=1)).path == (("train", 2.0), ("other", 2.0))


def test_forecast_names_time_and_critical_path() -> None:
    """Shares are of the whole; what runs beside the path is not on it."""
    found = forecast(CHAIN, ALL, STEADY, MANY)

    assert (found.p50, found.p90, found.cells, found.unknown) == (13.0, 13.0, 4, ())
    assert found.path[0] == Share(stage="train", seconds=10.0, share=10 / 13)
    assert [one.stage for one in found.path] == ["train", "evaluate", "data"]


def test_cells_of_a_stage_share_their_place_on_the_path() -> None:
    """Five seeds on one place are one stage to whoever has to shorten it."""
    work = tuple(_cell(f"train[seed={seed}]") for seed in range(5))
    expected = {one.cell: _takes(2.0, 2.0, 2.0) for one in work}

    found = forecast(work, frozenset(expected), expected, Capacity(jobs=1))

    assert found.path == (Share(stage="train", seconds=10.0, share=1.0),)


def test_what_has_no_history_is_named_and_not_guessed() -> None:
    """It counts as no time, so the rest is a lower bound that says so."""
    found = forecast(CHAIN, ALL, {"train": _takes(10.0, 10.0, 10.0)}, MANY)

    assert (found.p50, found.unknown) == (10.0, ("data", "evaluate", "lint"))
    assert assess(found, CHAIN, {"train": STEADY["train"]}, MANY, 60.0).fit is Fit.UNKNOWN
    assert not forecast(CHAIN, ALL, {}, MANY).known


def test_high_figure_is_not_the_sum_of_everybodys_worst() -> None:
    """Of twenty stages in a row not all are unlucky at once; the same history gives the same answer."""
    names = [f"s{number}" for number in range(20)]
    work = tuple(_cell(name, *names[max(0, place - 1) : place]) for place, name in enumerate(names))
    expected = {name: _takes(*[1.0] * 8, 10.0, 10.0) for name in names}

    found = forecast(work, frozenset(names), expected, MANY)

    assert found.p50 == 20.0
    assert 20.0 < found.p90 < 200.0
    assert found == forecast(work, frozenset(names), expected, MANY)


def _held(budget: float, jobs: int = 100) -> Assessment:
    capacity = Capacity(jobs=jobs)
    return assess(forecast(CHAIN, ALL, STEADY, capacity), CHAIN, STEADY, capacity, budget)


def test_blame_is_with_the_stage_without_which_the_run_is_shortest() -> None:
    """By how much, too; `alone` when no other stage could make room for it."""
    held = _held(8.0)

    assert (held.fit, held.over) == (Fit.WILL_NOT, 5.0)
    assert held.blame is not None
    assert (held.blame.stage, held.blame.gain, held.blame.alone) == ("train", 9.0, True)


def test_blame_is_not_with_what_something_else_would_replace() -> None:
    """Two long stages beside each other: taking one away gains little; the short one before both gains more."""
    work = (_cell("data"), _cell("left", "data"), _cell("right", "data"))
    expected = {"data": _takes(4.0, 4.0, 4.0), "left": _takes(9.0, 9.0, 9.0), "right": _takes(8.0, 8.0, 8.0)}
    found = forecast(work, frozenset(expected), expected, MANY)

    held = assess(found, work, expected, MANY, 10.0)

    assert held.blame is not None
    assert (held.blame.stage, held.blame.gain, held.blame.alone) == ("data", 4.0, False)


def test_enough_time_fits_and_a_bad_day_may_not() -> None:
    """Between the median and the high figure it is said as what it is."""
    expected = {**STEADY, "train": _takes(*[10.0] * 7, 30.0, 30.0, 30.0)}
    found = forecast(CHAIN, ALL, expected, MANY)

    assert _held(13.0).fit is Fit.FITS
    assert assess(found, CHAIN, expected, MANY, 20.0).fit is Fit.MAY_NOT
    assert assess(found, CHAIN, expected, MANY, 20.0).over == found.p90 - 20.0


def test_nothing_to_run_is_known_to_take_no_time() -> None:
    """No history is needed for that."""
    found = forecast(CHAIN, frozenset(), {}, MANY)

    assert found == Forecast()
    assert found.known
    assert assess(found, CHAIN, {}, MANY, 1.0).fit is Fit.FITS
