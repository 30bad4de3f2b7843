"""What a report says of its selection's audits, and that it says nothing where there are none."""

from __future__ import annotations

import pytest

from seatrial.replacing import replace
from seatrial.report import rows, serial
from seatrial.report.facts import SelectionFact
from seatrial.report.markdown import render_markdown
from seatrial.report.terminal import render_terminal
from tests.support.report_samples import passed

CLEAN = SelectionFact(audited=120, misses=0, misses_below=0.024655, recall=1.0, interval=(0.975345, 1.0))
MISSED = SelectionFact(
    audited=40, misses=2, misses_below=0.149152, recall=0.95, interval=(0.850848, 0.991043), not_judged=3
)


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (CLEAN, "selection: 0 misses in 120 audited skips (miss rate below 2.5 % with 95 % confidence)"),
        (MISSED, "selection: 2 misses in 40 audited skips (miss rate 5.0 %, below 15.0 % with 95 % confidence)"),
        (
            replace(CLEAN, audited=1, misses_below=0.95),
            "selection: 0 misses in 1 audited skip (miss rate below 95.0 % with 95 % confidence)",
        ),
    ],
)
def test_misses_are_said_with_what_can_be_ruled_out(fact: SelectionFact, said: str) -> None:
    """A rate alone would be zero until the first miss, and say nothing of how much was looked at."""
    assert rows.selection(fact) == said


@pytest.mark.parametrize(
    ("below", "shown"),
    [(0.02401, "2.5 %"), (0.0101, "1.1 %"), (0.009701, "0.98 %"), (0.00001, "0.01 %"), (0.05, "5.0 %")],
)
def test_a_bound_is_never_rounded_down(below: float, shown: str) -> None:
    """It would then promise more than was found."""
    assert f"below {shown} " in str(rows.selection(replace(CLEAN, misses_below=below)))


def test_the_line_stands_in_both_faces_and_only_where_there_were_audits() -> None:
    """In the terminal it may be wrapped."""
    audited = replace(passed(), selection=CLEAN)

    assert "selection: 0 misses in 120 audited skips (miss rate below 2.5 % with 95 %" in render_terminal(
        audited, color=False
    )
    assert "selection: 0 misses in 120 audited skips" in render_markdown(audited)
    assert "selection" not in render_terminal(passed(), color=False)
    assert "selection" not in render_markdown(passed())


def test_a_stored_report_keeps_the_figures() -> None:
    """And one of an earlier release, which has none, is read as well."""
    audited = replace(passed(), selection=MISSED)
    earlier = serial.to_json(passed())
    del earlier["selection"]

    assert serial.from_text(serial.to_text(audited)) == audited
    assert serial.from_json(earlier) == passed()
