"""A share of rows on both sides: how many are null, negative, damaged.

Called by the files that make claims. Two scales: SHARE, the plain difference, where a contract speaks of shares of
rows; SD (Cohen's h), where what matters is how unlike two shares are: from none to one in a hundred is much, from
50 % to 51 % nothing.
"""

from __future__ import annotations

import math
from functools import lru_cache

import msgspec

from seatrial.data.claims import Claim, Severity, Unit
from seatrial.data.codes import Check
from seatrial.data.compare import wording
from seatrial.data.compare.pair import Limits, Pair
from seatrial.stats.effects import Effect, cohens_h, share

Count = tuple[int, int]
"""How many of how many."""


def share_limits(pair: Pair, reference: Count, unit: Unit, *, screens: bool = False) -> Limits:
    """The declared limits; for a claim that screens, only a gross share must not go unseen.

    On the plain scale what must not go unseen grows with the noise of the share itself: near one half, five points
    are as far as half a point is near none.
    """
    limits = pair.limits(unit, detect=pair.gross if screens and unit is Unit.SD else None)
    if unit is not Unit.SHARE or reference[1] <= 0:
        return limits
    return pair.limits(unit, detect=max(limits["detect"], points(reference[0] / reference[1], pair.drift.detect)))


def points(start: float, h: float) -> float:
    """The larger of the two plain differences from a share that are `h` apart by Cohen's h."""
    angle = math.asin(math.sqrt(min(max(start, 0.0), 1.0)))
    up = math.sin(min(angle + h / 2, math.pi / 2)) ** 2 - start
    down = start - math.sin(max(angle - h / 2, 0.0)) ** 2
    return max(up, down)


def compared(
    pair: Pair, reference: Count, current: Count, unit: Unit, *, screens: bool = False, own: Limits | None = None
) -> tuple[Effect, Limits]:
    """The difference of two shares on either scale, and the limits it was computed with: the declared ones, or its
    `own`.

    On the scale of standard deviations the bounds are those of the plain difference, each turned into Cohen's h of
    the two shares that lie so far apart around the share of both sides together.
    """
    limits = share_limits(pair, reference, unit, screens=screens) if own is None else own
    if unit is Unit.SHARE:
        return _share(*reference, *current, *limits.values()), limits
    start = reference[0] / reference[1]
    plain = limits.copy()
    plain["floor"], plain["detect"] = points(start, limits["floor"]), points(start, limits["detect"])
    effect = _share(*reference, *current, *plain.values())
    signed = cohens_h(start, current[0] / current[1])
    low, high = (
        abs(_h_of(math.copysign(size, effect.signed), reference, current)) for size in (effect.low, effect.high)
    )
    return msgspec.structs.replace(
        effect,
        statistic="cohens_h",
        estimate=abs(signed),
        signed=signed,
        low=min(low, abs(signed)),
        high=max(high, abs(signed)),
    ), limits


@lru_cache(maxsize=1024)
def _share(
    k_reference: int,
    n_reference: int,
    k_current: int,
    n_current: int,
    confidence: float,
    floor: float,
    detect: float,
    alpha: float,
    deff_reference: float,
    deff_current: float,
) -> Effect:
    """`share`, remembered: most columns of a table have the same counts of nulls, namely none."""
    return share(
        k_reference,
        n_reference,
        k_current,
        n_current,
        confidence=confidence,
        floor=floor,
        detect=detect,
        alpha=alpha,
        deff_reference=deff_reference,
        deff_current=deff_current,
    )


def rough_z(reference: Count, current: Count) -> float:
    """Cohen's h over its standard error: near enough for choosing what to test, not for judging."""
    was, share_now = min(reference[0] / reference[1], 1.0), min(current[0] / current[1], 1.0)
    h = 2 * math.asin(math.sqrt(share_now)) - 2 * math.asin(math.sqrt(was))
    return h / math.sqrt(1 / current[1] + 1 / reference[1])


def _h_of(difference: float, reference: Count, current: Count) -> float:
    """Cohen's h of the two shares that differ by so much and, weighted by rows, have the mean that was seen."""
    total = reference[1] + current[1]
    mean = (reference[0] + current[0]) / total
    after = min(max(mean + difference * reference[1] / total, 0.0), 1.0)
    before = min(max(after - difference, 0.0), 1.0)
    return cohens_h(before, min(max(before + difference, 0.0), 1.0))


def share_claim(
    pair: Pair,
    check: Check,
    reference: Count,
    current: Count,
    what: str,
    *,
    unit: Unit = Unit.SD,
    more: str = "",
    severity: Severity | None = None,
    times: int = 1,
    screens: bool = False,
) -> Claim | None:
    """The claim that the share of rows that are `what` is as it was; None where one side has no rows at all."""
    if reference[1] <= 0 or current[1] <= 0:
        return None
    effect, limits = compared(pair, reference, current, unit, screens=screens)
    old, new = wording.percent(reference[0] / reference[1]), wording.percent(current[0] / current[1])
    return pair.claim(
        check,
        effect,
        f"{new} of {pair.name} {'is' if current[1] == 1 else 'are'} {what}, was {old}: "
        f"{wording.size(effect, unit)} apart{more}",
        limits=limits,
        unit=unit,
        n=current[1],
        n_reference=reference[1],
        current=new,
        reference=old,
        severity=severity,
        times=times,
    )
