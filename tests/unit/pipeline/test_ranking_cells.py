"""Who goes before whom, from values alone."""

from __future__ import annotations

import pytest

from seatrial.pipeline.rank import NEVER_SEEN, Order, ahead_of_dear, chance, ranks, worths

ALONE: dict[str, frozenset[str]] = {}


def _first_to_last(cells: tuple[str, ...], order: Order, before: dict[str, frozenset[str]] = ALONE) -> list[str]:
    found = ranks(cells, before, order)
    return sorted(cells, key=found.__getitem__)


def test_of_two_cheap_cells_the_one_that_says_more_for_its_time_goes_first() -> None:
    """The shorter of two that fail alike, the shakier of two that take as long."""
    even = {"unit": 0.1, "lint": 0.1}
    seconds = {"unit": 60.0, "lint": 5.0}

    assert _first_to_last(("unit", "lint"), Order(seconds=seconds, chances=even)) == ["lint", "unit"]
    assert _first_to_last(("unit", "lint"), Order(seconds=seconds, chances={"unit": 0.9, "lint": 0.01})) == [
        "unit",
        "lint",
    ]


def test_without_any_history_the_longest_way_decides() -> None:
    """As many stages behind a cell, so far does its way go; the plan breaks ties."""
    before = {"evaluate": frozenset({"train"})}

    assert _first_to_last(("lint", "train", "evaluate", "docs"), Order(), before) == [
        "train",
        "lint",
        "evaluate",
        "docs",
    ]
    assert worths(("a", "b"), Order()) == {}
    assert worths(("a", "b"), Order(seconds={"a": 3.0})) == {}, "seconds alone say nothing of failures"


def test_what_was_never_seen_goes_early_among_the_known() -> None:
    """What is new is most likely to be broken: one time in two, in the time that others usually take."""
    order = Order(seconds={"a": 10.0, "b": 30.0}, chances={"a": chance(0, 30), "b": chance(0, 30)})

    assert worths(("a", "b", "new"), order)["new"] == pytest.approx(NEVER_SEEN / 20.0)
    assert _first_to_last(("a", "b", "new"), order) == ["new", "a", "b"]


def test_dear_cells_come_last_the_longest_way_first_among_them() -> None:
    """However likely they fail: no place of a device is to stand idle at the end."""
    order = Order(
        seconds={"short": 700.0, "long": 7200.0, "lint": 5.0},
        chances={"short": 0.9, "long": 0.1, "lint": 0.01},
        dear=frozenset({"short", "long"}),
    )

    assert _first_to_last(("short", "long", "lint"), order) == ["lint", "long", "short"]


@pytest.mark.parametrize(("failures", "runs", "expected"), [(0, 0, 0.5), (0, 8, 0.1), (8, 8, 0.9), (1, 2, 0.5)])
def test_neither_never_nor_always_is_believed(failures: int, runs: int, expected: float) -> None:
    """The rule of succession."""
    assert chance(failures, runs) == pytest.approx(expected)


def test_dear_cells_wait_for_cheap_ones_that_do_not_wait_for_them() -> None:
    """However far behind a dear one they stand."""
    before = {"train": ("data",), "evaluate": ("train",), "report": ("evaluate", "unit"), "unit": ()}
    cells = ("data", "unit", "train", "evaluate", "report", "lint")

    assert ahead_of_dear(cells, before, frozenset({"train"})) == ("data", "unit", "lint")
    assert ahead_of_dear(cells, before, frozenset()) == ()
    assert ahead_of_dear(("train",), {}, frozenset({"train"})) == ()


def test_a_time_of_nothing_is_no_reason_to_divide_by_it() -> None:
    """A stage that does nothing is cheap, not infinitely worth."""
    order = Order(seconds={"a": 0.0, "b": 0.001}, chances={"a": 0.5, "b": 0.6})

    assert _first_to_last(("a", "b"), order) == ["b", "a"]
