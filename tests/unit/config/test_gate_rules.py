"""The rules of gates from text: what is read, and every mistake at its line and column, all at once."""

from __future__ import annotations

import pytest

from seatrial.config.gate_rules.showing import shown_rules
from seatrial.config.gates import load_gates
from seatrial.errors import ConfigError
from seatrial.gates.margin import Margin
from seatrial.gates.policy import BlockOn, Calibration, Comparing, Correction, Fairness, GateSet, Mode


def read(text: str) -> GateSet:
    """The set `promote` of a flat file."""
    return load_gates(text.encode(), "g.yaml")["promote"]


def refusals(text: str) -> list[str]:
    """Problems as `line:column key: message`."""
    with pytest.raises(ConfigError) as caught:
        load_gates(text.encode(), "g.yaml")
    assert all(problem.next_step for problem in caught.value.problems)
    return [str(problem).removeprefix("g.yaml:") for problem in caught.value.problems]


def step(text: str) -> str | None:
    """The next step after the only mistake."""
    with pytest.raises(ConfigError) as caught:
        load_gates(text.encode(), "g.yaml")
    (problem,) = caught.value.problems
    return problem.next_step


def only(text: str) -> str:
    """The only refusal."""
    (found,) = refusals(text)
    return found


def _comparing(text: str) -> Comparing:
    rule = read(text).regression
    assert rule is not None
    return rule.comparing


class TestComparing:
    """Margins, metrics and levels of `regression` and `slices`."""

    @pytest.mark.parametrize(
        ("written", "margin"),
        [
            ("0.01", Margin(value=0.01)),
            ("2%", Margin(value=0.02, relative=True)),
            ("2.5 %", Margin(value=0.025, relative=True)),
        ],
    )
    def test_a_margin_is_a_number_or_a_share(self, written: str, margin: Margin) -> None:
        assert _comparing(f"regression: {{max_degradation: {written}}}").margin == margin

    def test_margins_by_metric(self) -> None:
        rule = _comparing("regression: {max_degradation: {accuracy: 0.01, log_loss: 2%}}")

        assert rule.margin is None
        assert rule.margins == {"accuracy": Margin(value=0.01), "log_loss": Margin(value=0.02, relative=True)}
        assert rule.metrics is None

    def test_metric_and_metrics(self) -> None:
        assert _comparing("regression: {max_degradation: 0.01, metric: f1}").metrics == ("f1",)
        assert _comparing("regression: {max_degradation: 0.01, metrics: [f1, auc]}").metrics == ("f1", "auc")

    def test_a_margin_of_a_metric_without_a_range_may_be_any_size(self) -> None:
        assert _comparing("regression: {max_degradation: 5, metrics: [mae, judge_score]}").margin == Margin(value=5)

    def test_levels_and_words(self) -> None:
        rule = _comparing(
            "regression: {max_degradation: 0.01, alpha: 0.01, power: 0.9, block_on: decline, correction: hochberg}"
        )

        assert (rule.alpha, rule.power) == (0.01, 0.9)
        assert (rule.block_on, rule.correction) == (BlockOn.DECLINE, Correction.HOCHBERG)

    def test_an_anchor_has_a_margin_of_its_own(self) -> None:
        rule = read("regression: {max_degradation: 0.01, anchor: {max_degradation: 0.03, alpha: 0.1}}").regression

        assert rule is not None
        assert rule.anchor is not None
        assert (rule.anchor.margin, rule.anchor.alpha) == (Margin(value=0.03), 0.1)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("regression: 3", "1:13 regression: a mapping with the keys alpha, anchor, block_on, correction"),
            ("regression: {}", "1:1 regression: `max_degradation` is missing"),
            (
                "regression: {max_degradation: two}",
                "1:31 regression.max_degradation: max_degradation must be a percentage or a number",
            ),
            (
                "regression: {max_degradation: true}",
                "1:31 regression.max_degradation: max_degradation must be a percentage or a number",
            ),
            (
                "regression: {max_degradation: -0.1}",
                "1:31 regression.max_degradation: max_degradation must be above 0: a model that is the same",
            ),
            (
                "regression: {max_degradation: 0%}",
                "1:31 regression.max_degradation: max_degradation must be above 0",
            ),
            (
                "regression: {max_degradation: 100%}",
                "1:31 regression.max_degradation: a model may not lose all that the baseline has",
            ),
            (
                "regression: {max_degradation: 2, metric: mcc}",
                "1:31 regression.max_degradation: max_degradation 2 is as wide as `mcc` itself",
            ),
            (
                "regression: {max_degradation: 1}\nperformance: {f1: {min: 0.5}}",
                "1:31 regression.max_degradation: max_degradation 1 is as wide as `f1` itself",
            ),
            (
                "regression: {max_degradation: 0.01, anchor: {max_degradation: 1}}",
                "1:63 regression.anchor.max_degradation: max_degradation 1 is as wide as `accuracy` itself",
            ),
            (
                "slices: {by: [g], max_degradation: 1.0}",
                "1:36 slices.max_degradation: max_degradation 1 is as wide as `accuracy` itself",
            ),
            (
                "regression: {max_degradation: {f1: 0.01, recall: 1}}",
                "1:50 regression.max_degradation.recall: max_degradation 1 is as wide as `recall` itself",
            ),
            ("regression: {max_degradation: {}}", "1:31 regression.max_degradation: no margin is given"),
            (
                "regression: {max_degradation: {f1: 0.01}, metrics: [f1, auc]}",
                "1:31 regression.max_degradation: there is no margin for `auc`",
            ),
            (
                "regression: {max_degradation: 0.01, metric: f1, metrics: [auc]}",
                "1:37 regression.metric: `metric` and `metrics` say the same",
            ),
            ("regression: {max_degradation: 0.01, metrics: []}", "1:46 regression.metrics: no metric is named"),
            ("regression: {max_degradation: 0.01, metrics: f1}", "1:46 regression.metrics: a list of metrics was"),
            (
                "regression: {max_degradation: 0.01, metrics: [f1, f1]}",
                "1:51 regression.metrics[1]: `f1` stands twice",
            ),
            (
                "regression: {max_degradation: 0.01, block_on: worse}",
                "1:47 regression.block_on: block_on cannot be `worse`",
            ),
            (
                "regression: {max_degradation: 0.01, correction: bonferroni}",
                "1:49 regression.correction: correction cannot be `bonferroni`",
            ),
            (
                "regression: {max_degradation: 0.01, alpha: 5}",
                "1:44 regression.alpha: alpha must lie between 0 and 0.5, and is 5",
            ),
            (
                "regression: {max_degradation: 0.01, alpha: '0.05'}",
                "1:44 regression.alpha: alpha must be a number, not text",
            ),
            (
                "regression: {max_degradation: 0.01, power: 1}",
                "1:44 regression.power: power must lie between 0.5 and 1",
            ),
            ("regression: {max_degredation: 0.01}", "1:14 regression.max_degredation: unknown key `max_degredation`"),
            (
                "regression: {max_degradation: 0.02, anchor: {max_degradation: 0.01}}",
                "1:45 regression.anchor: the anchor's margin 0.01 is below that of one step, 0.02",
            ),
            (
                "regression: {max_degradation: 0.02, anchor: {}}",
                "1:37 regression.anchor: `max_degradation` is missing",
            ),
        ],
    )
    def test_mistakes_stand_where_they_are(self, text: str, expected: str) -> None:
        assert only(text).startswith(expected)

    def test_a_margin_for_a_metric_that_is_not_compared_names_the_nearest(self) -> None:
        text = "regression: {max_degradation: {accurcy: 0.01, f1: 0.1}, metrics: [accuracy, f1]}"

        found = refusals(text)

        assert found[0].startswith("1:32 regression.max_degradation.accurcy: `accurcy` is not among `metrics`")
        with pytest.raises(ConfigError) as caught:
            load_gates(text.encode(), "g.yaml")
        assert caught.value.problems[0].next_step == "did you mean `accuracy`?"


class TestGroupings:
    """`by:` and `protected_attributes:`."""

    def test_columns_and_intersections(self) -> None:
        rule = read("slices: {by: [region, [region, size]], max_degradation: 0.02}").slices

        assert rule is not None
        assert rule.by == (("region",), ("region", "size"))

    def test_one_column_needs_no_brackets(self) -> None:
        rule = read("slices: {by: region, max_degradation: 0.02}").slices

        assert rule is not None
        assert rule.by == (("region",),)

    @pytest.mark.parametrize(
        ("by", "expected"),
        [
            ("[]", "1:14 slices.by: no column is named"),
            ("{a: 1}", "1:14 slices.by: a list of column was expected here, not a mapping"),
            ("[1]", "1:15 slices.by[0]: a column must be text, and 1 is a number"),
            ("[[region]]", "1:15 slices.by[0]: an intersection has two columns or more"),
            ("[[a, a]]", "1:19 slices.by[0][1]: `a` stands twice"),
            ("[a, a]", "1:18 slices.by[1]: `a` stands twice"),
            ("[[a, b], [b, a]]", "1:23 slices.by[1]: `b x a` stands twice"),
            ("[' ']", "1:15 slices.by[0]: a column is empty"),
        ],
    )
    def test_mistakes_stand_where_they_are(self, by: str, expected: str) -> None:
        assert only(f"slices: {{by: {by}, max_degradation: 0.02}}").startswith(expected)

    def test_slices_need_columns_and_a_margin(self) -> None:
        assert [line.partition(": ")[2] for line in refusals("slices: {}")] == [
            "`by` is missing",
            "`max_degradation` is missing",
        ]


class TestFairness:
    """Attributes, metrics and three limits."""

    def test_all_of_it(self) -> None:
        rule = read(
            "fairness: {protected_attributes: [gender], metrics: [equal_opportunity, fpr, accuracy],"
            " max_disparity: 0.05, min_ratio: 0.8, max_increase: 0.02, alpha: 0.1, power: 0.9}"
        ).fairness

        assert rule == Fairness(
            protected=(("gender",),),
            metrics=("equal_opportunity", "fpr", "accuracy"),
            max_disparity=0.05,
            min_ratio=0.8,
            max_increase=0.02,
            alpha=0.1,
            power=0.9,
            place=None if rule is None else rule.place,
        )

    def test_metrics_are_chosen_later_where_nobody_says(self) -> None:
        rule = read("fairness: {protected_attributes: [gender], max_disparity: 0.05}").fairness

        assert rule is not None
        assert rule.metrics is None

    @pytest.mark.parametrize(
        ("keys", "expected"),
        [
            ("max_disparity: 0.05", "1:1 fairness: `protected_attributes` is missing"),
            ("protected_attributes: [g]", "1:1 fairness: fairness has no limit"),
            ("protected_attributes: [], max_disparity: 0.05", "1:34 fairness.protected_attributes: no column is named"),
            (
                "protected_attributes: [g], max_disparity: 5",
                "1:54 fairness.max_disparity: max_disparity must lie between 0 and 1, and is 5",
            ),
            (
                "protected_attributes: [g], max_disparity: 0",
                "1:54 fairness.max_disparity: max_disparity must lie between 0 and 1, and is 0",
            ),
            (
                "protected_attributes: [g], min_ratio: 1",
                "1:50 fairness.min_ratio: min_ratio must lie between 0 and 1, and is 1",
            ),
            (
                "protected_attributes: [g], max_increase: x",
                "1:53 fairness.max_increase: max_increase must be a number, not text",
            ),
            (
                "protected_attributes: [g], max_disparity: 0.1, metrics: []",
                "1:68 fairness.metrics: no metric is named",
            ),
            (
                "protected_attributes: [g], max_disparity: 0.1, metrics: [equal_oportunity]",
                "1:69 fairness.metrics[0]: there is no fairness metric `equal_oportunity`",
            ),
            ("protected_attributes: [g], max_disparty: 0.1", "1:39 fairness.max_disparty: unknown key"),
        ],
    )
    def test_mistakes_stand_where_they_are(self, keys: str, expected: str) -> None:
        found = refusals(f"fairness: {{{keys}}}")

        assert found[0].startswith(expected)
        assert len(found) == 1

    def test_a_misspelt_metric_is_answered_with_the_nearest(self) -> None:
        text = "fairness: {protected_attributes: [g], max_disparity: 0.1, metrics: [demografic_parity]}"

        assert step(text) == "did you mean `demographic_parity`?"


class TestCalibration:
    """Two limits, bins and groups."""

    def test_all_of_it(self) -> None:
        rule = read(
            "calibration: {max_error: 0.05, max_gap: 0.02, bins: 10, by: [region, [a, b]], alpha: 0.1}"
        ).calibration

        assert rule == Calibration(
            max_error=0.05,
            max_gap=0.02,
            bins=10,
            by=(("region",), ("a", "b")),
            alpha=0.1,
            place=None if rule is None else rule.place,
        )

    @pytest.mark.parametrize(
        ("keys", "expected"),
        [
            ("bins: 10", "1:1 calibration: calibration has no limit"),
            ("max_error: 0", "1:26 calibration.max_error: max_error must lie between 0 and 1, and is 0"),
            ("max_gap: 5%", "1:24 calibration.max_gap: max_gap must be a number, not text"),
            ("max_error: 0.1, bins: 1", "1:37 calibration.bins: bins must be a whole number from 2 to 100"),
            ("max_error: 0.1, bins: 500", "1:37 calibration.bins: bins must be a whole number from 2 to 100"),
            ("max_error: 0.1, bins: 7.5", "1:37 calibration.bins: bins must be a whole number"),
            ("max_error: 0.1, by: []", "1:35 calibration.by: no column is named"),
            ("max_error: 0.1, max_gab: 0.1", "1:31 calibration.max_gab: unknown key `max_gab`"),
        ],
    )
    def test_mistakes_stand_where_they_are(self, keys: str, expected: str) -> None:
        assert only(f"calibration: {{{keys}}}").startswith(expected)


class TestSets:
    """What a set says beside its gates."""

    def test_all_of_it(self) -> None:
        promote = read(
            "performance: {reward: {min: 0.5, confidence: 0.9}}\n"
            "mode: observe\ncluster: user\nlower_is_better: [cost]\n"
        )

        assert (promote.mode, promote.cluster, promote.lower_is_better) == (Mode.OBSERVE, "user", ("cost",))
        assert promote.performance["reward"].confidence == 0.9

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("mode: watch", "2:7 mode: mode cannot be `watch`"),
            ("cluster: 3", "2:10 cluster: cluster must be text, and 3 is a number"),
            ("cluster: [user]", "2:10 cluster: cluster must be text, not a list"),
            ("lower_is_better: cost", "2:18 lower_is_better: a list of columns was expected here, not text"),
            ("lower_is_better: [a, a]", "2:22 lower_is_better[1]: `a` stands twice"),
            ("lower_is_better: [a, log_loss]", "2:22 lower_is_better[1]: which way `log_loss` is better is known"),
        ],
    )
    def test_mistakes_stand_where_they_are(self, line: str, expected: str) -> None:
        assert only(f"performance: {{loss: {{max: 1}}}}\n{line}\n").startswith(expected)

    @pytest.mark.parametrize(
        ("text", "baseline"),
        [
            ("performance: {accuracy: {min: 0.5}}", False),
            ("calibration: {max_error: 0.1}", False),
            ("fairness: {protected_attributes: [g], max_disparity: 0.1}", False),
            ("fairness: {protected_attributes: [g], max_increase: 0.1}", True),
            ("slices: {by: [g], max_degradation: 0.1}", True),
            ("regression: {max_degradation: 0.1}", True),
        ],
    )
    def test_who_needs_a_baseline(self, text: str, baseline: bool) -> None:
        assert read(text).needs_baseline is baseline


def test_mistakes_of_all_gates_come_at_once_in_the_order_of_the_file() -> None:
    """Nobody mends a file one message at a time."""
    text = (
        "promote:\n"
        "  performance: {accuracy: {min: 95}}\n"
        "  regression: {max_degradation: 0, alpha: 1}\n"
        "  slices: {max_degradation: 0.1}\n"
        "  fairness: {protected_attributes: [g], metrics: [fairnes]}\n"
        "  calibration: {max_error: 0.1, bins: 0}\n"
        "  mode: off\n"
    )

    assert [line.partition(": ")[0] for line in refusals(text)] == [
        "2:33 promote.performance.accuracy.min",
        "3:33 promote.regression.max_degradation",
        "3:43 promote.regression.alpha",
        "4:3 promote.slices",
        "5:3 promote.fairness",
        "5:51 promote.fairness.metrics[0]",
        "6:39 promote.calibration.bins",
        "7:9 promote.mode",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "slices: {by: [g, [g, h]], max_degradation: {f1: 2%}}",
        "regression: {max_degradation: 0.01, anchor: {max_degradation: 0.03}}",
        "fairness: {protected_attributes: [g], metrics: [accuracy], max_disparity: 0.1, min_ratio: 0.5}",
        "calibration: {max_error: 0.1}",
    ],
)
def test_rules_are_shown_with_the_keys_they_were_written_with(text: str) -> None:
    """`config --show` prints every key with its value, so that what was written is in it and nothing is renamed."""
    from seatrial.config.yaml_source import parse_yaml

    written = parse_yaml(text.encode(), "g.yaml").value
    assert isinstance(written, dict)
    shown = shown_rules(read(text))

    for kind, keys in written.items():
        for key, value in keys.items():
            found = shown[kind].get(key)
            if key == "anchor":
                assert isinstance(found, dict)
                assert found["max_degradation"] == value["max_degradation"]
            elif key == "protected_attributes":
                assert found == value
            else:
                assert found == value
