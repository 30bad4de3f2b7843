"""Columns whose values name rows: an order number, a digest, a key. Called by `columns`.

Where such values lie says nothing: a counter moves on with every batch. What can go wrong is that they are
repeated: seen where all values are listed, and else in the sample of its values that a profile keeps of an id. Which
columns these are was decided when the binning was chosen (`Binning.left_out`); a contract may name more.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.columns import Kind
from seatrial.data.compare import wording
from seatrial.data.compare.pair import Pair
from seatrial.data.compare.shares import compared
from seatrial.data.policy import Contract
from seatrial.data.profile.records import ColumnProfile, Profile
from seatrial.stats.effects import collisions


def is_id(name: str, before: ColumnProfile, reference: Profile, contract: Contract) -> bool:
    """Whether the values of a column are names of rows."""
    named = name in reference.binning.left_out or (len(contract.id) == 1 and name in contract.id)
    return named and before.column.kind in (Kind.NUMBER, Kind.TEXT)


_SURE_ROWS = 500
"""Rows of a reference without any repeated value from which on its values are taken to be unique on purpose."""
_SURE_FLOOR = 0.1
"""What part of the declared floor is that of such a column, where any repeated value contradicts it."""


class _Repeats(Struct, frozen=True):
    """Rows whose value others have too, and pairs of equal rows, which chance makes in proportion to the square of the
    rows. Of all rows, or of those of a sample of the values."""

    repeats: int
    pairs: int
    rows: int


def _of_counts(counts: Iterable[int], rows: int | None = None) -> _Repeats:
    several = list(counts)
    return _Repeats(
        sum(count - 1 for count in several if count > 1),
        sum(count * (count - 1) // 2 for count in several),
        sum(several) if rows is None else rows,
    )


def repeated(pair: Pair) -> Claim | None:
    """The claim that values are repeated no more than in the reference; None where neither side shows any.

    Two views where not all values are listed: of a sample, which sees many values that occur twice, and of the listed
    ones, which sees one that occurs often.
    """
    views = [_listed(pair)]
    if not pair.after.items.complete and pair.before.sampled is not None and pair.after.sampled is not None:
        views.append((_of_counts(pair.before.sampled.counts), _of_counts(pair.after.sampled.counts)))
    found = [view for view in views if (view[0].repeats or view[1].repeats) and view[0].rows and view[1].rows]
    made = [_claim(pair, old, new, sampled=place > 0, times=len(found)) for place, (old, new) in enumerate(found)]
    return min(made, key=lambda claim: (claim.p, -claim.low), default=None)


def _listed(pair: Pair) -> tuple[_Repeats, _Repeats]:
    """What the lists of both sides show: all, or at least so much."""
    old, new = ([count for _, count in side.items.counts] for side in (pair.before, pair.after))
    return _of_counts(old, pair.n_reference), _of_counts(new, pair.n)


def _claim(pair: Pair, old: _Repeats, new: _Repeats, *, sampled: bool, times: int) -> Claim:
    before, after = (min(side.repeats, side.rows) for side in (old, new))
    effect, limits = compared(pair, (before, old.rows), (after, new.rows), Unit.SD, screens=True)
    if _unique(pair):
        limits["floor"] *= _SURE_FLOOR
    # of a sample of the values, pairs are seen in proportion to it
    rows, rows_reference = math.sqrt(pair.n * new.rows), math.sqrt(pair.n_reference * old.rows)
    chance = collisions(new.pairs, rows, old.pairs, rows_reference, **limits)
    effect = msgspec.structs.replace(effect, p=chance.p, low=effect.low if effect.signed > 0 else 0.0)
    share, was = wording.percent(after / new.rows), wording.percent(before / old.rows)
    least = "" if pair.after.items.complete else "about " if sampled else "at least "
    told = "" if sampled else _worst(pair)
    return pair.claim(
        Check.REPEATED,
        effect,
        f"{least}{share} of the values of {pair.name} repeat another one, was {was}{told}: "
        f"{wording.size(effect, Unit.SD)} apart",
        limits=limits,
        n=new.rows,
        n_reference=old.rows,
        current=share,
        reference=was,
        times=times,
    )


def _unique(pair: Pair) -> bool:
    """Whether the reference shows, in rows enough, that no value comes twice. Then how many do is no matter of size;
    whether it is chance is asked of the pairs."""
    shown = pair.before.sampled.counts if pair.before.sampled is not None else ()
    several = any(count > 1 for count in shown) or any(count > 1 for _, count in pair.before.items.counts)
    seen = sum(shown) if not pair.before.items.complete else pair.n_reference
    return seen >= _SURE_ROWS and not several


def _worst(pair: Pair) -> str:
    """The value that occurs most often, if it is known."""
    value, count = next(iter(pair.after.items.counts), ("", 0))
    return f"; {wording.value(value)} occurs {count} times" if count > 1 else ""
