"""The regression gate beyond accuracy: every kind of metric, margins, families, and an anchor."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from seatrial.evidence.records import Predictions, Source
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Absent, AbsentReason, Evidence, LeftOut, Measured
from seatrial.gates.judge import judge
from seatrial.gates.judgement import conclude
from seatrial.gates.margin import Margin
from seatrial.gates.policy import BlockOn, Bound, Comparing, Correction, GateSet, Mode, Regression, Slices
from seatrial.replacing import replace
from seatrial.verdict import Decision, Finding, Verdict
from tests.support.judged import Models, evidence, finding, production


def _set(
    *metrics: str,
    margin: float = 0.02,
    relative: bool = False,
    performance: dict[str, Bound] | None = None,
    lower: tuple[str, ...] = (),
    **rule: object,
) -> GateSet:
    comparing = replace(
        Comparing(margin=Margin(value=margin, relative=relative), metrics=metrics or None),
        **rule,  # type: ignore[arg-type]
    )
    return GateSet(
        name="s",
        performance=performance or {},
        regression=Regression(comparing=comparing),
        lower_is_better=lower,
    )


_EQUAL = Models(20_000)
_WORSE = Models(20_000, moved=0.1, lost=0.9)
_FEW = Models(60)
_OF_CLASSES = ("accuracy", "f1", "recall", "precision", "specificity", "mcc", "balanced_accuracy", "f1_macro", "kappa")
_OF_SCORES = ("roc_auc", "average_precision", "log_loss", "brier")
_LOWER = ("log_loss", "brier", "false_negative_rate")


@pytest.mark.parametrize("name", [*_OF_CLASSES, *_OF_SCORES, "false_negative_rate"])
def test_equal_models_pass_worse_ones_fail_and_few_rows_say_so(name: str) -> None:
    """Twenty thousand rows decide, sixty cannot; the figures are in the metric's own unit and direction."""
    gate = _set(name, margin=0.03)

    equal = finding(gate, _EQUAL.candidate(), _EQUAL.baseline())
    worse = finding(gate, _WORSE.candidate(), _WORSE.baseline())
    few = finding(_set(name, margin=0.01), _FEW.candidate(), _FEW.baseline())

    assert (equal.verdict, equal.reason) == (Verdict.PASS, Reason.NOT_WORSE)
    assert (worse.verdict, worse.reason) == (Verdict.FAIL, Reason.WORSE)
    assert few.verdict is Verdict.INCONCLUSIVE
    assert few.n_needed is None or few.n_needed > 60
    sign = 1 if name in _LOWER else -1
    for each in (equal, worse, few):
        assert each.name == f"regression.{name}"
        assert each.threshold == sign * (0.01 if each is few else 0.03)
        assert each.interval is not None
        assert each.estimate is not None
        assert each.candidate is not None
        assert each.baseline is not None
        assert each.interval[0] <= each.estimate <= each.interval[1]
        assert each.estimate == pytest.approx(each.candidate - each.baseline, abs=1e-9)
    bad_end = 1 if name in _LOWER else 0
    assert equal.interval is not None
    assert worse.interval is not None
    assert (equal.interval[bad_end] - equal.threshold) * sign < 0  # type: ignore[operator]
    assert (worse.interval[1 - bad_end] - worse.threshold) * sign > 0  # type: ignore[operator]


@pytest.mark.parametrize("name", [*_OF_CLASSES, *_OF_SCORES])
def test_a_better_model_never_fails(name: str) -> None:
    """The candidate wins nine of ten rows that tell the models apart."""
    better = Models(5_000, moved=0.1, lost=0.1)

    assert finding(_set(name), better.candidate(), better.baseline()).verdict is Verdict.PASS


def test_exchanging_the_models_mirrors_the_figures() -> None:
    """Which model is called the candidate changes signs alone."""
    for name in (*_OF_CLASSES, *_OF_SCORES):
        one = finding(_set(name), _EQUAL.candidate(), _EQUAL.baseline())
        other = finding(_set(name), _EQUAL.baseline().evidence, production(_EQUAL.candidate()))

        assert one.estimate == pytest.approx(-(other.estimate or 0), abs=1e-11)
        assert one.interval is not None
        assert other.interval is not None
        assert one.interval == pytest.approx((-other.interval[1], -other.interval[0]), abs=1e-9)


def test_recall_counts_the_positives_alone() -> None:
    """A thousand rows with eighty positives are eighty rows for a recall, and n_needed speaks of all."""
    models = Models(1_000, base=0.08, seed=3)

    found = finding(_set("recall"), models.candidate(), models.baseline())

    positives = int(models.labels.sum())
    assert found.n == 1_000
    assert f"1,000 rows, {positives} of which it is about" in found.message
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.n_needed is not None
    assert found.n_needed > 1_000


def test_a_column_of_numbers_has_the_direction_that_was_said() -> None:
    """Costs that rise are worse, rewards that rise are better."""
    draw = np.random.default_rng(1)
    theirs = draw.exponential(1, 5_000)
    more = theirs + 0.2 + draw.normal(0, 0.1, 5_000)
    ours, old = evidence(values={"amount": more}), production(evidence(values={"amount": theirs}))

    reward = finding(_set("amount", margin=0.1), ours, old)
    cost = finding(_set("amount", margin=0.1, lower=("amount",)), ours, old)

    assert (reward.verdict, reward.threshold) == (Verdict.PASS, -0.1)
    assert (cost.verdict, cost.threshold) == (Verdict.FAIL, 0.1)
    assert reward.estimate == cost.estimate == pytest.approx(0.2, abs=0.01)
    assert "above production" in cost.message


def test_a_declared_column_is_meant_before_a_metric_of_its_name() -> None:
    """Rows that carry a figure `f1` for each answer, as question answering has, need no labels to be judged."""
    draw = np.random.default_rng(2)
    overlap = draw.random(4_000)
    ours = evidence(values={"f1": overlap, "log_loss": overlap + 1})
    old = production(evidence(values={"f1": overlap - 0.001, "log_loss": overlap + 0.5}))

    assert finding(_set("f1"), ours, old).candidate == pytest.approx(overlap.mean())
    assert finding(_set("log_loss"), ours, old).verdict is Verdict.FAIL


@pytest.mark.parametrize("name", ["accuracy", "f1", "log_loss", "roc_auc"])
def test_a_relative_margin_is_a_share_of_the_baselines_value(name: str) -> None:
    """2 % of 0.9 is 0.018: the threshold says so, and the verdict is that of the absolute margin, nearly."""
    for models, expected in ((_EQUAL, Verdict.PASS), (_WORSE, Verdict.FAIL)):
        found = finding(_set(name, margin=0.04, relative=True), models.candidate(), models.baseline())
        sign = 1 if name == "log_loss" else -1
        assert found.baseline is not None
        assert found.threshold == pytest.approx(sign * 0.04 * found.baseline, abs=1e-12)
        absolute = finding(_set(name, margin=0.04 * found.baseline), models.candidate(), models.baseline())
        assert found.estimate == absolute.estimate
        assert found.interval == pytest.approx(absolute.interval, abs=0.004)
        if name != "log_loss" or expected is Verdict.FAIL:
            assert (found.verdict, absolute.verdict) == (expected, expected)


def test_a_relative_margin_of_a_value_below_zero_allows_a_worse_one() -> None:
    """A reward of -10 may fall to -10.5 by a margin of 10 %, not only to -9."""
    draw = np.random.default_rng(3)
    theirs = -10 + draw.normal(0, 1, 3_000)
    gate = _set("reward", margin=0.1, relative=True)

    little = finding(gate, evidence(values={"reward": theirs - 0.3}), production(evidence(values={"reward": theirs})))
    much = finding(gate, evidence(values={"reward": theirs - 1.5}), production(evidence(values={"reward": theirs})))

    assert (little.verdict, much.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert little.threshold == pytest.approx(-1.0, abs=0.01)


@pytest.mark.parametrize("lower", [(), ("v",)])
@pytest.mark.parametrize("level", [2.0, -2.0])
def test_a_relative_margins_interval_has_the_baselines_own_uncertainty(level: float, lower: tuple[str, ...]) -> None:
    """Of independent columns candidate minus 1.5 (or 0.5) times baseline spreads more (or less) than the difference:
    the test is whether candidate minus what is allowed is above 0."""
    draw = np.random.default_rng(6)
    ours, theirs = draw.normal(level, 1, 4_000), draw.normal(level, 1, 4_000)

    found = finding(
        _set("v", margin=0.5, relative=True, lower=lower),
        evidence(values={"v": ours}),
        production(evidence(values={"v": theirs})),
    )

    allowed = 1.5 if (level > 0) == bool(lower) else 0.5  # times the baseline is the worst that may be
    assert found.interval is not None
    assert found.baseline is not None
    assert found.interval[1] - found.interval[0] == pytest.approx(
        2 * 1.645 * np.std(ours - allowed * theirs) / 4_000**0.5, rel=0.01
    )
    assert abs(found.threshold or 0) == pytest.approx(0.5 * abs(found.baseline))
    assert found.verdict is Verdict.PASS


def test_several_metrics_have_margins_of_their_own() -> None:
    """One finding for each, in the order of the file."""
    gate = GateSet(
        name="s",
        regression=Regression(
            comparing=Comparing(margins={"log_loss": Margin(value=0.1), "accuracy": Margin(value=0.03)})
        ),
    )

    found = judge(gate, _EQUAL.candidate(), _EQUAL.baseline())

    assert [(each.name, each.threshold) for each in found] == [
        ("regression.log_loss", 0.1),
        ("regression.accuracy", -0.03),
    ]


def test_metrics_come_from_performance_where_none_are_named() -> None:
    """What is computed from rows, in the user's spelling; a value of a metrics file has no rows to compare."""
    gate = _set(performance={"auc": Bound(min=0.1), "train.loss": Bound(max=9), "f1_score": Bound(min=0.1)})

    found = judge(gate, _EQUAL.candidate(), _EQUAL.baseline())

    assert [each.name for each in found if each.kind == "regression"] == ["regression.auc", "regression.f1_score"]
    nothing = judge(_set(), _EQUAL.candidate(), _EQUAL.baseline())
    assert [each.name for each in nothing] == ["regression.accuracy"]


def test_a_metric_of_a_metrics_file_cannot_be_compared() -> None:
    """Named all the same, it is an error that says what is possible."""
    with_loss = replace(
        _EQUAL.candidate(), metrics={"loss": (Measured(value=0.1, source=Source(path="m.json", digest="b3:m")),)}
    )

    found = finding(_set("loss"), with_loss, _EQUAL.baseline())

    assert (found.verdict, found.reason) == (Verdict.ERROR, Reason.METRIC_UNSUPPORTED)
    assert "plain limit under `performance`" in found.message


def test_a_metric_without_a_value_is_an_error_of_its_own() -> None:
    """No positives: recall is not 0, and the other metrics are judged as ever."""
    labels, answers = [0] * 2_000, [0] * 1_990 + [1] * 10

    found = judge(
        _set("recall", "accuracy", margin=0.02),
        evidence(labels=labels, answers=answers, positive="1"),
        production(evidence(labels=labels, answers=answers, positive="1")),
    )

    assert [(each.verdict, each.reason) for each in found] == [
        (Verdict.ERROR, Reason.UNDEFINED),
        (Verdict.PASS, Reason.NOT_WORSE),
    ]
    assert "no row has the positive class as label" in found[0].message


def _columns(worse: float, others: int, n: int = 400) -> tuple[Evidence, Evidence, tuple[str, ...]]:
    """A column `a` that is worse by so many standard errors beyond 1, and others that are equal in truth."""
    draw = np.random.default_rng(5)
    theirs = {name: draw.normal(0, 1, n) for name in ("a", *(f"b{at}" for at in range(others)))}
    ours = {name: values + draw.normal(0, 1, n) for name, values in theirs.items()}
    noise = ours["a"] - theirs["a"]
    ours["a"] = ours["a"] - noise.mean() - 1 - worse * noise.std() / n**0.5
    return evidence(values=ours), evidence(values=theirs), tuple(theirs)


def test_a_lone_failure_of_many_is_not_enough() -> None:
    """Two standard errors beyond the margin fail alone, and not among nine; four do."""
    ours, theirs, names = _columns(2.0, 8)

    alone = finding(_set("a", margin=1), ours, production(theirs))
    among = judge(_set(*names, margin=1), ours, production(theirs))
    further, other, _ = _columns(4.0, 8)
    sure = judge(_set(*names, margin=1), further, production(other))

    assert alone.verdict is Verdict.FAIL
    assert [each.verdict for each in among] == [Verdict.INCONCLUSIVE] + [Verdict.PASS] * 8
    assert (among[0].reason, among[0].n_needed) == (Reason.NEAR_THE_LIMIT, None)
    assert "worse by itself, and not among all that were compared" in among[0].message
    assert [each.verdict for each in sure] == [Verdict.FAIL] + [Verdict.PASS] * 8


def test_false_discoveries_are_counted_where_that_was_asked() -> None:
    """Benjamini and Hochberg let through what Holm holds back, when most of a family is bad."""
    draw = np.random.default_rng(9)
    n, names = 400, tuple(f"c{at}" for at in range(6))
    theirs = {name: draw.normal(0, 1, n) for name in names}
    noise = draw.normal(0, 1, n)
    noise = (noise - noise.mean()) / noise.std()
    ours = {name: values + noise - 1 - 2.0 / n**0.5 for name, values in theirs.items()}

    def verdicts(correction: Correction) -> set[Verdict]:
        gate = _set(*names, margin=1, correction=correction)
        return {each.verdict for each in judge(gate, evidence(values=ours), production(evidence(values=theirs)))}

    assert verdicts(Correction.HOLM) == {Verdict.INCONCLUSIVE}
    assert verdicts(Correction.HOCHBERG) == {Verdict.FAIL}
    assert verdicts(Correction.BENJAMINI_HOCHBERG) == {Verdict.FAIL}


def test_block_on_decline_fails_what_is_worse_at_all() -> None:
    """A loss of half a point in 50,000 rows is within the margin of two, and is a decline."""
    models = Models(50_000, moved=0.05, lost=0.55)

    margin = finding(_set("accuracy", margin=0.02), models.candidate(), models.baseline())
    decline = finding(_set("accuracy", margin=0.02, block_on=BlockOn.DECLINE), models.candidate(), models.baseline())

    assert margin.verdict is Verdict.PASS
    assert (decline.verdict, decline.reason) == (Verdict.FAIL, Reason.WORSE)
    assert "worse, by however little" in decline.message
    assert "by more than 0.020" not in decline.message


def test_a_decline_that_may_be_within_the_margin_is_not_said_to_be_beyond_it() -> None:
    """Worse for sure, and not surely by the margin: the sentence claims no more than that."""
    models = Models(3_000, moved=0.05, lost=0.7)

    found = finding(_set("accuracy", margin=0.02, block_on=BlockOn.DECLINE), models.candidate(), models.baseline())
    without = finding(_set("accuracy", margin=0.02), models.candidate(), models.baseline())

    assert without.verdict is Verdict.INCONCLUSIVE
    assert found.verdict is Verdict.FAIL
    assert "by more than" not in found.message


def test_equal_models_are_no_decline() -> None:
    """As many rows won as lost."""
    gate = _set("accuracy", "f1", "log_loss", margin=0.02, block_on=BlockOn.DECLINE)

    assert {each.verdict for each in judge(gate, _EQUAL.candidate(), _EQUAL.baseline())} == {Verdict.PASS}


def test_clusters_widen_the_interval() -> None:
    """Rows of one user that share their fate count once; the message says how many users there are."""
    models = Models(400, moved=0.2)
    ten = np.repeat(np.arange(400), 10)
    labels, ours, theirs = models.labels[ten], models.ours[ten], models.theirs[ten]
    gate = _set("accuracy", margin=0.02)

    rows = finding(gate, evidence(labels=labels, answers=ours), production(evidence(labels=labels, answers=theirs)))
    users = finding(
        gate,
        evidence(labels=labels, answers=ours, cluster=ten),
        production(evidence(labels=labels, answers=theirs, cluster=ten)),
    )

    assert rows.estimate == users.estimate
    assert rows.interval is not None
    assert users.interval is not None
    width = (users.interval[1] - users.interval[0]) / (rows.interval[1] - rows.interval[0])
    assert width == pytest.approx(10**0.5, rel=0.02)
    assert "4,000 rows in 400 clusters" in users.message


def _anchored(step: float = 0.02, total: float = 0.04) -> GateSet:
    return GateSet(
        name="s",
        regression=Regression(
            comparing=Comparing(margin=Margin(value=step)), anchor=Comparing(margin=Margin(value=total))
        ),
    )


def test_an_anchor_limits_what_may_be_lost_in_all() -> None:
    """Not worse than production, and five points worse than the anchor."""
    models = Models(20_000)
    anchor = production(evidence(labels=models.labels, answers=_right(models.labels, 0.97)))

    found = judge(_anchored(), models.candidate(), models.baseline(), anchor=anchor)

    assert [(each.name, each.verdict, each.threshold) for each in found] == [
        ("regression.accuracy", Verdict.PASS, -0.02),
        ("regression.anchor.accuracy", Verdict.FAIL, -0.04),
    ]


def _right(labels: np.ndarray[tuple[int], np.dtype[np.int64]], share: float) -> list[int]:
    right = np.random.default_rng(4).random(len(labels)) < share
    return [int(each) for each in np.where(right, labels, 1 - labels)]


def test_an_anchor_that_nobody_named_is_an_error() -> None:
    """With the option that names it."""
    found = judge(_anchored(), _EQUAL.candidate(), _EQUAL.baseline())

    assert (found[1].verdict, found[1].reason) == (Verdict.ERROR, Reason.NO_BASELINE)
    assert "--anchor" in found[1].message


def test_a_first_model_has_no_anchor_either() -> None:
    """Declared the first, it is compared with nothing, and nothing blocks it for that."""
    assert judge(_anchored(), _EQUAL.candidate(), LeftOut()) == ()
    assert judge(_anchored(), _EQUAL.candidate(), LeftOut(), anchor=_EQUAL.baseline())[0].name.startswith(
        "regression.anchor"
    )


def test_the_same_artifact_passes_every_metric() -> None:
    """Without looking at a row."""
    gate = _set("accuracy", "f1", "nonsense")
    same = production(evidence(labels=[1], answers=[0], artifact="b3:same"))

    found = judge(gate, evidence(labels=[1], answers=[1], artifact="b3:same"), same)

    assert {(each.verdict, each.reason) for each in found} == {(Verdict.PASS, Reason.SAME_ARTIFACT)}
    assert len(found) == 3


def test_without_a_baseline_every_metric_says_so() -> None:
    """One finding for each, so that a report has a line for each."""
    found = judge(_set("accuracy", "f1"), _EQUAL.candidate(), Absent(reason=AbsentReason.NO_BASELINE))

    assert [(each.name, each.reason) for each in found] == [
        ("regression.accuracy", Reason.NO_BASELINE),
        ("regression.f1", Reason.NO_BASELINE),
    ]


@pytest.mark.parametrize(
    ("models", "verdict", "decision"),
    [
        (_EQUAL, Verdict.PASS, Decision.ALLOW),
        (_WORSE, Verdict.FAIL, Decision.WARN),
        (_FEW, Verdict.INCONCLUSIVE, Decision.WARN),
    ],
)
def test_a_set_that_observes_judges_and_never_stops(models: Models, verdict: Verdict, decision: Decision) -> None:
    """The verdict stays what it is; what would have been stopped is a warning, debt and errors included."""
    gate = replace(_set("accuracy"), mode=Mode.OBSERVE)
    findings: tuple[Finding, ...] = judge(gate, models.candidate(), models.baseline())

    judgement = conclude(gate, findings)

    assert (judgement.verdict, judgement.decision) == (verdict, decision)
    assert conclude(gate, findings, debt=2).decision is Decision.WARN
    assert conclude(gate, ()).decision is Decision.WARN


def test_one_row_of_a_metric_without_counts_is_too_few() -> None:
    """No spread can be seen in one row: no interval, no number of rows, and no pass."""
    found = finding(
        _set("reward", margin=0.1), evidence(values={"reward": [1.0]}), production(evidence(values={"reward": [1.0]}))
    )

    assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, Reason.TOO_FEW_INFORMATIVE_ROWS)
    assert (found.interval, found.n_needed) == (None, None)
    assert "inf" not in found.message


def test_a_share_of_nothing_is_no_margin() -> None:
    """One per cent of a recall of 0 allows no loss at all, which nothing can show: it is told, and is no division."""
    labels, answers = [1] * 300 + [0] * 300, [1] * 150 + [0] * 450
    nothing = evidence(labels=labels, answers=[0] * 600, groups={"g": ["a", "b"] * 300}, positive="1")
    mine = evidence(labels=labels, answers=answers, groups={"g": ["a", "b"] * 300}, positive="1")
    gate = _set("recall", margin=0.01, relative=True)
    assert gate.regression is not None

    alone = finding(gate, mine, production(nothing))
    sliced = finding(
        GateSet(name="s", slices=Slices(by=(("g",),), comparing=gate.regression.comparing)),
        mine,
        production(nothing),
    )

    assert (alone.verdict, alone.reason) == (Verdict.INCONCLUSIVE, Reason.UNDEFINED)
    assert "a share of a baseline of 0 is no margin" in alone.message
    assert sliced.verdict is Verdict.INCONCLUSIVE


def test_rows_that_are_lacking_are_rows_with_clusters_too() -> None:
    """Sixty people with ten rows each that have nothing in common: about as many rows are lacking as without them."""
    people = [at // 10 for at in range(600)]
    models = Models(600, moved=0.2)
    ours, theirs = _both(models)
    gate = _set("accuracy", margin=0.04)

    alone = finding(gate, ours, production(theirs))
    grouped = finding(gate, _of_people(ours, people), production(_of_people(theirs, people)))

    assert (alone.verdict, grouped.verdict) == (Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE)
    assert alone.n_needed is not None
    assert grouped.n_needed is not None
    assert 0.5 * alone.n_needed < grouped.n_needed < 2 * alone.n_needed


def _both(models: Models) -> tuple[Evidence, Evidence]:
    return models.candidate(), models.baseline().evidence


def _of_people(one: Evidence, people: list[int]) -> Evidence:
    assert isinstance(one.predictions, Predictions)
    cluster = pl.Series("cluster", [str(each) for each in people])
    return replace(one, predictions=replace(one.predictions, table=one.predictions.table.with_columns(cluster)))
