"""The latency gate: three verdicts for each limit and comparison, and no verdict where none can be."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from seatrial.evidence.records import Source
from seatrial.evidence.timing_records import Machine, Measurement, Requests, ServedModel, Timings
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Absent, AbsentReason, Baseline, Evidence, LeftOut, Present
from seatrial.gates.latency.judge import judge
from seatrial.gates.latency.policy import Figure, Latency, Limit
from seatrial.gates.margin import Margin
from seatrial.verdict import Finding, Verdict

_BASELINE = Present(evidence=Evidence(artifact="b3:old"), label="digits@3 (production)")
_MACHINE = Machine(cpu="AMD EPYC", cores=2, memory_bytes=8 * 2**30)
_TENTH = Margin(value=0.1, relative=True)


def waits(n: int, *, median: float = 20.0, seed: int = 1) -> list[float]:
    """Independent lognormal waits."""
    return [float(wait) for wait in median * np.exp(0.5 * np.random.default_rng(seed).standard_normal(n))]


def requests(
    ms: Sequence[float],
    *,
    first: int = 0,
    step: int = 2,
    failed: Sequence[int] = (),
    request: Sequence[str] | None = None,
    cold: Sequence[float] = (),
) -> Requests:
    return Requests(
        order=tuple(range(first, first + step * len(ms), step)),
        ms=tuple(ms),
        ok=tuple(at not in failed for at in range(len(ms))),
        request=None if request is None else tuple(request),
        cold_ms=tuple(cold),
    )


def timings(candidate: Requests, baseline: Requests | None = None) -> Timings:
    return Timings(source=Source(path="t.csv", digest="b3:t"), candidate=candidate, baseline=baseline)


def measurement(**given: object) -> Measurement:
    known: dict[str, object] = {"source": Source(path="m.json", digest="b3:m"), "concurrency": 1}
    return Measurement(**{**known, **given})  # type: ignore[arg-type]  # a table of mixed types


def limited(figure: Figure, value: float, confidence: float = 0.95) -> Latency:
    return Latency(limits={figure: Limit(value=value, confidence=confidence)})


def the_limit(
    rule: Latency, candidate: Requests, record: Measurement | None = None, baseline: Baseline | None = None
) -> Finding:
    """The finding about the one limit."""
    _, finding = judge(rule, timings(candidate), record, baseline or LeftOut())
    return finding


def the_increase(
    candidate: Requests,
    baseline: Requests | None,
    figure: Figure = Figure.P50,
    margin: Margin = _TENTH,
    *,
    record: Measurement | None = None,
    known: Baseline = _BASELINE,
    artifact: str | None = "b3:new",
) -> Finding:
    """The finding about the one comparison."""
    rule = Latency(max_increase={figure: margin})
    _, finding = judge(rule, timings(candidate, baseline), record, known, artifact=artifact)
    return finding


@pytest.mark.parametrize(
    ("limit", "verdict", "reason"),
    [
        (22.0, Verdict.PASS, Reason.WITHIN_LIMIT),
        (18.0, Verdict.FAIL, Reason.ABOVE_MAX),
        (20.0, Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS),
    ],
)
def test_a_limit_is_met_missed_or_too_close(limit: float, verdict: Verdict, reason: Reason) -> None:
    """The interval of the median of a thousand waits around 20 ms reaches from 19.0 to 20.3."""
    finding = the_limit(limited(Figure.P50, limit), requests(waits(1_000)))

    assert (finding.verdict, finding.reason) == (verdict, reason)
    assert (finding.name, finding.metric, finding.kind) == ("latency.p50_ms.max", "p50_ms", "latency")
    assert (finding.threshold, finding.n, finding.method) == (limit, 1_000, "order statistics")
    assert finding.interval is not None
    assert finding.interval[0] < (finding.estimate or 0) < finding.interval[1]
    assert (finding.n_needed is not None and finding.n_needed > 1_000) == (verdict is Verdict.INCONCLUSIVE)


def test_the_bound_decides_and_not_the_figure() -> None:
    """A limit just above the p95 is not passed by it, one just above its upper bound is."""
    asked = requests(waits(1_000))
    seen = the_limit(limited(Figure.P95, 1000), asked)
    assert seen.estimate is not None
    assert seen.interval is not None

    assert the_limit(limited(Figure.P95, seen.estimate + 0.01), asked).verdict is Verdict.INCONCLUSIVE
    assert the_limit(limited(Figure.P95, seen.interval[1] + 1e-9), asked).verdict is Verdict.PASS
    assert the_limit(limited(Figure.P95, seen.interval[1] - 1e-9), asked).verdict is Verdict.INCONCLUSIVE
    assert the_limit(limited(Figure.P95, seen.interval[0] - 1e-9), asked).verdict is Verdict.FAIL


def test_below_299_requests_no_p99_is_shown_and_the_number_is_named() -> None:
    """Whatever the limit; a thousand times above the slowest answer is no evidence about the slowest hundredth."""
    finding = the_limit(limited(Figure.P99, 1e6), requests(waits(298)))

    assert (finding.verdict, finding.reason) == (Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS)
    assert (finding.n, finding.n_needed, finding.interval) == (298, 299, None)
    assert "below 299 requests like these nothing bounds it at 95 %" in finding.message
    assert the_limit(limited(Figure.P99, 1e6), requests(waits(299, seed=2))).verdict is Verdict.PASS


def test_below_299_requests_a_p99_can_still_be_shown_to_be_too_slow() -> None:
    """A lower bound exists long before an upper one."""
    finding = the_limit(limited(Figure.P99, 10), requests(waits(100)))

    assert finding.verdict is Verdict.FAIL
    assert finding.interval is None
    assert "no upper bound" in finding.message


def test_more_confidence_asks_more() -> None:
    """The same limit on the same waits, at 95 % and at 99.99 %."""
    asked = requests(waits(1_000))

    assert the_limit(limited(Figure.P50, 20.3), asked).verdict is Verdict.PASS
    assert the_limit(limited(Figure.P50, 20.3, 0.9999), asked).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("n", [1, 10, 29])
def test_a_handful_of_requests_shows_nothing(n: int) -> None:
    """Whether they depend on each other cannot be told from fewer than thirty."""
    finding = the_limit(limited(Figure.P50, 1e6), requests([20.0] * n))

    assert (finding.verdict, finding.n_needed) == (Verdict.INCONCLUSIVE, 30)


def test_requests_that_depend_on_their_neighbours_are_worth_fewer() -> None:
    """The same waits, sorted into a drift: what decided before decides no more, and the message says why."""
    ms = waits(1_000)
    rule = limited(Figure.P50, 22)

    assert the_limit(rule, requests(ms)).verdict is Verdict.PASS
    drifted = the_limit(rule, requests(sorted(ms)))
    assert drifted.verdict is Verdict.INCONCLUSIVE
    assert "as neighbours wait alike" in drifted.message


@pytest.mark.parametrize(
    ("limit", "verdict"), [(24.0, Verdict.PASS), (22.5, Verdict.INCONCLUSIVE), (21.0, Verdict.FAIL)]
)
def test_the_mean_has_a_limit_too(limit: float, verdict: Verdict) -> None:
    """The mean of these is 23.1 ms, from 22.5 to 23.8."""
    finding = the_limit(limited(Figure.MEAN, limit), requests(waits(1_000, seed=3)))

    assert finding.verdict is verdict
    assert finding.estimate == pytest.approx(np.mean(waits(1_000, seed=3)))
    assert finding.method == "Hall's transformed mean"


def test_a_mean_that_a_few_waits_carry_is_not_shown() -> None:
    """Five pauses of ten seconds in a thousand: the number of requests that would carry it is named."""
    ms = [20.0 + at % 7 for at in range(1_000)]
    for at in (50, 300, 480, 700, 930):
        ms[at] = 10_000.0
    finding = the_limit(limited(Figure.MEAN, 1e5), requests(ms))

    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.n_needed is not None
    assert finding.n_needed > 3_000


@pytest.mark.parametrize(
    ("least", "verdict", "reason"),
    [
        (40.0, Verdict.PASS, Reason.WITHIN_LIMIT),
        (44.0, Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS),
        (60.0, Verdict.FAIL, Reason.BELOW_MIN),
    ],
)
def test_throughput_is_what_callers_who_wait_are_served_at(least: float, verdict: Verdict, reason: Reason) -> None:
    """One caller and 23.1 ms for each answer: 43.3 answers a second. Four callers have four times as many."""
    asked = requests(waits(1_000, seed=3))
    finding = the_limit(limited(Figure.THROUGHPUT, least), asked, measurement())
    four = Latency(limits={Figure.THROUGHPUT: Limit(value=4 * least)}, concurrency=4)

    assert (finding.verdict, finding.reason, finding.name) == (verdict, reason, "latency.throughput_rps.min")
    assert finding.estimate == pytest.approx(1_000 / np.mean(asked.ms))
    assert the_limit(four, asked, measurement(concurrency=4)).verdict is verdict


def test_failed_requests_take_time_and_bring_no_throughput() -> None:
    """Every fourth request fails: a quarter of the time is lost."""
    asked = requests([20.0 + at % 3 for at in range(400)], failed=range(0, 400, 4))
    finding = the_limit(limited(Figure.THROUGHPUT, 1), asked, measurement())

    assert finding.estimate == pytest.approx(300 / (sum(asked.ms) / 1_000))


def test_throughput_without_the_number_of_callers_is_an_error() -> None:
    for record in (None, measurement(concurrency=None)):
        finding = the_limit(limited(Figure.THROUGHPUT, 1), requests(waits(500)), record)
        assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.MEASUREMENT_MISSING)


@pytest.mark.parametrize(
    ("cold", "verdict", "n_needed"),
    [
        ([900, 910, 920, 930, 940], Verdict.PASS, None),
        ([900, 910, 920, 930], Verdict.INCONCLUSIVE, 5),
        ([900, 910, 920, 930, math.inf], Verdict.INCONCLUSIVE, 6),
        ([2100, 2200, 2300, 2400, 2500], Verdict.FAIL, None),
    ],
)
def test_five_starts_bound_the_median_first_answer(cold: list[float], verdict: Verdict, n_needed: int | None) -> None:
    """The slowest of five is above the median with 97 %, the slowest of four with 94."""
    finding = the_limit(limited(Figure.COLD_START, 1_000), requests(waits(50), cold=cold))

    assert finding.verdict is verdict
    assert finding.n == len(cold)
    assert n_needed is None if finding.n_needed is None else finding.n_needed >= (n_needed or math.inf)


def test_a_limit_on_what_nobody_measured_is_an_error() -> None:
    """No start, no warm request: neither is a pass."""
    cold = the_limit(limited(Figure.COLD_START, 1_000), requests(waits(500)))
    warm = the_limit(limited(Figure.P50, 1_000), requests([], cold=[900.0]))

    assert (cold.verdict, cold.reason) == (warm.verdict, warm.reason) == (Verdict.ERROR, Reason.NOT_MEASURED)


def test_a_failed_request_is_a_wait_without_end() -> None:
    """Two in a hundred fail at once: the p99 is infinite and the limit missed, though all answers were fast."""
    asked = requests([20.0 + at % 5 for at in range(1_000)], failed=range(0, 1_000, 37))
    finding = the_limit(Latency(limits={Figure.P99: Limit(value=50)}, max_failed=0.1), asked)

    assert finding.verdict is Verdict.FAIL
    assert (finding.estimate, finding.interval) == (None, None)
    assert "without end" in finding.message
    assert "inf" not in finding.message.replace("infinite", "")


def failures(rule: Latency, asked: Requests) -> Finding:
    return judge(rule, timings(asked), None, LeftOut())[0]


def test_no_request_may_fail_unless_said_otherwise() -> None:
    """Cold ones count too."""
    fine, one, cold = (
        failures(Latency(), requests(waits(100), failed=failed, cold=first))
        for failed, first in (((), (900.0,)), ((7,), ()), ((), (math.inf,)))
    )

    assert (fine.verdict, fine.reason, fine.n, fine.method) == (Verdict.PASS, Reason.WITHIN_LIMIT, 101, "count")
    assert (one.verdict, one.reason, one.estimate) == (Verdict.FAIL, Reason.ABOVE_MAX, 0.01)
    assert cold.verdict is Verdict.FAIL
    assert one.name == "latency.failed.max"


@pytest.mark.parametrize(
    ("n", "failed", "verdict"),
    [
        (300, (), Verdict.PASS),
        (200, (), Verdict.INCONCLUSIVE),
        (1_000, range(0, 1_000, 250), Verdict.PASS),
        (1_000, range(0, 1_000, 125), Verdict.INCONCLUSIVE),
        (1_000, range(0, 1_000, 20), Verdict.FAIL),
    ],
)
def test_a_share_that_may_fail_is_a_statement_about_the_model(n: int, failed: Sequence[int], verdict: Verdict) -> None:
    """At most 1 % at 95 %: shown by 299 without a failure, or by 4 in a thousand; 50 in a thousand are too many."""
    finding = failures(Latency(max_failed=0.01), requests(waits(n), failed=failed))

    assert finding.verdict is verdict
    assert (finding.n_needed is not None) == (verdict is Verdict.INCONCLUSIVE)
    assert finding.n_needed is None or finding.n_needed > n


def test_failures_in_one_run_count_for_less() -> None:
    """Fifty failures here and there are 5 %; fifty in a row are one bad moment."""
    apart = failures(Latency(max_failed=0.03), requests(waits(1_000), failed=range(0, 1_000, 20)))
    at_once = failures(Latency(max_failed=0.03), requests(waits(1_000), failed=range(400, 450)))

    assert apart.verdict is Verdict.FAIL
    assert at_once.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("slower", "verdict", "reason"),
    [
        (1.0, Verdict.PASS, Reason.NOT_WORSE),
        (0.5, Verdict.PASS, Reason.NOT_WORSE),
        (1.1, Verdict.INCONCLUSIVE, Reason.NEAR_THE_LIMIT),
        (1.3, Verdict.FAIL, Reason.WORSE),
    ],
)
def test_a_model_is_as_fast_slower_or_close_to_the_margin(slower: float, verdict: Verdict, reason: Reason) -> None:
    """A median against a margin of 10 %, 3,000 requests to each, asked in turn."""
    one, other = requests(waits(3_000, median=20 * slower)), requests(waits(3_000, seed=2), first=1)
    finding = the_increase(one, other)

    assert (finding.verdict, finding.reason) == (verdict, reason)
    assert (finding.name, finding.threshold) == ("latency.p50_ms.max_increase", 0.1)
    assert finding.candidate == pytest.approx(20 * slower, rel=0.05)
    assert finding.baseline == pytest.approx(20, rel=0.05)
    assert finding.estimate == pytest.approx((finding.candidate or 0) / (finding.baseline or 1) - 1)
    assert finding.interval is not None
    assert finding.interval[0] < (finding.estimate or 0) < finding.interval[1]
    assert finding.digests == {
        "timings": "b3:t",
        "candidate_artifact": "b3:new",
        "baseline_artifact": "b3:old",
    }


def test_too_few_requests_are_inconclusive_with_a_plan_for_equal_models() -> None:
    finding = the_increase(requests(waits(100)), requests(waits(100, seed=2), first=1))

    assert (finding.verdict, finding.reason) == (Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS)
    assert finding.n_needed is not None
    assert finding.n_needed > 300
    assert "if both are equally fast" in finding.message


def test_a_comparison_of_a_p99_needs_a_bound_of_each() -> None:
    """Below 299 to each there is none; the plan is that of an interval narrow enough, not of a first bound."""
    finding = the_increase(requests(waits(200)), requests(waits(200, seed=2), first=1), Figure.P99)

    assert (finding.verdict, finding.interval) == (Verdict.INCONCLUSIVE, None)
    assert finding.n_needed is not None
    assert finding.n_needed > 1_000


def test_a_margin_in_milliseconds_is_absolute() -> None:
    """Three milliseconds more: within 4, beyond 1."""
    one, other = requests(waits(4_000, median=23)), requests(waits(4_000, seed=2), first=1)
    wide = the_increase(one, other, margin=Margin(value=4, relative=False))
    narrow = the_increase(one, other, margin=Margin(value=1, relative=False))

    assert (wide.verdict, narrow.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert wide.estimate == pytest.approx((wide.candidate or 0) - (wide.baseline or 0))
    assert "ms" in wide.message
    assert "4 ms or more" in wide.message


def test_what_both_models_suffered_does_not_hide_that_they_are_equal() -> None:
    """A slow disturbance over both, asked in turn: neither alone is known well, their ratio is."""
    noise = np.random.default_rng(8).standard_normal(4_000)
    for at in range(1, 4_000):
        noise[at] = 0.995 * noise[at - 1] + math.sqrt(1 - 0.995**2) * noise[at]
    both = (20 * np.exp(0.5 * noise)).tolist()
    one, other = requests(both[::2]), requests(both[1::2], first=1)

    assert the_limit(limited(Figure.P50, 40), one).verdict is Verdict.INCONCLUSIVE
    assert the_increase(one, other).verdict is Verdict.PASS


def tied(n: int, tie: float, seed: int) -> list[float]:
    """Waits around 20 ms of which each is tied to the one before."""
    noise = np.random.default_rng(seed).standard_normal(n)
    for at in range(1, n):
        noise[at] = tie * noise[at - 1] + math.sqrt(1 - tie**2) * noise[at]
    return [float(wait) for wait in 20 * np.exp(0.5 * noise)]


def test_disturbances_of_their_own_make_a_comparison_worth_less() -> None:
    """The same waits in another order pass; as they came, each tied to the one before, they do not tell."""
    one, other = tied(2_000, 0.95, 2), tied(2_000, 0.95, 3)
    ratio = float(np.median(one) / np.median(other))
    one = [wait / ratio for wait in one]  # now of one median
    shuffle = np.random.default_rng(1).permutation(2_000)
    mixed = [[came[at] for at in shuffle] for came in (one, other)]
    apart = the_increase(requests(mixed[0]), requests(mixed[1], first=1))
    as_they_came = the_increase(requests(one), requests(other, first=1))

    assert apart.estimate == as_they_came.estimate
    assert apart.verdict is Verdict.PASS
    assert as_they_came.verdict is Verdict.INCONCLUSIVE
    assert "as neighbours wait alike" in as_they_came.message


def test_a_plan_for_dependent_requests_names_more_of_them() -> None:
    """A limit just above the median: the same waits as they came, and in another order."""
    came = tied(2_000, 0.8, 5)
    shuffle = np.random.default_rng(2).permutation(2_000)
    rule = limited(Figure.P50, float(np.median(came)) * 1.01)
    dependent = the_limit(rule, requests(came)).n_needed
    independent = the_limit(rule, requests([came[at] for at in shuffle])).n_needed

    assert dependent is not None
    assert independent is not None
    assert dependent > 4 * independent


@pytest.mark.parametrize(
    ("candidate", "baseline", "reason"),
    [
        (requests([20.0] * 300), None, Reason.TIMINGS_MISSING),
        (requests([20.0] * 300), requests([], cold=[9.0]), Reason.TIMINGS_MISSING),
        (requests([], cold=[9.0]), requests([20.0] * 300), Reason.TIMINGS_MISSING),
        (requests([20.0] * 300, step=1), requests([20.0] * 300, first=300, step=1), Reason.NOT_COMPARABLE),
        (
            requests([20.0] * 300, request=["a"] * 300),
            requests([20.0] * 300, first=1, request=["a", "b"] * 150),
            Reason.NOT_COMPARABLE,
        ),
        (
            requests([20.0] * 300, request=[f"easy{at}" for at in range(300)]),
            requests([20.0] * 300, first=1, request=[f"hard{at}" for at in range(300)]),
            Reason.NOT_COMPARABLE,
        ),
        (
            requests([20.0] * 300, request=["a"] * 300),
            requests([20.0] * 300, first=1, request=["a"] * 299 + ["b"]),
            Reason.NOT_COMPARABLE,
        ),
        (requests([0.0] * 300), requests([20.0] * 300, first=1), Reason.NOT_MEASURED),
        (requests([20.0] * 300), requests([20.0] * 300, first=1, failed=range(300)), Reason.NOT_MEASURED),
    ],
    ids=[
        "no baseline rows",
        "baseline starts only",
        "candidate starts only",
        "not in turn",
        "other requests",
        "each request to one of them",
        "one other request",
        "0 ms",
        "all failed",
    ],
)
def test_what_cannot_be_compared_is_an_error(candidate: Requests, baseline: Requests | None, reason: Reason) -> None:
    finding = the_increase(candidate, baseline)

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, reason)
    assert finding.threshold == 0.1


def test_turns_that_chance_has_dealt_are_turns() -> None:
    """Which model is asked next may be drawn by chance; a request that was cut off at the end does not matter."""
    deal = np.random.default_rng(4).random(2_000) < 0.5
    one = Requests(
        order=tuple(np.flatnonzero(deal).tolist()), ms=tuple(waits(int(deal.sum()))), ok=(True,) * int(deal.sum())
    )
    left = int((~deal).sum())
    other = Requests(order=tuple(np.flatnonzero(~deal).tolist()), ms=tuple(waits(left, seed=2)), ok=(True,) * left)
    cut = requests(waits(300), request=["a"] * 300), requests(waits(299), first=1, request=["a"] * 299)

    assert the_increase(one, other).verdict is not Verdict.ERROR
    assert the_increase(*cut).verdict is not Verdict.ERROR


def test_two_classes_of_machine_are_not_compared() -> None:
    """A limit on the candidate stands all the same; a machine that is not stated is said to be so."""
    one, other = requests(waits(500)), requests(waits(500), first=1)
    bigger = ServedModel(machine=Machine(cpu="AMD EPYC", cores=64, memory_bytes=8 * 2**30))
    here = ServedModel(machine=_MACHINE)
    apart = the_increase(one, other, record=measurement(candidate=here, baseline=bigger))
    alike = the_increase(one, other, record=measurement(candidate=here, baseline=here))

    assert (apart.verdict, apart.reason) == (Verdict.ERROR, Reason.DIFFERENT_MACHINES)
    assert "2 cores" in apart.message
    assert "64 cores" in apart.message
    assert alike.verdict is not Verdict.ERROR
    assert "on AMD EPYC, 2 cores, 8 GiB, no GPU, 1 caller" in alike.message
    assert "machine not stated" in the_increase(one, other).message


def test_without_a_baseline_comparisons_say_so_and_limits_stand() -> None:
    rule = Latency(limits={Figure.P50: Limit(value=30)}, max_increase={Figure.P50: _TENTH})
    asked = timings(requests(waits(1_000)))
    left_out = judge(rule, asked, None, LeftOut())
    missing = judge(rule, asked, None, Absent(reason=AbsentReason.NO_BASELINE))
    absent = judge(rule, asked, None, Absent(reason=AbsentReason.BASELINE_ABSENT))

    assert [finding.verdict for finding in left_out] == [Verdict.PASS, Verdict.PASS]
    assert [finding.reason for finding in missing][2:] == [Reason.NO_BASELINE]
    assert missing[2].verdict is Verdict.ERROR
    assert (absent[2].verdict, absent[2].reason) == (Verdict.INCONCLUSIVE, Reason.BASELINE_ABSENT)


def test_the_same_artifact_is_not_slower() -> None:
    """Even where its waits, measured on a bad day, would say so, and where nobody measured any."""
    one, other = requests(waits(1_000, median=40)), requests(waits(1_000), first=1)
    seen = the_increase(one, other, artifact="b3:old")
    unseen = judge(Latency(max_increase={Figure.P50: _TENTH}), None, None, _BASELINE, artifact="b3:old")

    assert (seen.verdict, seen.reason) == (Verdict.PASS, Reason.SAME_ARTIFACT)
    assert [finding.reason for finding in unseen] == [Reason.TIMINGS_MISSING, Reason.SAME_ARTIFACT]


def test_one_request_that_was_cut_off_before_the_other_model_was_sent_it_is_no_other_mix() -> None:
    names = [f"row {at}" for at in range(2_000)]

    assert increased(names, names).verdict is Verdict.PASS
    assert increased(names, names[:-1]).verdict is Verdict.PASS
    assert increased(names[:-1], names).verdict is Verdict.PASS
    other = increased(names, names[:-2])
    assert (other.verdict, other.reason) == (Verdict.ERROR, Reason.NOT_COMPARABLE)
    assert "2 requests to one of them were not sent to the other, such as row 1998" in other.message


def increased(mine: Sequence[str], theirs: Sequence[str]) -> Finding:
    """Two models whose answers come equally fast, asked these in turn."""
    one, other = waits(len(mine)), waits(len(theirs), seed=2)
    return the_increase(requests(one, request=mine), requests(other, first=1, request=theirs))


def test_without_timings_everything_that_was_asked_is_an_error() -> None:
    """One finding for each, under its name, so that nothing goes missing."""
    rule = Latency(limits={Figure.P50: Limit(value=30)}, max_increase={Figure.P99: _TENTH})
    findings = judge(rule, None, None, _BASELINE)

    assert [finding.name for finding in findings] == [
        "latency.failed.max",
        "latency.p50_ms.max",
        "latency.p99_ms.max_increase",
    ]
    assert {(finding.verdict, finding.reason) for finding in findings} == {(Verdict.ERROR, Reason.TIMINGS_MISSING)}


@pytest.mark.parametrize(
    "record", [measurement(timings="b3:other"), measurement(concurrency=8)], ids=["other timings", "other callers"]
)
def test_a_measurement_of_something_else_is_an_error(record: Measurement) -> None:
    """The record of another file, or a load that the gate does not ask about."""
    findings = judge(limited(Figure.P50, 30), timings(requests(waits(500))), record, LeftOut())

    assert {(finding.verdict, finding.reason) for finding in findings} == {(Verdict.ERROR, Reason.NOT_COMPARABLE)}


def test_the_same_timings_give_the_same_findings() -> None:
    """There is no chance in it: twice the same, to the last digit."""
    rule = Latency(
        limits={figure: Limit(value=30) for figure in Figure},
        max_increase={Figure.P50: _TENTH, Figure.P99: _TENTH, Figure.MEAN: _TENTH},
    )
    asked = timings(requests(waits(700), cold=[900.0] * 5), requests(waits(700, seed=2), first=1))

    assert judge(rule, asked, measurement(), _BASELINE) == judge(rule, asked, measurement(), _BASELINE)


@pytest.mark.parametrize(
    ("of_candidate", "of_baseline", "reason"),
    [
        ("b3:new", "b3:old", Reason.NOT_WORSE),
        (None, None, Reason.NOT_WORSE),
        ("b3:new", "b3:older", Reason.OTHER_BASELINE),
        ("b3:third", "b3:old", Reason.OTHER_CANDIDATE),
    ],
)
def test_timings_of_other_models_than_those_judged_are_refused(
    of_candidate: str | None, of_baseline: str | None, reason: Reason
) -> None:
    """The holder of an alias changes; what an earlier one took is then no measure of it."""
    record = measurement(candidate=ServedModel(artifact=of_candidate), baseline=ServedModel(artifact=of_baseline))
    finding = the_increase(
        requests(waits(400)), requests(waits(400), first=1), margin=Margin(value=0.5, relative=True), record=record
    )

    assert finding.reason == reason
    assert finding.verdict is (Verdict.PASS if reason is Reason.NOT_WORSE else Verdict.ERROR)
    assert ("`seatrial run`" in finding.message) is (finding.verdict is Verdict.ERROR)


def test_another_baseline_leaves_limits_on_the_candidate_as_they_are() -> None:
    record = measurement(candidate=ServedModel(artifact="b3:new"), baseline=ServedModel(artifact="b3:older"))
    rule = Latency(limits={Figure.P50: Limit(value=50.0)}, max_increase={Figure.P50: _TENTH})
    both = timings(requests(waits(400)), requests(waits(400), first=1))

    found = judge(rule, both, record, _BASELINE, artifact="b3:new")

    assert [one.verdict for one in found] == [Verdict.PASS, Verdict.PASS, Verdict.ERROR]
