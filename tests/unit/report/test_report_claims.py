"""A finding in a few words: which metric, where, how far, how sure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seatrial.gates.margin import Margin
from seatrial.gates.policy import Comparing, GateSet, Slices
from seatrial.metrics import measure
from seatrial.report.claims import JOINT, claim, slice_name
from seatrial.verdict import Finding, Part, Verdict
from tests.support.judged import Models, finding
from tests.support.report_samples import performance, regression


def sliced(verdict: Verdict, *parts: Part, by: str = "size", **changed: Any) -> Finding:
    """A finding of the slices gate that shows its first part."""
    told = parts[0]
    fields: dict[str, Any] = {
        "name": f"slices.f1.{by}",
        "kind": "slices",
        "metric": "f1",
        "verdict": verdict,
        "reason": "slice_worse",
        "message": "1 of 2 slices by size is worse (small): f1 0.774 where size is small; worse",
        "estimate": told.estimate,
        "interval": told.interval,
        "threshold": -0.01,
        "candidate": told.candidate,
        "baseline": told.baseline,
        "parts": parts,
    }
    return Finding(**{**fields, **changed})


def part(name: str, verdict: Verdict, estimate: float = -0.027) -> Part:
    return Part(
        name=name,
        verdict=verdict,
        n=400,
        estimate=estimate,
        interval=(estimate - 0.024, estimate + 0.023),
        candidate=0.801 + estimate,
        baseline=0.801,
    )


def test_a_fixed_limit_is_named_where_there_is_no_baseline() -> None:
    low = performance(Verdict.FAIL, estimate=0.8996)
    high = performance(Verdict.FAIL, name="performance.latency.max", metric="latency", estimate=12.5, threshold=10.0)

    assert claim(low, None) == "accuracy 0.89960 (min 0.9)"
    assert claim(high, None) == "latency 12.50 (max 10)"


def test_an_undecided_gate_without_a_number_of_rows_says_how_many_there_are() -> None:
    found = regression(Verdict.INCONCLUSIVE, estimate=0.0, n=900)

    assert claim(found, None) == "accuracy 0.931, the same as the baseline; undecided with 900 rows"


def test_a_slice_is_named_by_its_column_and_value() -> None:
    """The form that the house agreed on: `f1 on size=small dropped 0.027 [0.004, 0.051]`."""
    found = sliced(Verdict.FAIL, part("small", Verdict.FAIL), part("large", Verdict.PASS, 0.01))

    assert claim(found, "main at 1a2b3c4d5e") == (
        "f1 on size=small dropped 0.027 [0.004, 0.051] to 0.774, against main at 1a2b3c4d5e"
    )


def test_the_slice_that_a_real_gate_shows_is_found_among_its_parts() -> None:
    """Its figures are those of one part, to the last digit."""
    models = Models(4_000, moved=0.02)
    names = np.array(["small", "large"] * 2_000)
    hurt = np.flatnonzero((names == "small") & (models.ours == models.labels))[:200]
    models.ours[hurt] = 1 - models.labels[hurt]
    groups = {"size": names.tolist()}
    comparing = Comparing(margin=Margin(value=0.02), metrics=("accuracy",))
    gate_set = GateSet(name="s", slices=Slices(by=(("size",),), comparing=comparing))

    judged = finding(gate_set, models.candidate(groups=groups), models.baseline(groups=groups))

    assert judged.verdict is Verdict.FAIL
    assert claim(judged, "main at 1a2b3c4d5e").startswith("accuracy on size=small dropped 0.1")


def test_other_slices_with_the_verdict_are_counted() -> None:
    found = sliced(
        Verdict.FAIL,
        part("small", Verdict.FAIL),
        part("tiny", Verdict.FAIL, -0.03),
        part("large", Verdict.INCONCLUSIVE, -0.02),
    )

    assert claim(found, None).endswith("against the baseline; 1 more slice worse")


def test_a_finding_that_shows_none_of_its_slices_names_none() -> None:
    found = sliced(Verdict.FAIL, part("small", Verdict.FAIL), estimate=-0.5, candidate=0.301)

    assert claim(found, None).startswith("f1 dropped 0.500 ")


def test_a_slice_by_several_columns_names_each() -> None:
    """A value that holds the joint itself is not taken apart wrongly."""
    by = sliced(Verdict.FAIL, part("west x small", Verdict.FAIL), by="region x size")
    odd = sliced(Verdict.FAIL, part("west x y x small", Verdict.FAIL), by="region x size")

    assert slice_name(by, by.parts[0]) == "region=west, size=small"
    assert slice_name(odd, odd.parts[0]) == "region x size=west x y x small"
    assert JOINT == measure.JOINT


def test_the_interval_is_that_of_the_drop_also_where_it_may_have_been_a_rise() -> None:
    undecided = regression(Verdict.INCONCLUSIVE, estimate=-0.011, interval=(-0.035, 0.012), n=None)

    assert "dropped 0.011 [-0.012, 0.035]" in claim(undecided, None)


def test_without_an_interval_none_is_shown() -> None:
    assert claim(regression(interval=None), None) == "accuracy rose 0.012 to 0.931, against the baseline"


def test_the_anchor_is_not_called_the_baseline() -> None:
    """It is another, older model."""
    found = regression(name="regression.anchor.accuracy")

    assert claim(found, "digits@2 (production)").endswith("against the anchor")


def test_a_share_of_the_baseline_is_no_difference() -> None:
    """A latency may grow by a share; told as a difference, 12 % of 40 ms would read as 0.12 ms."""
    slower = regression(
        Verdict.FAIL,
        name="latency.p99_ms.max_increase",
        kind="latency",
        metric="p99_ms",
        estimate=0.12,
        interval=(0.08, 0.15),
        candidate=44.8,
        baseline=40.0,
    )

    assert claim(slower, "m@1") == "p99_ms rose 12 [8, 15] % to 44.80, against m@1"


def test_a_latency_told_in_milliseconds_is_a_difference() -> None:
    slower = regression(
        Verdict.FAIL,
        name="latency.p99_ms.max_increase",
        kind="latency",
        metric="p99_ms",
        estimate=4.8,
        interval=(3.2, 6.0),
        candidate=44.8,
        baseline=40.0,
    )

    assert claim(slower, "m@1") == "p99_ms rose 4.80 [3.20, 6.00] to 44.80, against m@1"


def test_bytes_keep_the_words_of_their_gate() -> None:
    """Which write them as sizes."""
    message = "the artifact's size 12 MB, 20 % more than m@1 at 10 MB, more than the 5 % that it may grow"
    found = regression(
        kind="size", name="size.max_increase", metric="bytes", candidate=1.2e7, baseline=1e7, message=message
    )

    assert claim(found, "m@1") == message


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("fairness.recall.sex", "recall by sex: groups 0.120 [0.050, 0.190] apart (max 0.1)"),
        ("fairness.recall.sex.ratio", "recall by sex: one group has 0.120 [0.050, 0.190] of another's (min 0.1)"),
        ("fairness.recall.sex.increase", "recall by sex: groups moved apart by 0.120 [0.050, 0.190] (max 0.1)"),
    ],
)
def test_groups_are_told_by_how_far_they_lie_apart(name: str, said: str) -> None:
    found = regression(
        Verdict.FAIL,
        name=name,
        kind="fairness",
        metric="recall",
        estimate=0.12,
        interval=(0.05, 0.19),
        threshold=0.1,
        candidate=None,
        baseline=None,
    )

    assert claim(found, None) == said


def test_a_message_is_not_cut_inside_brackets() -> None:
    """`(90 % interval 43 to 49 ms; 500 requests)` is one piece."""
    found = regression(kind="custom", candidate=None, message="cost 4 (of 5; at most) is high; look at it", n=None)

    assert claim(found, None) == "cost 4 (of 5; at most) is high"
