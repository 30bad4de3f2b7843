"""What a change that nobody has made would reach beyond files, and what it would cost."""

from __future__ import annotations

from seatrial.change.closure import Closure
from seatrial.errors import Place
from seatrial.pipeline.evidence_of_change import Evidence, Grade, Hop, View
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.inputs import CellInputs
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.policy import Resources
from seatrial.pipeline.reach import Class, Classified
from seatrial.pipeline.select import Action
from seatrial.pipeline.supposing import Supposed, beyond_files, cost, of_outs, would_run
from seatrial.replacing import replace
from tests.support.looking import cells_of
from tests.support.project import made, stage

CELLS = cells_of(
    stage("data", "python d.py ${params.rows}", deps=[], outs=["out/rows"]),
    stage("train", "python t.py", deps={"rows": made("data", "out/rows")}, outs=["out/model"]),
    stage("evaluate", "python e.py", deps=["out/model"], outs=["out/score"]),
    stage("lint", "ruff check", deps=["src"]),
)
AT = Hop("seatrial.yaml", 4, "data")
REACHED = (Evidence(path="d.py", grade=Grade.MODULE, reason="d.py changed"),)


def view(cell: Cell) -> View:
    return View(
        cell=cell,
        head=Closure(),
        declared_at=AT,
        params_file="params.yaml",
        param_places={"rows": Place(file="params.yaml", line=3)},
    )


def reasons(cell: str, *paths: str) -> list[tuple[str, str]]:
    return [(one.path, one.reason) for one in beyond_files(view(CELLS[cell]), paths, "seatrial.yaml")]


def planned(cell: Cell, action: Action = Action.REUSE) -> PlannedCell:
    inputs = CellInputs(parts={}, watched={}, paths={}, closure=Closure())
    return PlannedCell(cell=cell, action=action, reason="", changed=(), inputs=inputs, input_digest="", expected=None)


def test_the_parameters_file_reaches_whoever_uses_a_parameter() -> None:
    """With the line of the first one; nobody else."""
    (found,) = beyond_files(view(CELLS["data"]), ["params.yaml"], "seatrial.yaml")

    assert found.reason == "params.yaml changed, and it uses params.rows"
    assert found.chain == (AT, Hop("params.yaml", 3, "rows"))
    assert reasons("train", "params.yaml") == []


def test_the_configuration_reaches_all() -> None:
    """Any declaration in it may change."""
    assert [len(reasons(cell, "seatrial.yaml")) for cell in CELLS] == [1, 1, 1, 1]


def test_an_out_reaches_those_that_read_it() -> None:
    """Not its maker; a file in it counts as well."""
    assert reasons("train", "out/rows") == [("out/rows", "out/rows changed, and is its dep rows")]
    assert reasons("evaluate", "out/model/part") == [
        ("out/model/part", "out/model/part changed, and is its dep out/model")
    ]
    assert reasons("data", "out/rows") == []
    assert reasons("train", "out/rowsy") == []


def test_an_out_that_nobody_reads_is_no_unknown_file() -> None:
    """Its stage makes it anew."""
    unknown = Classified(path="out/score", classification=Class.UNKNOWN, reason="?", stages=("lint",))
    other = replace(unknown, path="x.bin")
    first, second = of_outs([unknown, other], {"out/score": "evaluate"})

    assert (first.classification, first.stages) == (Class.IRRELEVANT, ())
    assert first.reason == "evaluate makes it anew, and no stage here reads it"
    assert second == other


def test_what_is_reached_runs_and_what_reads_it_may() -> None:
    """A stored result does not stand for a tree that is not there; all others are left out."""
    found = would_run(map(planned, CELLS.values()), {"data": REACHED}, {"data": 2.0})

    assert [(one.cell.name, one.action) for one in found] == [
        ("data", Action.RUN),
        ("train", Action.RUN_IF_CHANGED),
        ("evaluate", Action.RUN_IF_CHANGED),
    ]
    assert [one.estimate for one in found] == [2.0, None, None]
    assert {one.now for one in found} == {Action.REUSE}


def test_costs_are_summed_by_action_with_the_time_of_devices() -> None:
    """Cells without history are named, and in no sum."""

    def one(name: str, action: Action, seconds: float | None, gpus: int) -> Supposed:
        cell = CELLS[name]
        spec = replace(cell.spec, resources=Resources(gpus=gpus))
        return Supposed(cell=replace(cell, spec=spec), action=action, reason="", now=Action.REUSE, estimate=seconds)

    cells = (
        one("data", Action.RUN, 10.0, 0),
        one("train", Action.RUN, 60.0, 2),
        one("lint", Action.RUN, None, 1),
        one("evaluate", Action.RUN_IF_CHANGED, 5.0, 1),
    )
    sure, perhaps = cost(cells, Action.RUN), cost(cells, Action.RUN_IF_CHANGED)

    assert (sure.seconds, sure.gpu, sure.unknown) == (70.0, 120.0, ("lint",))
    assert (perhaps.seconds, perhaps.gpu, perhaps.unknown) == (5.0, 5.0, ())
