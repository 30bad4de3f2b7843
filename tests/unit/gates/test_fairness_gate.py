"""The fairness gate: groups that are alike, unlike, too small to tell, or without a value."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Absent, AbsentReason, Evidence, LeftOut, Present
from seatrial.gates.fairness.criteria import ALIASES, CRITERIA
from seatrial.gates.judge import judge
from seatrial.gates.policy import Fairness, GateSet
from seatrial.replacing import replace
from seatrial.verdict import Finding, Verdict
from tests.support.judged import evidence, finding, production

Bools = NDArray[np.bool_]


def _set(*metrics: str, by: tuple[tuple[str, ...], ...] = (("g",),), **limits: float) -> GateSet:
    limits = limits or {"max_disparity": 0.1}
    rule = Fairness(
        protected=by,
        metrics=metrics or None,
        max_disparity=limits.get("max_disparity"),
        min_ratio=limits.get("min_ratio"),
        max_increase=limits.get("max_increase"),
    )
    return GateSet(name="s", fairness=rule)


class _World:
    """Rows of several groups; the model answers the positive class at rates that depend on the group and the label."""

    def __init__(self, sizes: list[int], *, base: float = 0.5, seed: int = 1) -> None:
        self.draw = np.random.default_rng(seed)
        self.group = np.repeat([f"g{at:02}" for at in range(len(sizes))], sizes)
        self.n = len(self.group)
        self.labels = (self.draw.random(self.n) < base).astype(int)

    def member(self, at: int) -> Bools:
        found: Bools = self.group == f"g{at:02}"
        return found

    def answers(self, found: float = 0.8, false: float = 0.1, **other: tuple[float, float]) -> NDArray[np.int64]:
        """Answers with a recall of `found` and a false positive rate of `false`, other ones for named groups."""
        rate = np.where(self.labels == 1, found, false)
        for name, (hits, wrong) in other.items():
            rate = np.where(self.group == name, np.where(self.labels == 1, hits, wrong), rate)
        made: NDArray[np.int64] = (self.draw.random(self.n) < rate).astype(int)
        return made

    def evidence(self, answers: NDArray[np.int64], **more: object) -> Evidence:
        return evidence(labels=self.labels, answers=answers, groups={"g": self.group}, **more)  # type: ignore[arg-type]


_NONE = Absent(reason=AbsentReason.NO_BASELINE)
_BINARY = {
    "demographic_parity": lambda y, p: p.mean(),
    "equal_opportunity": lambda y, p: p[y == 1].mean(),
    "predictive_parity": lambda y, p: y[p == 1].mean(),
    "false_positive_rate": lambda y, p: p[y == 0].mean(),
    "false_negative_rate": lambda y, p: 1 - p[y == 1].mean(),
}


@pytest.mark.parametrize("name", sorted(_BINARY))
def test_each_criterion_is_the_difference_of_its_shares(name: str) -> None:
    """By hand, from the rows; parts hold the shares."""
    world = _World([4_000, 3_000])
    answers = world.answers(g01=(0.6, 0.2))
    of = [_BINARY[name](world.labels[world.member(at)], answers[world.member(at)]) for at in (0, 1)]

    found = finding(_set(name), world.evidence(answers), _NONE)

    assert found.name == f"fairness.{name}.g"
    assert found.estimate == pytest.approx(abs(of[0] - of[1]), abs=1e-11)
    assert [part.candidate for part in found.parts] == pytest.approx(of)
    assert [part.n for part in found.parts] == [4_000, 3_000]
    assert found.interval is not None
    assert found.estimate is not None
    assert found.interval[0] < found.estimate < found.interval[1]
    high = int(of[1] > of[0])
    assert f"g0{high} and g0{1 - high} are " in found.message


@pytest.mark.parametrize("name", [*sorted(_BINARY), "recall", "accuracy", "f1", "balanced_accuracy"])
def test_alike_groups_pass_and_unlike_ones_fail(name: str) -> None:
    """Five thousand rows in each decide at a limit of ten points."""
    world = _World([5_000] * 3)

    alike = finding(_set(name), world.evidence(world.answers()), _NONE)
    unlike = finding(_set(name), world.evidence(world.answers(g02=(0.2, 0.3))), _NONE)

    assert (alike.verdict, alike.reason) == (Verdict.PASS, Reason.GROUPS_ALIKE)
    assert (unlike.verdict, unlike.reason) == (Verdict.FAIL, Reason.DISPARITY)
    assert "g02" in unlike.message


def test_equalized_odds_asks_both_rates_at_half_the_error() -> None:
    """Two findings, whose intervals are wider than that of one rate asked alone."""
    world = _World([3_000] * 2)
    rows = world.evidence(world.answers())

    odds = judge(_set("equalized_odds"), rows, _NONE)
    alone = finding(_set("equal_opportunity"), rows, _NONE)

    assert [each.name for each in odds] == [
        "fairness.equalized_odds.recall.g",
        "fairness.equalized_odds.false_positive_rate.g",
    ]
    assert odds[0].estimate == alone.estimate
    assert odds[0].interval is not None
    assert alone.interval is not None
    assert odds[0].interval[1] > alone.interval[1]


def test_what_is_asked_where_nobody_says() -> None:
    """Equalised odds with a positive class, accuracy without."""
    world = _World([100] * 2)
    cats = evidence(labels=["cat", "dog"] * 100, answers=["cat"] * 200, groups={"g": world.group})

    assert {each.metric for each in judge(_set(), world.evidence(world.answers()), _NONE)} == {
        "equalized_odds.recall",
        "equalized_odds.false_positive_rate",
    }
    assert [each.metric for each in judge(_set(), cats, _NONE)] == ["accuracy"]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", ["equal_opportunity", "demographic_parity", "false_positive_rate", "accuracy"])
def test_twenty_equal_groups_do_not_fail(name: str, seed: int) -> None:
    """Of twenty equal groups with two hundred rows some two look ten points apart, which is chance, not nearness to the
    limit."""
    world = _World([200] * 20, seed=seed)

    found = finding(_set(name, max_disparity=0.05), world.evidence(world.answers()), _NONE)

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.estimate is not None
    assert found.estimate > 0.05
    assert found.reason == Reason.TOO_FEW_ROWS
    assert found.n_needed is not None
    assert found.n_needed > 4_000
    assert len(found.parts) == 20


def test_one_unfair_group_of_twenty_is_found() -> None:
    """Twenty points below all others, with a thousand rows."""
    world = _World([1_000] * 20)

    found = finding(
        _set("equal_opportunity", max_disparity=0.05), world.evidence(world.answers(g13=(0.55, 0.1))), _NONE
    )

    assert found.verdict is Verdict.FAIL
    assert "g13" in found.message


@pytest.mark.parametrize("name", ["equal_opportunity", "recall", "f1", "predictive_parity"])
def test_a_group_without_positives_is_named_and_nothing_passes(name: str) -> None:
    """It cannot be shown to be like the others."""
    world = _World([3_000] * 3)
    world.labels[world.member(1)] = 0
    answers = world.answers()
    answers[world.member(1)] = 0

    found = finding(_set(name), world.evidence(answers), _NONE)

    assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, Reason.UNDEFINED)
    assert "in g01 it has no value" in found.message
    empty = next(part for part in found.parts if part.name == "g01")
    assert empty.estimate is None
    assert empty.note


def test_a_failure_among_the_others_is_not_hidden_by_a_group_without_a_value() -> None:
    """Two groups are known to be unlike, whatever the third is."""
    world = _World([3_000] * 3)
    world.labels[world.member(1)] = 0

    found = finding(_set("equal_opportunity"), world.evidence(world.answers(g02=(0.4, 0.1))), _NONE)

    assert found.verdict is Verdict.FAIL


def test_a_value_in_one_group_alone_is_nothing_to_compare() -> None:
    """Two groups, one of them without positives."""
    world = _World([300] * 2)
    world.labels[world.member(1)] = 0

    found = finding(_set("equal_opportunity"), world.evidence(world.answers()), _NONE)

    assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, Reason.UNDEFINED)
    assert "a value in 1 of 2 groups" in found.message


def test_one_group_is_an_error() -> None:
    """A column that is the same in every row splits nothing: most likely a mistake in the export."""
    world = _World([300])

    found = finding(_set("accuracy"), world.evidence(world.answers()), _NONE)

    assert (found.verdict, found.reason) == (Verdict.ERROR, Reason.ONE_GROUP)


@pytest.mark.parametrize("name", ["equal_opportunity", "accuracy", "f1", "roc_auc"])
def test_a_group_of_one_row_is_inconclusive(name: str) -> None:
    """One row says nothing about its group; neither PASS nor FAIL, and no crash."""
    world = _World([3_000, 3_000, 1])
    answers = world.answers()
    rows = world.evidence(answers, score=np.clip(answers * 0.6 + world.draw.random(world.n) * 0.4, 0, 1))

    found = finding(_set(name), rows, _NONE)

    assert found.verdict is Verdict.INCONCLUSIVE
    assert "g02" in found.message


def test_ratio_is_the_smallest_over_the_largest() -> None:
    """The four-fifths rule: 0.4 of 0.8 is a half, and fails; alike groups pass."""
    world = _World([8_000] * 2)
    gate = _set("equal_opportunity", min_ratio=0.8)

    unlike = finding(gate, world.evidence(world.answers(g01=(0.4, 0.1))), _NONE)
    alike = finding(gate, world.evidence(world.answers()), _NONE)

    assert (unlike.name, unlike.verdict) == ("fairness.equal_opportunity.g.ratio", Verdict.FAIL)
    assert unlike.estimate == pytest.approx(0.5, abs=0.03)
    assert unlike.interval is not None
    assert unlike.interval[1] < 0.8
    assert f"g01 has {unlike.estimate:.3f} of what g00 has" in unlike.message
    assert (alike.verdict, alike.threshold) == (Verdict.PASS, 0.8)


def test_a_ratio_of_other_figures_than_shares_is_an_error() -> None:
    """No bound is known for it, and none is made up."""
    world = _World([1_000] * 2)

    found = finding(_set("f1", min_ratio=0.8), world.evidence(world.answers()), _NONE)

    assert (found.verdict, found.reason) == (Verdict.ERROR, Reason.METRIC_UNSUPPORTED)


def test_few_rows_say_how_many_would_decide() -> None:
    """Sixty rows in a group: INCONCLUSIVE with a number of all rows."""
    world = _World([60] * 2, seed=4)
    answers = world.labels.copy()
    answers[::7] = 1 - answers[::7]

    found = finding(_set("accuracy", max_disparity=0.05), world.evidence(answers), _NONE)

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason == Reason.TOO_FEW_ROWS
    assert found.n_needed is not None
    assert found.n_needed > 120
    assert f"about {found.n_needed:,} rows would decide" in found.message


def _increase(ours: NDArray[np.int64], theirs: NDArray[np.int64], world: _World, **more: object) -> Finding:
    gate = _set("equal_opportunity", max_increase=0.05)
    return finding(gate, world.evidence(ours, **more), production(world.evidence(theirs, **more)))


def test_an_improvement_against_the_baseline_passes_and_a_widening_fails() -> None:
    """Groups that were twenty points apart and are now alike have moved together; the other way they moved apart."""
    world = _World([6_000] * 2)
    unfair, fair = world.answers(g01=(0.6, 0.1)), world.answers()

    better = _increase(fair, unfair, world)
    worse = _increase(unfair, fair, world)
    same = _increase(unfair, unfair, world)

    assert (better.name, better.verdict) == ("fairness.equal_opportunity.g.increase", Verdict.PASS)
    assert better.estimate == pytest.approx(-0.2, abs=0.03)
    assert (worse.verdict, worse.reason) == (Verdict.FAIL, Reason.DISPARITY)
    assert worse.estimate == pytest.approx(0.2, abs=0.03)
    assert (same.verdict, same.estimate) == (Verdict.PASS, 0.0)
    assert worse.parts[0].baseline is not None


def test_groups_that_change_places_have_not_moved_apart() -> None:
    """Twenty points apart under both, the other way round: the distance is what counts, not its sign."""
    world = _World([20_000] * 2)

    found = _increase(world.answers(g00=(0.6, 0.1)), world.answers(g01=(0.6, 0.1)), world)

    assert found.estimate == pytest.approx(0, abs=0.02)
    assert found.verdict is Verdict.PASS


def test_an_increase_for_a_first_model_and_the_same_artifact() -> None:
    """Nothing to compare, or nothing that could have moved."""
    world = _World([300] * 2)
    gate = _set("accuracy", max_increase=0.05)
    rows = world.evidence(world.answers())

    assert judge(gate, rows, LeftOut()) == ()
    absent = finding(gate, rows, _NONE)
    assert (absent.verdict, absent.reason) == (Verdict.ERROR, Reason.NO_BASELINE)
    marked = replace(rows, artifact="b3:same")
    same = finding(gate, marked, Present(evidence=marked, label="production"))
    assert (same.verdict, same.reason) == (Verdict.PASS, Reason.SAME_ARTIFACT)


def test_every_limit_has_a_finding() -> None:
    """Difference, ratio and increase of each attribute."""
    world = _World([300] * 2)
    both = evidence(labels=world.labels, answers=world.labels, groups={"g": world.group, "h": world.group[::-1]})
    gate = _set("accuracy", by=(("g",), ("h",), ("g", "h")), max_disparity=0.1, min_ratio=0.8, max_increase=0.1)

    found = judge(gate, both, production(both))

    assert [each.name for each in found] == [
        f"fairness.accuracy.{key}{limit}" for key in ("g", "h", "g x h") for limit in ("", ".ratio", ".increase")
    ]


@pytest.mark.parametrize("name", [*_BINARY, "equalized_odds", "calibration"])
@pytest.mark.parametrize("classes", [("cat", "dog"), ("a", "b", "c")])
def test_a_criterion_of_a_positive_class_needs_to_know_it(name: str, classes: tuple[str, ...]) -> None:
    """Cats and dogs, or three classes: no class is taken for the positive one, and no average takes its place."""
    world = _World([300] * 2)
    labels = [classes[at % len(classes)] for at in range(600)]
    rows = evidence(labels=labels, answers=labels, groups={"g": world.group}, score=np.full(600, 0.5))

    found = judge(_set(name), rows, _NONE)

    assert {(each.verdict, each.reason) for each in found} == {(Verdict.ERROR, Reason.POSITIVE_UNKNOWN)}


def test_a_declared_positive_class_makes_other_words_known() -> None:
    """`positive: dog`."""
    world = _World([2_000] * 2)
    words = np.array(["cat", "dog"])
    rows = evidence(
        labels=words[world.labels], answers=words[world.answers()], groups={"g": world.group}, positive="dog"
    )

    assert finding(_set("equal_opportunity"), rows, _NONE).verdict is Verdict.PASS


def test_calibration_within_groups_is_how_far_scores_lie_above_what_comes_true() -> None:
    """Scores that are right on average in one group and fifteen points too high in the other."""
    world = _World([5_000] * 2)
    score = np.where(world.member(1), 0.65, 0.5)

    found = finding(_set("calibration"), world.evidence(world.labels, score=score), _NONE)

    assert found.verdict is Verdict.FAIL
    assert found.estimate == pytest.approx(0.15, abs=0.03)


def test_groups_in_which_nothing_came_true_are_not_shown_to_be_calibrated_alike() -> None:
    """No positive in either group: the spread of the scores is not the spread of the gap."""
    world = _World([60] * 2)
    world.labels[:] = 0

    found = finding(_set("calibration"), world.evidence(world.labels, score=world.draw.random(120) * 0.1), _NONE)

    assert found.verdict is not Verdict.PASS


def test_clusters_count_once() -> None:
    """Each row written five times by one user: the interval is that of the rows written once, or wider."""
    world = _World([400] * 2)
    answers, five = world.answers(), np.repeat(np.arange(800), 5)

    def judged(**more: object) -> Finding:
        rows = evidence(
            labels=world.labels[five],
            answers=answers[five],
            groups={"g": world.group[five]},
            **more,  # type: ignore[arg-type]
        )
        return finding(_set("equal_opportunity"), rows, _NONE)

    naive, clustered = judged(), judged(cluster=five)
    once = finding(_set("equal_opportunity"), world.evidence(answers), _NONE)

    def width(of: Finding) -> float:
        assert of.interval is not None
        return of.interval[1] - of.interval[0]

    assert naive.estimate == clustered.estimate == once.estimate
    assert width(naive) < 0.7 * width(once)
    assert width(clustered) == pytest.approx(width(once), rel=0.1)


def test_a_name_that_is_no_criterion_and_no_metric() -> None:
    """Configuration refuses it; a set made otherwise gets a finding."""
    world = _World([30] * 2)

    found = finding(_set("fairnes"), world.evidence(world.answers()), _NONE)

    assert (found.verdict, found.reason) == (Verdict.ERROR, Reason.METRIC_UNSUPPORTED)


def test_aliases_lead_to_criteria() -> None:
    """The literature's other spellings."""
    assert set(ALIASES.values()) <= set(CRITERIA)
