"""Which cells a matrix with `include` and `exclude` has."""

from __future__ import annotations

from seatrial.pipeline.expand import combinations
from seatrial.pipeline.policy import StageSpec


def test_excluded_cells_match_all_values_of_an_entry() -> None:
    spec = StageSpec(
        name="a", cmd="x", matrix={"lr": (0.1, 0.2), "size": ("s", "l")}, exclude=({"lr": 0.1, "size": "l"},)
    )

    assert combinations(spec) == (
        {"lr": 0.1, "size": "s"},
        {"lr": 0.2, "size": "s"},
        {"lr": 0.2, "size": "l"},
    )


def test_an_entry_with_some_axes_excludes_every_cell_that_has_them() -> None:
    spec = StageSpec(name="a", cmd="x", matrix={"lr": (0.1, 0.2), "size": ("s", "l")}, exclude=({"size": "l"},))

    assert combinations(spec) == ({"lr": 0.1, "size": "s"}, {"lr": 0.2, "size": "s"})


def test_included_cells_come_last_and_once_and_are_not_excluded() -> None:
    spec = StageSpec(
        name="a",
        cmd="x",
        matrix={"s": (0, 1)},
        exclude=({"s": 1},),
        include=({"s": 0}, {"s": 7}, {"s": 1}),
    )

    assert combinations(spec) == ({"s": 0}, {"s": 7}, {"s": 1})


def test_values_are_told_apart_as_they_are_shown() -> None:
    """`1` and `true` are two values to YAML, and so they are here, although Python thinks them equal."""
    spec = StageSpec(name="a", cmd="x", matrix={"s": (1, True, 1.0)}, exclude=({"s": True},))

    assert combinations(spec) == ({"s": 1}, {"s": 1.0})
