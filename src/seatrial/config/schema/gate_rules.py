"""The shape of the gates that judge rows, for editors: limits, comparisons, slices, fairness, calibration, recipe.

Called by `gates` beside this file; the readers stand in `config/gate_rules/`. Whether a metric exists, and whether its
range leaves a limit anything to decide, only the loader tells.
"""

from __future__ import annotations

from seatrial.config.gate_rules import calibration as calibration_rule
from seatrial.config.gate_rules import comparing as comparing_rule
from seatrial.config.gate_rules import custom as custom_rule
from seatrial.config.gate_rules import fairness as fairness_rule
from seatrial.config.gate_rules import recipe as recipe_rule
from seatrial.config.gate_rules.performance import BOUND_KEYS
from seatrial.config.schema.shapes import (
    FLAG,
    NUMBER,
    PERCENTAGE,
    TEXT,
    Schema,
    above,
    any_key,
    between,
    closed,
    entries,
    key,
    one_of,
    texts,
    whole,
    word,
)
from seatrial.gates.policy import BlockOn, Calibration, Comparing, Correction, Recipe, Regression

MARGIN = one_of(above(0), PERCENTAGE)
GROUPINGS = one_of(TEXT, entries(one_of(TEXT, texts(least=2)), least=1))
_NO_SPACE: Schema = {"pattern": r"\S"}
_CONFIDENCE = "how sure the verdict must be, for example 0.95; needs rows"
_POWER = "the chance of passing that `n_needed` plans for"


def levels(alpha: float, power: float) -> dict[str, Schema]:
    """The two levels that all comparisons have, with what they are where nothing is written."""
    return {
        "alpha": key("the chance that a model worse by exactly the margin passes", between(0, 0.5), default=alpha),
        "power": key(_POWER, between(0.5, 1), default=power),
    }


def performance() -> Schema:
    """Limits by metric."""
    bound = closed(
        __name__,
        BOUND_KEYS,
        {
            "min": key("a number within the metric's range", NUMBER),
            "max": key("a number, at least `min`; one of the two is required", NUMBER),
            "confidence": key(_CONFIDENCE, between(0.5, 1)),
        },
        title="limit of a metric",
        also=any_key(("min", "max")),
    )
    return {"type": "object", "propertyNames": _NO_SPACE, "additionalProperties": bound, "minProperties": 1}


def _comparing() -> dict[str, Schema]:
    usual = Comparing()
    margins: Schema = {"type": "object", "additionalProperties": MARGIN, "minProperties": 1}
    return {
        "max_degradation": key(
            "a number above 0, a share such as `2%`, or one of them for each metric",
            one_of(above(0), PERCENTAGE, margins),
        ),
        **levels(usual.alpha, usual.power),
        "metric": key("one metric, in place of `metrics`", TEXT),
        "metrics": key("a list of metrics", texts(least=1)),
        "block_on": key("`margin` or `decline`", word(BlockOn), default=usual.block_on.value),
        "correction": key("how several metrics are one family", word(Correction), default=usual.correction.value),
    }


_ONE_SPELLING: Schema = {"not": {"required": ["metric", "metrics"]}}


def regression() -> Schema:
    """How much worse than the baseline a model may be."""
    alias = key("the alias of the older model", TEXT, default=Regression(comparing=Comparing()).anchor_alias)
    keys = comparing_rule.KEYS
    anchor = closed(
        __name__,
        (*keys, "alias"),
        {**_comparing(), "alias": alias},
        title="anchor",
        required=("max_degradation",),
        also=_ONE_SPELLING,
    )
    return closed(
        __name__,
        (*keys, "anchor"),
        {**_comparing(), "anchor": key("the keys of `regression`, for an older model", anchor)},
        title="regression",
        required=("max_degradation",),
        also=_ONE_SPELLING,
    )


def slices() -> Schema:
    """The same in every slice."""
    return closed(
        __name__,
        (*comparing_rule.KEYS, "by"),
        {**_comparing(), "by": key("columns, or lists of columns for their intersection", GROUPINGS)},
        title="slices",
        required=("by", "max_degradation"),
        also=_ONE_SPELLING,
    )


def fairness() -> Schema:
    """How far groups may lie apart."""
    usual = Comparing()
    return closed(
        __name__,
        fairness_rule.KEYS,
        {
            "protected_attributes": key("columns, or lists of columns for their intersection", GROUPINGS),
            "metrics": key("criteria, or any metric that must be alike", texts(least=1)),
            "max_disparity": key("the largest difference between two groups", above(0)),
            "min_ratio": key("the smallest ratio between two groups (0.8: the four-fifths rule)", between(0, 1)),
            "max_increase": key(
                "by how much two groups may have moved further apart than under the baseline", above(0)
            ),
            **levels(usual.alpha, usual.power),
        },
        title="fairness",
        required=("protected_attributes",),
        also=any_key(fairness_rule.LIMITS),
    )


def calibration() -> Schema:
    """How far probabilities may lie from frequencies."""
    usual = Calibration()
    return closed(
        __name__,
        calibration_rule.KEYS,
        {
            "max_error": key("the root mean square distance of scores from what came true, over bins", between(0, 1)),
            "max_gap": key("the distance of the mean score from the share of positives", between(0, 1)),
            "bins": key(
                "bins of equally many rows; fewer where a bin would have fewer than 20",
                whole(2, calibration_rule.MOST_BINS),
                default=usual.bins,
            ),
            "by": key("the same in every group of these columns", GROUPINGS),
            **levels(usual.alpha, usual.power),
        },
        title="calibration",
        also=any_key(("max_error", "max_gap")),
    )


def recipe() -> Schema:
    """The same comparison over several seeds."""
    usual = Recipe(max_degradation=0.0)
    return closed(
        __name__,
        recipe_rule.KEYS,
        {
            "max_degradation": key("the margin, in the metric's own unit", above(0)),
            "metric": key("a metric computed from rows, or a value of the metrics files", TEXT, default=usual.metric),
            "lower_is_better": key("`true` or `false`; needed for a value that only metrics files name", FLAG),
            "seeds": key("the fewest seeds that each side must have been trained with", whole(2), default=usual.seeds),
            **levels(usual.alpha, usual.power),
        },
        title="recipe",
        required=("max_degradation",),
    )


def custom() -> Schema:
    """Limits on what code of the project found."""
    neither = "`min`, `max`, or neither: then its own verdict counts"
    limit = closed(
        __name__,
        custom_rule.KEYS,
        {"min": key(neither, NUMBER), "max": key(neither, NUMBER)},
        title="limit of a result",
    )
    return {"type": "object", "propertyNames": _NO_SPACE, "additionalProperties": limit, "minProperties": 1}
