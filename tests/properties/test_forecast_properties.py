"""Schedules and forecasts over whatever pipelines may look like."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from seatrial.flows.durations import LEAST, Duration, quantile
from seatrial.flows.forecast import forecast
from seatrial.flows.makespan import Capacity, Work, simulate
from seatrial.replacing import replace

_SECONDS = st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0, 2.5, 7.0, 60.0])


@st.composite
def pipelines(draw: st.DrawFn) -> tuple[tuple[Work, ...], dict[str, float]]:
    """Up to ten cells, each after some of those before it, with their durations."""
    count = draw(st.integers(1, 10))
    work = []
    for place in range(count):
        before = draw(st.sets(st.integers(0, place - 1), max_size=3)) if place else set()
        work.append(Work(cell=f"c{place}", stage=f"s{place % 4}", before=tuple(f"c{one}" for one in sorted(before))))
    return tuple(work), {one.cell: draw(_SECONDS) for one in work}


def _longest_chain(work: tuple[Work, ...], seconds: dict[str, float]) -> float:
    ends: dict[str, float] = {}
    for one in work:
        ends[one.cell] = max((ends[other] for other in one.before), default=0.0) + seconds[one.cell]
    return max(ends.values())


@given(pipelines(), st.integers(1, 4))
def test_a_schedule_lies_between_what_nobody_beats_and_grahams_bound(
    pipeline: tuple[tuple[Work, ...], dict[str, float]], jobs: int
) -> None:
    """Never idle while something could run, never more places than there are."""
    work, seconds = pipeline
    chain, total = _longest_chain(work, seconds), sum(seconds.values())

    found = simulate(work, seconds, Capacity(jobs=jobs)).seconds

    assert found >= max(chain, total / jobs) - 1e-6
    assert found <= chain + (total - chain) / jobs + 1e-6


@given(pipelines(), st.integers(1, 12))
def test_the_critical_path_adds_up_to_the_whole(pipeline: tuple[tuple[Work, ...], dict[str, float]], jobs: int) -> None:
    """Each of its cells begins the moment the one before ends; with a place for each it is the longest chain."""
    work, seconds = pipeline

    found = simulate(work, seconds, Capacity(jobs=jobs))

    assert math.isclose(sum(spent for _, spent in found.path), found.seconds, abs_tol=1e-6)
    if jobs >= len(work):
        assert math.isclose(found.seconds, _longest_chain(work, seconds), abs_tol=1e-6)


@given(pipelines(), st.data())
def test_a_longer_stage_never_makes_a_forecast_shorter(
    pipeline: tuple[tuple[Work, ...], dict[str, float]], data: st.DataObject
) -> None:
    """With a place for each cell; with fewer, Graham's anomalies are real."""
    work, _ = pipeline
    samples = st.lists(_SECONDS, min_size=LEAST, max_size=6).map(tuple)
    expected = {one.cell: _duration(data.draw(samples)) for one in work}
    longer = data.draw(st.sampled_from(work)).cell
    more = {**expected, longer: _duration(tuple(2 * seconds + 1 for seconds in expected[longer].samples))}
    everything, capacity = frozenset(expected), Capacity(jobs=len(work))

    before, after = (forecast(work, everything, each, capacity) for each in (expected, more))

    assert after.p50 >= before.p50
    assert after.p90 >= before.p90
    assert before.p90 >= before.p50


@given(pipelines())
def test_shares_of_the_critical_path_are_of_one_whole(pipeline: tuple[tuple[Work, ...], dict[str, float]]) -> None:
    """Whatever the number of places."""
    work, seconds = pipeline
    expected = {cell: _duration((spent,) * LEAST) for cell, spent in seconds.items()}

    found = forecast(work, frozenset(seconds), expected, Capacity(jobs=2))

    assert math.isclose(sum(one.share for one in found.path), 1.0 if found.p50 else 0.0, abs_tol=1e-6)
    assert found.p50 == found.p90


def _duration(samples: tuple[float, ...]) -> Duration:
    plain = Duration(p50=0.0, p90=0.0, samples=samples)
    return replace(plain, p50=quantile(samples, 0.5), p90=quantile(samples, 0.9))
