"""Sums of what is seen in the texts of a column; called by `texts`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from seatrial.data.profile import limits, marks
from seatrial.data.profile.records import Items, Texts


class Seen:
    """What was seen so far."""

    def __init__(self) -> None:
        self._lengths = np.zeros(limits.LENGTH_BINS, dtype=np.int64)
        self._tokens = np.zeros(limits.LENGTH_BINS, dtype=np.int64)
        self._marks = dict.fromkeys(marks.MARKS, 0)
        self._shapes: dict[str, int] = {}
        self._shapes_missed = 0
        self._looked_at = self._longest = 0

    def add(self, found: marks.Look, counts: NDArray[np.int64] | None = None) -> None:
        """Add what `marks.seen` found in some texts, each of which occurs so often; None: once."""
        columns = found.columns
        size = len(columns["longest"])
        if not size:
            return
        self._looked_at += size if counts is None else int(counts.sum())
        self._longest = max(self._longest, int(columns["longest"].max()))
        for name, bins in (("length", self._lengths), ("tokens", self._tokens)):
            bins += np.bincount(columns[name], weights=counts, minlength=limits.LENGTH_BINS).astype(np.int64)
        for mark in marks.MARKS:
            there = columns[mark]
            self._marks[mark] += int(np.count_nonzero(there) if counts is None else counts[there].sum())
        for shape, count in _counted(found.shapes, counts):
            self._shapes[shape] = self._shapes.get(shape, 0) + count
        if len(self._shapes) > limits.SHAPES_HELD:
            ordered = self._ordered()
            self._shapes = dict(ordered[: limits.SHAPES_HELD // 2])
            self._shapes_missed += ordered[limits.SHAPES_HELD // 2][1]

    def _ordered(self) -> list[tuple[str, int]]:
        return sorted(self._shapes.items(), key=lambda shape: (-shape[1], shape[0]))

    def finish(self, bins: tuple[int, ...]) -> Texts:
        """The part of a profile that is about texts."""
        shapes = self._ordered()
        left = shapes[limits.SHAPES :]
        missed = self._shapes_missed + (left[0][1] if left else 0)
        return Texts(
            bins=bins,
            lengths=tuple(self._lengths.tolist()),
            tokens=tuple(self._tokens.tolist()),
            marks=self._marks,
            shapes=Items(counts=tuple(shapes[: limits.SHAPES]), complete=missed == 0, missed=missed),
            longest=self._longest,
            looked_at=self._looked_at,
        )


def _counted(shapes: list[str], counts: NDArray[np.int64] | None) -> Iterable[tuple[str, int]]:
    """How often each form occurs."""
    if counts is None:
        return Counter(shapes).items()
    weighted: dict[str, int] = {}
    for shape, count in zip(shapes, counts.tolist(), strict=True):
        weighted[shape] = weighted.get(shape, 0) + count
    return weighted.items()
