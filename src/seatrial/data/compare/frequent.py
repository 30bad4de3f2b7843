"""Single values whose share of the rows changed most: stuck sensors, sentinels, zero-filling, clipping, vanished
words.

One claim per column, about the value that changed most, its p value multiplied by the values looked at: a claim per
value would drown the check's correction. A profile lists frequent values and bounds all others (`Items.missed`); a
value that one side does not list is taken to be as frequent there as that bound allows, so a change is never
overstated.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.compare import wording
from seatrial.data.compare.pair import Pair
from seatrial.data.compare.shares import compared
from seatrial.data.profile.records import Items
from seatrial.stats import normal
from seatrial.stats.effects import Effect

_TRIED = 2
"""How many values are tested exactly, of those that differ most by a rough measure."""


_ROUNDING = 1e-9
"""More than what angles of whole arrays and of single numbers differ by: the former are fast, the latter are told."""


class Changed(Struct, frozen=True, kw_only=True):
    """One value and its counts on both sides, as bounded by the two lists."""

    value: str
    reference: int
    current: int


def most_changed(before: Items, after: Items, n_reference: int, n: int) -> tuple[list[Changed], int]:
    """The values that differ most, most unlike first, and how many were looked at."""
    old, new = dict(before.counts), dict(after.counts)
    values = sorted(old.keys() | new.keys())
    reference = np.array([old.get(value, _unlisted(before)) for value in values], dtype=np.float64)
    current = np.array([new.get(value, _unlisted(after)) for value in values], dtype=np.float64)
    rough = _angles(current / n) - _angles(reference / n_reference)
    listed_old = np.array([value in old for value in values], dtype=np.bool_)
    listed_new = np.array([value in new for value in values], dtype=np.bool_)
    open_direction = (~listed_old & (rough <= 0.0)) | (~listed_new & (rough >= 0.0))
    places = np.flatnonzero(~open_direction & (rough != 0.0))
    places = places[np.argsort(-np.abs(rough[places]), kind="stable")][:_TRIED]
    return [
        Changed(value=values[place], reference=int(reference[place]), current=int(current[place]))
        for place in places.tolist()
    ], max(len(values), 1)


def largest(before: Items, after: Items, n_reference: int, n: int) -> float:
    """How far, as Cohen's h, the share of any single value may have changed by what the lists say, noise aside: one
    that a side does not list may occur there as often as its bound allows, or never."""
    old, new = dict(before.counts), dict(after.counts)
    ends: set[tuple[int, int]] = set()  # of thousands of values most have counts that others have as well
    for value in old.keys() | new.keys():
        was = (old[value],) if value in old else (0, _unlisted(before))
        now = (new[value],) if value in new else (0, _unlisted(after))
        ends.update((k, m) for k in now for m in was)
    if not ends:
        return 0.0
    counts = np.array(list(ends), dtype=np.float64)
    rough = np.abs(_angles(counts[:, 0] / n) - _angles(counts[:, 1] / n_reference))
    far = counts[rough >= rough.max() - _ROUNDING].tolist()
    return max(abs(_angle(k / n) - _angle(m / n_reference)) for k, m in far)


def _unlisted(items: Items) -> int:
    return 0 if items.complete else items.missed


def _angle(share: float) -> float:
    return 2 * math.asin(math.sqrt(min(share, 1.0)))


def _angles(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares on the scale of Cohen's h."""
    angles: NDArray[np.float64] = 2 * np.arcsin(np.sqrt(np.minimum(shares, 1.0)))
    return angles


def claim(
    pair: Pair,
    before: Items,
    after: Items,
    *,
    check: Check = Check.FREQUENT_VALUE,
    noun: str = "value",
    n_reference: int | None = None,
    n: int | None = None,
) -> Claim | None:
    """The claim that no single value's share changed; None where no value can be compared."""
    rows_before = pair.n_reference if n_reference is None else n_reference
    rows_after = pair.n if n is None else n
    if rows_before <= 0 or rows_after <= 0:
        return None
    tried, looked = most_changed(before, after, rows_before, rows_after)
    limits = pair.limits(Unit.SD, detect=pair.gross)
    best: tuple[Effect, Changed] | None = None
    for changed in tried:
        reference = min(changed.reference, rows_before), rows_before
        effect, _ = compared(pair, reference, (min(changed.current, rows_after), rows_after), Unit.SD, screens=True)
        if best is None or (effect.p, -effect.low) < (best[0].p, -best[0].low):
            best = effect, changed
    if best is None:
        return None
    effect, changed = best
    if effect.low <= limits["floor"]:  # what passes passes for each value, not only for the one that is told
        error = math.sqrt(pair.deff_reference / rows_before + pair.deff_current / rows_after)
        bound = largest(before, after, rows_before, rows_after)
        bound = min(bound + normal.upper_quantile(1 - pair.drift.confidence) * error, math.pi)
        effect = msgspec.structs.replace(effect, high=max(effect.high, bound))
    old = wording.percent(min(changed.reference / rows_before, 1.0))
    new = wording.percent(min(changed.current / rows_after, 1.0))
    told = diagnosis(pair, changed) if check is Check.FREQUENT_VALUE and effect.signed > 0 else ""
    return pair.claim(
        check,
        effect,
        f"the {noun} {wording.value(changed.value)} makes up {new} of {pair.name}, was {old}: "
        f"{wording.size(effect, Unit.SD)} apart",
        limits=limits,
        n=rows_after,
        n_reference=rows_before,
        current=new,
        reference=old,
        times=looked,
        guess=told,
    )


_CODES = frozenset({-1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0, 99.0, 999.0, 9999.0, 99999.0, 999999.0})


def diagnosis(pair: Pair, changed: Changed) -> str:
    """What a value that became frequent probably is, as an end of a sentence; empty where nothing suggests itself."""
    before, after = pair.before.numbers, pair.after.numbers
    if before is None or after is None:
        return ""
    try:
        number = float(changed.value)
    except ValueError:
        return ""
    if changed.current >= pair.n:
        return "; the column is constant now"
    outside = before.least is not None and before.most is not None and not before.least <= number <= before.most
    if number in _CODES and (outside or changed.reference == 0):
        return "; it looks like a code for a missing value"
    if number == 0.0:
        return "; it looks as if missing values were filled with zero"
    if after.most == number and before.most is not None and before.most > number:
        return "; it is the greatest value now: values look cut off above it"
    if after.least == number and before.least is not None and before.least < number:
        return "; it is the least value now: values look cut off below it"
    return "; it looks stuck, or filled in" if changed.current >= 0.02 * pair.n else ""
