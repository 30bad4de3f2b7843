"""`recipe:` of a gate set, from text to rule.

recipe: {max_degradation: 0.01, metric: accuracy, seeds: 5}
    recipe: {max_degradation: 0.02, metric: val.loss, lower_is_better: true}
"""

from __future__ import annotations

from seatrial.config.amounts import count, flag
from seatrial.config.gate_rules.amounts_of_change import within
from seatrial.config.node import Node
from seatrial.gates.policy import Recipe

KEYS = ("max_degradation", "metric", "lower_is_better", "seeds", "alpha", "power")


def read(node: Node) -> Recipe:
    """The rule under `recipe:`; mistakes are noted."""
    default = Recipe(max_degradation=0.0)
    if not node.fields(KEYS):
        return default
    margin = node.required("max_degradation", "say how much worse the recipe may be, e.g. `max_degradation: 0.01`")
    value = 0.0 if margin is None else margin.number("max_degradation")
    if margin is not None and not margin.broken and not value > 0:
        margin.complain("max_degradation must be above 0", "write e.g. 0.01, in the metric's own unit")
    metric, seeds = node.child("metric"), node.child("seeds")
    many = default.seeds if seeds is None else count(seeds, "seeds", such=default.seeds)
    if seeds is not None and not seeds.broken and many < 2:
        seeds.complain("one seed says nothing of how the next would differ", "write 2 or more, better 5")
    return Recipe(
        max_degradation=value,
        metric=default.metric if metric is None else metric.text("metric"),
        lower_is_better=None if node.child("lower_is_better") is None else flag(node, "lower_is_better", False),
        seeds=many,
        alpha=within(node, "alpha", 0, 0.5, default.alpha),
        power=within(node, "power", 0.5, 1, default.power),
        place=node.key_place,
    )
