"""What a run that has put something off comes to, and what lifts that."""

from __future__ import annotations

import pytest

from seatrial.flows.merging import by_name, debt_of, how_to_settle, is_merge_queue
from seatrial.flows.policy import MergeWithDebt, TierPolicy
from seatrial.pipeline.deferral import Cause
from seatrial.pipeline.device_hours import hours_of
from seatrial.pipeline.outcome import CellOutcome, Did
from seatrial.report.facts import DebtFact

COMMAND = "seatrial run --tier pr"
COSTS = {"train": (2, 3 * 3600.0), "evaluate": (0, 60.0), "overfit": (1, None)}


def _cell(name: str, cause: Cause = Cause.BUDGET) -> CellOutcome:
    return CellOutcome(cell=name, did=Did.DEFERRED, reason="", cause=cause)


TRAIN, EVALUATE = _cell("train"), _cell("evaluate")


def _debt(
    merge: MergeWithDebt, *cells: CellOutcome, owed: frozenset[str] | None = None, in_queue: bool = False
) -> DebtFact | None:
    mine = frozenset(cell.cell for cell in cells) if owed is None else owed
    tier = TierPolicy(name="pr", merge_with_debt=merge)
    return debt_of(cells, mine, COSTS, tier, command=COMMAND, in_queue=in_queue)


def test_nothing_put_off_is_no_debt() -> None:
    """Whatever the tier says."""
    assert _debt(MergeWithDebt.BLOCK) is None


def test_debt_is_counted_in_hours_of_devices_and_in_others() -> None:
    """Two devices for three hours are six; what is not known is counted."""
    assert _debt(MergeWithDebt.ALLOW, TRAIN, EVALUATE, _cell("overfit")) == DebtFact(
        merge="allow", held=False, gpu_hours=6.0, hours=1 / 60, unknown=1
    )


@pytest.mark.parametrize(
    ("merge", "held"), [(MergeWithDebt.ALLOW, False), (MergeWithDebt.BLOCK, True), (MergeWithDebt.QUEUE, True)]
)
def test_the_tier_decides_whether_it_holds(merge: MergeWithDebt, held: bool) -> None:
    """And where it does, a sentence says what lifts it."""
    debt = _debt(merge, TRAIN)

    assert debt is not None
    assert debt.held is held
    assert (debt.lifted_by is not None) is held


def test_what_another_run_has_done_meanwhile_holds_nothing() -> None:
    """It is put off here all the same, and counted."""
    debt = _debt(MergeWithDebt.QUEUE, TRAIN, EVALUATE, owed=frozenset())

    assert debt is not None
    assert (debt.held, debt.gpu_hours) == (False, 6.0)


def test_without_a_tier_nobody_said_that_it_holds() -> None:
    """`seatrial run` on a machine without a device."""
    debt = debt_of([TRAIN], {"train"}, COSTS, None, command="seatrial run", in_queue=False)

    assert debt == DebtFact(gpu_hours=6.0)


def test_a_merge_queue_is_pointed_at_and_a_run_of_it_says_that_it_is_one() -> None:
    """The words differ, the decision does not."""
    before, inside = (_debt(MergeWithDebt.QUEUE, TRAIN, in_queue=in_queue) for in_queue in (False, True))

    assert before is not None
    assert inside is not None
    assert before.held
    assert inside.held
    assert before.lifted_by == (
        "held by debt, since tier pr says `merge_with_debt: queue`: lifted by the merge queue's run, once its tier "
        "runs train; or by `seatrial run --tier pr train`"
    )
    assert inside.lifted_by == (
        "held by debt, since tier pr says `merge_with_debt: queue`, and this run of the merge queue put off train "
        "too: lifted by `seatrial run --tier pr train`"
    )


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({"GITHUB_EVENT_NAME": "merge_group"}, True),
        ({"GITHUB_EVENT_NAME": "pull_request"}, False),
        ({"CI_MERGE_REQUEST_EVENT_TYPE": "merge_train"}, True),
        ({}, False),
    ],
)
def test_forges_say_what_is_a_merge_queue(environ: dict[str, str], found: bool) -> None:
    """Two of them do."""
    assert is_merge_queue(environ) is found


def test_a_budget_is_settled_by_name_and_a_machine_elsewhere() -> None:
    """A stage that is named is put off by no budget; each stage once."""
    seeds = [_cell("train[seed=0]"), _cell("train[seed=1]"), _cell("a b")]
    on_device = _cell("overfit", Cause.MACHINE)

    assert how_to_settle(seeds, COMMAND) == "`seatrial run --tier pr train 'a b'`"
    assert how_to_settle([on_device], COMMAND) == f"`{COMMAND}` on a machine that has what overfit needs"
    assert how_to_settle([TRAIN, on_device], COMMAND) == (
        f"`{COMMAND}` on a machine that has what overfit needs, and `{COMMAND} train`"
    )
    assert by_name("seatrial run", ["train[seed=0]", "unit"]) == "seatrial run train unit"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([(2, 10800.0), (0, 60.0)], "6 GPU-h"),
        ([(0, 7200.0)], "2 h"),
        ([(1, 3600.0), (0, 36000.0)], "1 GPU-h and 10 h"),
        ([(1, None), (1, 5400.0)], "at least 1.5 GPU-h"),
        ([(1, None), (0, None)], ""),
        ([(1, None), (0, 1.0)], ""),
        ([], ""),
        ([(1, 1.0), (0, 1.0)], "under 0.01 GPU-h"),
        ([(8, 3600.0 * 1234.4)], "9,875 GPU-h"),
        ([(0, 3600.0 * 0.05)], "0.05 h"),
        ([(0, 3600.0 * 10.0)], "10 h"),
        ([(1, 0.0)], "under 0.01 GPU-h"),
    ],
)
def test_hours_as_they_are_said(cells: list[tuple[int, float | None]], said: str) -> None:
    """Left out where nothing is known, or nothing worth saying."""
    assert str(hours_of(cells)) == said
