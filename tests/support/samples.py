"""Random rows of two models with a known shape: samples for tests of metrics and gates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seatrial.evidence.sample import Codes, Real, Sample, Side, Whole
from seatrial.replacing import replace


def codes(texts: Sequence[str]) -> Codes:
    """A column of texts as a sample holds it."""
    names, at = np.unique(np.array(texts, dtype=str), return_inverse=True)
    return Codes(codes=at.astype(np.int32), names=tuple(names.tolist()))


def side(
    answers: Sequence[int] | NDArray[np.integer] | None = None, score: Sequence[float] | Real | None = None
) -> Side:
    """One model's answers as codes, and scores of the positive class."""
    return Side(
        answers=None if answers is None else np.asarray(answers, dtype=np.int32),
        score=None if score is None else np.asarray(score, dtype=np.float64),
    )


def softmax(raw: Real) -> Real:
    """Probabilities of classes."""
    powers: Real = np.exp(raw - raw.max(axis=1, keepdims=True))
    shares: Real = powers / powers.sum(axis=1, keepdims=True)
    return shares


def random_sample(
    classes: int, n: int, seed: int, *, names: Sequence[str] | None = None, positive: str | None = None
) -> Sample:
    """Rows of `classes` classes: labels of unequal frequency, answers right in four of five rows, probabilities that
    lean to the label. With two classes the score is the second one's, else there is one for each class."""
    draw = np.random.default_rng(seed)
    frequency = np.arange(1.0, classes + 1)
    labels = draw.choice(classes, size=n, p=frequency / frequency.sum()).astype(np.int32)
    called = tuple(names or (str(at) for at in range(classes)))
    raw = draw.normal(size=(n, classes)) + 1.5 * np.eye(classes)[labels]

    def model(noise: float, wrong: float) -> Side:
        shares = softmax(raw + noise * draw.normal(size=raw.shape))
        other = draw.integers(0, classes, n)
        answers: Whole = np.where(draw.random(n) < wrong, other, labels).astype(np.int32)
        if classes == 2:
            return Side(answers=answers, score=shares[:, 1])
        return Side(answers=answers, scores={name: shares[:, at] for at, name in enumerate(called)})

    return Sample(
        n=n,
        classes=called,
        labels=labels,
        candidate=model(0.3, 0.25),
        baseline=model(0.8, 0.35),
        positive=positive,
    )


def rows_of(sample: Sample, kept: NDArray[np.integer]) -> Sample:
    """Some rows of a sample, in the order given; a row may come several times."""

    def one(of: Side) -> Side:
        return Side(
            answers=None if of.answers is None else of.answers[kept],
            score=None if of.score is None else of.score[kept],
            scores={name: column[kept] for name, column in of.scores.items()},
            values={name: column[kept] for name, column in of.values.items()},
        )

    def texts(column: Codes | None) -> Codes | None:
        return None if column is None else codes([column.names[at] for at in column.codes[kept]])

    return replace(
        sample,
        n=len(kept),
        labels=None if sample.labels is None else sample.labels[kept],
        candidate=one(sample.candidate),
        baseline=None if sample.baseline is None else one(sample.baseline),
        clusters=texts(sample.clusters),
        queries=texts(sample.queries),
        groups={name: made for name, column in sample.groups.items() if (made := texts(column)) is not None},
    )
