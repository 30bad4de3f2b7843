"""A small learner for bin codes: gradient boosting of shallow trees on histograms.

`classifier.py` asks it to tell rows of two datasets apart. It is our own because a few thousand rows of bytes need
neither a library of 100 MB nor a tenth of a second for its import, and because the answer has to be the same on every
machine: sums are taken row by row, in one order, never through BLAS, and nothing is drawn at random.

Trees are oblivious to storage: a row is at most `LEVELS` small codes per column. In an ordered column a split cuts the
codes in two; in one of words the codes are first put in order of their gradients, which is the best
partition for squared loss (Fisher 1958, J. Am. Stat. Assoc. 53:789), so that no arbitrary order of words matters.
Friedman (2001), Ann. Stat. 29:1189; Newton steps on the logistic loss as in Chen and Guestrin (2016), KDD.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Codes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Slopes = NDArray[np.complex128]
"""Gradients, and hessians as the imaginary parts: so both are added up in one pass, which is what learning costs."""

LEVELS = 16
"""Codes per column after pooling: 0 is null, 1 a bin of what is rare, the rest values."""
TREES = 32  # few, for a half has 1,000 rows or so to learn from
DEPTH = 3  # columns that one tree asks together
RATE = 0.2  # what one tree adds of what it found
RIDGE = 4.0
"""Added to each leaf's hessian: a leaf of few rows says little."""
MIN_HESSIAN = 2.0  # about eight rows in a leaf


class Split(Struct, frozen=True, kw_only=True):
    """One level of one tree: for each node the column that is asked and which of its codes go right. `live` is
    False where no cut was worth it: all rows of the node go left."""

    column: NDArray[np.int64]
    right: NDArray[np.bool_]


class Tree(Struct, frozen=True, kw_only=True):
    """`splits[k]` halves each of the 2^k nodes of level k; `leaves` are log odds to add."""

    splits: tuple[Split, ...]
    leaves: Floats


class Model(Struct, frozen=True, kw_only=True):
    """What was learned. `gains` says by which columns, as shares of the total gain."""

    base: float
    trees: tuple[Tree, ...]
    gains: Floats


def fit(codes: Codes, target: NDArray[np.bool_], ordered: NDArray[np.bool_], weights: Floats) -> Model:
    """Learn to tell rows with `target` from the others. `weights` sum up to what each row counts for."""
    rows, columns = codes.shape
    flat = codes.astype(np.int64) + np.arange(columns, dtype=np.int64) * LEVELS
    words = np.flatnonzero(~ordered)
    goal = target.astype(np.float64)
    share = float(np.dot(weights, goal) / weights.sum())
    base = float(np.log(share / (1.0 - share)))
    score = np.full(rows, base)
    gains = np.zeros(columns)
    trees: list[Tree] = []
    slopes = np.empty(rows, dtype=np.complex128)
    for _ in range(TREES):
        chance = 1.0 / (1.0 + np.exp(-score))
        slopes.real = weights * (goal - chance)
        slopes.imag = weights * chance * (1.0 - chance)
        tree, node = _grow(flat, codes, slopes, words, gains)
        trees.append(tree)
        score += tree.leaves[node]
    total = gains.sum()
    return Model(base=base, trees=tuple(trees), gains=gains / total if total > 0 else gains)


def score(model: Model, codes: Codes) -> Floats:
    """Log odds of each row."""
    result = np.full(len(codes), model.base)
    for tree in model.trees:
        node = np.zeros(len(codes), dtype=np.int64)
        for split in tree.splits:
            node = _descend(split, codes, node)
        result += tree.leaves[node]
    return result


def _descend(split: Split, codes: Codes, node: NDArray[np.int64]) -> NDArray[np.int64]:
    rows, columns = codes.shape
    value = codes.ravel().take(np.arange(0, rows * columns, columns) + split.column.take(node))
    return 2 * node + split.right.ravel().take(node * LEVELS + value)


def _grow(
    flat: NDArray[np.int64], codes: Codes, slopes: Slopes, words: NDArray[np.int64], gains: Floats
) -> tuple[Tree, NDArray[np.int64]]:
    rows, columns = flat.shape
    wide = np.repeat(slopes, columns)
    node = np.zeros(rows, dtype=np.int64)
    splits: list[Split] = []
    for depth in range(DEPTH):
        nodes = 2**depth
        width = columns * LEVELS
        place = flat if depth == 0 else flat + (node * width)[:, None]
        sums = np.zeros(nodes * width, dtype=np.complex128)
        np.add.at(sums, place.ravel(), wide)
        split, gain = _best(sums.reshape(nodes, columns, LEVELS), words)
        np.add.at(gains, split.column, gain)
        splits.append(split)
        node = _descend(split, codes, node)
    leaves = 2**DEPTH
    step = np.bincount(node, slopes.real, leaves) / (np.bincount(node, slopes.imag, leaves) + RIDGE)
    return Tree(splits=tuple(splits), leaves=RATE * step), node


def _best(sums: Slopes, words: NDArray[np.int64]) -> tuple[Split, Floats]:
    """The best cut of each node, of sums over (nodes, columns, levels). Those of the columns of words are put in order
    of their gradients, in place."""
    nodes, _, levels = sums.shape
    unordered = sums[:, words]
    order = np.argsort(unordered.real / (unordered.imag + RIDGE), axis=2, kind="stable")
    sums[:, words] = np.take_along_axis(unordered, order, 2)
    left = np.cumsum(sums, axis=2)
    whole = left[:, :, -1:]
    right = whole - left
    gain = _gain(left) + _gain(right) - _gain(whole)
    gain = np.where((left.imag >= MIN_HESSIAN) & (right.imag >= MIN_HESSIAN), gain, 0.0).reshape(nodes, -1)
    at = gain.argmax(axis=1)
    best = gain[np.arange(nodes), at]
    column, cut = at // levels, at % levels
    goes_right = np.zeros((nodes, levels), dtype=np.bool_)
    for node in np.flatnonzero(best > 0).tolist():
        among = np.flatnonzero(words == column[node])
        levels_in_order = order[node, among[0]] if among.size else np.arange(levels)
        goes_right[node, levels_in_order[cut[node] + 1 :]] = True
    return Split(column=column, right=goes_right), np.maximum(best, 0.0)


def _gain(sums: Slopes) -> Floats:
    """What a leaf of these rows gains."""
    gain: Floats = sums.real**2 / (sums.imag + RIDGE)
    return gain
