"""The slices gate: worse in some part of the rows, or only looking so by chance."""

from __future__ import annotations

import numpy as np
import pytest

from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Absent, AbsentReason, LeftOut
from seatrial.gates.judge import judge
from seatrial.gates.margin import Margin
from seatrial.gates.policy import Comparing, GateSet, Slices
from seatrial.verdict import Verdict
from tests.support.judged import Models, evidence, finding, production


def _set(*by: tuple[str, ...], margin: float = 0.05, metrics: tuple[str, ...] = ("accuracy",)) -> GateSet:
    return GateSet(name="s", slices=Slices(by=by, comparing=Comparing(margin=Margin(value=margin), metrics=metrics)))


def _dealt(n: int, many: int) -> list[str]:
    return [f"g{at % many:02}" for at in range(n)]


@pytest.mark.parametrize("seed", range(8))
def test_fifty_slices_of_models_that_are_equal_in_truth_never_fail(seed: int) -> None:
    """Two hundred rows in each: some slice looks worse by more than the margin, and none is shown to be."""
    models = Models(10_000, seed=seed, moved=0.1)
    groups = {"g": _dealt(10_000, 50)}

    found = finding(_set(("g",), margin=0.02), models.candidate(groups=groups), models.baseline(groups=groups))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert len(found.parts) == 50
    assert min(part.estimate or 0 for part in found.parts) < -0.02
    assert {part.verdict for part in found.parts} <= {Verdict.INCONCLUSIVE, Verdict.PASS}


def test_one_slice_that_is_five_points_worse_fails_with_enough_rows() -> None:
    """Ten slices of two thousand rows, one of which lost 100 rows and won none."""
    models = Models(20_000, moved=0.02)
    names = np.array(_dealt(20_000, 10))
    hurt = np.flatnonzero((names == "g03") & (models.ours == models.labels))[:140]
    models.ours[hurt] = 1 - models.labels[hurt]
    groups = {"region": names.tolist()}

    found = finding(_set(("region",), margin=0.02), models.candidate(groups=groups), models.baseline(groups=groups))

    assert (found.verdict, found.reason, found.name) == (
        Verdict.FAIL,
        Reason.SLICE_WORSE,
        "slices.accuracy.region",
    )
    worst = next(part for part in found.parts if part.name == "g03")
    assert worst.verdict is Verdict.FAIL
    assert [part.verdict for part in found.parts].count(Verdict.FAIL) == 1
    assert found.estimate == worst.estimate
    assert found.interval == worst.interval
    assert worst.n == 2_000
    assert worst.candidate is not None
    assert worst.baseline is not None
    assert worst.estimate == pytest.approx(worst.candidate - worst.baseline, abs=1e-11)
    assert worst.estimate == pytest.approx(-0.07, abs=0.01)
    assert found.message.startswith("1 of 10 slices by region is worse (g03): accuracy ")
    assert " where region is g03, " in found.message
    assert found.n == 20_000
    assert found.n_needed is None


def test_parts_are_the_figures_of_their_own_rows() -> None:
    """Nothing is shrunk towards the others."""
    models = Models(3_000, moved=0.1)
    names = np.array(_dealt(3_000, 3))
    groups = {"g": names.tolist()}

    found = finding(_set(("g",)), models.candidate(groups=groups), models.baseline(groups=groups))

    for part in found.parts:
        rows = names == part.name
        right = (models.ours == models.labels)[rows].mean()
        assert part.n == 1_000
        assert part.candidate == pytest.approx(right)
        assert part.baseline == pytest.approx((models.theirs == models.labels)[rows].mean())
        assert part.interval is not None
        assert part.estimate is not None
        assert part.interval[0] <= part.estimate <= part.interval[1]


def test_all_slices_shown_pass_and_the_least_sure_is_told() -> None:
    """PASS needs every slice, and names the one that was closest."""
    models = Models(9_000, moved=0.02)
    groups = {"g": _dealt(9_000, 3)}

    found = finding(_set(("g",)), models.candidate(groups=groups), models.baseline(groups=groups))

    lowest = min((part.interval or (0, 0))[0] for part in found.parts)
    assert (found.verdict, found.reason) == (Verdict.PASS, Reason.NOT_WORSE)
    assert found.message.startswith("accuracy is worse by 0.050 or more in none of 3 slices by g; least sure: ")
    assert found.interval is not None
    assert found.interval[0] == lowest


def test_intersections_are_slices_of_their_own() -> None:
    """Worse in one combination, which neither column shows alone."""
    models = Models(16_000, moved=0.0)
    region = np.array(["north", "south"])[np.arange(16_000) % 2]
    size = np.array(["big", "small"])[np.arange(16_000) // 2 % 2]
    there = np.flatnonzero((region == "north") & (size == "small") & (models.ours == models.labels))[:250]
    models.ours[there] = 1 - models.ours[there]
    groups = {"region": region.tolist(), "size": size.tolist()}

    found = judge(
        _set(("region",), ("size",), ("region", "size"), margin=0.04),
        models.candidate(groups=groups),
        models.baseline(groups=groups),
    )

    assert [each.name for each in found] == [
        "slices.accuracy.region",
        "slices.accuracy.size",
        "slices.accuracy.region x size",
    ]
    assert found[2].message.startswith(
        "1 of 4 slices by region and size is worse (region is north and size is small): "
    )
    assert " where region is north and size is small, " in found[2].message
    assert [each.verdict for each in found] == [Verdict.PASS, Verdict.PASS, Verdict.FAIL]
    assert [(part.name, part.verdict) for part in found[2].parts] == [
        ("north x big", Verdict.PASS),
        ("north x small", Verdict.FAIL),
        ("south x big", Verdict.PASS),
        ("south x small", Verdict.PASS),
    ]


@pytest.mark.parametrize("metric", ["accuracy", "f1", "roc_auc", "log_loss", "recall"])
def test_a_slice_of_one_row_is_inconclusive_and_says_how_many_rows_it_has(metric: str) -> None:
    """One row is no evidence, and no crash."""
    models = Models(4_001, moved=0.02)
    groups = {"g": ["lone"] + ["rest"] * 4_000}

    found = finding(_set(("g",), metrics=(metric,)), models.candidate(groups=groups), models.baseline(groups=groups))

    lone, rest = found.parts
    assert found.verdict is Verdict.INCONCLUSIVE
    assert (lone.name, lone.n, lone.verdict) == ("lone", 1, Verdict.INCONCLUSIVE)
    assert rest.verdict is Verdict.PASS
    assert "lone" in found.message


def test_a_slice_without_positives_has_no_recall() -> None:
    """Nothing can be said of it, so that the gate does not pass; its name and why are said."""
    models = Models(6_000, moved=0.0)
    groups = {"g": np.where(models.labels == 1, "mixed", np.where(np.arange(6_000) % 2, "mixed", "negative")).tolist()}

    found = finding(_set(("g",), metrics=("recall",)), models.candidate(groups=groups), models.baseline(groups=groups))

    parts = {part.name: part for part in found.parts}
    assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, Reason.UNDEFINED)
    assert parts["mixed"].verdict is Verdict.PASS
    assert parts["negative"].note == "no row has the positive class as label"
    assert parts["negative"].estimate is None
    assert "no value in negative" in found.message


def test_rows_needed_are_those_of_the_whole_test_set() -> None:
    """A tenth of the rows must grow tenfold: so must all, if the mix stays."""
    models = Models(3_000, moved=0.1)
    groups = {"g": ["small" if at % 10 == 0 else "large" for at in range(3_000)]}

    found = finding(_set(("g",), margin=0.04), models.candidate(groups=groups), models.baseline(groups=groups))

    small = next(part for part in found.parts if part.name == "small")
    assert small.verdict is Verdict.INCONCLUSIVE
    assert small.n_needed is not None
    assert small.n_needed > 300
    assert found.n_needed is not None
    assert found.n_needed >= small.n_needed * 10
    assert "cannot be shown with the slice's 300 rows" in found.message
    needed = f"about {small.n_needed:,} rows of the slice would decide; {found.n_needed:,} rows in all for every slice"
    assert needed in found.message


def test_no_number_of_rows_is_told_that_leaves_another_slice_undecided() -> None:
    """Of a slice without positives none can be named: neither in the finding, nor in words for the others."""
    models = Models(3_000, moved=0.1)
    names = np.where(np.arange(3_000) % 10 == 0, "small", "large")
    empty = (models.labels == 0) & (np.arange(3_000) % 7 == 0)
    groups = {"g": np.where(empty, "none", names).tolist()}

    found = finding(
        _set(("g",), margin=0.04, metrics=("recall",)), models.candidate(groups=groups), models.baseline(groups=groups)
    )

    assert found.verdict is Verdict.INCONCLUSIVE
    assert any(part.n_needed for part in found.parts)
    assert found.n_needed is None
    assert "would decide" not in found.message.replace("no number of rows can be named that would decide", "")
    assert found.message.endswith("no number of rows can be named that would decide every slice")


def test_the_family_is_all_slices_of_all_groupings_and_metrics() -> None:
    """What would fail by itself is held back among a hundred others, and by no other grouping's name."""
    n = 4_000
    draw = np.random.default_rng(2)
    theirs = draw.normal(0, 1, n)
    noise = draw.normal(0, 1, n)
    names = np.array(_dealt(n, 2))
    hurt = names == "g00"
    noise[hurt] = (noise[hurt] - noise[hurt].mean()) / noise[hurt].std() - 1 - 2.2 / hurt.sum() ** 0.5
    noise[~hurt] = (noise[~hurt] - noise[~hurt].mean()) / noise[~hurt].std()
    groups = {"g": names.tolist(), "h": [f"h{at % 40:02}" for at in draw.permutation(n)]}
    ours = evidence(values={"v": theirs + noise}, groups=groups)
    old = production(evidence(values={"v": theirs}, groups=groups))

    few = judge(_set(("g",), margin=1, metrics=("v",)), ours, old)
    many = judge(_set(("g",), ("h",), margin=1, metrics=("v",)), ours, old)

    assert [each.verdict for each in few] == [Verdict.FAIL]
    assert many[0].verdict is Verdict.INCONCLUSIVE
    assert many[1].verdict is not Verdict.FAIL


def test_a_column_that_groups_differently_in_the_two_files_is_an_error() -> None:
    """One row is north here and south there: whose slice would it be in?"""
    models = Models(100)
    ours = models.candidate(groups={"g": ["north"] * 100})
    theirs = models.baseline(groups={"g": ["north"] * 99 + ["south"]})

    found = finding(_set(("g",)), ours, theirs)

    assert (found.verdict, found.reason) == (Verdict.ERROR, Reason.NOT_COMPARABLE)
    assert "the group g differs" in found.message
    assert "'north' here and 'south' there" in found.message


def test_without_a_baseline_and_for_a_first_model() -> None:
    """ERROR where none is there, nothing where none was meant to be, PASS for the same bytes."""
    models = Models(100)
    ours = models.candidate(groups={"g": ["a"] * 100}, artifact="b3:same")
    same = production(evidence(labels=[1], answers=[1], artifact="b3:same"))

    absent = finding(_set(("g",)), ours, Absent(reason=AbsentReason.NO_BASELINE))

    assert (absent.verdict, absent.reason) == (Verdict.ERROR, Reason.NO_BASELINE)
    assert judge(_set(("g",)), ours, LeftOut()) == ()
    assert finding(_set(("g",)), ours, same).reason == Reason.SAME_ARTIFACT


def test_a_column_that_is_not_there_is_an_error_and_no_crash() -> None:
    """Evidence read for another set may lack the column that this one asks for."""
    models = Models(100)

    found = finding(_set(("region",)), models.candidate(), models.baseline())

    assert (found.verdict, found.reason) == (Verdict.ERROR, Reason.GROUP_MISSING)
    assert "`region` is no column that groups these rows" in found.message
