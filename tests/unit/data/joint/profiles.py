"""Profiles made straight from arrays, by the book of `profile/records.py` and without its code.

So what is tested here does not hang on how a file is read, and a mistake in the making of profiles cannot hide one in
what is concluded from them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from seatrial.data.columns import Column, Kind
from seatrial.data.policy import SAMPLE_HASHES, SAMPLE_ROWS
from seatrial.data.profile.records import (
    Binning,
    ColumnBinning,
    ColumnProfile,
    Items,
    Numbers,
    PairSums,
    Profile,
    RowSample,
)

Table = Mapping[str, NDArray[np.generic]]
"""Floats (NaN is null), whole numbers or texts (None is null) by column."""


def profile(
    table: Table,
    like: Profile | None = None,
    *,
    left_out: tuple[str, ...] = (),
    agreement: tuple[int, int] | None = None,
    hashing: str = "h",
) -> Profile:
    """A profile of `table`, in the bins of `like` if there is one."""
    rows = len(next(iter(table.values())))
    binning = like.binning if like is not None else _binning(table, left_out)
    codes = {name: _codes(values, binning.columns[name]) for name, values in table.items() if name in binning.columns}
    whole = _digests(table, tuple(sorted(table)))
    bare = _digests(table, tuple(sorted(set(table) - set(binning.left_out))))
    distinct, first, counts = np.unique(whole, return_index=True, return_counts=True)
    order = first[:SAMPLE_ROWS]
    matrix = np.stack([codes[name][order] for name in codes], axis=1) if codes else np.zeros((0, 0), np.uint8)
    return Profile(
        rows=rows,
        columns={name: _column(name, values, codes.get(name)) for name, values in table.items()},
        binning=binning,
        sample=RowSample(
            hashing=hashing,
            hashes=tuple(int(one) for one in np.sort(whole)[:SAMPLE_HASHES]),
            bare_hashes=tuple(int(one) for one in np.sort(bare)[:SAMPLE_HASHES]),
            columns=tuple(codes),
            codes=matrix.tobytes(),
            digests=tuple(int(one) for one in distinct[:SAMPLE_ROWS]),
            counts=tuple(int(one) for one in counts[:SAMPLE_ROWS]),
        ),
        pairs=_pairs(codes, binning, rows),
        parts=(("a.parquet", rows),),
        agreement=agreement,
    )


def _binning(table: Table, left_out: tuple[str, ...]) -> Binning:
    columns = {}
    for name, values in table.items():
        if values.dtype.kind in "fi":
            finite = values.astype(np.float64)
            finite = finite[np.isfinite(finite)]
            edges = np.unique(np.quantile(finite, np.arange(1, 64) / 64)) if len(finite) else np.zeros(0)
            bins = ColumnBinning(edges=tuple(float(edge) for edge in edges))
        else:
            words, counts = np.unique([word for word in values if word is not None], return_counts=True)
            order = np.argsort(-counts, kind="stable")[:254]
            bins = ColumnBinning(words=tuple(str(words[at]) for at in order))
        columns[name] = msgspec.structs.replace(bins, scores=_scores(_codes(values, bins)))
    return Binning(columns=columns, digest="d", left_out=left_out)


def _codes(values: NDArray[np.generic], binning: ColumnBinning) -> NDArray[np.uint8]:
    if values.dtype.kind in "fi":
        numbers = values.astype(np.float64)
        bins = np.searchsorted(np.array(binning.edges), numbers, side="right").astype(np.int64)
        bins[np.isnan(numbers)] = 255
        return bins.astype(np.uint8)
    known = {word: place for place, word in enumerate(binning.words)}
    return np.array(
        [255 if word is None else min(known.get(str(word), len(known)), 254) for word in values], dtype=np.uint8
    )


def _digests(table: Table, names: tuple[str, ...]) -> NDArray[np.uint64]:
    rows = zip(*(table[name].tolist() for name in names), strict=True)
    return np.array(
        [int.from_bytes(hashlib.blake2b(repr(row).encode(), digest_size=8).digest(), "big") for row in rows],
        dtype=np.uint64,
    )


def _column(name: str, values: NDArray[np.generic], codes: NDArray[np.uint8] | None) -> ColumnProfile:
    is_number = values.dtype.kind in "fi"
    kind = Kind.NUMBER if is_number else Kind.TEXT
    numbers = None
    if is_number:
        decimals = (len(values), 0) if values.dtype.kind == "i" else (0, 0, len(values))
        numbers = Numbers(
            count=len(values), nan=0, plus_infinity=0, minus_infinity=0, zeros=0, negatives=0, least=None, most=None,
            mean=0.0, m2=0.0, bins=(), looked_at=len(values), decimals=decimals,
        )  # fmt: skip
    return ColumnProfile(
        column=Column(name=name, source=name, dtype="Float64" if is_number else "String", kind=kind),
        values=len(values),
        nulls=0 if codes is None else int((codes == 255).sum()),
        items=Items(counts=(), complete=False),
        numbers=numbers,
    )


def _pairs(codes: Mapping[str, NDArray[np.uint8]], binning: Binning, rows: int) -> PairSums:
    names = tuple(codes)
    scores = np.stack([np.array(binning.columns[name].scores, dtype=np.float64)[codes[name]] for name in names], axis=1)
    product = scores.T @ scores
    return PairSums(
        columns=names,
        count=rows,
        totals=tuple(int(total) for total in scores.sum(axis=0)),
        sums=tuple(int(one) for one in product[np.triu_indices(len(names))]),
    )


def _scores(codes: NDArray[np.uint8]) -> tuple[int, ...]:
    """The centred rank of each bin in the rows that the binning was made from; 0 for null."""
    counts = np.bincount(codes, minlength=256)
    counts[255] = 0
    middle = (np.cumsum(counts) - counts / 2) / max(int(counts.sum()), 1)
    scores = np.floor(middle * 64).clip(0, 63) - 32
    scores[255] = 0
    return tuple(int(score) for score in scores)
