"""The rows that a judgement looks at, as arrays: one model's answers, or two models' answers to the same rows.

Made by `pairing` from predictions tables, read by `metrics/`. Texts are whole numbers into a sorted tuple of names,
so that a metric counts with one `bincount` whatever the classes are called. Labels and the answers of both
models share one tuple of names. All arrays have one entry for each row, in one order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

Whole: TypeAlias = NDArray[np.int32]
Real: TypeAlias = NDArray[np.float64]


class Codes(Struct, frozen=True, kw_only=True):
    """A column of texts: `names[codes[i]]` is the text of row i. Names are sorted and all occur."""

    codes: Whole
    names: tuple[str, ...]


class Side(Struct, frozen=True, kw_only=True):
    """What one model said. `answers` are codes into the sample's classes, `score` the positive class's score, `scores`
    one array for each class, `values` one for each column of numbers."""

    answers: Whole | None = None
    score: Real | None = None
    scores: Mapping[str, Real] = field(default_factory=dict)
    values: Mapping[str, Real] = field(default_factory=dict)


class Sample(Struct, frozen=True, kw_only=True):
    """`n` rows with one or two sides. `clusters` says which rows are not independent of each other, `queries` which
    rows are ranked together; `positive` is the positive class where one was declared. `files` are those that the sides
    were read from, and `id_at` gives the id of a row; both are there to name a row that is wrong, as far as known."""

    n: int
    classes: tuple[str, ...]
    labels: Whole | None
    candidate: Side
    baseline: Side | None = None
    clusters: Codes | None = None
    queries: Codes | None = None
    groups: Mapping[str, Codes] = field(default_factory=dict)
    positive: str | None = None
    files: tuple[str, ...] = ()
    id_at: Callable[[int], str] | None = None

    @property
    def sides(self) -> tuple[Side, ...]:
        """The candidate, and the baseline if there is one."""
        return (self.candidate,) if self.baseline is None else (self.candidate, self.baseline)
