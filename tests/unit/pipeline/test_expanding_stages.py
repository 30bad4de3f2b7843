"""From declared stages to cells: matrix, edges, order, and what is refused before anything runs."""

from __future__ import annotations

import pytest

from seatrial.errors import ConfigError
from seatrial.pipeline.expand import Cell, combinations, expand
from seatrial.pipeline.policy import OutSource, StageSpec
from tests.support.project import made, stage

TRAIN = stage("train", "x", matrix={"seed": (0, 1)}, outs={"model": "out/${matrix.seed}/m"})


def cells(*stages: StageSpec) -> dict[str, Cell]:
    return {cell.name: cell for cell in expand({spec.name: spec for spec in stages})}


def test_a_matrix_makes_a_cell_for_every_combination() -> None:
    """The last axis varies fastest; names show the values as a command would see them."""
    spec = stage("t", "x", matrix={"a": (1, True), "b": ("x", None, 0.5)})

    assert [*cells(spec)] == [
        "t[a=1,b=x]",
        "t[a=1,b=null]",
        "t[a=1,b=0.5]",
        "t[a=true,b=x]",
        "t[a=true,b=null]",
        "t[a=true,b=0.5]",
    ]


def test_a_stage_without_a_matrix_is_one_cell_of_its_name() -> None:
    """Without brackets."""
    assert [*cells(stage("t", "x"))] == ["t"]
    assert combinations(stage("t", "x")) == ({},)


def test_an_out_of_one_cell_is_chosen_by_its_values() -> None:
    """Values are compared as text, as they are written in a reference."""
    reader = stage("e", "x", deps={"m": made("train", "model", seed="1")})

    assert cells(TRAIN, reader)["e"].producers == ("train[seed=1]",)


def test_a_star_takes_every_cell_in_order() -> None:
    """One dep with several paths."""
    reader = stage("e", "x", deps={"m": made("train", "model", every=True)})
    (dep,) = cells(TRAIN, reader)["e"].deps or ()

    assert [one.path for one in dep.produced] == ["out/0/m", "out/1/m"]


@pytest.mark.parametrize(
    "source",
    [
        OutSource(stage="train", out="model"),
        OutSource(stage="train", out="other", every=True),
        OutSource(stage="train", out="model", cell={"seed": "7"}),
        OutSource(stage="train", out="model", cell={"other": "0"}),
    ],
)
def test_an_out_that_no_cell_makes_is_refused(source: OutSource) -> None:
    """No cell chosen of a matrix, an unknown out, an unknown value, an unknown axis."""
    with pytest.raises(ConfigError, match="which no stage makes"):
        cells(TRAIN, stage("e", "x", deps={"m": source}))


def test_a_stage_outside_of_the_selection_is_named() -> None:
    """With the stage that wants it."""
    with pytest.raises(ConfigError, match="stage e needs stage train, which is not part of this selection"):
        cells(stage("e", "x", deps={"m": made("train", "model")}))


@pytest.mark.parametrize("path", ["out/0/m", "./out//0/m"])
def test_a_path_that_is_an_out_makes_an_edge(path: str) -> None:
    """However it is written."""
    cell = cells(TRAIN, stage("e", "x", deps=[path]))["e"]

    assert cell.producers == ("train[seed=0]",)


def test_a_path_inside_an_out_makes_an_edge_with_its_rest() -> None:
    """The cell depends on that part alone."""
    (dep,) = cells(TRAIN, stage("e", "x", deps=["out/0/m/part/a"]))["e"].deps or ()

    assert (dep.produced[0].cell, dep.produced[0].inside) == ("train[seed=0]", "part/a")


def test_a_path_that_only_begins_like_an_out_is_a_source() -> None:
    """`out/0/model2` is not inside `out/0/m`."""
    (dep,) = cells(TRAIN, stage("e", "x", deps=["out/0/m2"]))["e"].deps or ()

    assert dep.path == "out/0/m2"


@pytest.mark.parametrize("folder", ["out", "out/0", "."])
def test_a_folder_that_holds_outs_is_refused(folder: str) -> None:
    """It would be read while it is being made, and nothing would order the two."""
    with pytest.raises(ConfigError, match=r"in which train\[seed=0\] writes out/0/m"):
        cells(TRAIN, stage("e", "x", deps=[folder]))


def test_a_matrix_value_may_stand_in_a_dep() -> None:
    """Each cell depends on its own path."""
    reader = stage("e", "x", matrix={"seed": (0, 1)}, deps=["out/${matrix.seed}/m", "data/${matrix.seed}.csv"])
    found = cells(TRAIN, reader)

    assert found["e[seed=1]"].producers == ("train[seed=1]",)
    assert (found["e[seed=1]"].deps or ())[1].path == "data/1.csv"


def test_a_parameter_in_a_path_is_refused() -> None:
    """Paths are known before parameters are."""
    with pytest.raises(ConfigError, match="cannot stand in a path"):
        cells(stage("t", "x", outs=["out/${params.name}"]))


@pytest.mark.parametrize("other", ["out/m", "./out/m", "out/m/inside", "out/m/deeper/still", "out"])
def test_two_stages_cannot_write_one_path_or_inside_each_other(other: str) -> None:
    """Both are named, with the paths."""
    with pytest.raises(ConfigError, match="out/m"):
        cells(stage("a", "x", outs=["out/m"]), stage("b", "x", outs=[other]))


def test_a_nested_path_is_found_between_names_that_sort_around_it() -> None:
    """`out/m-2` sorts between `out/m` and `out/m/x` in plain text, and must not hide them from each other."""
    with pytest.raises(ConfigError, match="out/m/x"):
        cells(
            stage("a", "x", outs=["out/m"]),
            stage("b", "x", outs=["out/m-2"]),
            stage("c", "x", outs=["out/m.txt"]),
            stage("d", "x", outs=["out/m/x"]),
        )


def test_cells_of_one_matrix_cannot_share_a_path_either() -> None:
    """The next step says how to tell them apart."""
    with pytest.raises(ConfigError) as caught:
        cells(stage("t", "x", matrix={"s": (0, 1)}, outs=["out/m"]))

    assert "${matrix.AXIS}" in str(caught.value.next_step)


def test_every_clash_is_told_at_once() -> None:
    """Two mistakes, two problems."""
    with pytest.raises(ConfigError) as caught:
        cells(*(stage(name, "x", outs=[path]) for name, path in [("a", "p"), ("b", "p"), ("c", "q"), ("d", "q")]))

    assert len(caught.value.problems) == 2


def test_producers_come_before_consumers_whatever_the_order_of_declaration() -> None:
    """Edges are outs, paths of outs, and `needs`."""
    order = [
        *cells(
            stage("d", "x", needs=("c",)),
            stage("c", "x", deps=["out/b"]),
            stage("b", "x", deps={"a": made("a", "o")}, outs=["out/b"]),
            stage("a", "x", outs={"o": "out/a"}),
        )
    ]

    assert order == ["a", "b", "c", "d"]


def test_a_needed_stage_orders_every_cell_and_carries_no_data() -> None:
    """All cells of the needed stage come first; none is a producer."""
    cell = cells(TRAIN, stage("e", "x", needs=("train",)))["e"]

    assert cell.after == ("train[seed=0]", "train[seed=1]")
    assert cell.producers == ()


@pytest.mark.parametrize(
    "stages",
    [
        (stage("a", "x", deps=["out/b"], outs=["out/a"]), stage("b", "x", deps=["out/a"], outs=["out/b"])),
        (stage("a", "x", needs=("b",)), stage("b", "x", needs=("a",))),
        (stage("a", "x", deps=["out/a"], outs=["out/a"]),),
        (stage("a", "x", needs=("a",)),),
    ],
)
def test_a_circle_is_refused_with_its_way_round(stages: tuple[StageSpec, ...]) -> None:
    """By outs, by `needs`, and with itself."""
    with pytest.raises(ConfigError, match=r"in a circle: .*a"):
        cells(*stages)


def test_no_deps_and_an_empty_list_are_told_apart() -> None:
    """Only the first depends on the whole tree."""
    assert cells(stage("t", "x"))["t"].deps is None
    assert cells(stage("t", "x", deps=[]))["t"].deps == ()
