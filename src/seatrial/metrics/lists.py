"""Metrics of ranked lists: one value for each query, then their mean over queries.

Called by `measure`. The label of a row is its relevance, a number of at least 0; its score says where it is ranked
among the rows of its query. Equal scores are no ranking: nDCG takes the mean over all orders of the tied rows
(McSherry and Najork 2008, ECIR, as scikit-learn does), the others count a tie against the model, so that a model
which scores all rows alike gains nothing by the order of the file.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.evidence.sample import Real
from seatrial.metrics.sums import sum_by


class Lists(Struct, frozen=True, kw_only=True):
    """Rows sorted by query and falling score. `query` is the position of each row's query among those that occur;
    `place` is its rank in it from 1 where ties come last, `begins` the first row of each query."""

    query: NDArray[np.int64]
    relevance: Real
    score: Real
    place: Real
    begins: NDArray[np.int64]
    order: NDArray[np.int64]


def lists_of(query: NDArray[np.int64], relevance: Real, score: Real) -> Lists:
    """Sort rows into lists."""
    order = np.lexsort((-score, query))
    ordered, values = query[order], score[order]
    first = np.append(True, ordered[1:] != ordered[:-1])
    begins = np.flatnonzero(first)
    position = np.cumsum(first) - 1
    new = first | np.append(True, values[1:] != values[:-1])
    ends = np.append(np.flatnonzero(new)[1:], len(order)) - 1  # the last row of each tie
    place = ends[np.cumsum(new) - 1] - begins[position] + 1.0
    return Lists(query=position, relevance=relevance[order], score=values, place=place, begins=begins, order=order)


def _by_query(lists: Lists, values: Real) -> Real:
    return sum_by(lists.query, len(lists.begins), values)


def _ties_shared(lists: Lists, discount: Real) -> Real:
    """The discount of each row, averaged over the rows it is tied with."""
    new = np.append(True, (lists.query[1:] != lists.query[:-1]) | (lists.score[1:] != lists.score[:-1]))
    tie = np.cumsum(new) - 1
    ties = int(tie[-1]) + 1
    shared: Real = (sum_by(tie, ties, discount) / sum_by(tie, ties))[tie]
    return shared


def ndcg(lists: Lists, k: int | None) -> Real:
    """Järvelin and Kekäläinen (2002, ACM TOIS 20:422) with the relevance itself as gain; 0 where none is relevant."""
    rank = np.arange(len(lists.query)) - lists.begins[lists.query] + 1.0
    discount = 1 / np.log2(rank + 1)
    if k is not None:
        discount = np.where(rank <= k, discount, 0.0)
    gained = _by_query(lists, lists.relevance * _ties_shared(lists, discount))
    ideal = np.lexsort((-lists.relevance, lists.query))
    best = _by_query(lists, lists.relevance[ideal] * discount)
    return np.divide(gained, best, out=np.zeros_like(gained), where=best > 0)


def mean_reciprocal_rank(lists: Lists, k: int | None) -> Real:
    """One over the place of the first relevant row; 0 where there is none among the first k."""
    counted = lists.relevance > 0
    if k is not None:
        counted &= lists.place <= k
    found = np.zeros(len(lists.begins))
    np.maximum.at(found, lists.query[counted], 1 / lists.place[counted])
    return found


def mean_average_precision(lists: Lists, k: int | None) -> Real:
    """The mean precision at the relevant rows, over the relevant rows (at most k of them); 0 where there are none."""
    relevant = (lists.relevance > 0).astype(np.float64)
    running = np.cumsum(relevant)
    before = running[lists.begins] - relevant[lists.begins]
    ends = lists.begins[lists.query] + lists.place.astype(np.int64) - 1
    above = running[ends] - before[lists.query]
    worth = relevant * np.minimum(above / lists.place, 1.0)
    all_of = _by_query(lists, relevant)
    if k is not None:
        worth = np.where(lists.place <= k, worth, 0.0)
        all_of = np.minimum(all_of, k)
    total = _by_query(lists, worth)
    return np.divide(total, all_of, out=np.zeros_like(total), where=all_of > 0)


def _hits(lists: Lists, k: int | None) -> Real:
    relevant = lists.relevance > 0
    return _by_query(lists, (relevant if k is None else relevant & (lists.place <= k)).astype(np.float64))


def precision(lists: Lists, k: int | None) -> Real:
    """The share of the first k rows that is relevant."""
    return _hits(lists, k) / (k or 1)


def recall(lists: Lists, k: int | None) -> Real:
    """The share of relevant rows that is among the first k; 0 where nothing is relevant."""
    hits, relevant = _hits(lists, k), _hits(lists, None)
    return np.divide(hits, relevant, out=np.zeros_like(hits), where=relevant > 0)


def hit_rate(lists: Lists, k: int | None) -> Real:
    """1 where a relevant row is among the first k."""
    return (_hits(lists, k) > 0).astype(np.float64)


MEASURES = {
    "ndcg": ndcg,
    "mrr": mean_reciprocal_rank,
    "map": mean_average_precision,
    "precision": precision,
    "recall": recall,
    "hit_rate": hit_rate,
}
"""By the name before `@`."""
