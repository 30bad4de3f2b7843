"""Labels against answers, counted: the confusion matrix of a picture, with classes that are too many put together.

Called where pictures are made. Metrics count in `counting`, for all classes and groups; a picture has room for a dozen.
Those are the classes with most labels; all others are one row and one column at the end, where a wrong answer among
them cannot be told from a right one, and the picture says so.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.evidence.sample import Sample, Whole

OTHERS = "(others)"


class AnswerTable(Struct, frozen=True, kw_only=True):
    """Rows by label and answer. `together` counts the classes behind `OTHERS`, the last name where it is not 0."""

    names: tuple[str, ...]
    candidate: tuple[tuple[int, ...], ...]
    baseline: tuple[tuple[int, ...], ...] | None = None
    together: int = 0


def answer_table(sample: Sample, most: int) -> AnswerTable | None:
    """The table of one or two models on the same rows, with at most `most` names; None without labels and answers."""
    labels, sides = sample.labels, sample.sides
    if labels is None or any(side.answers is None for side in sides):
        return None
    classes = len(sample.classes)
    if classes <= most:
        kept, at = np.arange(classes), np.arange(classes)
    else:
        frequent = np.argsort(-np.bincount(labels, minlength=classes), kind="stable")[: most - 1]
        kept = np.sort(frequent)
        at = np.full(classes, most - 1)
        at[kept] = np.arange(most - 1)
    together = classes - len(kept)
    names = (*(sample.classes[each] for each in kept), *([OTHERS] if together else []))
    tables = [_counted(at, labels, side.answers, len(names)) for side in sides if side.answers is not None]
    return AnswerTable(
        names=names, candidate=tables[0], baseline=tables[1] if len(tables) > 1 else None, together=together
    )


def _counted(at: NDArray[np.int64], labels: Whole, answers: Whole, size: int) -> tuple[tuple[int, ...], ...]:
    table = np.bincount(at[labels] * size + at[answers], minlength=size * size).reshape(size, size)
    return tuple(tuple(row) for row in table.tolist())
