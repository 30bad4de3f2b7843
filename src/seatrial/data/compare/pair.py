"""One column on both sides, what is asked of it, and how an effect becomes a claim about it.

Made by `columns`, handed to each file that makes claims. Subtle: rows are the unit of every claim. Elements of a
list in one row are no independent observations, so they count as one row's worth (the design effect is the elements
per row, the most it can be); a declared cluster column gives the design effect that `clusters` measured.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypedDict

import msgspec
from msgspec import Struct

from seatrial.data.claims import Claim, Severity, Unit
from seatrial.data.codes import Check
from seatrial.data.policy import Drift
from seatrial.data.profile.records import ColumnBinning, ColumnProfile
from seatrial.stats.effects import Effect, cohens_h


class Limits(TypedDict):
    """What every statistic of `seatrial.stats` is called with."""

    confidence: float
    floor: float
    detect: float
    alpha: float
    deff_reference: float
    deff_current: float


FEW = 100
"""Rows below which a distribution that was pooled into one bin is called too little, not concentrated."""


def bins_for(n: int, n_reference: int) -> int:
    """How many bins a distribution of so many rows is compared in: every further one adds noise."""
    return min(20, max(6, n * n_reference // (n + n_reference) // 50))


_BINS = 10  # for which the declared effect is planned

BACKUP = 1.5
"""The width of a distribution, and any other difference, stand behind its location, which sees what is usual with
fewer rows: what must not go unseen by them is so many times the declared effect."""

_SCREENED = 2.0
"""A claim about few rows (one value, one mark, one tail) is about the worst of many: what must not go unseen by it is
so many times the declared share of rows, appearing out of nothing."""


_FAR = 3.0
"""Standard deviations that must not go unseen however few rows have a value: two shares can hardly be farther apart
(from none to all is 3.1)."""


def detectable(detect: float, effect: Effect) -> float:
    """What must not go unseen of a whole distribution: the declared effect, and more where it has many parts that
    cannot be pooled, because the noise of the distance grows with the fourth root of their number."""
    return detect * max(1.0, math.sqrt(math.sqrt((effect.parts or 1) / _BINS)))


def speaks(effect: Effect, n: int) -> bool:
    """Whether a comparison of whole distributions says anything: not if all of one was pooled into a single bin
    although there are rows enough, as of a column with hardly any second value, or with very many rare ones."""
    return effect.parts is None or effect.parts > 1 or n < FEW


def likeliest(effects: Sequence[Effect], floor: float) -> Effect:
    """The one of several effects that is least likely to be chance. Where it is not above the floor, what can be
    excluded is what can be of each of them: its upper bound is the largest of all."""
    chosen = min(effects, key=lambda effect: (effect.p, -effect.low))
    if chosen.low > floor:
        return chosen
    return msgspec.structs.replace(chosen, high=max(effect.high for effect in effects))


class Pair(Struct, frozen=True, kw_only=True):
    """A column of the reference and the same one now.

    `id_like`: its values are names of rows, so where they lie says nothing. `alpha` is the level at which rows needed
    are computed: that of one discovery among all claims.
    """

    name: str
    before: ColumnProfile
    after: ColumnProfile
    binning: ColumnBinning
    drift: Drift
    severity: Severity
    alpha: float
    deff_reference: float = 1.0
    deff_current: float = 1.0
    id_like: bool = False

    @property
    def n_reference(self) -> int:
        return self.before.values - self.before.nulls

    @property
    def n(self) -> int:
        return self.after.values - self.after.nulls

    @property
    def gross(self) -> float:
        """What must not go unseen by a claim that screens, as Cohen's h: 5 % of rows declared are 10 %, or 0.64."""
        share = min(_SCREENED * self.drift.share_detect, 1.0)
        return max(BACKUP * self.drift.detect, cohens_h(0.0, share))

    @property
    def filled(self) -> float:
        """The share of the rows that have a value, on the side that has more of them."""
        return max(side.values and (side.values - side.nulls) / side.values for side in (self.before, self.after))

    def limits(self, unit: Unit, *, floor: float | None = None, detect: float | None = None) -> Limits:
        """The declared limits on one scale, or those of one claim that has its own.

        What must not go unseen is asked of the column as it stands in all rows: where only a share of them has values,
        a difference of x standard deviations among these moves the whole by x times the root of the share (as the
        Jensen-Shannon divergence, which is the scale, is the share times that of the values).
        """
        shares = unit is Unit.SHARE
        declared = self.drift
        asked = detect if detect is not None else (declared.share_detect if shares else declared.detect)
        if unit is Unit.SD and 0.0 < self.filled < 1.0:
            asked = min(asked / math.sqrt(self.filled), max(asked, _FAR))
        return Limits(
            confidence=declared.confidence,
            floor=floor if floor is not None else (declared.share_floor if shares else declared.floor),
            detect=asked,
            alpha=self.alpha,
            deff_reference=self.deff_reference,
            deff_current=self.deff_current,
        )

    def claim(
        self,
        check: Check,
        effect: Effect,
        message: str,
        *,
        limits: Limits,
        unit: Unit = Unit.SD,
        n: int | None = None,
        n_reference: int | None = None,
        current: str | None = None,
        reference: str | None = None,
        details: Mapping[str, float] | None = None,
        severity: Severity | None = None,
        times: int = 1,
        guess: str = "",
    ) -> Claim:
        """A claim about this column. `times`: the effect is the greatest of so many (Bonferroni)."""
        return Claim(
            check=check,
            column=self.name,
            statistic=effect.statistic,
            unit=unit,
            estimate=effect.estimate,
            low=effect.low,
            high=effect.high,
            floor=limits["floor"],
            detect=limits["detect"],
            p=min(1.0, effect.p * times),
            n=self.n if n is None else n,
            n_reference=self.n_reference if n_reference is None else n_reference,
            n_needed=effect.n_needed,
            message=message,
            severity=max(severity or self.severity, self.severity, key=list(Severity).index),
            current=current,
            reference=reference,
            confidence=self.drift.confidence,
            guess=guess,
            details={name: figure for name, figure in (details or {}).items() if math.isfinite(figure)},
        )
