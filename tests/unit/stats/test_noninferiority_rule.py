"""The rule that decides PASS, FAIL or INCONCLUSIVE, and when the exact test takes over."""

from __future__ import annotations

import pytest

from seatrial.stats import tango
from seatrial.stats.noninferiority import Method, NonInferiority, non_inferiority
from seatrial.stats.rows import Assuming, fewest_rows
from seatrial.stats.tango import PairedCounts
from seatrial.verdict import Verdict


def _judge(n: int, won: int, lost: int, margin: float = 0.01) -> NonInferiority:
    counts = PairedCounts(n=n, candidate_only=won, baseline_only=lost)
    return non_inferiority(counts, margin=margin, alpha=0.05, power=0.8)


@pytest.mark.parametrize(
    ("n", "won", "lost", "expected"),
    [
        (10_000, 250, 250, Verdict.PASS),
        (10_000, 100, 400, Verdict.FAIL),
        (2_000, 40, 60, Verdict.INCONCLUSIVE),
        (450, 11, 16, Verdict.INCONCLUSIVE),
        (900, 5, 60, Verdict.FAIL),
    ],
)
def test_bounds_decide(n: int, won: int, lost: int, expected: Verdict) -> None:
    """The verdict follows from where the interval lies against -0.01."""
    result = _judge(n, won, lost)

    assert result.verdict is expected
    assert result.method is Method.TANGO


def test_rows_are_named_only_when_inconclusive() -> None:
    """A decided comparison needs no more rows."""
    assert _judge(10_000, 250, 250).rows is None
    assert _judge(450, 11, 16).rows is not None


@pytest.mark.parametrize(
    ("n", "won", "lost", "method"),
    [
        (499, 4, 5, Method.EXACT),
        (499, 5, 5, Method.TANGO),
        (500, 4, 5, Method.TANGO),
        (10, 0, 9, Method.EXACT),
        (10, 0, 10, Method.TANGO),
    ],
)
def test_exact_test_takes_over_in_small_samples(n: int, won: int, lost: int, method: Method) -> None:
    """Fewer than 500 rows with fewer than 10 disagreements; either alone keeps Tango."""
    assert _judge(n, won, lost).method is method


def test_exact_test_holds_back_what_tango_would_pass() -> None:
    """280 rows without any disagreement pass Tango at a margin of 0.01, though a model that is worse by
    0.01 shows that 6 % of the time; the exact test says INCONCLUSIVE, and its interval agrees."""
    counts = PairedCounts(n=280, candidate_only=0, baseline_only=0)

    result = _judge(280, 0, 0)

    assert tango.interval(counts, alpha=0.05).lower > -0.01
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.interval.lower <= -0.01


def test_models_that_never_disagree_pass_with_enough_rows() -> None:
    """No disagreement is judged like any other count, not as a special pass."""
    assert _judge(320, 0, 0).verdict is Verdict.PASS
    assert _judge(100, 0, 0).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(("won", "lost", "n"), [(0, 0, 1), (1, 0, 1), (0, 1, 1), (0, 0, 2)])
def test_one_row_says_nothing(won: int, lost: int, n: int) -> None:
    """A row or two can be judged without an error, and decide nothing."""
    result = _judge(n, won, lost)

    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.rows is not None
    assert result.rows.needed is not None
    assert result.rows.needed >= fewest_rows(0.01, 0.05)


def test_disagreement_enters_at_its_upper_bound() -> None:
    """Zero disagreements in 100 rows do not promise that there will be none: many more rows are asked for
    than the point estimate (the floor of 268) would."""
    result = _judge(100, 0, 0)

    assert result.rows is not None
    assert result.rows.needed == 1629
    assert result.rows.assuming is Assuming.EQUAL


def test_more_rows_than_equal_models_need_are_planned_as_seen() -> None:
    """When equal models would long have passed, the number of rows is for the difference that was seen."""
    result = _judge(10_000, 20, 110)

    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.rows is not None
    assert result.rows.assuming is Assuming.AS_SEEN
    assert result.rows.needed == 92_234


def test_difference_on_the_margin_names_no_number() -> None:
    """No number of rows decides a true difference that equals the margin."""
    result = _judge(10_000, 20, 120)

    assert result.rows is not None
    assert result.rows.needed is None


@pytest.mark.parametrize("alpha", [0.2, 0.01, 0.0005])
def test_small_levels_keep_the_exact_test_usable(alpha: float) -> None:
    """The exact test's own error stays below any level, so that plain evidence still passes."""
    counts = PairedCounts(n=450, candidate_only=5, baseline_only=4)

    result = non_inferiority(counts, margin=0.2, alpha=alpha, power=0.8)

    assert result.method is Method.EXACT
    assert result.verdict is Verdict.PASS
