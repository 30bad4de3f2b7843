"""What holds for every comparison of two models by moments, whatever the values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seatrial.evidence.sample import Codes, Sample, Side
from seatrial.gates.comparison import compare, corrected
from seatrial.gates.margin import Margin
from seatrial.gates.policy import BlockOn, Comparing, Correction
from seatrial.metrics.catalog import Metric, of_column
from seatrial.metrics.figures import Figure
from seatrial.metrics.measure import Measuring
from seatrial.stats.noninferiority import MEANS_LEAST, Method, NonInferiority, non_inferiority_of_mean
from seatrial.stats.skewed_mean import Moments
from seatrial.verdict import Verdict

_ORDER = [Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS]
_MARGINS = st.floats(0.01, 2.0)
_ALPHAS = st.sampled_from([0.01, 0.05, 0.1])


@st.composite
def _differences(draw: st.DrawFn) -> Moments:
    n = draw(st.integers(2, 3_000))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.sampled_from(["normal", "skewed", "rare", "flat"]))
    values = {
        "normal": generator.normal(size=n),
        "skewed": generator.exponential(size=n) - 1,
        "rare": np.where(generator.random(n) < 0.02, generator.choice([-1.0, 1.0], n), 0.0),
        "flat": np.zeros(n),
    }[shape]
    return _moments(values + draw(st.floats(-2, 2)))


def _moments(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Moments:
    off = values - values.mean()
    return Moments(
        n=len(values),
        mean=float(values.mean()),
        squares=float((off**2).sum()),
        cubes=float((off**3).sum()),
        fourths=float((off**4).sum()),
    )


def _shifted(moments: Moments, by: float) -> Moments:
    return Moments(
        n=moments.n, mean=moments.mean + by, squares=moments.squares, cubes=moments.cubes, fourths=moments.fourths
    )


def _judge(moments: Moments, margin: float, alpha: float) -> NonInferiority:
    return non_inferiority_of_mean(moments, reach=4.0, least=MEANS_LEAST, margin=margin, alpha=alpha, power=0.8)


@given(_differences(), _MARGINS, _ALPHAS, st.floats(0, 3))
def test_a_better_candidate_never_gets_a_worse_verdict(
    difference: Moments, margin: float, alpha: float, gained: float
) -> None:
    """Every row better by the same amount moves the verdict up or not at all, and p values with it."""
    before, after = _judge(difference, margin, alpha), _judge(_shifted(difference, gained), margin, alpha)

    assert _ORDER.index(after.verdict) >= _ORDER.index(before.verdict)
    assert after.p_worse >= before.p_worse - 1e-12
    assert after.p_decline >= before.p_decline - 1e-12


@given(_differences(), _MARGINS, _ALPHAS)
def test_the_verdict_agrees_with_the_interval_that_is_shown(difference: Moments, margin: float, alpha: float) -> None:
    """Nobody sees an interval that contradicts its verdict, and the p value is on the same side."""
    found = _judge(difference, margin, alpha)

    assert found.interval.lower <= difference.mean <= found.interval.upper
    match found.verdict:
        case Verdict.PASS:
            assert found.interval.lower > -margin - 1e-9
        case Verdict.FAIL:
            assert found.interval.upper < -margin
            assert found.p_worse <= alpha + 1e-9
        case _:
            assert found.interval.lower <= -margin
            assert found.interval.upper >= -margin or found.method is Method.FEW


@given(_differences(), _MARGINS, _ALPHAS)
def test_rows_needed_are_more_than_there_are(difference: Moments, margin: float, alpha: float) -> None:
    """An INCONCLUSIVE never asks for rows it already has, and nothing else asks for any."""
    found = _judge(difference, margin, alpha)

    assert (found.rows is not None) == (found.verdict is Verdict.INCONCLUSIVE)
    if found.rows is not None and found.rows.needed is not None:
        assert found.rows.needed > difference.n


@given(_differences(), _MARGINS)
def test_a_wider_margin_passes_more(difference: Moments, margin: float) -> None:
    """What is within one point is within two."""
    narrow, wide = _judge(difference, margin, 0.05), _judge(difference, 2 * margin, 0.05)

    assert _ORDER.index(wide.verdict) >= _ORDER.index(narrow.verdict)


@given(_differences(), _MARGINS)
def test_more_caution_decides_less(difference: Moments, margin: float) -> None:
    """At 1 % nothing is decided that 10 % leaves open, or decides otherwise."""
    careful, bold = _judge(difference, margin, 0.01), _judge(difference, margin, 0.1)

    assert careful.verdict in (bold.verdict, Verdict.INCONCLUSIVE)


def _figure(
    values: tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...], metric: Metric, ratio: float = 1.0
) -> Figure:
    ours, theirs = values
    sample = Sample(
        n=len(ours),
        classes=(),
        labels=None,
        candidate=Side(values={"v": ours}),
        baseline=Side(values={"v": theirs}),
    )
    (figure,) = Measuring(sample).figures(metric, ratio=ratio)
    return figure


@given(st.integers(0, 2**32 - 1), st.integers(2, 500), st.floats(-1, 1), _MARGINS)
def test_a_cost_is_a_reward_turned_round(seed: int, n: int, apart: float, margin: float) -> None:
    """Lower is better of a column, or higher of its negative: one verdict, mirrored figures."""
    draw = np.random.default_rng(seed)
    theirs = draw.normal(size=n)
    ours = theirs + draw.exponential(size=n) - 1 + apart
    rule, allowed = Comparing(margin=Margin(value=margin)), Margin(value=margin)
    cost, reward = of_column("v", higher_is_better=False), of_column("v")

    one = compare(cost, _figure((ours, theirs), cost), allowed, rule)
    other = compare(reward, _figure((-ours, -theirs), reward), allowed, rule)

    assert one.verdict is other.verdict
    assert one.threshold == -other.threshold
    assert one.p_value == pytest.approx(other.p_value, abs=1e-9)
    assert (one.interval.lower, one.interval.upper) == pytest.approx((-other.interval.upper, -other.interval.lower))


@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 8),
    st.sampled_from(list(Correction)),
    st.sampled_from(list(BlockOn)),
)
def test_a_family_never_fails_more_and_never_passes_less(
    seed: int, many: int, correction: Correction, block_on: BlockOn
) -> None:
    """Correction only takes FAIL back; what passed by itself passes among others."""
    draw = np.random.default_rng(seed)
    rule = Comparing(margin=Margin(value=0.1), correction=correction, block_on=block_on)
    metric = of_column("v")
    alone = []
    for _ in range(many):
        theirs = draw.normal(size=300)
        ours = theirs + draw.normal(draw.choice([0.0, -0.1, -0.2, -0.3]), 0.8, 300)
        alone.append(compare(metric, _figure((ours, theirs), metric), Margin(value=0.1), rule))

    for before, after in zip(alone, corrected(alone, rule), strict=True):
        assert after.p_value >= before.p_value - 1e-12
        if before.verdict is not Verdict.FAIL:
            assert after.verdict is before.verdict
        elif after.verdict is not Verdict.FAIL:
            assert after.verdict is Verdict.INCONCLUSIVE or block_on is BlockOn.DECLINE


@given(st.integers(0, 2**32 - 1), st.integers(2, 400), st.integers(1, 5))
def test_copies_of_rows_in_clusters_change_no_verdict(seed: int, n: int, k: int) -> None:
    """A file written k times over, each row's copies in one cluster, is judged as the file."""
    draw = np.random.default_rng(seed)
    theirs = draw.normal(size=n)
    ours = theirs + draw.exponential(size=n) - 1.1
    assume(len(set(ours.tolist())) > 1)
    metric, rule, margin = of_column("v"), Comparing(margin=Margin(value=0.1)), Margin(value=0.1)
    copied = Sample(
        n=n * k,
        classes=(),
        labels=None,
        candidate=Side(values={"v": np.repeat(ours, k)}),
        baseline=Side(values={"v": np.repeat(theirs, k)}),
        clusters=Codes(codes=np.repeat(np.arange(n), k).astype(np.int32), names=tuple(map(str, range(n)))),
    )

    once = compare(metric, _figure((ours, theirs), metric), margin, rule)
    often = compare(metric, Measuring(copied).figures(metric)[0], margin, rule)

    assert once.verdict is often.verdict
    assert (often.interval.lower, often.interval.upper) == pytest.approx((once.interval.lower, once.interval.upper))
