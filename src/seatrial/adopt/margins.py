"""How far a model may fall back before the rows of the test set can show it, and the limits that follow.

Called by `proposing`. Pure. A margin that the test set cannot enforce is a gate that never passes, or one that never
fails; so init asks the same formulas as `gate --power` and writes the smallest round margin that equally good models
pass four times out of five.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from msgspec import Struct

from seatrial.stats.paired_power import paired_power
from seatrial.stats.proportion import wilson

ALPHA = 0.05
POWER = 0.8
DISAGREEMENT = 0.1
"""The share of rows that tells two models of one kind apart: nothing is known of it before the first comparison."""
_ROUND = (0.001, 0.002, 0.003, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.3)
_UNKNOWN = 0.05
"""What is allowed below a figure that stands in the repository, where nobody can count its rows."""
_CHANCE: Mapping[str, float] = {
    "accuracy": 0.5, "balanced_accuracy": 0.5, "roc_auc": 0.5, "auc": 0.5, "auroc": 0.5, "f1": 0.5, "f1_macro": 0.5,
    "macro_f1": 0.5, "r2": 0.0,
}  # fmt: skip
"""What no trained model should stay below: an answer at random between two classes, or the mean of all labels."""


class Margin(Struct, frozen=True, kw_only=True):
    """A margin, and how often two equally good models pass with it."""

    value: float
    power: float


def paired_margin(rows: int) -> Margin | None:
    """The smallest round margin that so many rows can enforce; None where not even the widest."""
    for value in _ROUND:
        power = paired_power(rows, DISAGREEMENT, margin=value, alpha=ALPHA)
        if power >= POWER:
            return Margin(value=value, power=power)
    return None


def lowest(value: float, rows: int | None) -> float:
    """A limit below a share that was seen: where so many rows would put its lower bound at 95 %."""
    if rows and 0.0 <= value <= 1.0:
        bound = wilson(min(round(value * rows), rows), rows, alpha=ALPHA).lower
    else:
        bound = value - _UNKNOWN
    return max(math.floor(bound * 100) / 100, 0.0)


def is_share(name: str) -> bool:
    """Whether a metric is a share of which more is good, so that a limit for it can be guessed at all."""
    return name.lower().rpartition(".")[2] in _CHANCE


def chance(name: str) -> float:
    """What a model that learned nothing shows."""
    return _CHANCE[name.lower().rpartition(".")[2]]
