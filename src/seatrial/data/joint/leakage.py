"""Does one column give the label away?

For each column the label is predicted from its bin alone, in one half of the sampled rows by what the other half
shows, and the prediction is measured by its concordance: of two rows with unlike labels, how often the one with the
larger prediction has the larger label. For two classes that is the area under the curve, for numbers Harrell's index
(Harrell et al. 1982, JAMA 247:2543), for several classes the mean area of each class against the others. One scale, so
one limit.

An ordered column needs no learning to be held against a label of two classes: its bins are in order. There the rise is
also measured on all sampled rows, by the area itself, which sees half as small a rise where one class is rare.

A column beyond the limit is a leak, whatever it is: ids, times and missing values are looked at like all others.
Against a reference an old column has to predict much better than it did; what predicts the label as well as ever was
accepted with the reference. A declared `max_leakage` holds always. Columns that are no leak make one claim together,
about the likeliest one if there is any, else about the one of which least is excluded.

Only the declared label is used. A column that happens to be called `target` is not guessed to be one.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.columns import Kind
from seatrial.data.joint import tables
from seatrial.data.joint.halves import halves
from seatrial.data.joint.risen import Risen, in_order
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Profile
from seatrial.replacing import replace
from seatrial.stats import normal

Floats = NDArray[np.float64]

MAX_LEAKAGE = 0.98  # what hardly a column reaches that is not made from the label
MAX_OF_NEW = 0.9
"""For a column that the reference does not have: nobody accepted it yet."""
LEAST_OF_RISEN = 0.6
"""A column that predicts worse than that gives nothing away, however much better than before it does."""
GIVES_AWAY = 0.75
"""From there on a risen column is called a leak; below, it may as well be the relation that changed."""
MOST_CLASSES = 12
"""A number with more values than that is predicted as a number."""
GROSS = 1.5
"""Of all columns none may rise by so many times `auc_detect` unseen. A leak rises by more, and the bound that has to
exclude it is the largest of as many as there are columns."""
PRIOR_ROWS = 2.0  # of the mean, that every bin starts with
MOST_NAMED = 8  # columns with a finding of their own
LEAST_ROWS = 40  # twenty in a half
_PLAIN = 0.01
"""Of two looks that both show nothing, with p above that, the one with the smaller error is told."""
_NOTHING = 0.05
"""Where no column has a p below that, the one with the largest upper bound speaks for all."""
LEAST_OF_CLASS = 8
"""Rows that the rarest class has at least, to say anything of it."""


class Score(Struct, frozen=True, kw_only=True):
    """The concordance of one column with the label and its standard error."""

    value: float
    error: float


class Leak(Struct, frozen=True, kw_only=True):
    """One column against what it is held to."""

    name: str
    score: Score
    before: Score | None
    limit: float
    effect: float
    error: float
    p: float


def leaks(
    reference: Profile | None, current: Profile, contract: Contract, *, seed: int, deff: float = 1.0
) -> tuple[Claim, ...]:
    """A claim for each column that predicts the label too well, and one for all the others; none where there are too
    few labels. `deff`: by how much rows that come in clusters say less than as many independent ones."""
    was: dict[str, Score] = {}
    risen: dict[str, Leak] = {}
    if reference is None:
        new, copies = tables.rows_of(current), deff
    else:
        old, new, copies = tables.comparable(reference, current)
        copies *= deff
        was = scores(reference, old, contract, seed=seed, copies=copies)
        if contract.max_leakage is None:
            risen = {
                name: _of_areas(name, one, contract, copies)
                for name, one in in_order(reference, old, current, new, contract).items()
            }
    now = scores(current, new, contract, seed=seed, copies=copies)
    if not now:
        return ()
    found = [_held(name, score, was.get(name), reference, contract) for name, score in now.items()]
    found = [_clearer(one, risen.get(one.name)) for one in found]
    drift, rows = contract.drift, int(new.counts.sum())
    tests = len(found)
    z = normal.upper_quantile(1.0 - drift.confidence)
    named = [one for one in found if one.p * tests <= drift.q and one.effect - z * one.error > one.limit]
    named = sorted(named, key=lambda one: -one.effect)[:MOST_NAMED]
    others = [one for one in found if one not in named]
    claims = [_claim(one, one.name, tests, rows, contract) for one in named]
    if others:
        claims.append(_claim(_for_all(others, tests, z), None, tests, rows, contract))
    return tuple(claims)


def _for_all(others: list[Leak], tests: int, z: float) -> Leak:
    """The one that is least like no leak, if any is unlike it, else the one that excludes least."""
    likeliest = min(others, key=lambda one: (one.p, one.name))
    if likeliest.p * tests <= _NOTHING:
        return likeliest
    return max(others, key=lambda one: (one.effect - one.limit + z * one.error, one.name))


def _of_areas(name: str, risen: Risen, contract: Contract, copies: float) -> Leak:
    """A column held to what it was by areas on all rows."""
    before, after = (
        Score(value=area.value, error=area.error * math.sqrt(copies)) for area in (risen.before, risen.after)
    )
    return _rise(name, after, before, contract)


def _clearer(learned: Leak, area: Leak | None) -> Leak:
    """Of two looks at one column the clearer one, and p for having looked twice, at the area in two directions."""
    if area is None or math.isnan(area.p):
        return learned
    neither = min(2 * area.p, learned.p) > _PLAIN
    if 2 * area.p < learned.p or (neither and area.error < learned.error):
        return replace(area, p=min(1.0, 4 * area.p))
    return replace(learned, p=min(1.0, 2 * learned.p))


def _rise(name: str, score: Score, before: Score, contract: Contract) -> Leak:
    """Both have to hold: it rose, and to where it gives something away. The level is asked of the bound, p is of the
    rise."""
    error, limit = math.hypot(score.error, before.error), contract.drift.auc_floor
    rise, level = score.value - before.value, score.value - LEAST_OF_RISEN
    effect = min(rise, level + limit)
    p = normal.sf(rise / error) if error > 0 else 1.0
    return Leak(name=name, score=score, before=before, limit=limit, effect=effect, error=error, p=p)


def _held(name: str, score: Score, before: Score | None, reference: Profile | None, contract: Contract) -> Leak:
    """An old column is held to what it was, unless a limit was declared; any other to a limit."""
    if before is not None and contract.max_leakage is None:
        return _rise(name, score, before, contract)
    most = contract.max_leakage if contract.max_leakage is not None else MAX_LEAKAGE
    if reference is not None and before is None:
        most = min(most, MAX_OF_NEW)
    p = normal.sf((score.value - most) / score.error) if score.error > 0 else 1.0
    return Leak(name=name, score=score, before=None, limit=most - 0.5, effect=score.value - 0.5, error=score.error, p=p)


def _claim(leak: Leak, column: str | None, tests: int, rows: int, contract: Contract) -> Claim:
    z = normal.upper_quantile(1.0 - contract.drift.confidence)
    detect = 0.5 if leak.before is None else GROSS * max(contract.drift.auc_detect, 2 * leak.limit)
    high = leak.effect + z * leak.error
    return Claim(
        check=Check.LEAKAGE,
        column=column,
        statistic="concordance" if leak.before is None else "rise_of_concordance",
        unit=Unit.AUC,
        estimate=max(leak.effect, 0.0),
        low=max(leak.effect - z * leak.error, 0.0),
        high=min(max(high, 0.0), 0.5),  # no area rises by more
        floor=leak.limit,
        detect=detect,
        p=min(1.0, leak.p * tests),
        n=rows,
        n_needed=math.ceil(rows * (2 * z * leak.error / max(detect - leak.limit, 0.02)) ** 2),
        message=_message(leak, column, contract.label or ""),
        current=f"{leak.score.value:.3f}",
        reference=None if leak.before is None else f"{leak.before.value:.3f}",
        confidence=contract.drift.confidence,
        declared=contract.max_leakage is not None,
    )


def _message(leak: Leak, column: str | None, label: str) -> str:
    told = f"{leak.name} alone predicts {label} with a concordance of {leak.score.value:.3f}"
    if leak.before is not None:
        told += f", {leak.before.value:.3f} in the reference"
    if column is None:
        return f"no column gives {label} away; of all, {told}"
    if leak.before is not None and leak.score.value < GIVES_AWAY:
        return f"{told}: it takes something from the label, or their relation has changed"
    return f"{told}: it seems to be made from the label, or after it"


def scores(
    profile: Profile, rows: tables.Rows, contract: Contract, *, seed: int, copies: float = 1.0
) -> dict[str, Score]:
    """The concordance of every column with the label; none where there is no label to speak of."""
    label, names = contract.label, profile.sample.columns
    if label is None or label not in names or label not in profile.columns:
        return {}
    target = rows.codes[:, names.index(label)]
    known = target != tables.NULL
    target, counts = target[known], rows.counts[known]
    if counts.sum() < LEAST_ROWS:
        return {}
    parts = halves(rows.origin[known], counts, seed)
    labels = _labels(target, profile.columns[label].column.kind)
    result: dict[str, Score] = {}
    for place, name in enumerate(names):
        if name in (label, contract.prediction):
            continue
        column = rows.codes[known, place]
        if labels.are_classes and name in profile.columns and profile.columns[name].column.kind is not Kind.TEXT:
            column = tables.pooled(column, counts, ordered=True)  # fewer bins, each learned from more rows
        score = cross_fitted(column, labels, parts)
        if score is not None:
            result[name] = Score(value=score.value, error=score.error * math.sqrt(copies))
    return result


class Labels(Struct, frozen=True, kw_only=True):
    """Labels as 0, 1, ...: `classes` of them where they are classes without order, else None."""

    codes: NDArray[np.int64]
    count: int
    are_classes: bool


def _labels(target: NDArray[np.uint8], kind: Kind) -> Labels:
    values, codes = np.unique(target, return_inverse=True)
    are_classes = kind is not Kind.NUMBER or len(values) <= MOST_CLASSES
    return Labels(codes=codes.astype(np.int64), count=len(values), are_classes=are_classes)


def cross_fitted(column: NDArray[np.uint8], labels: Labels, parts: Floats) -> Score | None:
    """The mean concordance over both halves; None where a half has no two labels."""
    width = labels.count
    cell = column.astype(np.int64) * width + labels.codes
    counted = [np.bincount(cell, part, minlength=256 * width).astype(np.float64).reshape(256, width) for part in parts]
    found = [_by_other(learn, judge, labels) for learn, judge in ((counted[0], counted[1]), (counted[1], counted[0]))]
    if any(one is None for one in found):
        return None
    halves_found = [one for one in found if one is not None]
    # The halves learned from each other, so their errors are not independent: averaged, whatever the correlation.
    return Score(
        value=sum(one.value for one in halves_found) / len(halves_found),
        error=sum(one.error for one in halves_found) / len(halves_found),
    )


def _by_other(learn: Floats, judge: Floats, labels: Labels) -> Score | None:
    if not labels.are_classes:
        return _ordered(learn, judge, np.arange(labels.count, dtype=np.float64))
    if labels.count == 2:
        return _ordered(learn, judge, np.array([0.0, 1.0])) if _enough(judge) else None
    sizes = judge.sum(axis=0)
    chosen = [int(at) for at in np.argsort(-sizes, kind="stable")[:MOST_CLASSES] if sizes[at] >= LEAST_OF_CLASS]
    parts: list[tuple[float, Score]] = []
    for at in chosen:
        mine, theirs = _against_rest(learn, at), _against_rest(judge, at)
        score = _ordered(mine, theirs, np.array([0.0, 1.0])) if _enough(theirs) else None
        if score is not None:
            parts.append((float(sizes[at]), score))
    weight = sum(size for size, _ in parts)
    if weight == 0:
        return None
    # The areas of classes of the same rows go together, so their errors are averaged, not squared.
    return Score(
        value=sum(size * score.value for size, score in parts) / weight,
        error=sum(size * score.error for size, score in parts) / weight,
    )


def _enough(table: Floats) -> bool:
    return bool(table.sum(axis=0).min() >= LEAST_OF_CLASS)


def _against_rest(table: Floats, at: int) -> Floats:
    mine = table[:, at]
    return np.stack([table.sum(axis=1) - mine, mine], axis=1)


def _ordered(learn: Floats, judge: Floats, values: Floats) -> Score | None:
    """Bins in the order of their mean label, as learned; then the concordance on the other half."""
    total = learn.sum()
    mean = float(learn.sum(axis=0) @ values / total) if total else 0.0
    expected = (learn @ values + PRIOR_ROWS * mean) / (learn.sum(axis=1) + PRIOR_ROWS)
    _, place = np.unique(expected, return_inverse=True)
    table = np.zeros((int(place.max()) + 1, judge.shape[1]))
    np.add.at(table, place, judge)
    return concordance(table)


def concordance(table: Floats) -> Score | None:
    """Of rows counted by prediction (ascending, down) and label (ascending, across).

    Equal predictions count one half. The variance is that of a U statistic, by each row's share in it; None where
    all labels are equal.
    """
    total = float(table.sum())
    up_to = np.cumsum(np.cumsum(table, axis=0), axis=1)
    padded = np.zeros((table.shape[0] + 1, table.shape[1] + 1))
    padded[1:, 1:] = up_to
    below = padded[:-1, :-1]  # smaller prediction and smaller label
    rows, columns = table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
    above = total - np.cumsum(rows, axis=0) - padded[-1:, 1:] + padded[1:, 1:]
    agrees = below + above + (rows - table) / 2.0
    comparable = np.broadcast_to(total - columns, table.shape)
    pairs = float(np.sum(table * comparable))
    if pairs <= 0:
        return None
    value = float(np.sum(table * agrees)) / pairs
    spread = 4.0 * float(np.sum(table * (agrees - value * comparable) ** 2)) / pairs**2
    # Where no pair is wrong there is no spread; a quarter of a row of the smaller class must stay possible.
    fewest = float(columns.min()) if columns.size == 2 else total / 2
    return Score(value=value, error=max(math.sqrt(spread), 0.25 / fewest))
