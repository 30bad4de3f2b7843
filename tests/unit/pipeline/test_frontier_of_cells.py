"""Which cells of a plan may be looked at, and in which order."""

from __future__ import annotations

import pytest

from seatrial.pipeline.expand import Cell
from seatrial.pipeline.frontier import Frontier
from seatrial.pipeline.policy import StageSpec


def _cell(name: str, *after: str) -> Cell:
    return Cell(name=name, spec=StageSpec(name=name, cmd="true"), values={}, deps=(), outs=(), after=after)


def _all(frontier: Frontier) -> list[str]:
    return [frontier.pop() for _ in range(len(frontier))]


def test_a_cell_is_ready_when_the_last_one_it_waits_for_has_ended() -> None:
    """Not when the first one has."""
    frontier = Frontier((_cell("data"), _cell("labels"), _cell("train", "data", "labels")))

    assert _all(frontier) == ["data", "labels"]
    frontier.ended("data")
    assert _all(frontier) == []
    frontier.ended("labels")
    assert _all(frontier) == ["train"]


def test_the_cell_with_the_longest_way_behind_it_is_looked_at_first() -> None:
    """Ties keep the order of the plan."""
    frontier = Frontier((_cell("lint"), _cell("docs"), _cell("train"), _cell("evaluate", "train")))

    assert _all(frontier) == ["train", "lint", "docs"]


def test_a_cell_that_is_not_part_of_the_plan_is_not_waited_for() -> None:
    """It was done before, on this machine or on another."""
    frontier = Frontier((_cell("train", "data"),))

    assert _all(frontier) == ["train"]


@pytest.mark.parametrize("times", [1, 2])
def test_a_cell_can_be_looked_at_again(times: int) -> None:
    """After a wait for a path, or before a retry, however often that happens."""
    frontier = Frontier((_cell("train"),))
    looked = _all(frontier)
    for _ in range(times):
        frontier.add("train")
        looked += _all(frontier)

    assert looked == ["train"] * (times + 1)
