"""Columns of texts and of flags, one block of rows after another; called by `taking`."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seatrial import digest
from seatrial.data.columns import Column
from seatrial.data.profile import hashing, leaves, limits, marks
from seatrial.data.profile.hashing import U64
from seatrial.data.profile.lookup import codes_of
from seatrial.data.profile.records import ColumnBinning, ColumnProfile, Items, Texts
from seatrial.data.profile.sketches import Sketches
from seatrial.data.profile.tally import shown


class TextTaker:
    """What is known of one column so far."""

    def __init__(self, column: Column, binning: ColumnBinning, sketches: Sketches) -> None:
        self._column, self._binning, self._sketches = column, binning, sketches
        self._multiply = hashing.multiplier(column.name)
        words = hashing.texts(pl.Series(binning.words, dtype=pl.String)) * self._multiply
        self._word_order = np.argsort(words)
        self._words = words[self._word_order]
        self._bins = np.zeros(len(binning.words) + 1, dtype=np.int64)
        self._values = self._nulls = self._looked_at = self._longest = 0
        self._lengths = np.zeros(limits.LENGTH_BINS, dtype=np.int64)
        self._tokens = np.zeros(limits.LENGTH_BINS, dtype=np.int64)
        self._marks = dict.fromkeys(marks.MARKS, 0)
        self._shapes: dict[str, int] = {}
        self._texts = pl.Series(dtype=pl.String)
        self._hashes: U64 = np.zeros(0, dtype=np.uint64)
        self._missing: leaves.Mask | None = None

    def hashes(self, series: pl.Series) -> U64:
        """The hash of each value of the next block, which `codes` then takes in."""
        self._texts, self._missing = leaves.texts_of(series), leaves.nulls_of(series)
        hashes = hashing.texts(self._texts) * self._multiply
        texts, present = self._texts, hashes
        if self._missing is not None:
            hashes[self._missing] = hashing.null_hash(self._multiply)
            texts, present = texts.filter(pl.Series(~self._missing)), hashes[~self._missing]
        self._sketches.add(present, lambda places: [_kept(text) for text in texts.gather(places).to_list()])
        self._hashes = hashes
        return hashes

    def codes(self, chosen: NDArray[np.intp]) -> NDArray[np.uint8]:
        """The bin of each value; costly looks are taken at the rows in `chosen`."""
        bins = self._bins_of(self._hashes)
        codes = codes_of(bins)
        self._values += len(bins)
        if self._missing is not None:
            self._nulls += int(np.count_nonzero(self._missing))
            codes[self._missing] = limits.NULL_CODE
            bins = bins[~self._missing]
        self._bins += np.bincount(bins, minlength=len(self._bins))
        self._look(self._texts if len(chosen) == len(self._texts) else self._texts.gather(chosen))
        return codes

    def _bins_of(self, hashes: U64) -> NDArray[np.intp]:
        other = len(self._words)
        if not other:
            return np.zeros(len(hashes), dtype=np.intp)
        places = np.minimum(np.searchsorted(self._words, hashes), other - 1)
        return np.where(self._words[places] == hashes, self._word_order[places], other)

    def _look(self, texts: pl.Series) -> None:
        counted = texts.drop_nulls().alias("text").value_counts(name="count")
        if not counted.height:
            return
        counts, found = counted["count"].to_numpy(), marks.seen(counted["text"])
        self._looked_at += int(counts.sum())
        self._longest = max(self._longest, int(found["longest"].max()))  # type: ignore[arg-type]
        for name, bins in (("length", self._lengths), ("tokens", self._tokens)):
            bins += np.bincount(found[name].to_numpy(), weights=counts, minlength=limits.LENGTH_BINS).astype(np.int64)
        for mark in marks.MARKS:
            self._marks[mark] += int(counts[found[mark].to_numpy()].sum())
        shapes = found.select("shape", counted["count"]).group_by("shape").agg(pl.col("count").sum())
        for shape, count in shapes.iter_rows():
            self._shapes[shape] = self._shapes.get(shape, 0) + count

    def finish(self) -> ColumnProfile:
        """The profile of all blocks."""
        items, distinct = self._sketches.finish()
        shapes = sorted(self._shapes.items(), key=lambda shape: (-shape[1], shape[0]))
        left = shapes[limits.SHAPES :]
        texts = Texts(
            bins=tuple(self._bins.tolist()),
            lengths=tuple(self._lengths.tolist()),
            tokens=tuple(self._tokens.tolist()),
            marks=self._marks,
            shapes=Items(counts=tuple(shapes[: limits.SHAPES]), complete=not left, missed=left[0][1] if left else 0),
            longest=self._longest,
            looked_at=self._looked_at,
        )
        return ColumnProfile(
            column=self._column, values=self._values, nulls=self._nulls, items=items, distinct=distinct, texts=texts
        )


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
    return shown(text, digest.short(digest.of_bytes(text.encode("utf-8", "surrogatepass"))))
