"""What is owed is what was deferred and not settled since, by the records."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.digest import Json
from seatrial.errors import StateError
from seatrial.flows.owing import STREAM
from seatrial.pipeline.deferral import Cause
from seatrial.registry.debt import Book, Debt, Settled, fold, new_records, settling, to_body
from seatrial.registry.records import DeferredCell
from seatrial.replacing import replace
from seatrial.store.blobs import BlobStore
from tests.support.drafts import draft, numbered
from tests.support.instants import ISO
from tests.support.memory_state import MemoryState

INPUT, OTHER_INPUT, WORK, OTHER_WORK = ("b3:" + digit * 64 for digit in "1234")
TRAIN = Debt(
    cell="train", input_digest=INPUT, work=WORK, reason="this machine has no GPU", run="run-1", at=ISO,
    platform="linux x86_64, 2 cores", command="seatrial run --tier pr", tier="pr", commit="c" * 40,
)  # fmt: skip
RAN = Settled(cell="train", input_digest=OTHER_INPUT, work=WORK, run="run-2", at=ISO, platform="linux x86_64, 64 cores")


@pytest.fixture
def state(tmp_path: Path) -> MemoryState:
    return MemoryState(tmp_path / "blobs")


def _written(state: MemoryState, *records: Debt | Settled) -> Book:
    for record in records:
        state.append(STREAM, to_body(record), expected=len(state.read(STREAM)))
    return fold(state.read(STREAM))


def test_a_deferred_stage_is_owed_until_it_ran(state: MemoryState) -> None:
    """Elsewhere, where platform and packages and so the input digest are others."""
    owed = _written(state, TRAIN)
    settled = _written(state, *new_records(owed, (), (RAN,)))

    assert owed.holding == (TRAIN,)
    assert settled.open == ()
    assert settled.length == 2


def test_the_record_of_settling_names_the_debt(state: MemoryState) -> None:
    """Its digests are those that were owed; run and platform are those where it ran."""
    (record,) = new_records(_written(state, TRAIN), (), (RAN,))

    assert isinstance(record, Settled)
    assert (record.input_digest, record.work, record.run) == (INPUT, WORK, "run-2")


def test_the_same_input_settles_too(state: MemoryState) -> None:
    """Whatever else identifies the work."""
    ran = replace(RAN, input_digest=INPUT, work=OTHER_WORK)

    assert _written(state, *new_records(_written(state, TRAIN), (), (ran,))).open == ()


def test_other_work_settles_nothing(state: MemoryState) -> None:
    """The same stage of another state of the tree, or another stage."""
    book = _written(state, TRAIN)
    other = replace(RAN, work=OTHER_WORK)

    assert new_records(book, (), (other, replace(RAN, cell="evaluate"))) == ()


def test_a_debt_is_written_once(state: MemoryState) -> None:
    """However many runs defer it; a second one is another input."""
    book = _written(state, TRAIN)
    again = replace(TRAIN, run="run-3")
    other = replace(TRAIN, run="run-3", input_digest=OTHER_INPUT, work=OTHER_WORK)

    assert new_records(book, (again, other, other), ()) == (other,)


def test_what_was_settled_is_not_owed_again(state: MemoryState) -> None:
    """The machine that deferred it defers it again; the work was done elsewhere all the same."""
    book = _written(state, TRAIN, replace(RAN, work=TRAIN.work))

    assert new_records(book, (replace(TRAIN, run="run-3"),), ()) == ()
    assert new_records(book, (replace(TRAIN, work=OTHER_WORK),), ()) == (replace(TRAIN, work=OTHER_WORK),)


def test_a_record_that_opens_a_debt_again_is_followed(state: MemoryState) -> None:
    """Earlier releases wrote such."""
    assert _written(state, TRAIN, RAN, TRAIN).open == (TRAIN,)


def test_a_debt_of_uncommitted_files_is_kept_and_holds_nothing(state: MemoryState) -> None:
    """Until the same work is committed: then it is written again, and holds."""
    dirty = replace(TRAIN, dirty=True)
    book = _written(state, dirty)

    assert (book.open, book.holding) == ((dirty,), ())
    assert new_records(book, (dirty,), ()) == ()
    assert _written(state, *new_records(book, (TRAIN,), ())).holding == (TRAIN,)


def test_a_version_answers_for_what_its_own_run_deferred(state: MemoryState, tmp_path: Path) -> None:
    """Also where the record of the debt is missing, and not once it was settled."""
    cell = DeferredCell(cell="train", input_digest=INPUT, work=WORK)
    version = numbered(draft(BlobStore(tmp_path / "cas"), tmp_path, deferred=(cell,)), 3)

    (owed,) = Book().owed_by(version)

    assert (owed.cell, owed.work, owed.run) == ("train", WORK, version.run)
    assert _written(state, TRAIN).owed_by(version) == (TRAIN,)
    assert _written(state, *new_records(fold(state.read(STREAM)), (), (RAN,))).owed_by(version) == ()


def test_records_survive_their_bytes(state: MemoryState) -> None:
    """Every field."""
    dirty = replace(TRAIN, dirty=True)

    assert _written(state, dirty).open == (dirty,)


def test_a_record_that_says_nothing_of_its_cost_is_read(state: MemoryState) -> None:
    """Earlier releases wrote such: the machine was the cause then, and hours are not known."""
    body = to_body(TRAIN)
    data = {key: value for key, value in body["data"].items() if key not in ("cause", "gpus", "expected")}  # type: ignore[union-attr]  # an object
    state.append(STREAM, {**body, "data": data}, expected=0)

    assert fold(state.read(STREAM)).open == (TRAIN,)
    assert "expected" not in str(TRAIN)


def test_a_debt_says_how_dear_it_is(state: MemoryState) -> None:
    """In hours of devices, or in hours."""
    dear = replace(TRAIN, gpus=2, expected=10800.0)

    assert _written(state, dear).open == (dear,)
    assert str(dear).endswith(": this machine has no GPU; expected 6 GPU-h")
    assert str(replace(TRAIN, expected=7200.0)).endswith("; expected 2 h")


def test_what_settles_a_debt_depends_on_its_cause() -> None:
    """Another machine where this one lacks something; where time was short, the stages by name."""
    evaluate = replace(TRAIN, cell="evaluate")
    over = replace(TRAIN, cell="overfit", command="seatrial run --tier pr overfit", cause=Cause.BUDGET)

    assert settling((TRAIN, evaluate)) == (
        "run `seatrial run --tier pr` at commit cccccccccc on a machine that has what train, evaluate need"
    )
    assert settling((over,)) == "run `seatrial run --tier pr overfit` at commit cccccccccc"
    assert settling((TRAIN, over)).count("; run ") == 1


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "forgiven", "schema": 1, "data": {}},
        {"kind": "debt", "schema": 2, "data": {}},
        {"kind": "debt", "schema": 1, "data": {"cell": "train"}},
        {**to_body(TRAIN), "more": 1},
    ],
)
def test_a_record_that_is_not_understood_is_never_no_debt(state: MemoryState, body: dict[str, Json]) -> None:
    """An unreadable book holds everything, by an error."""
    state.append(STREAM, body, expected=0)

    with pytest.raises(StateError, match="newer Seatrial"):
        fold(state.read(STREAM))
