"""The doctor's page and the doctor agree: every point with what can be seen of it, every pattern with its mend."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seatrial.adopt.doctor.outcome import Pattern, Strength
from seatrial.adopt.doctor.points import POINTS, Asked

PAGE = (Path(__file__).parents[2] / "docs/reference/doctor.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in row.strip("|").split("|")] for row in PAGE.split("\n") if row.startswith("|")]


@pytest.mark.parametrize("asked", POINTS, ids=lambda asked: asked.name)
def test_a_point_has_a_row_that_says_what_can_be_seen_of_it(asked: Asked) -> None:
    """By hand where nothing can be; and where half a point is all, the column of a whole one says so."""
    (row,) = [row for row in ROWS if row[0] == f"`{asked.id}` `{asked.name}`"]

    assert len(row) == 4
    assert (row[1] == "by hand") is (asked.most is Strength.NOTHING)
    assert (row[3] == "cannot be seen") is (asked.most is Strength.PRESENT)


@pytest.mark.parametrize("pattern", Pattern)
def test_a_pattern_has_a_row_with_an_example_and_its_mend(pattern: Pattern) -> None:
    """Both are written."""
    (row,) = [row for row in ROWS if row[0] == f"`{pattern}`"]

    assert len(row) == 3
    assert all(row)


def test_the_page_counts_the_points_that_are_answered_by_hand() -> None:
    """A number in words goes stale first."""
    words = {3: "three", 4: "four", 5: "five"}
    by_hand = sum(one.most is Strength.NOTHING for one in POINTS)

    assert re.search(rf"{words[by_hand]} points\s+are answered by hand", PAGE)
