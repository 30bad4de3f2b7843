"""Missing values: nulls, and for numbers what is no number. Made for every column.

The share of nulls is always claimed, also where there are none: with too few rows it is what says so.
"""

from __future__ import annotations

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.compare.pair import Pair
from seatrial.data.compare.shares import share_claim


def claims(pair: Pair) -> list[Claim]:
    """That of nulls, and that of NaN and infinities where there are any."""
    before, after = pair.before, pair.after
    found = [
        share_claim(
            pair, Check.NULLS, (before.nulls, before.values), (after.nulls, after.values), "null", unit=Unit.SHARE
        )
    ]
    if before.numbers is not None and after.numbers is not None:
        old = before.numbers.nan + before.numbers.plus_infinity + before.numbers.minus_infinity
        new = after.numbers.nan + after.numbers.plus_infinity + after.numbers.minus_infinity
        if old or new:
            sides = (old, pair.n_reference), (new, pair.n)
            found.append(share_claim(pair, Check.NOT_FINITE, *sides, "NaN or infinite", screens=True))
    return [claim for claim in found if claim is not None]
