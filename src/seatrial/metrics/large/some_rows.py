"""Some of many rows as one sample: enough for a picture, and few enough to lie in memory.

Called where pictures are made, never where anything is judged. Rows are taken at even steps over the file, so that
the same file gives the same picture; whoever shows it says how many of how many they are.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seatrial.evidence.records import Pieces
from seatrial.evidence.sample import Real, Sample, Side, Whole
from seatrial.replacing import replace

MOST_ROWS = 500_000
"""Rows that a picture is made of."""


def some_of(sample: Sample, most: int = MOST_ROWS) -> Sample:
    """At most `most` rows of a sample, without groups, clusters and queries."""
    step = -(-sample.n // most) if sample.n else 1
    return _every(sample, 0, step) if step > 1 else sample


def some_of_pieces(pieces: Pieces, most: int = MOST_ROWS) -> Sample:
    """At most `most` rows of all pieces together, read in one pass."""
    outline = pieces.outline
    step = max(1, -(-pieces.n // most))
    scores = [f"score:{name}" for side in outline.sides for name in side.scores]
    parts = list(_parts(pieces, step, ("label", "prediction", "score", *dict.fromkeys(scores))))
    if len(parts) == 1:
        return parts[0]
    return Sample(
        n=sum(part.n for part in parts),
        classes=outline.classes,
        labels=_joined([part.labels for part in parts]),
        candidate=_joined_side([part.candidate for part in parts]),
        baseline=None
        if outline.baseline is None
        else _joined_side([part.baseline for part in parts if part.baseline is not None]),
        positive=outline.positive,
    )


def _parts(pieces: Pieces, step: int, columns: tuple[str, ...]) -> Iterator[Sample]:
    begin = 0
    for piece in pieces.samples(*columns):
        yield _every(piece, -begin % step, step)
        begin += piece.n


def _every(sample: Sample, first: int, step: int) -> Sample:
    """Copies, since a view would keep the whole of what it is taken from."""
    return replace(
        sample,
        n=len(range(first, sample.n, step)),
        labels=None if sample.labels is None else sample.labels[first::step].copy(),
        candidate=_every_of(sample.candidate, first, step),
        baseline=None if sample.baseline is None else _every_of(sample.baseline, first, step),
        clusters=None,
        groups={},
        id_at=None,
    )


def _every_of(side: Side, first: int, step: int) -> Side:
    return Side(
        answers=None if side.answers is None else side.answers[first::step].copy(),
        score=None if side.score is None else side.score[first::step].copy(),
        scores={name: values[first::step].copy() for name, values in side.scores.items()},
    )


def _joined(columns: list[Whole | None]) -> Whole | None:
    there = [column for column in columns if column is not None]
    return np.concatenate(there) if there else None


def _joined_side(sides: list[Side]) -> Side:
    score: list[Real] = [side.score for side in sides if side.score is not None]
    return Side(
        answers=_joined([side.answers for side in sides]),
        score=np.concatenate(score) if score else None,
        scores={name: np.concatenate([side.scores[name] for side in sides]) for name in sides[0].scores},
    )
