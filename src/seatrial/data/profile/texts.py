"""Columns of texts and of flags, one block of rows after another; called by `taking`."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seatrial import digest
from seatrial.data.columns import Column
from seatrial.data.profile import hashing, leaves, limits, marks
from seatrial.data.profile.hashing import U64
from seatrial.data.profile.lookup import codes_of
from seatrial.data.profile.near_texts import NearSample, text_keys
from seatrial.data.profile.records import ColumnBinning, ColumnProfile, Items, Texts
from seatrial.data.profile.seen import Seen
from seatrial.data.profile.sketches import Sketches
from seatrial.data.profile.table import Table

_WAITING: Final = 1 << 20
"""Characters that wait to be looked at together, which is cheaper, and no more of a column of long texts."""


class TextTaker:
    """What is known of one column so far."""

    def __init__(self, column: Column, binning: ColumnBinning, sketches: Sketches) -> None:
        self._column, self._binning, self._sketches = column, binning, sketches
        self._multiply = hashing.multiplier(column.name)
        self._words = Table()
        if binning.words:
            self._words.insert(hashing.texts(pl.Series(binning.words, dtype=pl.String)) * self._multiply)
        self._bins = np.zeros(len(binning.words) + 1, dtype=np.int64)
        self._values = self._nulls = 0
        self._seen = Seen()
        self._near = NearSample(binning.near) if binning.near else None
        self._few = FewTexts() if binning.thinning == 1 else None
        self._of_values: NDArray[np.uint8] = np.zeros(0, dtype=np.uint8)
        self._numbers: NDArray[np.intp] | None = None
        self._texts = pl.Series(dtype=pl.String)
        self._hashes: U64 = np.zeros(0, dtype=np.uint64)
        self._missing: leaves.Mask | None = None

    def hashes(self, series: pl.Series, hashed: U64 | None = None) -> U64:
        """The hash of each value of the next block, which `codes` then takes in; `hashed` by polars already, or not."""
        self._texts, self._missing = leaves.texts_of(series), leaves.nulls_of(series)
        hashes = (hashing.texts(self._texts) if hashed is None else hashed) * self._multiply
        texts, present = self._texts, hashes
        if self._missing is not None:
            hashes[self._missing] = hashing.null_hash(self._multiply)
            texts, present = texts.drop_nulls(), hashes[~self._missing]
        if self._near is not None:
            self._near.add(text_keys(texts))
        tally = self._sketches.tally
        complete, keys, counts = tally.complete, tally.keys, tally.counts

        def written(places: NDArray[np.intp]) -> list[str]:
            new: list[str] = texts.gather(places).to_list()
            if self._few is not None:
                self._few.add(new)
            return [_kept(text) for text in new]

        self._numbers = self._sketches.add(present, written)
        if complete and self._numbers is None:
            self._add_counted(keys, counts)
            if self._few is not None:
                self._few.pour(counts, self._seen)
                self._few = None
        self._hashes = present
        return hashes

    def codes(self, chosen: NDArray[np.intp]) -> NDArray[np.uint8]:
        """The bin of each value; costly looks are taken at the rows in `chosen`."""
        size = len(self._texts)
        self._values += size
        codes = self._codes()
        if self._few is None:
            texts = self._texts if len(chosen) == size else self._texts.gather(chosen)
            self._look(texts.drop_nulls())
        if self._missing is None:
            return codes
        self._nulls += int(np.count_nonzero(self._missing))
        spread = np.full(size, limits.NULL_CODE, dtype=np.uint8)
        spread[~self._missing] = codes
        return spread

    def _look(self, texts: pl.Series) -> None:
        """Look at some texts: at each different one once, unless too many are different to gain from that."""
        if not self._sketches.tally.complete:
            self._seen.add(marks.seen(texts))
            return
        counted = texts.alias("text").value_counts(name="count")
        self._seen.add(marks.seen(counted["text"]), counted["count"].to_numpy())

    def _codes(self) -> NDArray[np.uint8]:
        """The bins of the values that are there. While all are numbered, bins are counted by number, in the end."""
        if self._numbers is not None:
            keys = self._sketches.tally.keys
            if len(self._of_values) != len(keys):
                self._of_values = codes_of(self._bins_of(keys))
            return self._of_values.take(self._numbers, mode="wrap")
        bins = self._bins_of(self._hashes)
        self._bins += np.bincount(bins, minlength=len(self._bins))
        return codes_of(bins)

    def _bins_of(self, hashes: U64) -> NDArray[np.intp]:
        bins = self._words.find(hashes)
        bins[bins < 0] = len(self._words)
        return bins

    def _add_counted(self, keys: U64, counts: NDArray[np.int64]) -> None:
        """Add values that were counted by number."""
        weights = np.bincount(self._bins_of(keys), weights=counts, minlength=len(self._bins))
        self._bins += weights.astype(np.int64)

    def finish(self) -> ColumnProfile:
        """The profile of all blocks."""
        items, distinct = self._sketches.finish()
        if items.complete:
            self._add_counted(self._sketches.tally.keys, self._sketches.tally.counts)
        if self._few is not None:
            self._few.pour(self._sketches.tally.counts, self._seen)
            self._few = None
        texts = self._seen.finish(tuple(self._bins.tolist()))
        return ColumnProfile(
            column=self._column,
            values=self._values,
            nulls=self._nulls,
            items=items,
            distinct=distinct,
            texts=texts,
            near=None if self._near is None else self._near.finish(),
        )


class FewTexts:
    """What is seen in the different texts of a column of few: each is looked at once, many together, and counted in
    the end."""

    def __init__(self) -> None:
        self._waiting: list[str] = []
        self._characters = 0
        self._looks: list[marks.Look] = []

    def add(self, texts: list[str]) -> None:
        """Take in some texts that are new, in the order in which the tally numbers them."""
        self._waiting += texts
        self._characters += sum(map(len, texts))
        if self._characters > _WAITING:
            self._look()

    def _look(self) -> None:
        self._looks.append(marks.seen(pl.Series(self._waiting, dtype=pl.String)))
        self._waiting, self._characters = [], 0

    def pour(self, counts: NDArray[np.int64], seen: Seen) -> None:
        """Add the first ones, of which each occurs so often."""
        self._look()
        start = 0
        for look in self._looks:
            some = counts[start : start + len(look.shapes)]
            seen.add(look.head(len(some)), some)
            start += len(some)


class FlagTaker:
    """What is known of one column of flags so far."""

    def __init__(self, column: Column) -> None:
        self._column = column
        multiply = hashing.multiplier(column.name)
        self._table = hashing.floats(np.array([0.0, 1.0]), multiply)
        self._null = hashing.null_hash(multiply)
        self._bins = np.zeros(3, dtype=np.int64)
        self._values = self._nulls = 0
        self._yes: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._missing: leaves.Mask | None = None

    def hashes(self, series: pl.Series) -> U64:
        """The hash of each value of the next block."""
        self._missing = leaves.nulls_of(series)
        self._yes = (series.fill_null(value=False) if self._missing is not None else series).to_numpy()
        hashes: U64 = self._table[self._yes.view(np.uint8)]
        if self._missing is not None:
            hashes[self._missing] = self._null
        return hashes

    def codes(self, chosen: NDArray[np.intp]) -> NDArray[np.uint8]:
        """0 for false, 1 for true."""
        codes = self._yes.astype(np.uint8)
        missing = 0
        if self._missing is not None:
            missing = int(np.count_nonzero(self._missing))
            codes[self._missing] = limits.NULL_CODE
        yes = int(np.count_nonzero(self._yes))
        self._values += len(codes)
        self._nulls += missing
        self._bins += np.array([len(codes) - missing - yes, yes, 0])
        return codes

    def finish(self) -> ColumnProfile:
        """The profile of all blocks."""
        bins = self._bins.tolist()
        counted = sorted(
            ((word, count) for word, count in zip(("false", "true"), bins, strict=False) if count),
            key=lambda item: (-item[1], item[0]),
        )
        texts = Texts(bins=tuple(bins), lengths=(), tokens=(), marks={}, shapes=Items(counts=(), complete=True))
        return ColumnProfile(
            column=self._column,
            values=self._values,
            nulls=self._nulls,
            items=Items(counts=tuple(counted), complete=True),
            texts=texts,
        )


def _kept(text: str) -> str:
    """A text as it is kept: whole if it is short, else its beginning and its digest."""
    if len(text) <= limits.SHOWN:
        return text
    return f"{text[: limits.SHOWN]}…{digest.short(digest.of_bytes(text.encode()))}"
