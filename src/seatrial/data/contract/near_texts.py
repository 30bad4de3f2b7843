"""Rows whose texts are nearly those of a row of another dataset, exactly: a second pass, asked for by `near`.

Called by `exact_judging`. Texts are read in blocks of about `BLOCK` words (see `profile/words`), and each block of
one dataset is held against each block of the other, which is read again for every block: memory is that of two blocks,
whatever the size of the data, about 0.3 GB, and time grows with the product of their numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from seatrial.data.contract.exact import Repeats
from seatrial.data.contract.near_pairs import Sets, matches, sets_of
from seatrial.data.policy import EXAMPLES
from seatrial.data.profile.leaves import texts_of
from seatrial.data.profile.words import words
from seatrial.data.reading.batches import batches
from seatrial.data.reading.records import Dataset

BLOCK = 1_000_000
"""Words of a block, and at most those of one batch of texts more."""
_AT_ONCE = 8_192
"""Rows that are read at once: a block may end after each of them."""


def near_shared(
    dataset: Dataset, columns: Sequence[str], other: Dataset, near: float, *, block: int = BLOCK
) -> Repeats:
    """Rows of `dataset` whose texts in `columns` have a similarity of at least `near` to those of a row of `other`; for
    these, `firsts` are such rows there. A row with a null has no text."""
    looked_at = repeated = 0
    found: list[tuple[int, int]] = []
    for mine, present in _blocks(dataset, columns, block):
        looked_at += present
        hits: dict[int, int] = {}
        for theirs, _ in _blocks(other, columns, block):
            some = matches(mine, theirs, near)
            for row, first in zip(some.rows.tolist(), some.firsts.tolist(), strict=True):
                hits.setdefault(row, first)
        repeated += len(hits)
        found = sorted([*found, *hits.items()])[:EXAMPLES]
    return Repeats(
        looked_at=looked_at,
        repeated=repeated,
        rows=tuple(row for row, _ in found),
        firsts=tuple(row for _, row in found),
    )


def _blocks(dataset: Dataset, columns: Sequence[str], block: int) -> Iterator[tuple[Sets, int]]:
    """The texts as sets of words, and how many rows have one, some at a time."""
    held: list[Sets] = []
    present = row = size = 0
    for partition in dataset.partitions:
        for frame in batches(dataset, partition, sources=set(columns), rows=_AT_ONCE):
            texts = _joined(frame, columns)
            rows = row + np.flatnonzero(texts.is_not_null().to_numpy())
            row += frame.height
            sets = _sets(texts.drop_nulls(), rows)
            held.append(sets)
            present, size = present + len(rows), size + len(sets.words)
            if size >= block:
                yield _one(held), present
                held, present, size = [], 0, 0
    if present:
        yield _one(held), present


def _joined(frame: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """The texts of several columns as one; null where one is."""
    texts = pl.DataFrame([texts_of(frame[name]).alias(str(place)) for place, name in enumerate(columns)])
    return texts.select(pl.concat_str(pl.all(), separator="\n")).to_series()


def _sets(texts: pl.Series, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Sets:
    parts = list(words(texts))
    if not parts:
        return sets_of(np.zeros(0, np.uint64), np.zeros(0, np.intp), rows)
    hashes, counts = np.concatenate([part.hashes for part in parts]), np.concatenate([part.counts for part in parts])
    return sets_of(hashes, counts, rows)


def _one(held: Sequence[Sets]) -> Sets:
    return Sets(
        np.concatenate([sets.words for sets in held]),
        np.concatenate([sets.counts for sets in held]),
        np.concatenate([sets.rows for sets in held]),
    )
