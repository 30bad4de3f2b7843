"""What machines that share one run write down, whether their parts belong together, and what is missing."""

from __future__ import annotations

import pytest

from seatrial.digest import Json, canonical
from seatrial.errors import StateError, UsageError
from seatrial.flows.part_checks import outcomes, strangers
from seatrial.flows.parts import Begun, CellRecord, check_run_name, disagreements, read_begun, read_record
from seatrial.flows.selection import cells_named
from seatrial.pipeline import key
from seatrial.pipeline.expand import Cell, expand
from seatrial.pipeline.key import Parts
from seatrial.pipeline.outcome import CellOutcome, Did
from seatrial.pipeline.results import StageResult
from seatrial.replacing import replace
from seatrial.store.blobs import Artifact
from tests.support.project import made, stage

MODEL = Artifact(digest="b3:" + "1" * 64, kind="file", size=3)
OTHER = replace(MODEL, digest="b3:" + "2" * 64)
BEGUN = Begun(run="7", id="01m7yfznjkr08bez2egdw1jky4", commit="c" * 40, tier="pr", config="b3:0", overridden={"a": 1})
CELLS = {
    cell.name: cell
    for cell in expand(
        {
            "train": stage("train", "t", deps=[], outs={"m": "out/m"}),
            "judge": stage("judge", "j", deps={"m": made("train", "m")}, outs={"r": "out/r"}),
            "last": stage("last", "l", deps=[], needs=("judge",)),
        }
    )
}
ORDER = tuple(CELLS.values())


def record(cell: str, parts: Parts, did: Did = Did.RAN, **outs: Artifact) -> CellRecord:
    """What a machine wrote down about a cell."""
    result = None
    if did in (Did.RAN, Did.REUSED, Did.USED):
        result = StageResult(
            action_key=key.action_key(parts),
            input_digest="b3:" + "3" * 64,
            cell=cell,
            parts=parts,
            outs=outs,
            run="01m7yfznjkr08bez2egdw1jky4",
            finished="2026-11-24T22:00:00.000Z",
            wall=1.5,
            cpu=1.0,
            peak_memory=1 << 20,
            machine="linux x86_64, 2 cores",
        )
    return CellRecord(
        outcome=CellOutcome(cell=cell, did=did, reason="because", result=result, seconds=1.5),
        machine="linux x86_64, 2 cores",
        commit="c" * 40,
        dirty=False,
        tier="pr",
        config="b3:0",
        overridden={"a": 1},
        kept=tuple(outs),
        log=MODEL,
    )


def produced(artifact: Artifact) -> dict[str, Json]:
    """The part of a key for a dep that another cell made, with the path, as `j` does not take it by name."""
    return {"deps.m": {"path": "out/m", "kind": "file", "digest": artifact.digest}}


TRAIN = record("train", {"cmd": ["t"], "environment": "gpu"}, m=MODEL)
JUDGE = record("judge", {"cmd": ["j"], "environment": "cpu", **produced(MODEL)}, r=OTHER)
OWN: dict[str, Parts] = {
    "train": {"cmd": ["t"], "environment": "cpu"},
    "judge": {"cmd": ["j"], "environment": "cpu"},
    "last": {},
}


@pytest.mark.parametrize("one", [TRAIN, JUDGE, record("train", {}, Did.FAILED), record("train", {}, Did.DEFERRED)])
def test_record_is_read_as_it_was_written(one: CellRecord) -> None:
    """Through the bytes of the state."""
    assert read_record(one.to_body(), shown="parts/7/x record 1") == one
    assert canonical(read_record(one.to_body(), shown="x").to_body()) == canonical(one.to_body())


def test_beginning_is_read_as_it_was_written() -> None:
    """Through the bytes of the state."""
    about = replace(BEGUN, base="d" * 40, spared=("unit", "lint"), put_off={"train": "weakly reached"})

    assert read_begun(BEGUN.to_body(), shown="parts/7/begun record 1") == BEGUN
    assert read_begun(about.to_body(), shown="parts/7/begun record 1") == about


@pytest.mark.parametrize(
    "change", [{"schema": 2}, {"kind": "run"}, {"did": "flew"}, {"result": {"schema": 1}}, {"kept": 1}]
)
def test_record_of_a_newer_version_is_refused(change: dict[str, Json]) -> None:
    """Half a record would be judged for a whole one."""
    with pytest.raises(StateError, match="newer Seatrial"):
        read_record(TRAIN.to_body() | change, shown="parts/7/x record 1")


@pytest.mark.parametrize(("did", "final"), [("ran", True), ("reused", True), ("failed", False), ("deferred", False),
                                            ("used", False), ("blocked", False)])  # fmt: skip
def test_only_what_was_made_and_stored_is_final(did: str, final: bool) -> None:
    """All else may be tried again."""
    assert record("train", {}, Did(did)).final is final


def test_all_that_machines_disagree_about_is_said_at_once() -> None:
    """Commit, tier, configuration, base and parameters."""
    mine = replace(BEGUN, id="other", commit="d" * 40, tier=None, config="b3:1", overridden={}, base="e" * 40)

    messages = [problem.message for problem in disagreements(BEGUN, mine)]

    assert [message.split("begun with ")[1].split(" ")[0] for message in messages] == [
        "commit", "tier", "configuration", "base", "parameters",
    ]  # fmt: skip
    assert disagreements(BEGUN, replace(BEGUN, id="made anew", spared=("unit",))) == ()


@pytest.mark.parametrize("name", ["7", "12345.1", "a-b_c", "01m7yfznjkr08bez2egdw1jky4"])
def test_identifiers_of_ci_runs_are_names(name: str) -> None:
    """GitHub's and GitLab's are numbers."""
    assert check_run_name(name) == name


@pytest.mark.parametrize("name", ["", "..", "a..b", "A", "a/b", "-a", "a\n", "x" * 101])
def test_what_could_leave_its_folder_is_no_name(name: str) -> None:
    """Names become paths."""
    with pytest.raises(UsageError, match="cannot name a run"):
        check_run_name(name)


def test_cell_without_record_is_missing() -> None:
    """Unless something before it says why it could not be done."""
    done = outcomes(ORDER, {"train": TRAIN})

    assert [outcome.did for outcome in done.values()] == [Did.RAN, Did.MISSING, Did.MISSING]


def test_cell_whose_inputs_changed_while_it_ran_is_missing() -> None:
    """What it made belongs to no state of the tree, and was kept nowhere."""
    done = outcomes(ORDER, {"train": record("train", {}, Did.USED, m=MODEL)})

    assert (done["train"].did, done["train"].result, done["train"].reason) == (Did.MISSING, None, "because")


@pytest.mark.parametrize(("before", "after"), [(Did.FAILED, Did.BLOCKED), (Did.DEFERRED, Did.DEFERRED)])
def test_what_follows_a_failed_or_deferred_cell_is_not_missing(before: Did, after: Did) -> None:
    """Nobody was to do it; also where it only comes after it."""
    done = outcomes(ORDER, {"train": record("train", {}, before)})

    assert [outcome.did for outcome in done.values()] == [before, after, after]


def test_parts_from_machines_with_other_packages_belong_together() -> None:
    """A machine with GPUs trains, another judges: that is what several machines are for."""
    assert strangers(ORDER, OWN, {"train": TRAIN, "judge": JUDGE}, run="7") == ()


def test_part_made_from_other_code_is_a_stranger() -> None:
    """The judging machine sees other files than those that it was made from."""
    own = OWN | {"train": {"cmd": ["t"], "files": {"listing": "b3:9"}}}

    (problem,) = strangers(ORDER, own, {"train": TRAIN, "judge": JUDGE}, run="7")

    assert problem.message.startswith("train was made on linux")
    assert "files differ" in problem.message


def test_part_made_from_another_cells_other_result_is_a_stranger() -> None:
    """A consumer that read something else than what is recorded of its producer."""
    judge = record("judge", {"cmd": ["j"], **produced(OTHER)}, r=OTHER)

    (problem,) = strangers(ORDER, OWN, {"train": TRAIN, "judge": judge}, run="7")

    assert problem.message.startswith("judge was made on")
    assert "deps.m differ" in problem.message


def matrix() -> tuple[Cell, ...]:
    """Four cells of one stage."""
    return expand({"train": stage("train", "t", deps=[], matrix={"seed": (0, 1), "lr": (0.1, 0.2)})})


@pytest.mark.parametrize(
    ("names", "meant"),
    [
        (("train",), 4),
        (("train[seed=0,lr=0.1]",), 1),
        (("train[lr=0.1,seed=0]",), 1),
        (("train[seed=0,lr=0.1]", "train[seed=1,lr=0.1]"), 2),
    ],
)
def test_stage_means_all_of_its_cells(names: tuple[str, ...], meant: int) -> None:
    """And a cell itself, its axes in any order."""
    assert len(cells_named(matrix(), names)) == meant


@pytest.mark.parametrize("name", ["trian", "train[seed=0]", "train[seed=9,lr=0.1]", "train[]"])
def test_unknown_cell_is_refused(name: str) -> None:
    """With what there is."""
    with pytest.raises(UsageError, match="there is no"):
        cells_named(matrix(), (name,))
