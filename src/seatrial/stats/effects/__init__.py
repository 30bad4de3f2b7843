"""Differences between two samples with what a decision needs of each: size, bounds, p, and rows needed.

Called by `data/compare` and `data/joint` with counts or scores; nothing here knows what a column is. All functions take
`confidence` (of each bound, one-sided), `floor`, `detect` and `alpha` (what `n_needed` is planned for), and design
effects by which dependent rows count for less (Rao and Scott 1981, J. Am. Stat. Assoc. 76:221, first order).
"""

from seatrial.stats.effects.location import shift
from seatrial.stats.effects.newcomers import beyond, collisions, unseen
from seatrial.stats.effects.record import Effect
from seatrial.stats.effects.shares import cohens_h, share, share_p
from seatrial.stats.effects.spread import spread
from seatrial.stats.effects.whole import shape

__all__ = [
    "Effect",
    "beyond",
    "cohens_h",
    "collisions",
    "shape",
    "share",
    "share_p",
    "shift",
    "spread",
    "unseen",
]
