"""The grid that numbers lie on: rounded values, values cut to whole numbers, or given more finely. Called by `numbers`.

A profile counts values by the coarsest power of ten that divides them, from millions down to six digits after the
point. Rounding moves rows to a coarser grid, perhaps only some of them, so it is looked for as a share of all rows:
those on a grid or a coarser one, or off it, whichever grew. One claim per column, about the grid that gained most,
its p value multiplied by the comparisons made. Zeros lie on every grid and count for neither side of it.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.compare import wording
from seatrial.data.compare.pair import Pair
from seatrial.data.compare.shares import compared, rough_z
from seatrial.data.profile.records import Numbers

Counts: TypeAlias = NDArray[np.int64]

_ZEROS = 7  # of whole numbers: 0 to 5 zeros at the end, and 6 or more


class _Gained(Struct, frozen=True):
    """Values on one grid or a coarser one, or off it, that make up a larger share than before."""

    place: int
    coarser: bool
    old: int
    new: int


def rounding(pair: Pair, before: Numbers, after: Numbers) -> Claim | None:
    """The claim that no more values lie on, or off, some grid than did; None where none does."""
    old, new = _grid(before), _grid(after)
    if old is None or new is None or len(old) != len(new):
        return None
    n_reference, n = before.looked_at, after.looked_at
    gained, looked = _gained(old, new, n_reference, n)
    if gained is None:
        return None
    effect, limits = compared(pair, (gained.old, n_reference), (gained.new, n), Unit.SD, screens=True)
    what = "rounded more coarsely" if gained.coarser else "given more finely"
    on, off = _words(gained.place)
    shown = on if gained.coarser else off
    told = f"{pair.name} is {what} than before: " if effect.low > 0 else f"{pair.name} is as fine as before: "
    share, was = wording.percent(gained.new / n), wording.percent(gained.old / n_reference)
    return pair.claim(
        Check.ROUNDING,
        effect,
        f"{told}{share} {shown}, was {was}: {wording.size(effect, Unit.SD)} apart",
        limits=limits,
        n=n,
        n_reference=n_reference,
        current=f"{share} {shown}",
        reference=f"{was} {shown}",
        times=looked,
    )


def _gained(old: Counts, new: Counts, n_reference: int, n: int) -> tuple[_Gained | None, int]:
    """What gained most, and how many comparisons that was chosen from."""
    on = zip(np.cumsum(old).tolist(), np.cumsum(new).tolist(), strict=True)
    total_old, total_new = int(old.sum()), int(new.sum())
    found = [
        (rough_z((gained.old, n_reference), (gained.new, n)), gained)
        for place, (was, now) in enumerate(on)
        if 0 < was + now < total_old + total_new
        for gained in (_Gained(place, True, was, now), _Gained(place, False, total_old - was, total_new - now))
    ]
    strength, most = max(found, key=lambda pair: pair[0], default=(0.0, None))
    return (most if strength > 0.0 else None), max(len(found), 1)


def _grid(numbers: Numbers) -> Counts | None:
    """Counts from the coarsest grid to the finest: 6 zeros and more at the end down to none, then 1 decimal, 2, ..."""
    if numbers.looked_at <= 0:
        return None
    zeros = list(numbers.zeros_at_end) + [0] * (_ZEROS - len(numbers.zeros_at_end))
    return np.asarray([*reversed(zeros[:_ZEROS]), *numbers.decimals[1:]], dtype=np.int64)


def _words(place: int) -> tuple[str, str]:
    """What values on a grid are, and those off it."""
    if place < _ZEROS - 1:
        divisible = f"divisible by {10 ** (_ZEROS - 1 - place):,}"
        return divisible, f"not {divisible}"
    if place == _ZEROS - 1:
        return "whole", "with digits after the point"
    return f"with at most {_decimals(place)} after the point", f"with more than {_decimals(place)} after the point"


def _decimals(place: int) -> str:
    digits = place - _ZEROS + 1
    return f"{digits} digit{'s' if digits > 1 else ''}"
