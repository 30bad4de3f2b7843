"""The words of a check: what the headline counts, what a figure reads like, what a PASS is worth."""

from __future__ import annotations

import math

import pytest

from seatrial.data.claims import Severity, Unit
from seatrial.replacing import replace
from seatrial.report import data_words as words
from seatrial.verdict import Verdict
from tests.support.data_checks import BROKEN, DRIFTED, GOOD, HOLDS, UNSURE, a_check


def test_the_headline_says_verdict_decision_and_how_many_statements() -> None:
    """Whoever reads one line reads these."""
    assert words.headline(a_check(DRIFTED, BROKEN, UNSURE, GOOD, HOLDS)) == (
        "FAIL: decision block, 2 of 5 statements fail, 1 could not be decided"
    )
    assert words.headline(a_check(UNSURE, GOOD)) == (
        "INCONCLUSIVE: decision hold, 1 of 2 statements could not be decided"
    )
    assert words.headline(a_check(GOOD, HOLDS)) == "PASS: decision allow, all 2 statements hold"
    assert words.headline(a_check(GOOD)) == "PASS: decision allow, the one statement holds"


def test_a_check_of_nothing_says_so_and_what_to_do() -> None:
    """Nothing checked is no pass."""
    nothing = a_check()

    assert words.headline(nothing) == "ERROR: decision block, nothing was checked"
    assert "--reference" in (words.next_step(nothing) or "")


def test_notes_are_not_counted_as_statements() -> None:
    """A finding of severity `info` is told among the notes."""
    note = replace(DRIFTED, severity=Severity.INFO, message="the column is constant")
    check = a_check(GOOD, note, notes=("the files were read twice",))

    assert words.headline(check) == "PASS: decision allow, the one statement holds"
    assert words.remarks(check) == ["the files were read twice", "the column is constant"]
    assert words.notable(check) == []


@pytest.mark.parametrize(
    ("unit", "estimate", "interval", "floor", "text"),
    [
        (Unit.SD, 0.41, (0.38, 0.44), 0.1, "0.41 sd [0.38, 0.44], floor 0.1"),
        (Unit.SD, 0.004, (0.0, 0.0123), 0.1, "0.0040 sd [0.0000, 0.0123], floor 0.1"),
        (Unit.SHARE, 0.013, (0.0, 0.071), 0.005, "1.3 % of rows [0.0, 7.1], floor 0.5"),
        (Unit.SHARE, 0.0002, (0.0, 0.0009), 0.005, "0.020 % of rows [0.000, 0.090], floor 0.5"),
        (Unit.AUC, 0.12, (0.1, 0.14), 0.05, "AUC 0.62 [0.60, 0.64], floor 0.55"),
        (Unit.CORRELATION, 0.5, (0.4, 0.6), 0.1, "0.50 of correlation [0.40, 0.60], floor 0.1"),
        (Unit.SD, 0.41, (0.38, math.inf), 0.1, "0.41 sd [0.38, inf], floor 0.1"),
    ],
)
def test_an_effect_is_told_in_its_own_unit(
    unit: Unit, estimate: float, interval: tuple[float, float], floor: float, text: str
) -> None:
    """Shares as per cent, an area under the curve as itself and not as its distance from one half."""
    finding = replace(DRIFTED, unit=unit, estimate=estimate, interval=interval, threshold=floor)

    assert words.effect(finding) == text


def test_a_plain_fact_has_no_effect() -> None:
    """A count that its sentence tells is not told a second time as a figure without a unit."""
    assert words.effect(BROKEN) is None


def test_rows_needed_are_told_only_where_they_would_decide() -> None:
    """A FAIL is decided, and of some questions more rows decide nothing."""
    assert words.rests_on(UNSURE) == "40 rows, 20,000 in the reference; about 180 rows would decide"
    unasked = replace(UNSURE, n_needed=None, reason="not_looked_at")
    assert words.rests_on(unasked) == "40 rows, 20,000 in the reference"  # it is not rows that are missing
    both = replace(UNSURE, n_reference_needed=UNSURE.n_needed)
    assert (words.rests_on(both) or "").endswith("about 180 rows in the reference and as many in current would decide")
    assert words.rests_on(DRIFTED) == "5,000 rows, 20,000 in the reference"
    assert "how many rows would decide cannot be said" in (words.rests_on(replace(UNSURE, n_needed=None)) or "")


def test_what_passed_is_worth_its_weakest_bound() -> None:
    """The largest upper bound of each unit, only of what passed, is what could have gone unseen."""
    tight = replace(GOOD, column="b", interval=(0.0, 0.05))
    share = replace(GOOD, column="c", unit=Unit.SHARE, interval=(0.0, 0.013))

    assert words.excluded([GOOD, tight, share, DRIFTED]) == (
        "a shift of more than 0.21 sd, a change of more than 1.3 % of rows"
    )
    assert words.excluded([DRIFTED, UNSURE]) is None
    assert words.passed(a_check(GOOD, tight, share, HOLDS)) == (
        "PASS 4: 1 rule holds; 3 comparisons, which exclude a shift of more than 0.21 sd, "
        "a change of more than 1.3 % of rows"
    )


def test_a_bound_that_is_infinite_promises_nothing() -> None:
    """No figure stands for a bound that does not exist."""
    unbounded = replace(GOOD, interval=(0.0, math.inf))

    assert words.excluded([unbounded]) is None
    assert words.excluded([GOOD, unbounded]) is None


@pytest.mark.parametrize(
    ("unit", "high", "told"),
    [
        (Unit.SD, 0.0812, "a shift of more than 0.09 sd"),
        (Unit.SD, 0.08, "a shift of more than 0.08 sd"),
        (Unit.SHARE, 0.07, "a change of more than 7.0 % of rows"),
        (Unit.SHARE, 0.07001, "a change of more than 7.1 % of rows"),
        (Unit.CORRELATION, 0.2301, "one of more than 0.24 of correlation"),
        (Unit.AUC, 0.1212, "rows told apart with more than AUC 0.63"),
    ],
)
def test_what_is_excluded_is_never_rounded_down(unit: Unit, high: float, told: str) -> None:
    """A shift of 0.081 is not excluded by a bound of 0.0812, so it may not be told as one of 0.08."""
    assert words.excluded([replace(GOOD, unit=unit, interval=(0.0, high))]) == told


def test_columns_are_told_the_worst_first() -> None:
    """What blocks leads; within a column too."""
    slight = replace(DRIFTED, column="age", estimate=0.12)
    groups = words.grouped([UNSURE, slight, DRIFTED, BROKEN])

    assert [(name, [one.check for one in members]) for name, members in groups] == [
        ("age", ["contract.range", "drift.location"]),
        ("income", ["drift.location"]),
        ("city", ["drift.missing"]),
    ]


def test_the_next_step_is_that_of_the_worst_finding() -> None:
    """A step that a finding names beats a general one."""
    named = replace(DRIFTED, next_step="convert the column back to euros")

    assert words.next_step(a_check(UNSURE, named)) == "convert the column back to euros"
    assert words.next_step(a_check(BROKEN)) == "repair the data, or edit contract.yaml if the data is right"
    assert "--save-profile" in (words.next_step(a_check(DRIFTED)) or "")
    assert "--save-profile" not in (words.next_step(a_check(DRIFTED, reference=None)) or "")
    assert words.next_step(a_check(UNSURE)) == "check again with about 180 rows"
    assert words.next_step(a_check(GOOD)) is None


def test_what_only_warns_says_so() -> None:
    """A reader sees why the exit code is 0."""
    assert words.title(replace(DRIFTED, severity=Severity.WARNING)) == "drift.location (differs, warning)"
    assert words.headline(a_check(GOOD, replace(DRIFTED, severity=Severity.WARNING))).startswith("FAIL: decision warn")


def test_an_error_beside_a_failure_is_counted_apart() -> None:
    """FAIL and ERROR are not the same news."""
    broken = replace(DRIFTED, verdict=Verdict.ERROR)

    assert words.headline(a_check(DRIFTED, broken)) == (
        "FAIL: decision block, 1 of 2 statements fails, 1 could not be judged"
    )


def test_what_the_sentence_says_is_not_said_twice() -> None:
    """A message that holds the effect with its bounds leaves only the floor to be told; reports have both sides."""
    told = replace(DRIFTED, message="income is higher by 0.41 sd (0.38 to 0.44)")

    assert words.figures(told) == "floor 0.10 sd; 5,000 rows, 20,000 in the reference"
    assert words.figures(told, both_sides=True) == (
        "floor 0.10 sd; median 52,310 -> median 58,900; 5,000 rows, 20,000 in the reference"
    )
    assert words.figures(replace(told, message="income is higher by 0.41 sd")).startswith("0.41 sd [0.38, 0.44], ")
