"""The way that is left behind each cell, the lines in which cells wait, and the delays of retries."""

from __future__ import annotations

import pytest

from seatrial.pipeline.choose_next import Choice
from seatrial.pipeline.critical_path import remaining
from seatrial.pipeline.lines import Lines
from seatrial.pipeline.policy import Resources, Retries
from seatrial.pipeline.retrying import delay_after

ORDER = ("a", "b", "c", "d")
BEFORE = {"b": frozenset("a"), "c": frozenset("a"), "d": frozenset("b")}
ONE, TWO = Resources(), Resources(cpus=2)


def test_without_history_the_way_is_the_depth() -> None:
    """Every cell counts as one."""
    assert remaining(ORDER, BEFORE, {}) == {"a": 3, "b": 2, "c": 1, "d": 1}


def test_with_history_the_way_is_in_seconds() -> None:
    """The longer of two branches counts; a cell nobody has seen counts like the median of the others."""
    assert remaining(ORDER, BEFORE, {"a": 1, "b": 2, "c": 30, "d": 4}) == {"a": 31, "b": 6, "c": 30, "d": 4}
    assert remaining(ORDER, BEFORE, {"a": 1, "b": 2, "c": 30})["d"] == 2


def test_a_producer_outside_the_plan_is_left_out() -> None:
    """Its outcome is given."""
    assert remaining(("b",), {"b": frozenset("x")}, {}) == {"b": 1}


def test_delays_grow_and_end() -> None:
    """`count` retries, each `factor` times later than the one before, never later than `longest`."""
    retries = Retries(count=4, delay=1, factor=3, longest=10)

    assert [delay_after(retries, attempt) for attempt in range(1, 6)] == [1, 3, 9, 10, None]


@pytest.mark.parametrize(("factor", "count"), [(100.0, 10_000), (1.0, 10_000)])
def test_any_number_of_retries_has_a_delay(factor: float, count: int) -> None:
    """Powers that no number holds are only the longest delay."""
    assert delay_after(Retries(count=count, factor=factor, longest=60), count) in (60, 1)


def test_without_retries_the_first_failure_is_the_last() -> None:
    """The default."""
    assert delay_after(Retries(), 1) is None


def test_only_the_first_of_each_line_is_shown() -> None:
    """A thousand waiting cells of one kind are one head."""
    lines = Lines()
    for number in range(1000):
        lines.add(f"c{number}", ONE, (float(-number), number))
    lines.add("two", TWO, (5.0, 0))

    assert len(lines) == 1001
    assert [want.cell for want in lines.heads(0.0)] == ["c999", "two"]


def test_who_was_overtaken_remembers_until_its_line_moves() -> None:
    """The count belongs to the head of a line."""
    lines = Lines()
    lines.add("big", TWO, (0.0, 0))
    lines.add("small", ONE, (1.0, 0))
    lines.started(Choice(cell="small", overtook=("big",)))

    assert [(want.cell, want.overtaken) for want in lines.heads(0.0)] == [("big", 1)]
    lines.started(Choice(cell="big"))
    lines.add("next", TWO, (0.0, 1))
    assert [(want.cell, want.overtaken) for want in lines.heads(0.0)] == [("next", 0)]


def test_a_cell_may_leave_from_the_middle_and_come_back() -> None:
    """As when its stage is called off, or its command is tried again."""
    lines = Lines()
    for number in range(3):
        lines.add(f"c{number}", ONE, (float(number), 0))
    lines.remove(["c0", "c1"])
    assert [want.cell for want in lines.heads(0.0)] == ["c2"]
    assert "c1" not in lines

    lines.add("c1", TWO, (1.0, 0))
    assert {want.cell for want in lines.heads(0.0)} == {"c1", "c2"}


def test_what_others_hold_is_looked_at_again_in_time() -> None:
    """Until then the head stands outside."""
    lines = Lines()
    lines.add("gpu", ONE, (0.0, 0))
    lines.lacks("gpu", 5.0)

    assert lines.next_look() == 5.0
    assert [want.outside for want in lines.heads(4.9)] == [True]
    assert [want.outside for want in lines.heads(5.0)] == [False]
    assert lines.next_look() is None
