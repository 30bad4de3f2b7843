"""Cohen's kappa: how much more two raters agree than by chance, with its large-sample interval.

Called by the preference gate, for a judge beside people. Kappa is Cohen's (1960), Educ. Psychol. Meas. 20:37; its
variance is that of Fleiss, Cohen and Everitt (1969), Psychol. Bull. 72:323, equation 13. The interval is for a
reader; no verdict is made of it, because with few ids or a rare word it is rough.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable

from msgspec import Struct

from seatrial.stats.interval import Interval
from seatrial.stats.normal import upper_quantile


class Kappa(Struct, frozen=True, kw_only=True):
    """The coefficient and its interval, cut to -1 and 1."""

    value: float
    interval: Interval


def cohen(pairs: Iterable[tuple[Hashable, Hashable]], *, alpha: float) -> Kappa | None:
    """Kappa of what two raters said of the same things, with error `alpha` on each side.

    None where it does not exist: nothing was rated, or both always said the same one word.
    """
    cells = Counter(pairs)
    n = cells.total()
    first: Counter[Hashable] = Counter()
    second: Counter[Hashable] = Counter()
    for (one, other), count in cells.items():
        first[one] += count
        second[other] += count
    chance = sum(first[word] * second[word] for word in first) / (n * n) if n else 1.0
    if chance >= 1.0:
        return None
    agreed = sum(count for (one, other), count in cells.items() if one == other) / n
    kappa = (agreed - chance) / (1 - chance)
    rest = 1 - kappa
    total = 0.0
    for (one, other), count in cells.items():
        if one == other:
            total += count / n * (1 - (first[one] + second[one]) / n * rest) ** 2
        else:
            total += count / n * (rest * (second[one] + first[other]) / n) ** 2
    variance = max(total - (kappa - chance * rest) ** 2, 0.0) / (n * (1 - chance) ** 2)
    half = upper_quantile(alpha) * math.sqrt(variance)
    return Kappa(value=kappa, interval=Interval(lower=max(-1.0, kappa - half), upper=min(1.0, kappa + half)))
