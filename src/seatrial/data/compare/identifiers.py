"""Columns whose values name rows: an order number, a digest, a key. Called by `columns`.

Where such values lie says nothing: a counter moves on with every batch. What can go wrong is that they are
repeated. Which columns these are was decided when the binning was chosen (`Binning.left_out`); a contract may name
more.
"""

from __future__ import annotations

import msgspec

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.columns import Kind
from seatrial.data.compare import wording
from seatrial.data.compare.pair import Pair
from seatrial.data.compare.shares import compared
from seatrial.data.policy import Contract
from seatrial.data.profile.records import ColumnProfile, Items, Profile
from seatrial.stats.effects import collisions


def is_id(name: str, before: ColumnProfile, reference: Profile, contract: Contract) -> bool:
    """Whether the values of a column are names of rows."""
    named = name in reference.binning.left_out or (len(contract.id) == 1 and name in contract.id)
    return named and before.column.kind in (Kind.NUMBER, Kind.TEXT)


def repeats(items: Items) -> int:
    """Rows whose value some listed value has already, at least."""
    return sum(count - 1 for _, count in items.counts if count > 1)


def _pairs(items: Items) -> int:
    """Pairs of rows with the same value, at least: what chance makes in proportion to the square of the rows."""
    return sum(count * (count - 1) // 2 for _, count in items.counts)


def repeated(pair: Pair) -> Claim | None:
    """The claim that values are repeated no more than in the reference; None where neither side shows any."""
    old, new = repeats(pair.before.items), repeats(pair.after.items)
    if not (old or new):
        return None
    effect, limits = compared(pair, (old, pair.n_reference), (min(new, pair.n), pair.n), Unit.SD, screens=True)
    chance = collisions(_pairs(pair.after.items), pair.n, _pairs(pair.before.items), pair.n_reference, **limits)
    effect = msgspec.structs.replace(effect, p=chance.p, low=effect.low if effect.signed > 0 else 0.0)
    worst = pair.after.items.counts[0]
    share = wording.percent(new / pair.n)
    was = wording.percent(old / pair.n_reference)
    return pair.claim(
        Check.REPEATED,
        effect,
        f"at least {share} of the values of {pair.name} repeat another one, was {was}; "
        f"{wording.value(worst[0])} occurs {worst[1]} times: {wording.size(effect, Unit.SD)} apart",
        limits=limits,
        current=share,
        reference=was,
    )
