"""Single values whose share of the rows changed most: stuck sensors, sentinels, zero-filling, clipping, vanished
words.

One claim per column, about the value that changed most, its p value multiplied by the values looked at: a claim per
value would drown the check's correction. A profile lists frequent values and bounds all others (`Items.missed`); a
value that one side does not list is taken to be as frequent there as that bound allows, so a change is never
overstated.
"""

from __future__ import annotations

import itertools
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
from seatrial.stats.effects import share_p

_TRIED = 2
"""How many values are tested exactly, of those that differ most by a rough measure."""


_ROUNDING = 1e-9
"""More than what angles of whole arrays and of single numbers differ by: the former are fast, the latter are told."""


class Changed(Struct, frozen=True, kw_only=True):
    """One value and its counts on both sides, as bounded by the two lists."""

    value: str
    reference: int
    current: int


class Listed(Struct, frozen=True, kw_only=True):
    """All values that either side lists, and how often each occurs on both; -1 where a side does not list it, and
    `most_*` times at most."""

    values: list[str]
    reference: NDArray[np.int64]
    current: NDArray[np.int64]
    most_reference: int
    most_current: int


def listed(before: Items, after: Items) -> Listed:
    """The lists of both sides, laid beside each other."""
    old, new = dict(before.counts), dict(after.counts)
    values = list(old | new)
    reference = np.full(len(values), -1, dtype=np.int64)
    reference[: len(old)] = list(old.values())
    return Listed(
        values=values,
        reference=reference,
        current=np.fromiter(map(new.get, values, itertools.repeat(-1)), np.int64, len(values)),
        most_reference=0 if before.complete else before.missed,
        most_current=0 if after.complete else after.missed,
    )


def most_changed(both: Listed, n_reference: int, n: int) -> tuple[list[Changed], int]:
    """The values that differ most, most unlike first and by text where they differ alike, and how many were looked
    at."""
    unlisted_old, unlisted_new = both.reference < 0, both.current < 0
    reference = np.where(unlisted_old, both.most_reference, both.reference)
    current = np.where(unlisted_new, both.most_current, both.current)
    rough = _angles(current / n) - _angles(reference / n_reference)
    open_direction = (unlisted_old & (rough <= 0.0)) | (unlisted_new & (rough >= 0.0))
    size = np.where(open_direction, 0.0, np.abs(rough))
    least = float(np.partition(size, -_TRIED)[-_TRIED]) if len(size) > _TRIED else 0.0
    places = np.flatnonzero((size >= least) & (size > 0.0)).tolist()
    places.sort(key=lambda place: (-size[place], both.values[place]))
    return [
        Changed(value=both.values[place], reference=int(reference[place]), current=int(current[place]))
        for place in places[:_TRIED]
    ], max(len(both.values), 1)


def largest(both: Listed, n_reference: int, n: int) -> float:
    """How far, as Cohen's h, the share of any single value may have changed by what the lists say, noise aside: one
    that a side does not list may occur there as often as its bound allows, or never."""
    if not both.values:
        return 0.0
    least = [np.maximum(both.reference, 0), np.maximum(both.current, 0)]
    most = [
        np.where(both.reference < 0, both.most_reference, both.reference),
        np.where(both.current < 0, both.most_current, both.current),
    ]
    was = np.concatenate([least[0], most[0], least[0], most[0]])
    now = np.concatenate([least[1], least[1], most[1], most[1]])
    rough = np.abs(_angles(now / n) - _angles(was / n_reference))
    far = np.flatnonzero(rough >= rough.max() - _ROUNDING)
    ends = set(zip(now[far].tolist(), was[far].tolist(), strict=True))  # most counts are those of other values as well
    return max(abs(_angle(k / n) - _angle(m / n_reference)) for k, m in ends)


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
    both = listed(before, after)
    tried, looked = most_changed(both, rows_before, rows_after)
    limits = pair.limits(Unit.SD, detect=pair.gross)
    counts = [
        (min(each.reference, rows_before), rows_before, min(each.current, rows_after), rows_after) for each in tried
    ]
    if not counts:
        return None
    chances = [share_p(*each, pair.deff_reference, pair.deff_current) for each in counts]
    least = min(chances)
    likeliest = [
        (compared(pair, each[:2], each[2:], Unit.SD, screens=True)[0], changed)
        for each, p, changed in zip(counts, chances, tried, strict=True)
        if not p > least
    ]
    effect, changed = min(likeliest, key=lambda each: -each[0].low)
    if effect.low <= limits["floor"]:  # what passes passes for each value, not only for the one that is told
        error = math.sqrt(pair.deff_reference / rows_before + pair.deff_current / rows_after)
        bound = largest(both, rows_before, rows_after)
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
