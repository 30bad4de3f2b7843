"""The recipe gate: several seeds on both sides, with and without rows."""

from __future__ import annotations

import random

import polars as pl
import pytest
from msgspec import structs

from seatrial.evidence.records import Predictions, Source
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Absent, AbsentReason, Baseline, Evidence, LeftOut, Present, SeedRun
from seatrial.gates.judge import judge
from seatrial.gates.policy import GateSet, Recipe
from seatrial.verdict import Finding, Verdict


def _metrics(*values: float, name: str = "accuracy") -> tuple[SeedRun, ...]:
    return tuple(
        SeedRun(name=f"train[seed={at}]", source=Source(path=f"{at}.json", digest=f"b3:{at}"), metrics={name: value})
        for at, value in enumerate(values)
    )


def _rows(shares: list[float], n: int = 2_000, *, first: int = 0) -> tuple[SeedRun, ...]:
    """Predictions of one seed for each share of right answers, over the same rows."""
    runs = []
    for at, share in enumerate(shares):
        wrong = set(random.Random(first + at).sample(range(n), round(n * (1 - share))))
        table = pl.DataFrame(
            {
                "id": [str(i) for i in range(n)],
                "label": ["1"] * n,
                "prediction": ["0" if i in wrong else "1" for i in range(n)],
            }
        )
        source = Source(path=f"{at}.csv", digest=f"b3:{at}")
        runs.append(SeedRun(name=f"seed {at}", source=source, predictions=Predictions(source=source, table=table)))
    return tuple(runs)


def _judged(rule: Recipe, mine: tuple[SeedRun, ...], theirs: tuple[SeedRun, ...], **more: object) -> Finding:
    baseline = Present(evidence=Evidence(seeds=theirs), label="production")
    (finding,) = judge(GateSet(name="s", recipe=rule, **more), Evidence(seeds=mine), baseline)  # type: ignore[arg-type]  # keys of the set
    return finding


def test_equal_recipes_with_little_spread_pass() -> None:
    finding = _judged(Recipe(max_degradation=0.02), _metrics(0.90, 0.91, 0.905), _metrics(0.905, 0.90, 0.91))

    assert (finding.verdict, finding.reason, finding.n) == (Verdict.PASS, Reason.NOT_WORSE, 3)
    assert "on these test rows" in finding.message
    assert [part.name for part in finding.parts][:1] == ["candidate train[seed=0]"]


def test_a_recipe_that_is_clearly_worse_fails() -> None:
    finding = _judged(Recipe(max_degradation=0.01), _metrics(0.85, 0.851, 0.849), _metrics(0.90, 0.901, 0.899))

    assert (finding.verdict, finding.reason) == (Verdict.FAIL, Reason.WORSE)
    assert finding.estimate == pytest.approx(-0.05)
    assert finding.threshold == -0.01


def test_a_large_spread_leaves_it_open_and_says_how_many_seeds_would_do() -> None:
    finding = _judged(Recipe(max_degradation=0.01), _metrics(0.88, 0.92, 0.90), _metrics(0.91, 0.89, 0.90))

    assert (finding.verdict, finding.reason) == (Verdict.INCONCLUSIVE, Reason.TOO_FEW_SEEDS)
    assert finding.n_needed is not None
    assert finding.n_needed > 3


def test_where_less_is_better_the_sign_turns() -> None:
    """A loss that grew is worse; the recipe's own `lower_is_better` says so of a name that only metrics files know."""
    mine, theirs = _metrics(0.30, 0.31, 0.305, name="val.loss"), _metrics(0.20, 0.21, 0.205, name="val.loss")
    rule = Recipe(max_degradation=0.01, metric="val.loss", lower_is_better=True)

    assert _judged(rule, mine, theirs).verdict is Verdict.FAIL
    assert _judged(rule, theirs, mine).verdict is Verdict.PASS
    assert [_judged(rule, arm, theirs).threshold for arm in (mine, theirs, mine[:1], ())] == [0.01] * 4


def test_an_end_beside_the_margin_is_told_from_it_where_less_is_better_too() -> None:
    """The margin lies above 0 then: an increase of that much."""
    mine, theirs = _metrics(0.30, 0.31, 0.305, name="val.loss"), _metrics(0.29, 0.30, 0.295, name="val.loss")
    wide = _judged(Recipe(max_degradation=0.9, metric="val.loss", lower_is_better=True), mine, theirs)
    assert wide.interval is not None
    _, end = wide.interval
    margin = round(end, 4)
    finding = _judged(Recipe(max_degradation=margin, metric="val.loss", lower_is_better=True), mine, theirs)

    assert finding.threshold == margin != end
    assert f"to {margin:.4f})" not in finding.message


def test_a_name_that_only_files_know_needs_its_direction() -> None:
    """A guess would pass half of all losses that grew."""
    mine, theirs = _metrics(0.30, 0.31, 0.305, name="val.loss"), _metrics(0.20, 0.21, 0.205, name="val.loss")

    finding = _judged(Recipe(max_degradation=0.01, metric="val.loss"), mine, theirs)

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.METRIC_UNSUPPORTED)
    assert "lower_is_better" in finding.message


@pytest.mark.parametrize("whose", ["candidate", "baseline"])
def test_seeds_that_change_nothing_are_no_seeds(whose: str) -> None:
    """Three equal values show a spread of zero, which would make every interval a point."""
    same, moved = _metrics(0.9, 0.9, 0.9), _metrics(0.9, 0.91, 0.89)
    pair = (same, moved) if whose == "candidate" else (moved, same)

    finding = _judged(Recipe(max_degradation=0.5), *pair)

    assert (finding.verdict, finding.reason) == (Verdict.INCONCLUSIVE, Reason.TOO_FEW_SEEDS)
    assert f"all 3 seeds of the {whose}" in finding.message


@pytest.mark.parametrize("whose", ["candidate", "baseline"])
def test_one_file_given_for_two_seeds_is_an_error(whose: str) -> None:
    """Whoever copies a metrics file has trained once."""
    honest = _metrics(0.9, 0.91, 0.89)
    copied = (honest[0], honest[1], structs.replace(honest[1], name="train[seed=2]"))
    pair = (copied, honest) if whose == "candidate" else (honest, copied)

    finding = _judged(Recipe(max_degradation=0.5), *pair)

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.SEEDS_MISSING)
    assert "same file" in finding.message


def test_with_rows_their_chance_is_counted_too() -> None:
    """Seeds that hardly differ still leave what other rows would have said."""
    mine, theirs = _rows([0.9, 0.901, 0.899]), _rows([0.9, 0.901, 0.899], first=50)
    alone = _judged(Recipe(max_degradation=0.001), mine, theirs)

    assert alone.method == "seeds and rows, Welch"
    assert alone.verdict is Verdict.INCONCLUSIVE
    assert alone.interval is not None
    assert alone.interval[0] < -0.005
    assert "more rows are needed and not more seeds" in alone.message
    assert _judged(Recipe(max_degradation=0.05), mine, theirs).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("count", "verdict"), [(0, Verdict.ERROR), (1, Verdict.INCONCLUSIVE), (2, Verdict.INCONCLUSIVE)]
)
def test_too_few_seeds_are_never_a_pass(count: int, verdict: Verdict) -> None:
    """One seed is not known to differ from the next; none at all is an error."""
    finding = _judged(Recipe(max_degradation=0.5), _metrics(*[0.9] * count), _metrics(0.9, 0.9, 0.9))

    assert finding.verdict is verdict


def test_a_seed_without_the_metric_is_an_error() -> None:
    finding = _judged(Recipe(max_degradation=0.1), _metrics(0.9, 0.9, 0.9), _metrics(0.9, 0.9, 0.9, name="f"))

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.METRIC_MISSING)


@pytest.mark.parametrize(
    ("baseline", "found"),
    [(LeftOut(), []), (Absent(reason=AbsentReason.NO_BASELINE), [(Verdict.ERROR, Reason.NO_BASELINE)])],
)
def test_a_first_model_is_not_compared_and_a_missing_baseline_is_an_error(
    baseline: Baseline, found: list[tuple[Verdict, Reason]]
) -> None:
    gate_set = GateSet(name="s", recipe=Recipe(max_degradation=0.1))
    findings = judge(gate_set, Evidence(seeds=_metrics(0.9, 0.9, 0.9)), baseline)

    assert [(one.verdict, one.reason) for one in findings] == found


@pytest.mark.parametrize(
    ("mine", "theirs", "verdict"),
    [("b3:t", "b3:t", Verdict.PASS), ("b3:t", "b3:u", Verdict.ERROR), ("b3:t", None, Verdict.ERROR)],
)
def test_metrics_of_seeds_are_compared_on_one_test_set_only(mine: str, theirs: str | None, verdict: Verdict) -> None:
    """A figure says nothing of its rows; the test set of the version does, and one that is not known is another."""
    candidate = Evidence(seeds=_metrics(0.90, 0.91, 0.905), seeds_test_set=mine)
    baseline = Present(evidence=Evidence(seeds=_metrics(0.905, 0.90, 0.91), seeds_test_set=theirs), label="production")
    (finding,) = judge(GateSet(name="s", recipe=Recipe(max_degradation=0.02)), candidate, baseline)

    assert finding.verdict is verdict
    assert verdict is Verdict.PASS or finding.reason is Reason.NOT_COMPARABLE


def test_rows_of_seeds_tell_by_themselves_whether_they_are_of_one_test_set() -> None:
    candidate = Evidence(seeds=_rows([0.9, 0.905, 0.902]), seeds_test_set="b3:t")
    other = Evidence(seeds=_rows([0.9, 0.902, 0.905], first=9), seeds_test_set="b3:u")
    (finding,) = judge(
        GateSet(name="s", recipe=Recipe(max_degradation=0.03)), candidate, Present(evidence=other, label="production")
    )

    assert finding.verdict is Verdict.PASS


@pytest.mark.parametrize("swapped", [False, True])
def test_seeds_of_which_one_wrote_per_cent_are_not_compared(swapped: bool) -> None:
    """Else 90 per cent would be a hundred times as good as 0.9, on whichever side it stands."""
    per_cent, shares = _metrics(90.0, 89.0, 91.0), _metrics(0.92, 0.91, 0.93)
    mine, theirs = (shares, per_cent) if swapped else (per_cent, shares)

    finding = _judged(Recipe(max_degradation=0.02), mine, theirs)

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.VALUE_OUT_OF_RANGE)
    assert finding.message == (
        "accuracy is 90 in 0.json, and lies from 0 to 1: it may be a per cent, to be written as 0.9"
    )
