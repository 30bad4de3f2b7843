"""Do columns still belong together as they did? All pairs of rank correlations, over all rows.

A column that was permuted, two columns of equal distribution that were swapped, a column filled from another: each
looks the same alone and breaks its correlations. `rank_pairs` has them of all rows, so this looks further than the
sampled rows do.

Each pair is tested with p corrected by the number of pairs (Bonferroni), so that thousands of pairs do not
drown the claims about columns. What differs is then said once: the column with most differences is named with
its partners, its pairs are set aside, and the next is looked for; all that is left makes one claim, about the
likeliest difference if there is any, else about the pair of which least is excluded. Of that, pairs that could not
speak are left out, and told in a note: they can alarm, but what they leave open says nothing of the others.

What must not go unseen is asked of a pair as it stands in all rows, as `Pair.limits` does for a column: where few rows
have both values, a change among these counts by the root of their share.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.findings import DataFinding
from seatrial.data.joint import rank_pairs, tables, wording
from seatrial.data.joint.notes import not_looked_at
from seatrial.data.joint.rank_pairs import Floats, Screen
from seatrial.data.policy import Contract, Drift
from seatrial.data.profile.records import Profile
from seatrial.stats import normal
from seatrial.stats.effects.record import folded, rows_needed, smallest_shown

_FAR = 1.0
"""A change of a correlation that must not go unseen in any pair, however few rows have both values."""
MOST_NAMED = 8
"""Columns that are named one by one."""
LEAST_ROWS = 20  # fewer say nothing of a correlation
_PLAIN = 0.05
"""Where no pair has a p below that, the one with the largest upper bound speaks for all."""


def screened(
    reference: Profile, current: Profile, contract: Contract
) -> tuple[tuple[Claim, ...], tuple[DataFinding, ...]]:
    """One claim for each column that stands out, one for all the others, and a note where some could not be asked."""
    names = paired(reference, current, contract)
    if len(names) < 2:
        return (), ()
    n, m = current.pairs.count, reference.pairs.count
    if min(n, m) < LEAST_ROWS:
        message = f"{n} rows of current and {m} of the reference are too few for correlations"
        return (), (not_looked_at(Check.CORRELATION, message, n=n),)
    screen = rank_pairs.compared(reference, current, names)
    if screen is None:
        return (), ()
    facts: list[DataFinding] = []
    if screen.sparse:
        whether = _whether(*screen.sparse[0], len(screen.sparse))
        message = f"was not looked at: fewer than {rank_pairs.LEAST_COMPLETE} of the sampled rows have both values"
        facts.append(not_looked_at(Check.CORRELATION, f"{whether} {message}", n=n))
    clear = _clear(screen, contract.drift)
    if clear.any() and not clear.all():
        at = int(np.argmin(clear))
        whether = _whether(screen.names[screen.first[at]], screen.names[screen.second[at]], int((~clear).sum()))
        message = "can only be told if it changed grossly: one of each varies too little"
        facts.append(not_looked_at(Check.CORRELATION, f"{whether} {message}", n=n))
    return (_claims(screen, contract.drift, clear) if len(screen.first) else ()), tuple(facts)


def _clear(screen: Screen, drift: Drift) -> NDArray[np.bool_]:
    """The pairs whose correlations are sure enough to show a change of `correlation_detect`. Two columns that are
    mostly one value each have few rows in which they could belong together. Where rows are so few that two unrelated
    columns would not do, it is not the pairs: then all are asked."""
    plain = np.sqrt(1.0 / screen.rows.max(initial=1.0) + 1.0 / screen.rows_reference.max(initial=1.0))
    if smallest_shown(float(plain)) > drift.correlation_detect:
        return np.ones(len(screen.first), dtype=np.bool_)
    return np.asarray(smallest_shown(1.0) * screen.error <= _asked(screen, drift), dtype=np.bool_)


def _asked(screen: Screen, drift: Drift) -> Floats:
    """The change that must not go unseen, of each pair."""
    declared = drift.correlation_detect
    scaled = np.minimum(declared / np.sqrt(np.maximum(screen.share, 1e-9)), max(declared, _FAR))
    return np.asarray(scaled, dtype=np.float64)


def _whether(a: str, b: str, count: int) -> str:
    more = f" (and {count - 1:,} more pairs)" if count > 1 else ""
    return f"whether {a} and {b} belong together{more}"


def paired(reference: Profile, current: Profile, contract: Contract) -> tuple[str, ...]:
    """The columns that may be compared and of which both profiles have sums."""
    return tuple(
        name
        for name in tables.usable(reference, current, contract)
        if name in current.pairs.columns and name in reference.pairs.columns
    )


def _claims(screen: Screen, drift: Drift, clear: NDArray[np.bool_]) -> tuple[Claim, ...]:
    size = screen.size
    z = size / screen.error
    p = np.array([normal.two_sided(value) for value in z.tolist()]) * len(z)
    reach = normal.upper_quantile(1.0 - drift.confidence) * screen.error
    differs = (p <= drift.q) & (size - reach > drift.correlation_floor)
    left = np.ones(len(z), dtype=np.bool_)
    claims: list[Claim] = []
    while len(claims) < MOST_NAMED and bool((differs & left).any()):
        column, pairs = _standing_out(screen, differs & left, size)
        claims.append(_claim(screen, pairs, p, drift, column))
        left &= (screen.first != column) & (screen.second != column)
    if left.any():
        rest = np.flatnonzero(left)
        worst = rest[np.argmax(z[rest])]
        if p[worst] > _PLAIN:
            rest = rest[clear[rest]] if clear[rest].any() else rest
            worst = rest[np.argmax(((size + reach) / _asked(screen, drift))[rest])]
        claims.append(_claim(screen, np.array([worst]), p, drift, None))
    return tuple(claims)


def _standing_out(screen: Screen, differs: NDArray[np.bool_], size: Floats) -> tuple[int, NDArray[np.int64]]:
    """The column with the most change in pairs that differ, and those pairs, the strongest first."""
    weight = np.where(differs, size, 0.0)
    total = np.zeros(len(screen.names))
    np.add.at(total, screen.first, weight)
    np.add.at(total, screen.second, weight)
    column = int(total.argmax())
    pairs = np.flatnonzero(differs & ((screen.first == column) | (screen.second == column)))
    return column, pairs[np.argsort(-size[pairs], kind="stable")]


def _claim(screen: Screen, pairs: NDArray[np.int64], p: Floats, drift: Drift, column: int | None) -> Claim:
    at = int(pairs[0])
    n, m = int(screen.rows[at]), int(screen.rows_reference[at])
    size = abs(float(screen.after[at] - screen.before[at]))
    low, high = folded(size, float(screen.error[at]), confidence=drift.confidence)
    a, b = screen.names[int(screen.first[at])], screen.names[int(screen.second[at])]
    detect = float(_asked(screen, drift)[at])
    return Claim(
        check=Check.CORRELATION,
        column=None if column is None else screen.names[column],
        statistic="rank_correlation",
        unit=Unit.CORRELATION,
        estimate=size,
        low=low,
        high=high,
        floor=drift.correlation_floor,
        detect=detect,
        p=min(1.0, float(p[at])),
        n=n,
        n_reference=m,
        n_needed=rows_needed(
            float(screen.spread[at]),
            float(screen.spread[at]),
            m,
            confidence=drift.confidence,
            floor=drift.correlation_floor,
            detect=detect,
            alpha=drift.q / len(p),
            fewest=LEAST_ROWS,
        ),
        message=_message(screen, pairs, column, a, b),
        current=f"{screen.after[at]:.3f}",
        reference=f"{screen.before[at]:.3f}",
        confidence=drift.confidence,
    )


def _message(screen: Screen, pairs: NDArray[np.int64], column: int | None, a: str, b: str) -> str:
    at = int(pairs[0])
    before, after = float(screen.before[at]), float(screen.after[at])
    moved = f"from {before:.2f} to {after:.2f}"
    if column is None:
        return f"of {len(screen.names)} columns, {a} and {b} may have changed most: their rank correlation went {moved}"
    name = screen.names[column]
    partner = b if name == a else a
    if abs(after) >= 0.999:
        return f"{name} now says the same as {partner}: their rank correlation went {moved}"
    others = [screen.names[int(screen.second[i] if screen.first[i] == column else screen.first[i])] for i in pairs[1:]]
    more = f"; that with {wording.listed(others)} changed too" if others else ""
    return f"{name} no longer belongs to {partner} as it did: their rank correlation went {moved}{more}"
