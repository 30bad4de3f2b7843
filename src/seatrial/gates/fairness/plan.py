"""How many rows show groups to be alike that are: what the fairness gate plans with, and `gate --power` before it.

Both call here, so that a plan and the number that a verdict names are one. Planned is what the gate decides by: every
pair's bound within the limit, for groups that have one value in truth, with the sizes of the rows at hand. Rows are
always counted in all; of a recall the positives grow with them. Of shares the common one is taken, and each bound is
Wilson's at it; of a ratio the same on the logarithms. An increase is planned from how far the two models at hand
differ in each group.

Subtle: nobody knows a common share exactly. One more row of each kind is added to what was seen (Laplace), so that
flawless groups are not planned as if they could never err.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from seatrial.gates.fairness.records import Limit
from seatrial.metrics.figures import Figure
from seatrial.stats import normal, student
from seatrial.stats.alike import Bounded, chance_alike
from seatrial.stats.power import fewest, tightest

_NO_RATIO = -math.log(0.001)  # the room of a ratio that limits nothing

_LUCK = 3.0


class Alike(Struct, frozen=True, kw_only=True):
    """Groups of `n` rows in all, taken as alike in truth. Of shares `sizes` are the rows that count, with
    how many groups have as many, and `share` is the common one; of all else `errors` are the standard errors, with
    `freedom`."""

    n: int
    share: float | None = None
    sizes: tuple[tuple[int, int], ...] = ()
    errors: tuple[float, ...] = ()
    freedom: float = math.inf


class Moving(Struct, frozen=True, kw_only=True):
    """What a group's difference of two models may vary by: its variance, which falls with the rows, and what one more
    unit could do, which falls with their square."""

    variance: float
    unit: float


def alike(groups: Sequence[Figure]) -> Alike | None:
    """What two groups or more are planned with; None where a spread was not seen, or rests on too few units."""
    n = sum(each.n for each in groups)
    counts = [each.share for each in groups if each.share is not None]
    if len(counts) == len(groups):
        rows = sum(size for _, size in counts)
        share = (sum(right for right, _ in counts) + 1) / (rows + 2)
        return Alike(n=n, share=share, sizes=tuple(sorted(Counter(size for _, size in counts).items())))
    seen = [
        each.own
        for each in groups
        if each.own is not None and each.own.effective_units >= each.least and each.support > 0
    ]
    if len(seen) < len(groups) or min(own.standard_error for own in seen) <= 0.0:
        return None
    freedom = min(own.n for own in seen) - 1
    return Alike(n=n, errors=tuple(own.standard_error for own in seen), freedom=freedom)


def chance(plan: Alike, limit: Limit, alpha: float, *, rows: float | None = None) -> float:
    """How often the gate passes such groups, with `rows` in all."""
    times = 1.0 if rows is None else rows / plan.n
    return chance_alike(_bounded(plan, limit.what, alpha, times), _room(limit))


def never(plan: Alike, limit: Limit, alpha: float) -> bool:
    """Whether the gate does not pass such groups even where they look the same: each bound by itself is too wide.

    Of shares, bounds are narrower where a share looks closer to its end than it is. What groups of so few rows may
    look like by chance, three standard errors of the smallest, must not be within either.
    """
    if chance(plan, limit, alpha) > 0.0:
        return False
    if plan.share is None:
        return True
    luck = _LUCK * math.sqrt(plan.share * (1 - plan.share) / plan.sizes[0][0])
    best = min(1.0, plan.share + luck)
    if limit.what == "difference" and plan.share < 0.5:
        best = max(0.0, plan.share - luck)
    z = normal.upper_quantile(alpha)
    smallest_two = [size for size, count in plan.sizes for _ in range(min(count, 2))][:2]
    one, other = (_of_share(best, size, z, limit.what) for size in smallest_two)
    return max(math.hypot(one.up, other.down), math.hypot(other.up, one.down)) > _room(limit)


def rows_needed(plan: Alike, limit: Limit, alpha: float, power: float) -> int | None:
    """The fewest rows in all at which the gate passes such groups with probability `power`; None where no number does.

    With fewer rows than there are it is found too, so that what is there can be told to be enough.
    """
    if _room(limit) <= 0.0:
        return None
    return fewest(lambda rows: chance(plan, limit, alpha, rows=rows), plan.n, power=power)


def smallest(plan: Alike, what: str, alpha: float, power: float) -> float | None:
    """The tightest limit that such groups pass with probability `power`; None where these rows show none."""
    groups = _bounded(plan, what, alpha, 1.0)
    widest = _NO_RATIO if what == "ratio" else 1.0
    found = tightest(lambda room: chance_alike(groups, room), widest, power=power)
    return math.exp(-found) if found is not None and what == "ratio" else found


def rows_of_increase(groups: Sequence[Moving], n: int, limit: float, alpha: float, power: float) -> int | None:
    """Rows in all at which groups that did not move are shown not to have moved apart by `limit`, where `n` are there.
    Never too few: which way a pair must not move is fixed by its gap under the baseline, but where the groups were
    alike that gap is chance, so that both ways are planned for."""
    z = normal.upper_quantile(alpha / 2)

    def passing(rows: float) -> float:
        times = rows / n
        errors = [math.sqrt(each.variance / times + (each.unit / times) ** 2) for each in groups]
        return chance_alike([Bounded(error=e, up=z * e, down=z * e) for e in errors], limit)

    if limit <= 0.0 or min(each.variance + each.unit for each in groups) <= 0.0:
        return None
    return fewest(passing, n, power=power)


def _bounded(plan: Alike, what: str, alpha: float, times: float) -> list[Bounded]:
    if plan.share is None:
        z = student.upper_quantile(alpha, max(plan.freedom * times, 1.0))
        errors = [error / math.sqrt(times) for error in plan.errors]
        return [Bounded(error=error, up=z * error, down=z * error) for error in errors]
    z = normal.upper_quantile(alpha)
    return [_of_share(plan.share, size * times, z, what, count=count) for size, count in plan.sizes]


def _of_share(share: float, n: float, z: float, what: str, *, count: int = 1) -> Bounded:
    """By Wilson's bounds of a share that is seen as it is in truth."""
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2) / (1 + z * z / n)
    error, low, high = math.sqrt(share * (1 - share) / n), centre - half, centre + half
    if what == "ratio":
        return Bounded(error=error / share, up=math.log(high / share), down=math.log(share / low), count=count)
    return Bounded(error=error, up=high - share, down=share - low, count=count)


def _room(limit: Limit) -> float:
    """The limit on the scale of what is planned."""
    if limit.what != "ratio":
        return limit.value
    return -math.log(limit.value) if limit.value > 0.0 else math.inf
