"""One pass over the rows of a partition: batches in, a profile out.

Called by whoever checks a dataset, once for each partition, in a thread or process of its own: a `Taker` shares
nothing. Rows are worked on in blocks that fit the processor's cache. In each block all columns are hashed first,
because the digest of a row decides which rows are looked at closely; then they are binned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seatrial.data.columns import Column, Kind, Part
from seatrial.data.profile import hashing, limits
from seatrial.data.profile.groups import GroupTaker, groups_of
from seatrial.data.profile.hashing import U64
from seatrial.data.profile.numbers import NumberTaker
from seatrial.data.profile.opaque import OpaqueTaker, VectorTaker
from seatrial.data.profile.records import Binning, ColumnBinning, ColumnProfile, Profile
from seatrial.data.profile.rows import PairTaker, SampleTaker
from seatrial.data.profile.runs import RunTaker
from seatrial.data.profile.sampled_values import ValueSample
from seatrial.data.profile.sketches import Sketches
from seatrial.data.profile.texts import FlagTaker, TextTaker
from seatrial.data.profile.times import TimeTaker
from seatrial.data.reading.batches import leaf
from seatrial.errors import EvidenceError, Place
from seatrial.replacing import replace


class ColumnTaker(Protocol):
    """What is known of one column so far. For each block `hashes` is called, and then `codes`."""

    def hashes(self, series: pl.Series) -> U64: ...
    def codes(self, chosen: NDArray[np.intp]) -> NDArray[np.uint8]: ...
    def finish(self) -> ColumnProfile: ...


class Taker:
    """A profile in the making.

    `cluster`, `label` and `prediction` name columns; a cluster asks for counts by group, label and prediction for
    their agreement. `closely` looks at every row whatever the binning says: a small dataset compared with a large
    reference has no rows to spare.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        binning: Binning,
        *,
        cluster: str | None = None,
        label: str | None = None,
        prediction: str | None = None,
        closely: bool = False,
    ) -> None:
        self._columns, self._binning, self._cluster = tuple(columns), binning, cluster
        _refuse_other_columns(self._columns, binning)
        _refuse_unknown_names(self._columns, {"cluster": cluster, "label": label, "prediction": prediction})
        width = len(self._columns)
        self._takers = [_taker(column, binning.columns[column.name], width) for column in self._columns]
        self._of_rows = [place for place, column in enumerate(self._columns) if column.part is Part.VALUES]
        self._ids = frozenset(binning.left_out)
        self._aside = self._ids | frozenset(binning.aside)
        self._values = {column.name: ValueSample() for column in self._columns if column.name in self._ids}
        self._thinnings = [1 if closely else binning.columns[column.name].thinning for column in self._columns]
        coded = [(place, self._columns[place].name) for place in self._of_rows]
        coded = [(place, name) for place, name in coded if name not in self._ids][: limits.CODED_COLUMNS]
        self._sample = SampleTaker(coded)
        self._runs = RunTaker(self._of_rows)
        paired = [(place, name, binning.columns[name].scores) for place, name in coded if binning.columns[name].scores]
        self._pairs = PairTaker(paired[: limits.PAIR_COLUMNS])
        self._pair_thinning = max((self._thinnings[place] for place, _, _ in paired), default=1)
        self._agreement = (label, prediction) if label is not None and prediction is not None else None
        of_rows = [self._columns[place] for place in self._of_rows]
        self._texts = [column.source for column in of_rows if column.kind is Kind.TEXT]
        self._groups: GroupTaker | None = None
        self._group: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        if cluster is not None:
            self._groups = GroupTaker([(place, name, binning.columns[name].scores) for place, name in coded])
        self._both = self._equal = 0
        self._rows = 0
        widest = max((column.dims or 1 for column in self._columns), default=1)
        self._block = max(1, min(limits.BLOCK, limits.BLOCK_NUMBERS // widest))

        self._waiting: list[pl.DataFrame] = []
        self._waiting_rows = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Take in the next rows of the partition.

        Blocks begin at the same rows however these come in batches: sums of floats, and what is frequent in a block,
        depend on where it begins, and the same file is to give the same bytes.
        """
        start = 0
        while start < frame.height:
            piece = frame.slice(start, self._block - self._waiting_rows)
            start += piece.height
            self._waiting.append(piece)
            self._waiting_rows += piece.height
            if self._waiting_rows == self._block:
                self._add_waiting()

    def _add_waiting(self) -> None:
        if self._waiting:
            block = self._waiting[0] if len(self._waiting) == 1 else pl.concat(self._waiting, rechunk=False)
            self._waiting, self._waiting_rows = [], 0
            self._add_block(block)

    def _add_block(self, block: pl.DataFrame) -> None:
        size = block.height
        self._rows += size
        full, bare = self._hashed(block)
        codes = np.empty((len(self._columns), size), dtype=np.uint8)
        few = {1: np.arange(size)}
        for thinning in {*self._thinnings, self._pair_thinning} - few.keys():
            few[thinning] = np.flatnonzero((full & np.uint64(thinning - 1)) == 0)  # powers of two
        for place, (column, taker) in enumerate(zip(self._columns, self._takers, strict=True)):
            if column.part is not Part.VALUES:
                taker.codes(np.arange(len(leaf(block, column))))  # elements belong to no row that could be chosen
                continue
            codes[place] = taker.codes(few[self._thinnings[place]])
        if self._groups is not None:
            self._groups.add(self._group, codes)
        self._sample.add(full, bare, codes)
        self._pairs.add(codes if self._pair_thinning == 1 else codes.take(few[self._pair_thinning], axis=1))
        self._runs.add(codes)
        if self._agreement is not None:
            self._agree(*(block[name] for name in self._agreement))

    def _hashed(self, block: pl.DataFrame) -> tuple[U64, U64]:
        bare = np.zeros(block.height, dtype=np.uint64)
        ids = np.zeros(block.height, dtype=np.uint64)
        nested = dict.fromkeys(column.source for column in self._columns if column.part is not Part.VALUES)
        schema = block.schema
        texts = hashing.text_columns(block, [name for name in self._texts if schema[name] == pl.String])
        for column, taker in zip(self._columns, self._takers, strict=True):
            values = leaf(block, column)
            if isinstance(taker, TextTaker) and column.part is Part.VALUES:
                hashes = taker.hashes(values, texts.get(column.source))
            else:
                hashes = taker.hashes(values)
            if column.name == self._cluster:
                self._group = groups_of(hashes)
            if column.part is Part.VALUES:
                into = ids if column.name in self._aside else bare
                if column.name in self._values:
                    self._values[column.name].add(
                        hashes[~values.is_null().to_numpy()] if values.null_count() else hashes
                    )
                into += hashes
        for source in nested:
            bare += hashing.lists(block[source], hashing.multiplier(source))
        full = hashing.row_digests(bare + ids)
        return full, hashing.row_digests(bare) if self._aside else full

    def _agree(self, label: pl.Series, prediction: pl.Series) -> None:
        """Count rows in which both are equal. A score between 0 and 1 beside a label of 0 or 1 says 1 from one half on:
        as a number it would never be equal."""
        if label.dtype == pl.Boolean and prediction.dtype.is_numeric():
            label = label.cast(pl.UInt8)
        if label.dtype != prediction.dtype and not (label.dtype.is_numeric() and prediction.dtype.is_numeric()):
            label, prediction = label.cast(pl.String), prediction.cast(pl.String)
        same = label == prediction
        if prediction.dtype.is_float() and label.dtype.is_numeric():
            scored = prediction.is_between(0.0, 1.0, closed="none") & ((label == 0) | (label == 1))
            same |= scored & ((prediction >= 0.5) == (label == 1))
        self._both += len(same) - same.null_count()
        self._equal += int(same.sum() or 0)

    def finish(self, parts: Sequence[tuple[str, int]]) -> Profile:
        """The profile of all rows; `parts` are the identities of the files they come from, with their rows."""
        self._add_waiting()
        columns = {column.name: taker.finish() for column, taker in zip(self._columns, self._takers, strict=True)}
        for place, runs in zip(self._of_rows, self._runs.finish(), strict=True):
            name = self._columns[place].name
            columns[name] = replace(columns[name], runs=runs)
        for name, values in self._values.items():
            columns[name] = replace(columns[name], sampled=values.finish())
        if self._groups is not None:
            columns |= self._groups.finish(columns)
        return Profile(
            rows=self._rows,
            columns=columns,
            binning=self._binning,
            sample=self._sample.finish(),
            pairs=self._pairs.finish(),
            parts=tuple(parts),
            cluster=self._cluster,
            agreement=None if self._agreement is None else (self._both, self._equal),
        )


def _taker(column: Column, binning: ColumnBinning, width: int) -> ColumnTaker:
    match column.kind:
        case Kind.NUMBER:
            return NumberTaker(column, binning, Sketches(width))
        case Kind.TEXT:
            return TextTaker(column, binning, Sketches(width))
        case Kind.FLAG:
            return FlagTaker(column)
        case Kind.TIME:
            return TimeTaker(column, binning, Sketches(width))
        case Kind.VECTOR:
            return VectorTaker(column, binning)
        case _:
            return OpaqueTaker(column)


def _refuse_other_columns(columns: Sequence[Column], binning: Binning) -> None:
    unknown = [column.name for column in columns if column.name not in binning.columns]
    if unknown:
        raise EvidenceError(
            f"the reference has no bins for {', '.join(f'`{name}`' for name in unknown[:5])}",
            next_step="Compare the columns that both have, or make a new reference.",
        )


def _refuse_unknown_names(columns: Sequence[Column], names: Mapping[str, str | None]) -> None:
    known = {column.name for column in columns if column.part is Part.VALUES}
    for role, name in names.items():
        if name is not None and name not in known:
            raise EvidenceError(
                f"there is no column `{name}`, which the contract names as {role}",
                place=Place(key=role),
                next_step=f"Name a column of the data as `{role}`, or remove the key.",
            )
