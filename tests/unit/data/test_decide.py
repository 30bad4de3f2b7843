"""When a claim is an alarm: the verdicts at their edges, and numbers that are none."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from seatrial.data.claims import Claim, Severity, Unit
from seatrial.data.codes import Reason
from seatrial.data.decide import UNEASY_Q, decide, judge, would_be_noticed
from seatrial.data.findings import verdict_of
from seatrial.stats import effects
from seatrial.stats.effects.record import USUAL_LEVEL as LEVEL
from seatrial.stats.effects.record import USUAL_POWER as POWER
from seatrial.stats.effects.record import smallest_shown
from seatrial.stats.multiplicity import benjamini_hochberg
from seatrial.verdict import Verdict

_NAN = math.nan


def _claim(
    *,
    p: float = 0.5,
    estimate: float = 0.05,
    low: float = 0.0,
    high: float = 0.2,
    floor: float = 0.1,
    detect: float = 0.3,
    unit: Unit = Unit.SD,
    declared: bool = False,
) -> Claim:
    return Claim(
        check="drift.location",
        column="a",
        statistic="auc_in_sd",
        unit=unit,
        estimate=estimate,
        low=low,
        high=high,
        floor=floor,
        detect=detect,
        p=p,
        n=500,
        n_needed=700,
        message="a",
        declared=declared,
    )


@pytest.mark.parametrize(
    ("claim", "p", "expected"),
    [
        (_claim(low=0.15, high=0.4), 0.01, (Verdict.FAIL, Reason.DIFFERS)),
        (_claim(low=0.1, high=0.4), 0.001, (Verdict.INCONCLUSIVE, Reason.NEAR_THE_FLOOR)),
        (_claim(low=0.15, high=0.4), 0.0101, (Verdict.INCONCLUSIVE, Reason.NEAR_THE_FLOOR)),
        (_claim(low=0.02, high=0.2), UNEASY_Q, (Verdict.INCONCLUSIVE, Reason.NEAR_THE_FLOOR)),
        (_claim(low=0.02, high=0.1), 1e-9, (Verdict.PASS, Reason.BELOW_FLOOR)),
        (_claim(high=0.3), 0.5, (Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS)),
        (_claim(high=0.29), 0.5, (Verdict.PASS, Reason.NO_DIFFERENCE)),
        (_claim(high=math.inf), 0.5, (Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS)),
    ],
)
def test_verdicts_at_their_edges(claim: Claim, p: float, expected: tuple[Verdict, Reason]) -> None:
    """Significance includes the level, the floor must be exceeded, and `detect` must be excluded."""
    assert judge(claim, p, 0.01) == expected


@pytest.mark.parametrize("p", [0.0, 1e-9, 0.5, 1.0])
@pytest.mark.parametrize("broken", ["estimate", "low", "high", "floor", "detect"])
def test_no_claim_passes_or_fails_on_a_number_that_is_none(broken: str, p: float) -> None:
    """Not-a-number in any field is INCONCLUSIVE, whatever the others say."""
    for low, high in ((0.0, 0.05), (0.2, 0.5), (0.0, 0.5)):
        claim = msgspec.structs.replace(_claim(low=low, high=high), **{broken: _NAN})

        assert judge(claim, p, 0.01)[0] is Verdict.INCONCLUSIVE


def test_a_p_value_that_is_not_a_number_is_inconclusive() -> None:
    """Also through the whole decision, where tight bounds alone would have made it a pass."""
    assert judge(_claim(high=0.05), _NAN, 0.01)[0] is Verdict.INCONCLUSIVE
    findings = decide([_claim(p=_NAN, high=0.05), _claim(p=0.5, high=0.05)], q=0.01)

    assert [finding.verdict for finding in findings] == [Verdict.INCONCLUSIVE, Verdict.PASS]


@given(
    st.lists(
        st.tuples(
            st.one_of(st.floats(0, 1), st.just(_NAN)),
            st.one_of(st.floats(0, 2), st.just(_NAN)),
            st.one_of(st.floats(0, 2), st.just(_NAN)),
        ),
        max_size=20,
    )
)
def test_what_passes_excludes_the_effect_that_must_not_go_unseen(drawn: list[tuple[float, float, float]]) -> None:
    """Over any claims: PASS means that `high` is below `detect`, FAIL that `low` is above `floor` and p small."""
    claims = [_claim(p=p, low=low, high=high) for p, low, high in drawn]
    for claim, finding in zip(claims, decide(claims, q=0.01), strict=True):
        if finding.verdict is Verdict.PASS:
            assert claim.high < claim.detect
            assert not math.isnan(claim.low)
            assert not math.isnan(claim.p)
        if finding.verdict is Verdict.FAIL:
            assert claim.low > claim.floor
            assert claim.p <= 0.01


def test_rows_needed_are_told_only_where_they_would_help() -> None:
    """`n_needed` goes with INCONCLUSIVE alone."""
    passed, unsure = decide([_claim(high=0.2), _claim(high=0.5)], q=0.01)

    assert (passed.n_needed, unsure.n_needed) == (None, 700)


def test_clean_columns_hardly_ever_alarm() -> None:
    """Of 400 checks of 45 clean columns, q 0.01 lets at most a few see a discovery: the rate is 1 % per check."""
    draws = np.random.default_rng(4).random((400, 45))
    alarms = sum(min(benjamini_hochberg(row.tolist())) <= 0.01 for row in draws)

    assert alarms <= 10  # 4 expected; 11 or more has a probability of 0.003


def test_rows_needed_are_more_than_there_are_or_unknown() -> None:
    """Left open by 500 rows although 400 would do: the cause is another, such as a reference too small."""
    open_ = _claim(p=0.5, low=0.0, high=0.5)

    for needed, told in ((400, None), (500, None), (501, 501)):
        (finding,) = decide([msgspec.structs.replace(open_, n_needed=needed)], q=0.01)

        assert (finding.verdict, finding.n_needed) == (Verdict.INCONCLUSIVE, told)


def test_a_reference_that_is_too_small_is_told_with_what_both_sides_need() -> None:
    """Where no number of current rows would do, rows of both are planned from the error, and they do what they promise:
    an effect of `detect` measured on so many is a FAIL nine times in ten."""
    n, m, detect, floor = 300, 200, 0.3, 0.1
    error = math.sqrt(1 / n + 1 / m)
    open_ = _measured(0.2, error, n=n, n_reference=m, n_needed=None, detect=detect, floor=floor, p=0.4)
    (finding,) = decide([open_], q=0.01)

    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.n_needed is not None
    assert finding.n_reference_needed == finding.n_needed > n
    planned = math.sqrt(2 / finding.n_needed)
    draws = np.random.default_rng(1).normal(detect, planned, 4000)
    found = [
        decide(
            [_measured(x, planned, low=x - norm.isf(0.05) * planned, floor=floor, p=2 * norm.sf(x / planned))], q=0.01
        )
        for x in draws.tolist()
    ]
    share = sum(made.verdict is Verdict.FAIL for (made,) in found) / len(found)
    assert 0.88 <= share <= 0.93


def test_rows_of_both_are_not_told_where_nothing_is_known_of_them() -> None:
    """Without a reference, without an error, or with as many rows as that on either side."""
    error = math.sqrt(2 / 300)
    open_ = _measured(0.25, error, n=300, n_reference=300, n_needed=None, detect=0.3, floor=0.1, p=0.4)
    known = (decide([open_], q=0.01)[0]).n_needed
    assert known is not None

    for change in ({"n_reference": None}, {"high": open_.estimate + 1e-9, "detect": 0.2}, {"n_reference": 10 * known}):
        (finding,) = decide([msgspec.structs.replace(open_, **change)], q=0.01)

        assert (finding.n_needed, finding.n_reference_needed) == (None, None)


def _measured(estimate: float, error: float, **fields: object) -> Claim:
    """A claim whose estimate is normal with that error."""
    return msgspec.structs.replace(_claim(estimate=estimate, high=estimate + norm.isf(0.05) * error), **fields)


_ERROR = 0.3 / (norm.isf(LEVEL / 2) + norm.isf(1 - POWER))
"""The largest with which an effect of 0.3 is shown at the usual level with the usual power."""


def test_the_smallest_effect_shown_is_that_of_the_usual_test() -> None:
    """Drawn: at 5 % on two sides it is significant four times in five."""
    shown = smallest_shown(0.1)
    drawn = np.random.default_rng(3).normal(shown, 0.1, 20_000)

    assert np.mean(np.abs(drawn) > norm.isf(LEVEL / 2) * 0.1) == pytest.approx(POWER, abs=0.01)


@pytest.mark.parametrize(
    ("estimate", "error", "noticed"),
    [
        (0.19, 0.995 * _ERROR, True),
        (0.15, 1.005 * _ERROR, False),
        (0.3 - norm.isf(1 - POWER) * 0.09 - 0.001, 0.09, True),
        (0.3 - norm.isf(1 - POWER) * 0.09 + 0.001, 0.09, False),
    ],
)
def test_an_open_claim_is_a_note_where_the_effect_would_have_been_noticed(
    estimate: float, error: float, noticed: bool
) -> None:
    """Rows enough for the usual test, and an estimate that an effect of `detect` falls short of one time in five."""
    (finding,) = decide([_measured(estimate, error)], q=0.01)

    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.n_needed == 700
    assert finding.severity is (Severity.INFO if noticed else Severity.ERROR)
    assert ("chance of 80%" in finding.message) is noticed


def test_a_note_leaves_the_whole_verdict_to_the_others() -> None:
    """One claim that passes and one that is noted pass; were nothing else there, nothing would have been said."""
    passes, noted = _claim(high=0.2), _measured(0.19, 0.09)

    assert verdict_of(decide([passes, noted], q=0.01)) is Verdict.PASS
    assert verdict_of(decide([noted], q=0.01)) is not Verdict.PASS


@pytest.mark.parametrize("fields", [{"declared": True}, {"unit": Unit.DISTANCE}])
def test_what_the_contract_limits_is_owed_an_answer(fields: dict[str, object]) -> None:
    assert would_be_noticed(_measured(0.19, 0.09))
    assert not would_be_noticed(_measured(0.19, 0.09, **fields))


def test_of_thirty_rows_nothing_is_a_mere_note() -> None:
    """Whatever 30 rows look like against 30: an effect of `detect` would hardly have been seen."""
    rng = np.random.default_rng(7)
    limits = {"confidence": 0.95, "floor": 0.1, "detect": 0.3, "alpha": 1e-4}
    for _ in range(300):
        effect = effects.shift(rng.multinomial(30, [0.1] * 10), rng.multinomial(30, [0.1] * 10), **limits)
        assert not would_be_noticed(_of(effect, 0.3))


def _of(effect: effects.Effect | None, detect: float) -> Claim:
    assert effect is not None
    return _claim(p=effect.p, estimate=effect.estimate, low=effect.low, high=effect.high, detect=detect)


@pytest.mark.parametrize("rows", [(180, 180), (300, 300), (1000, 140)])
@pytest.mark.parametrize("statistic", ["shift", "spread", "shape", "rare", "share"])
def test_an_effect_that_must_not_go_unseen_is_passed_over_one_time_in_five(
    statistic: str, rows: tuple[int, int]
) -> None:
    """Samples that are `detect` apart, by each statistic: at most a fifth look harmless: a note, or a pass."""
    n, m = rows
    rng = np.random.default_rng(11)
    edges = norm.ppf(np.arange(1, 64) / 64)

    def counts(values: np.ndarray) -> np.ndarray:
        return np.bincount(np.searchsorted(edges, values), minlength=64)

    def drawn() -> Claim:
        normal = counts(rng.standard_normal(n))
        usual: Any = {"confidence": 0.95, "floor": 0.1, "alpha": 1e-4}
        match statistic:
            case "shift":
                return _of(effects.shift(normal, counts(rng.normal(0.3, 1, m)), detect=0.3, **usual), 0.3)
            case "spread":
                wide = counts(rng.normal(0, math.exp(0.45 / math.sqrt(2)), m))
                return _of(effects.spread(normal, wide, detect=0.45, **usual), 0.45)
            case "shape":
                moved = counts(rng.normal(0.45, 1, m))
                return _of(effects.shape(normal, moved, detect=0.45, **usual), 0.45)
            case "rare":
                return _of(effects.share(0, n, rng.binomial(m, 0.05), m, detect=0.05, **usual), 0.05)
            case _:
                return _of(effects.share(rng.binomial(n, 0.3), n, rng.binomial(m, 0.45), m, detect=0.15, **usual), 0.15)

    drawings = 250
    unnoticed = sum(would_be_noticed(drawn()) for _ in range(drawings))

    assert unnoticed <= drawings * (1 - POWER) + 3 * math.sqrt(drawings * POWER * (1 - POWER))


def test_what_lies_above_the_floor_by_itself_is_no_pass() -> None:
    """Six codes in 300 rows: one chance in thirty, so no discovery among sixty claims, and no clean bill either."""
    codes = _claim(p=0.5, estimate=0.39, low=0.28, high=0.5, detect=1.28)

    assert judge(codes, 0.5, 0.01) == (Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS)
    (finding,) = decide([codes], q=0.01)
    assert "lies above the floor" in finding.message


def test_a_guess_is_told_of_what_fails_alone() -> None:
    """A conversion of units fits some clean column of every table."""
    guessed = msgspec.structs.replace(_claim(p=1e-9, estimate=0.6, low=0.5, high=0.7), guess="; miles?")
    found = [
        msgspec.structs.replace(guessed, **changed)
        for changed in ({}, {"p": 0.02, "low": 0.05}, {"p": 0.9, "low": 0.0, "estimate": 0.01, "high": 0.1})
    ]

    messages = {finding.verdict: finding.message for claim in found for finding in decide([claim], q=0.01)}
    assert messages == {Verdict.FAIL: "a; miles?", Verdict.INCONCLUSIVE: "a", Verdict.PASS: "a"}


@pytest.mark.parametrize("broken", ["estimate", "low", "high", "floor", "detect", "p"])
def test_a_number_that_is_none_holds_the_whole(broken: str) -> None:
    """It is no note: nobody knows what it says."""
    claim = msgspec.structs.replace(_claim(p=0.5, estimate=0.01, low=0.0, high=0.02), **{broken: _NAN})

    assert verdict_of(decide([claim], q=0.01)) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(("p", "holds"), [(0.004, True), (0.03, False)])
def test_what_would_alarm_alone_is_no_mere_note(p: float, holds: bool) -> None:
    """Nulls in 9 of 300 rows where there were none, among sixty comparisons."""
    nulls = _claim(p=p, estimate=0.03, low=0.018, high=0.051, floor=0.005, detect=0.06, unit=Unit.SHARE)
    quiet = [_claim(p=0.5 + number / 200, estimate=0.0, low=0.0, high=0.05) for number in range(59)]

    found = decide([nulls, *quiet], q=0.01)

    assert found[0].verdict is Verdict.INCONCLUSIVE
    assert verdict_of(found) is (Verdict.INCONCLUSIVE if holds else Verdict.PASS)
