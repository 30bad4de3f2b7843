"""What a user may demand of a model: named gate sets, as `gates.yaml` declares them.

Defaults live only here. `config/gates.py` builds these records from text; `judge.py`
turns one set and the evidence into findings.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from seatrial.errors import Place
from seatrial.gates.behavioral.policy import Behavioral
from seatrial.gates.contract.policy import ContractRule
from seatrial.gates.custom.policy import Custom
from seatrial.gates.latency.policy import Latency
from seatrial.gates.margin import Margin
from seatrial.gates.memory.policy import Memory
from seatrial.gates.preference.policy import PreferenceRule
from seatrial.gates.size.policy import Size
from seatrial.verdict import OnInconclusive


class Mode(StrEnum):
    """What becomes of a set's verdict. `observe` judges and reports, and never blocks or holds."""

    ENFORCE = "enforce"
    OBSERVE = "observe"


class BlockOn(StrEnum):
    """What a comparison must show to FAIL: worse than the margin, or worse at all."""

    MARGIN = "margin"
    DECLINE = "decline"


class Correction(StrEnum):
    """How many comparisons of one gate are told from one: errors of the family, or the share of false discoveries."""

    HOLM = "holm"
    HOCHBERG = "hochberg"
    BENJAMINI_HOCHBERG = "benjamini-hochberg"


class Bound(Struct, frozen=True, kw_only=True):
    """A limit on one metric.

    Without `confidence` the point estimate is compared and the interval is only shown.
    With it (for example 0.95) the verdict is three-valued: the one-sided bound at that
    confidence must clear the limit.
    """

    min: float | None = None
    max: float | None = None
    confidence: float | None = None
    place: Place | None = None


class Comparing(Struct, frozen=True, kw_only=True):
    """Which metrics are compared, by which margins, and how sure a verdict must be.

    `metrics` None means every metric under `performance` that is computed from rows, or accuracy if there is none.
    `margin` is for metrics that `margins` does not name.
    """

    margin: Margin | None = None
    margins: Mapping[str, Margin] = field(default_factory=dict)
    metrics: tuple[str, ...] | None = None
    alpha: float = 0.05
    power: float = 0.8
    block_on: BlockOn = BlockOn.MARGIN
    correction: Correction = Correction.HOLM


class Regression(Struct, frozen=True, kw_only=True):
    """Paired non-inferiority against the baseline, and against an anchor by a margin of its own: what a model may lose
    in all, however many promotions it takes. The anchor is the version that holds `anchor_alias`."""

    comparing: Comparing
    anchor: Comparing | None = None
    anchor_alias: str = "anchor"
    place: Place | None = None


class Slices(Struct, frozen=True, kw_only=True):
    """The same in every slice of the rows. `by` lists groupings; several columns together are their intersection."""

    by: tuple[tuple[str, ...], ...]
    comparing: Comparing
    place: Place | None = None


class Fairness(Struct, frozen=True, kw_only=True):
    """How far groups may lie apart: `max_disparity` is the largest difference between two groups, `min_ratio` the
    smallest ratio, `max_increase` by how much two groups may have moved further apart than under the baseline."""

    protected: tuple[tuple[str, ...], ...]
    metrics: tuple[str, ...] | None = None
    max_disparity: float | None = None
    min_ratio: float | None = None
    max_increase: float | None = None
    alpha: float = 0.05
    power: float = 0.8
    place: Place | None = None


class Calibration(Struct, frozen=True, kw_only=True):
    """How far probabilities may lie from frequencies: `max_error` is the root mean square gap over `bins`, without
    its bias, `max_gap` the distance of the mean score from the share of positives."""

    max_error: float | None = None
    max_gap: float | None = None
    bins: int = 15
    by: tuple[tuple[str, ...], ...] = ()
    alpha: float = 0.05
    power: float = 0.8
    place: Place | None = None


class Recipe(Struct, frozen=True, kw_only=True):
    """Trained again with other seeds, it is not worse than the baseline's recipe by `max_degradation`.

    `seeds` is the fewest that each side must have been trained with. `lower_is_better` must be said of a value that
    only metrics files know.
    """

    max_degradation: float
    metric: str = "accuracy"
    lower_is_better: bool | None = None
    seeds: int = 3
    alpha: float = 0.05
    power: float = 0.8
    place: Place | None = None


class GateSet(Struct, frozen=True, kw_only=True):
    """One named set of gates and what to do when it cannot say.

    `cluster` is the column whose rows belong together; `lower_is_better` names columns of numbers of which less is
    good.
    """

    name: str
    performance: Mapping[str, Bound] = field(default_factory=dict)
    regression: Regression | None = None
    slices: Slices | None = None
    fairness: Fairness | None = None
    calibration: Calibration | None = None
    behavioral: Behavioral | None = None
    preference: PreferenceRule | None = None
    latency: Latency | None = None
    memory: Memory | None = None
    size: Size | None = None
    contract: ContractRule | None = None
    recipe: Recipe | None = None
    custom: Custom | None = None
    on_inconclusive: OnInconclusive = OnInconclusive.HOLD
    mode: Mode = Mode.ENFORCE
    cluster: str | None = None
    lower_is_better: tuple[str, ...] = ()
    place: Place | None = None

    @property
    def anchor_alias(self) -> str | None:
        """The alias of the model that the set holds against besides the baseline; None where it has no anchor."""
        rule = self.regression
        return None if rule is None or rule.anchor is None else rule.anchor_alias

    @property
    def needs_baseline(self) -> bool:
        """Whether any gate of the set compares against a baseline."""
        compared = self.regression is not None or self.slices is not None or self.preference is not None
        compared |= self.recipe is not None
        compared |= self.fairness is not None and self.fairness.max_increase is not None
        compared |= self.behavioral is not None and self.behavioral.max_degradation is not None
        compared |= self.latency is not None and self.latency.needs_baseline
        return compared or any(each is not None and each.max_increase is not None for each in (self.memory, self.size))
