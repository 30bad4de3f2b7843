"""A run writes down what it deferred, and settles what others had to defer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from seatrial.digest import Json
from seatrial.errors import StateError
from seatrial.flows.debts import Origin, deferred_cells, keep_book, read_book, work_digests
from seatrial.flows.owing import STREAM, concerns_debt
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.deferral import Cause
from seatrial.pipeline.outcome import CellOutcome, Did, RunOutcome
from seatrial.pipeline.plan import Plan
from seatrial.registry.debt import to_body
from seatrial.replacing import replace
from seatrial.store.state import Entry
from seatrial.wiring import open_workspace
from tests.support.memory_state import MemoryState
from tests.support.project import Project, add_distribution, made, new_project, stage

ORIGIN = Origin(run="run-1", command="seatrial run --tier pr", tier="pr", commit="c" * 40, dirty=False)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = new_project(tmp_path, {"train.py": "import torch", "evaluate.py": ""})
    project.declare(
        stage("train", "python train.py ${outs.model}", outs={"model": "out/model"}),
        stage("evaluate", "python evaluate.py ${deps.model}", deps={"model": made("train", "model")}),
    )
    return project


def _outcome(**did: Did) -> RunOutcome:
    return RunOutcome(
        cells={name: CellOutcome(cell=name, did=one, reason="this machine has no GPU") for name, one in did.items()}
    )


def _keep(project: Project, state: MemoryState, plan: Plan, origin: Origin = ORIGIN, **did: Did) -> tuple[str, ...]:
    with open_workspace(project.root, listener=lambda _event: None) as workspace:
        return keep_book(_with(workspace, state), plan, _outcome(**did), origin).warnings


def _with(workspace: Workspace, state: MemoryState) -> Workspace:
    return replace(workspace, state=state)


def test_what_was_deferred_is_owed_with_all_that_leads_back_to_it(project: Project, tmp_path: Path) -> None:
    """One debt a cell, at its input digest."""
    state, plan = MemoryState(tmp_path / "state"), project.plan()

    assert _keep(project, state, plan, train=Did.DEFERRED, evaluate=Did.DEFERRED) == ()

    train, evaluate = read_book(state).holding
    assert (train.cell, train.input_digest, train.reason) == (
        "train",
        plan["train"].input_digest,
        "this machine has no GPU",
    )
    assert (train.run, train.tier, train.commit, train.command) == ("run-1", "pr", "c" * 40, "seatrial run --tier pr")
    assert evaluate.cell == "evaluate"


@pytest.mark.parametrize(
    ("did", "left"), [(Did.RAN, 0), (Did.REUSED, 0), (Did.FAILED, 1), (Did.USED, 1), (Did.BLOCKED, 1)]
)
def test_only_a_result_settles(project: Project, tmp_path: Path, did: Did, left: int) -> None:
    """A failure is no result, and what belongs to no key is none either."""
    state, plan = MemoryState(tmp_path / "state"), project.plan()
    _keep(project, state, plan, train=Did.DEFERRED)

    _keep(project, state, plan, replace(ORIGIN, run="run-2"), train=did)

    assert len(read_book(state).open) == left


def test_a_budget_names_the_stages_that_settle_and_a_debt_says_how_dear_it_is(project: Project, tmp_path: Path) -> None:
    """The same command would put them off again."""
    state, plan = MemoryState(tmp_path / "state"), project.plan()
    cells = {
        name: CellOutcome(cell=name, did=Did.DEFERRED, reason="", cause=cause)
        for name, cause in (("train", Cause.BUDGET), ("evaluate", Cause.MACHINE))
    }
    origin = replace(ORIGIN, expected={"train": 7200.0})
    with open_workspace(project.root, listener=lambda _event: None) as workspace:
        kept = keep_book(_with(workspace, state), plan, RunOutcome(cells=cells), origin)

    train, evaluate = read_book(state).open
    assert kept.owed == {"train", "evaluate"}
    assert (train.command, train.cause, train.expected) == ("seatrial run --tier pr train", Cause.BUDGET, 7200.0)
    assert (evaluate.command, evaluate.cause, evaluate.expected) == ("seatrial run --tier pr", Cause.MACHINE, None)


def test_what_another_run_has_done_is_not_owed_again(project: Project, tmp_path: Path) -> None:
    """A machine that puts it off again has nothing to write, and nothing holds."""
    state, plan = MemoryState(tmp_path / "state"), project.plan()
    _keep(project, state, plan, train=Did.DEFERRED)
    _keep(project, state, plan, train=Did.RAN)
    with open_workspace(project.root, listener=lambda _event: None) as workspace:
        kept = keep_book(_with(workspace, state), plan, _outcome(train=Did.DEFERRED), ORIGIN)

    assert kept.owed == frozenset()
    assert read_book(state).open == ()


def test_deferring_again_writes_nothing_new(project: Project, tmp_path: Path) -> None:
    """A pull request that is pushed to ten times owes once."""
    state, plan = MemoryState(tmp_path / "state"), project.plan()
    for run in ("run-1", "run-2", "run-3"):
        _keep(project, state, plan, replace(ORIGIN, run=run), train=Did.DEFERRED)

    assert [debt.run for debt in read_book(state).open] == ["run-1"]
    assert len(state.read(STREAM)) == 1


def test_other_packages_on_the_machine_that_has_the_device_settle_all_the_same(
    project: Project, tmp_path: Path
) -> None:
    """That machine's packages are others on purpose; the work is the same."""
    state, here = MemoryState(tmp_path / "state"), project.plan()
    _keep(project, state, here, train=Did.DEFERRED, evaluate=Did.DEFERRED)
    add_distribution(project.python, "torch", "2.9.0+cu130", imports=("torch",))
    there = project.plan()
    assert there["train"].input_digest != here["train"].input_digest

    _keep(project, state, there, replace(ORIGIN, run="run-2"), train=Did.RAN, evaluate=Did.RAN)

    assert read_book(state).open == ()


def test_other_code_is_other_work_for_all_that_reads_it(project: Project, tmp_path: Path) -> None:
    """Also through a producer."""
    before = work_digests(project.plan())
    project.write("train.py", "print(1)")
    after = work_digests(project.plan())

    assert before["train"] != after["train"]
    assert before["evaluate"] != after["evaluate"]


def test_a_run_that_defers_names_the_cells_for_its_versions(project: Project) -> None:
    """With the digests that the debt has."""
    plan = project.plan()

    (cell,) = deferred_cells(plan, _outcome(train=Did.DEFERRED, evaluate=Did.RAN))

    assert (cell.cell, cell.input_digest, cell.work) == (
        "train",
        plan["train"].input_digest,
        work_digests(plan)["train"],
    )


def test_somebody_who_writes_at_the_same_time_loses_nothing(project: Project, tmp_path: Path) -> None:
    """The loser looks again and appends behind."""
    state, plan = MemoryState(tmp_path / "state"), project.plan()
    other = read_book_of(project, tmp_path, plan)

    def race(stream: str) -> None:
        state.before_append = lambda _stream: None
        state.append(stream, other, expected=0)

    state.before_append = race
    _keep(project, state, plan, train=Did.DEFERRED)

    assert {debt.cell for debt in read_book(state).open} == {"train", "evaluate"}


def read_book_of(project: Project, tmp_path: Path, plan: Plan) -> Mapping[str, Json]:
    """The record that another run would write for `evaluate`."""
    elsewhere = MemoryState(tmp_path / "elsewhere")
    _keep(project, elsewhere, plan, evaluate=Did.DEFERRED)
    return to_body(read_book(elsewhere).open[0])


def test_a_run_that_defers_and_owes_nothing_has_nothing_to_do(project: Project, tmp_path: Path) -> None:
    """And one that cannot look has to say so."""
    empty, damaged, owing = (MemoryState(tmp_path / name) for name in ("empty", "damaged", "owing"))
    damaged.read = _unreadable  # type: ignore[method-assign]  # a state that fails
    _keep(project, owing, project.plan(), train=Did.DEFERRED)

    assert not concerns_debt(empty, _outcome(train=Did.RAN))
    assert concerns_debt(empty, _outcome(train=Did.DEFERRED))
    assert concerns_debt(owing, _outcome(train=Did.RAN))
    assert concerns_debt(damaged, _outcome(train=Did.RAN))


def _unreadable(stream: str) -> tuple[Entry, ...]:
    raise StateError(f"{stream} is damaged")


class FullState(MemoryState):
    """A state that takes no more records."""

    def append(self, stream: str, body: Mapping[str, Json], *, expected: int) -> Entry:
        raise StateError("no space is left")


def test_a_debt_that_cannot_be_written_is_an_error(project: Project, tmp_path: Path) -> None:
    """A promotion would not know of it."""
    with pytest.raises(StateError, match="no space"):
        _keep(project, FullState(tmp_path / "state"), project.plan(), train=Did.DEFERRED)


def test_a_book_that_cannot_be_read_costs_a_run_without_debt_a_warning(project: Project, tmp_path: Path) -> None:
    """It holds for longer than it must, which the next run mends; promotion refuses meanwhile."""
    state = MemoryState(tmp_path / "state")
    state.append(STREAM, {"kind": "forgiven"}, expected=0)

    (warning,) = _keep(project, state, project.plan(), train=Did.RAN)

    assert "settles debts could not be looked up" in warning
