"""`--power` of slices: the chance of the whole gate, the rows it needs in all, and slices that can never be shown."""

from __future__ import annotations

import math

import numpy as np
import pytest

from seatrial.cli.gate_text import plan_text
from seatrial.evidence.sample import Whole
from seatrial.gates.evidence import Case, Evidence, LeftOut, Present
from seatrial.gates.judge import judge
from seatrial.gates.looking import Looking
from seatrial.gates.margin import Margin
from seatrial.gates.policy import BlockOn, Comparing, GateSet, Regression, Slices
from seatrial.gates.power.outlook import Outlook
from seatrial.gates.power.plan import outlooks
from seatrial.verdict import Verdict
from tests.support.judged import evidence, production

_MOVED = 0.05


def _set(metric: str = "accuracy", by: tuple[str, ...] = ("g",), **margin: float) -> GateSet:
    comparing = Comparing(margin=Margin(**margin), metrics=(metric,))  # type: ignore[arg-type]
    return GateSet(name="s", slices=Slices(by=(by,), comparing=comparing))


def _named(sizes: list[int]) -> list[str]:
    return [f"g{at:02}" for at, size in enumerate(sizes) for _ in range(size)]


def _model(sizes: list[int], *, wrong: float = 0.1, seed: int = 1) -> Evidence:
    """One model that errs in a tenth of the rows of each slice."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, sum(sizes))
    answers = np.where(random.random(len(labels)) < wrong, 1 - labels, labels)
    return evidence(labels=labels, answers=answers, groups={"g": _named(sizes)}, positive="1")


def _plan(gate_set: GateSet, old: Evidence, new: Evidence | None = None, share: float | None = None) -> Outlook:
    alone = Case(candidate=old, baseline=LeftOut())
    both = None if new is None else Case(candidate=new, baseline=production(old))
    (one,) = outlooks(gate_set, Looking(gate_set, both or alone), disagreement=share)
    return one


def test_eight_slices_that_pass_four_times_of_ten_do_not_pass_together() -> None:
    """300 rows each, 5 % disagreement, a margin of 0.02: one slice passes in 43 %, all eight in one of a thousand."""
    one, all_ = (_plan(_set(value=0.02), _model([300] * many)) for many in (1, 8))

    assert one.chance == pytest.approx(0.428, abs=0.001)
    assert all_.chance == pytest.approx((one.chance or 0) ** 8)
    assert "in all 8 slices in 0.114 % of cases" in all_.message
    assert "the slices taken to be independent" in all_.message
    assert (
        "where g is g00, the slice that holds most, models that disagree on 5 % of rows pass in 42.8 %" in all_.message
    )


def _observed(gate_set: GateSet, sizes: list[int], runs: int) -> float:
    """How often the judge passes two models that are equally good and differ in 5 % of rows."""
    random, names, passed = np.random.default_rng(11), _named(sizes), 0
    for _ in range(runs):
        labels = random.integers(0, 2, len(names))
        drawn = random.random(len(names))
        sides: list[Whole] = []
        for at in (0, 1):  # wrong in both models in 7.5 %, and in 2.5 % in one of them alone
            wrong = (drawn < 0.075) | ((drawn >= 0.075 + at * _MOVED / 2) & (drawn < 0.075 + (at + 1) * _MOVED / 2))
            sides.append(np.where(wrong, 1 - labels, labels))
        ours, theirs = (evidence(labels=labels, answers=a, groups={"g": names}, positive="1") for a in sides)
        (found,) = judge(gate_set, ours, production(theirs))
        passed += found.verdict is Verdict.PASS
    return passed / runs


@pytest.mark.parametrize(
    ("metric", "margin", "sizes"),
    [
        ("accuracy", 0.04, [300, 300]),
        ("accuracy", 0.02, [300] * 8),
        ("accuracy", 0.02, [1_000] * 8),
        ("accuracy", 0.04, [200, 300, 400, 600, 800, 1_000, 1_500, 3_000]),
        ("accuracy", 0.025, [1_000] * 20),
        ("recall", 0.07, [400, 600, 1_000]),
        ("precision", 0.05, [600] * 8),
        ("f1", 0.04, [800] * 2),
    ],
)
def test_the_chance_is_how_often_the_gate_passes(metric: str, margin: float, sizes: list[int]) -> None:
    """80 pairs of models: the plan of one of them is off by three standard errors and three points at most."""
    gate_set, runs = _set(metric, value=margin), 80
    planned = _plan(gate_set, _model(sizes))

    assert planned.chance is not None
    seen = _observed(gate_set, sizes, runs)
    error = math.sqrt(max(planned.chance * (1 - planned.chance), 0.25 / runs) / runs)
    assert abs(seen - planned.chance) < 3 * error + 0.03


@pytest.mark.parametrize("sizes", [[300] * 8, [200, 400, 3_000]])
def test_rows_that_would_do_are_of_all_slices_and_do(sizes: list[int]) -> None:
    """With that many rows, shared out as they are, the whole gate has the power that was asked for."""
    few = _plan(_set(value=0.03), _model(sizes))
    assert few.n == sum(sizes)
    assert few.n_needed is not None
    times = few.n_needed / few.n
    many = _plan(_set(value=0.03), _model([math.ceil(size * times) for size in sizes]))

    assert many.chance == pytest.approx(0.8, abs=0.015)
    assert few.counted == "rows in all"


def test_the_smallest_margin_is_one_for_all_slices() -> None:
    rows = _model([300, 500, 2_000])
    one = _plan(_set(value=0.02), rows)
    assert one.smallest is not None

    assert _plan(_set(value=one.smallest), rows).chance == pytest.approx(0.8, abs=0.02)


def test_a_margin_that_is_a_share_stays_one() -> None:
    """Of each slice's own value; the smallest that these rows enforce is a share as well."""
    one = _plan(_set(value=0.03, relative=True), _model([2_000, 3_000]))
    assert one.smallest is not None

    assert one.limit == 0.03
    assert "margin 3 % asked" in " ".join(plan_text([one]).split())
    assert f"in every slice is {100 * one.smallest:.3g} %" in one.message
    assert _plan(_set(value=one.smallest, relative=True), _model([2_000, 3_000])).chance == pytest.approx(0.8, abs=0.02)


def _with_scores(n: int, positive: int, **more: object) -> Evidence:
    """The first `tiny` rows have no positive label."""
    random = np.random.default_rng(3)
    labels = np.where(np.arange(n) < n - positive, 0, 1)
    groups = {"g": ["tiny" if at < 30 else "rest" for at in range(n)]}
    return evidence(labels=labels, score=random.random(n), groups=groups, positive="1", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision"])
def test_a_slice_without_positives_is_never_shown(metric: str) -> None:
    """The gate can only be INCONCLUSIVE, whatever model comes."""
    gate_set = _set(metric, value=0.05)
    rows = _with_scores(600, 300)
    one = _plan(gate_set, rows)
    (found,) = judge(gate_set, rows, Present(evidence=_with_scores(600, 300, digest="b3:o"), label="production"))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert (one.can_pass, one.chance, one.n_needed) == (False, 0.0, None)
    assert "where g is tiny, none of 30 rows are '1'" in one.message
    assert "never " in plan_text([one])


def test_a_metric_without_a_value_in_all_rows_is_never_shown() -> None:
    """No label is 1, so that no model has a recall."""
    comparing = Comparing(margin=Margin(value=0.05), metrics=("recall",))
    rows = evidence(labels=[0] * 100, answers=[1] * 5 + [0] * 95, positive="1")
    one = _plan(GateSet(name="s", regression=Regression(comparing=comparing)), rows)

    assert (one.can_pass, one.chance) == (False, 0.0)
    assert "no row has the positive class as label" in one.message


@pytest.mark.parametrize(
    ("metric", "few", "enough"), [("accuracy", 58, 59), ("v", 19, 400), ("f1", 1, 2_000), ("roc_auc", 2, 3_000)]
)
def test_a_slice_of_fewer_rows_than_decide_is_never_shown(metric: str, few: int, enough: int) -> None:
    """59 rows without a disagreement show a margin of 0.05; a mean of numbers needs 20 that tell the models apart."""

    def planned(rows: int) -> Outlook:
        random = np.random.default_rng(2)
        n = 4_000 + rows
        labels = np.arange(n) % 2
        return _plan(
            _set(metric, value=0.05),
            evidence(
                labels=labels,
                answers=np.where(random.random(n) < 0.1, 1 - labels, labels),
                score=random.random(n),
                values={"v": random.normal(0, 0.1, n)},
                groups={"g": ["lone"] * rows + ["rest"] * 4_000},
                positive="1",
            ),
        )

    assert (planned(few).can_pass, planned(few).chance) == (False, 0.0)
    assert "where g is lone" in planned(few).message
    assert planned(enough).can_pass is True


def test_another_models_missing_answers_are_no_reason_for_never() -> None:
    """A candidate at hand that never answers 1 has no precision; production has, and the next model may."""
    old = _model([2_000])
    silent = evidence(
        labels=np.random.default_rng(1).integers(0, 2, 2_000), answers=[0] * 2_000, groups={"g": _named([2_000])},
        positive="1",
    )  # fmt: skip
    one = _plan(_set("precision", value=0.05), old, silent)

    assert one.can_pass is True
    assert one.chance is not None


def test_where_any_decline_blocks_no_chance_is_above_what_equal_models_have() -> None:
    comparing = Comparing(margin=Margin(value=0.2), metrics=("accuracy",), block_on=BlockOn.DECLINE)
    one = _plan(GateSet(name="s", slices=Slices(by=(("g",),), comparing=comparing)), _model([4_000]))

    assert one.chance == pytest.approx(0.95)


def _declining(by: tuple[tuple[str, ...], ...] = (("g",),), metrics: tuple[str, ...] = ("accuracy",)) -> GateSet:
    comparing = Comparing(margin=Margin(value=0.03), metrics=metrics, block_on=BlockOn.DECLINE)
    return GateSet(name="s", slices=Slices(by=by, comparing=comparing))


def test_where_any_decline_blocks_many_slices_cost_the_level_once() -> None:
    """Declines are corrected over all slices, so eight of them do not each cost 5 %, as often as the judge says."""
    gate_set, sizes = _declining(), [2_000] * 8
    one = _plan(gate_set, _model(sizes))

    assert one.chance == pytest.approx(0.95, abs=0.001)
    assert one.n_needed is not None
    assert one.n_needed < one.n
    assert one.smallest is not None
    assert one.smallest < 0.03
    assert "g00, the slice that holds most, models that disagree on 5 % of rows pass in 99.4 %" in one.message
    assert abs(_observed(gate_set, sizes, 100) - 0.95) < 3 * math.sqrt(0.95 * 0.05 / 100)


def test_declines_are_corrected_over_all_groupings_and_metrics_of_the_gate() -> None:
    """Two groupings of four slices and two metrics: sixteen comparisons, of which each line has four."""
    random, n = np.random.default_rng(1), 64_000
    labels = random.integers(0, 2, n)
    answers = np.where(random.random(n) < 0.1, 1 - labels, labels)
    groups = {"g": np.arange(n) % 4, "h": np.arange(n) // 4 % 4}
    old = evidence(labels=labels, answers=answers, groups=groups, positive="1")
    gate_set = _declining((("g",), ("h",)), ("accuracy", "recall"))
    lines = outlooks(gate_set, Looking(gate_set, Case(candidate=old, baseline=LeftOut())))

    assert [one.chance for one in lines] == pytest.approx([0.95 ** (1 / 4)] * 4, abs=1e-4)


def test_lines_that_are_never_count_as_planned_ones_do() -> None:
    """None of the first 30 rows is positive, so that there is no area; a margin that is a share stays one."""
    one = _plan(_set("roc_auc", value=0.05, relative=True), _with_scores(600, 300))
    shown = " ".join(plan_text([one]).split())

    assert one.can_pass is False
    assert one.units == "rows in all"
    assert "margin 5 % asked, there are 600 rows in all" in shown


@pytest.mark.parametrize(
    ("metric", "n", "counted"), [("v:pass@2", 600, "clusters in all"), ("v", 2_400, "rows in all")]
)
def test_what_is_in_all_slices_is_counted_in_the_unit_of_the_metric(metric: str, n: int, counted: str) -> None:
    """600 problems of four tries each; a mean of all tries is of rows, though clusters carry its spread."""
    passed = np.random.default_rng(1).integers(0, 2, 2_400)
    at = np.arange(2_400)
    rows = evidence(labels=passed, values={"v": passed}, groups={"g": at // 1_200}, cluster=at // 4)
    one = _plan(_set(metric, value=0.05), rows)

    assert (one.n, one.counted) == (n, counted)


def test_the_text_says_what_was_asked_and_which_rows_are_counted() -> None:
    many = _plan(_set(value=0.02), _model([300] * 8))
    comparing = Comparing(margin=Margin(value=0.01), metrics=("recall",))
    one = _plan(GateSet(name="s", regression=Regression(comparing=comparing)), _model([3_000]))
    shown = " ".join(plan_text([many, one]).split())

    assert f"margin 0.020 asked, there are 2,400 rows in all; about {many.n_needed:,} rows in all would do" in shown
    assert f"margin 0.010 asked, there are {one.n:,} rows that it is about; about {one.n_needed:,} rows that" in shown


def test_a_slice_of_two_columns_is_named_by_both() -> None:
    random = np.random.default_rng(1)
    labels = random.integers(0, 2, 2_000)
    groups = {
        "region": ["west"] * 300 + ["east"] * 1_700,
        "size": (["small"] * 100 + ["large"] * 200) + ["large"] * 1_700,
    }
    answers = np.where(random.random(2_000) < 0.1, 1 - labels, labels)
    one = _plan(_set(by=("region", "size"), value=0.05), evidence(labels=labels, answers=answers, groups=groups))

    assert one.name == "slices.accuracy.region x size"
    assert "where region is west and size is small, the slice that holds most" in one.message
