"""Laws of the latency gate that hold for any timings."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.evidence.records import Source
from seatrial.evidence.timing_records import Requests, Timings
from seatrial.gates.evidence import Evidence, LeftOut, Present
from seatrial.gates.latency.judge import judge
from seatrial.gates.latency.policy import QUANTILES, Figure, Latency, Limit
from seatrial.gates.margin import Margin
from seatrial.gates.serial import from_json, to_json
from seatrial.stats.order_quantile import quantile_bounds, tail_rank
from seatrial.verdict import Finding, Verdict

_WAITS = st.lists(st.floats(min_value=0.001, max_value=1e6), min_size=1, max_size=120)
_FIGURES = st.sampled_from([*QUANTILES, Figure.MEAN])
_RANK = {Verdict.FAIL: 0, Verdict.INCONCLUSIVE: 1, Verdict.PASS: 2}


def _requests(ms: list[float], first: int, failed: set[int]) -> Requests:
    return Requests(
        order=tuple(range(first, first + 2 * len(ms), 2)),
        ms=tuple(ms),
        ok=tuple(at not in failed for at in range(len(ms))),
    )


def _timings(one: list[float], other: list[float] | None = None, failed: set[int] | None = None) -> Timings:
    return Timings(
        source=Source(path="t.csv", digest="b3:t"),
        candidate=_requests(one, 0, failed or set()),
        baseline=None if other is None else _requests(other, 1, set()),
    )


def _limit(figure: Figure, value: float, timings: Timings) -> Finding:
    return judge(Latency(limits={figure: Limit(value=value)}), timings, None, LeftOut())[1]


def _increase(figure: Figure, value: float, timings: Timings) -> Finding:
    rule = Latency(max_increase={figure: Margin(value=value, relative=True)})
    return judge(rule, timings, None, Present(evidence=Evidence(), label="the baseline"))[1]


@given(ms=_WAITS, figure=_FIGURES, limits=st.tuples(*[st.floats(min_value=0.001, max_value=2e6)] * 2))
def test_a_wider_limit_is_never_judged_worse(ms: list[float], figure: Figure, limits: tuple[float, float]) -> None:
    """FAIL, INCONCLUSIVE, PASS in this order as the limit rises."""
    low, high = (_limit(figure, value, _timings(ms)) for value in sorted(limits))

    assert _RANK[low.verdict] <= _RANK[high.verdict]


@given(ms=_WAITS, figure=st.sampled_from([*QUANTILES]), limit=st.floats(min_value=0.001, max_value=2e6), data=st.data())
def test_a_failure_never_makes_a_quantile_look_better(
    ms: list[float], figure: Figure, limit: float, data: st.DataObject
) -> None:
    """Whichever requests fail, an order statistic of the waits can only rise."""
    failed = data.draw(st.sets(st.integers(0, len(ms) - 1)))
    fine, worse = _timings(ms), _timings(ms, failed=failed)
    one, other = (sorted(timings.candidate.waits) for timings in (fine, worse))

    assert all(a <= b for a, b in zip(one, other, strict=True))
    assert (_limit(figure, limit, worse).estimate or math.inf) >= (_limit(figure, limit, fine).estimate or math.inf)


@given(ms=_WAITS, other=_WAITS, figure=_FIGURES, margin=st.floats(min_value=0.01, max_value=2))
def test_findings_are_json_and_name_more_requests_than_there_are(
    ms: list[float], other: list[float], figure: Figure, margin: float
) -> None:
    """Every figure is finite, and survives being stored; a plan never names fewer requests than were sent."""
    n = min(len(ms), len(other))
    findings = [_limit(figure, 10.0, _timings(ms)), _increase(figure, margin, _timings(ms[:n], other[:n]))]

    for finding in findings:
        assert from_json(to_json(finding)) == finding
        numbers = [finding.estimate, finding.candidate, finding.baseline, *(finding.interval or ())]
        assert all(math.isfinite(number) for number in numbers if number is not None)
        assert finding.n_needed is None or finding.n_needed > (finding.n or 0)
        assert (finding.n_needed is None) or finding.verdict is Verdict.INCONCLUSIVE


@given(ms=_WAITS, figure=st.sampled_from([*QUANTILES]), factor=st.sampled_from([0.25, 2.0, 1024.0]))
def test_milliseconds_or_other_units_are_judged_alike(ms: list[float], figure: Figure, factor: float) -> None:
    """Waits and limit in another unit: the same verdict and the same plan."""
    one = _limit(figure, 10.0, _timings(ms))
    scaled = _limit(figure, 10.0 * factor, _timings([wait * factor for wait in ms]))

    assert (one.verdict, one.reason, one.n_needed) == (scaled.verdict, scaled.reason, scaled.n_needed)


@given(ms=st.lists(st.floats(min_value=1, max_value=1e3), min_size=30, max_size=80), figure=_FIGURES)
def test_a_model_against_itself_is_never_blocked(ms: list[float], figure: Figure) -> None:
    """The estimate is 0 and the interval holds it."""
    finding = _increase(figure, 0.1, _timings(ms, ms))

    assert finding.verdict is not Verdict.FAIL
    assert finding.estimate == pytest.approx(0.0)


@given(
    n=st.integers(1, 3_000),
    share=st.floats(0.001, 0.999),
    alpha=st.floats(0.0001, 0.4),
    inflation=st.floats(1.0, 50.0),
)
def test_bounds_lie_around_the_middle_and_move_out_with_what_is_asked(
    n: int, share: float, alpha: float, inflation: float
) -> None:
    """More confidence or more dependence never moves a bound inwards."""
    rank = tail_rank(n, share, alpha=alpha, inflation=inflation)

    assert 0 <= rank <= n
    assert rank <= math.ceil(n * share) + 1
    assert tail_rank(n, share, alpha=alpha / 2, inflation=inflation) <= rank
    bounds = quantile_bounds([float(value) for value in range(n)], share, alpha=alpha, inflation=inflation)
    assert bounds.lower is None or bounds.lower <= bounds.estimate + 1
    assert bounds.upper is None or bounds.upper >= bounds.estimate - 1
