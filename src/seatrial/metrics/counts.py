"""Metrics of counts, each as a value and a gradient: accuracy, precision, recall, F, MCC and their kin.

Called by `measure`. Each is a function of right answers T, answers P and labels A by class, and of the rows N, that
does not change when all counts are multiplied. So the influence of a row with label y and answer p is

    N * (dT[y] if y == p) + N * (dP[p] + dA[y] + dN)

and has mean zero over the rows (Euler); its mean square over N is the variance of the figure, which is the delta method
(Hampel 1974, JASA 69:383; Agresti 2013, Categorical Data Analysis, section 16.1).

Conventions are scikit-learn's: classes are those that occur among labels or answers; in an average, a class that is
never answered has precision 0. A binary figure whose denominator is 0 is NaN, which no gate takes for a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from msgspec import Struct

from seatrial.evidence.sample import Real
from seatrial.metrics.counting import Margins


class Slope(Struct, frozen=True, kw_only=True):
    """A figure by group and its gradient: by class for T, P and A, by group for N. `support` counts the rows of the
    smallest denominator, by group."""

    value: Real
    right: Real
    answered: Real
    labelled: Real
    rows: Real
    support: Real

    def reach(self) -> Real:
        """The most that another answer to one row can move the value, by group: over all labels, the distance of the
        best answer from the worst."""
        best, worst = self.answered.max(axis=1, keepdims=True), self.answered.min(axis=1, keepdims=True)
        hit = self.right + self.answered
        apart = np.maximum(hit, best) - np.minimum(hit, worst)
        made: Real = np.nan_to_num(apart.max(axis=1), nan=np.inf, posinf=np.inf)
        return made

    def swing(self, labelled: Real) -> tuple[Real, Real]:
        """The mean square over the rows, by group, of how far the value moves between the right answer to a row and
        the wrong one that is furthest from it; and the share of the rows that carry it: 1 where all move it alike, for
        a precision those that are not positive. `labelled` counts rows by group and class."""
        if labelled.shape[1] < 2:
            return np.zeros(len(labelled)), np.ones(len(labelled))
        ascending = np.sort(self.answered, axis=1)
        low, high = (  # of the other classes' answers
            np.where(self.answered == ascending[:, [end]], ascending[:, [next_to]], ascending[:, [end]])
            for end, next_to in ((0, 1), (-1, -2))
        )
        hit = self.right + self.answered
        squares = np.maximum((hit - low) ** 2, (high - hit) ** 2)
        there = labelled / labelled.sum(axis=1, keepdims=True)
        mean = np.where(labelled > 0, squares * there, 0.0).sum(axis=1)
        fourth = np.where(labelled > 0, squares**2 * there, 0.0).sum(axis=1)
        carried = np.where(fourth > 0, mean**2 / fourth, 1.0)
        return np.nan_to_num(mean, nan=np.inf, posinf=np.inf), np.nan_to_num(carried, nan=1.0, posinf=1.0)


Formula: TypeAlias = Callable[[Margins, int | None], Slope]
"""From counts, and the positive class where the metric has one."""


def _zeros(counts: Margins) -> tuple[Real, Real, Real, Real]:
    return (
        np.zeros_like(counts.right),
        np.zeros_like(counts.right),
        np.zeros_like(counts.right),
        np.zeros_like(counts.rows),
    )


def _accuracy(counts: Margins, _positive: int | None) -> Slope:
    right, answered, labelled, rows = _zeros(counts)
    n = counts.rows
    share = counts.right.sum(axis=1) / n
    right += (1 / n)[:, None]
    return Slope(value=share, right=right, answered=answered, labelled=labelled, rows=rows - share / n, support=n)


def _balanced(counts: Margins, _positive: int | None) -> Slope:
    right, answered, labelled, rows = _zeros(counts)
    there = counts.labelled > 0
    size = np.where(there, counts.labelled, 1.0)
    weight = there / there.sum(axis=1, keepdims=True)
    recall = counts.right / size
    return Slope(
        value=(weight * recall).sum(axis=1),
        right=right + weight / size,
        answered=answered,
        labelled=labelled - weight * recall / size,
        rows=rows,
        support=np.where(there, counts.labelled, np.inf).min(axis=1),
    )


class _Ratio(Struct, frozen=True):
    """By class: a ratio t T / (u T + v P + w A), which all averaged metrics are."""

    t: float
    u: float
    v: float
    w: float

    def parts(self, counts: Margins) -> tuple[Real, Real, Real]:
        """Numerator, denominator, and the denominator with 1 for 0."""
        below = self.u * counts.right + self.v * counts.answered + self.w * counts.labelled
        return self.t * counts.right, below, np.where(below > 0, below, 1.0)


RATIOS: Mapping[str, _Ratio] = MappingProxyType(
    {
        "precision": _Ratio(1, 0, 1, 0),
        "recall": _Ratio(1, 0, 0, 1),
        "f1": _Ratio(2, 0, 1, 1),
        "f2": _Ratio(5, 0, 1, 4),
        "f0.5": _Ratio(1.25, 0, 1, 0.25),
        "jaccard": _Ratio(1, -1, 1, 1),
    }
)


def _averaged(name: str, average: str) -> Formula:
    ratio = RATIOS[name]

    def formula(counts: Margins, positive: int | None) -> Slope:
        if average == "micro":
            return _micro(ratio, counts)
        above, below, safe = ratio.parts(counts)
        each = above / safe
        weight, by_label = _weights(counts, average, positive)
        value = (weight * each).sum(axis=1)
        scale = weight / safe
        right = scale * (ratio.t - ratio.u * each)
        answered = -scale * ratio.v * each
        labelled = -scale * ratio.w * each
        rows = np.zeros_like(counts.rows)
        if by_label:  # weights are shares of labels, which move too
            labelled = labelled + each / counts.rows[:, None]
            rows = rows - value / counts.rows
        counted = weight > 0
        support = np.where(counted, _support(ratio, counts), np.inf).min(axis=1)
        if positive is not None and average == "binary":
            value = np.where(below[:, positive] > 0, value, np.nan)
        return Slope(value=value, right=right, answered=answered, labelled=labelled, rows=rows, support=support)

    return formula


def _weights(counts: Margins, average: str, positive: int | None) -> tuple[Real, bool]:
    if average == "binary":
        weight = np.zeros_like(counts.right)
        weight[:, positive] = 1.0
        return weight, False
    if average == "weighted":
        return counts.labelled / counts.rows[:, None], True
    there = (counts.labelled > 0) | (counts.answered > 0)
    return there / there.sum(axis=1, keepdims=True), False


def _support(ratio: _Ratio, counts: Margins) -> Real:
    """The rows that carry a class's figure: labels for recall, answers for precision, the fewer of both for F."""
    if ratio.v and ratio.w:
        return np.minimum(counts.labelled, counts.answered)
    return counts.answered if ratio.v else counts.labelled


def _micro(ratio: _Ratio, counts: Margins) -> Slope:
    right, answered, labelled, rows = _zeros(counts)
    above = ratio.t * counts.right.sum(axis=1)
    below = ratio.u * counts.right.sum(axis=1) + (ratio.v + ratio.w) * counts.rows
    value = above / below
    right += ((ratio.t - ratio.u * value) / below)[:, None]
    return Slope(
        value=value,
        right=right,
        answered=answered - (ratio.v * value / below)[:, None],
        labelled=labelled - (ratio.w * value / below)[:, None],
        rows=rows,
        support=counts.rows,
    )


def _mcc(counts: Margins, _positive: int | None) -> Slope:
    """Gorodkin (2004), Computational Biology and Chemistry 28:367: the correlation of labels and answers."""
    n, right = counts.rows, counts.right.sum(axis=1)
    above = right * n - (counts.answered * counts.labelled).sum(axis=1)
    answers = n * n - (counts.answered**2).sum(axis=1)
    labels = n * n - (counts.labelled**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(answers * labels)
        value = np.where(root > 0, above / root, np.nan)
        d_right = np.broadcast_to((n / root)[:, None], counts.right.shape)
        answered = -counts.labelled / root[:, None] + (value / answers)[:, None] * counts.answered
        labelled = -counts.answered / root[:, None] + (value / labels)[:, None] * counts.labelled
        rows = right / root - value * n * (1 / answers + 1 / labels)
    support = np.minimum(n - counts.labelled.max(axis=1), n - counts.answered.max(axis=1))
    return Slope(value=value, right=d_right, answered=answered, labelled=labelled, rows=rows, support=support)


def _kappa(counts: Margins, _positive: int | None) -> Slope:
    """Cohen (1960), Educational and Psychological Measurement 20:37."""
    n, right = counts.rows, counts.right.sum(axis=1)
    chance = (counts.answered * counts.labelled).sum(axis=1) / n**2
    seen = right / n
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(chance < 1, (seen - chance) / (1 - chance), np.nan)
        by_seen, by_chance = 1 / (1 - chance), (seen - 1) / (1 - chance) ** 2
    each = np.ones_like(counts.right)
    return Slope(
        value=value,
        right=each * (by_seen / n)[:, None],
        answered=counts.labelled * (by_chance / n**2)[:, None],
        labelled=counts.answered * (by_chance / n**2)[:, None],
        rows=-by_seen * seen / n - 2 * by_chance * chance / n,
        support=np.minimum(n - counts.labelled.max(axis=1), n - counts.answered.max(axis=1)),
    )


class _Rate(Struct, frozen=True):
    """A share of two sums, each t T + p P + a A + n N of the positive class."""

    above: tuple[float, float, float, float]
    below: tuple[float, float, float, float]


_RATES: Mapping[str, _Rate] = MappingProxyType(
    {
        "specificity": _Rate((1, -1, -1, 1), (0, 0, -1, 1)),
        "false_positive_rate": _Rate((-1, 1, 0, 0), (0, 0, -1, 1)),
        "false_negative_rate": _Rate((-1, 0, 1, 0), (0, 0, 1, 0)),
        "npv": _Rate((1, -1, -1, 1), (0, -1, 0, 1)),
        "selection_rate": _Rate((0, 1, 0, 0), (0, 0, 0, 1)),
    }
)


def _rate(name: str) -> Formula:
    rate = _RATES[name]

    def formula(counts: Margins, positive: int | None) -> Slope:
        at = 0 if positive is None else positive
        parts = (counts.right[:, at], counts.answered[:, at], counts.labelled[:, at], counts.rows)
        above = sum((weight * part for weight, part in zip(rate.above, parts, strict=True)), np.zeros_like(counts.rows))
        below = sum((weight * part for weight, part in zip(rate.below, parts, strict=True)), np.zeros_like(counts.rows))
        safe = np.where(below > 0, below, 1.0)
        value = above / safe
        slopes = [(up - value * down) / safe for up, down in zip(rate.above, rate.below, strict=True)]
        by_class = []
        for slope in slopes[:3]:
            made = np.zeros_like(counts.right)
            made[:, at] = slope
            by_class.append(made)
        return Slope(
            value=np.where(below > 0, value, np.nan),
            right=by_class[0],
            answered=by_class[1],
            labelled=by_class[2],
            rows=slopes[3],
            support=below,
        )

    return formula


def _formulas() -> dict[str, Formula]:
    found: dict[str, Formula] = {"accuracy": _accuracy, "balanced_accuracy": _balanced, "mcc": _mcc, "kappa": _kappa}
    for name in RATIOS:
        found[name] = _averaged(name, "binary")
        for average in ("macro", "micro", "weighted"):
            found[f"{name}_{average}"] = _averaged(name, average)
    for name in _RATES:
        found[name] = _rate(name)
    return found


FORMULAS: Mapping[str, Formula] = MappingProxyType(_formulas())
"""By canonical name. `catalog` says which of them a user may ask for."""
