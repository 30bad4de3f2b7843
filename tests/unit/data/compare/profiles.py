"""Profiles built by hand from plain values, so that a test of `data/compare` needs no reader and no taker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from seatrial.data.columns import Column, Kind
from seatrial.data.profile.records import (
    Binning,
    ColumnBinning,
    ColumnProfile,
    Items,
    Numbers,
    PairSums,
    Profile,
    RowSample,
    Texts,
)

Value = float | str | bool | None


def binning(values: Sequence[Value]) -> ColumnBinning:
    """Quantiles of numbers, or the distinct words."""
    known = [value for value in values if value is not None]
    if known and isinstance(known[0], (bool, str)):
        return ColumnBinning(words=tuple(sorted({_text(value) for value in known})))
    quantiles = np.quantile(np.asarray(known, dtype=float), np.linspace(0, 1, 65)[1:-1])
    return ColumnBinning(edges=tuple(np.unique(quantiles).tolist()))


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def column(name: str, values: Sequence[Value], bins: ColumnBinning) -> ColumnProfile:
    """The profile of one column."""
    known = [value for value in values if value is not None]
    nulls = len(values) - len(known)
    counted = Counter(_text(value) for value in known)
    items = Items(counts=tuple(sorted(counted.items(), key=lambda item: (-item[1], item[0]))), complete=True)
    if bins.words:
        kind = Kind.FLAG if set(bins.words) <= {"true", "false"} else Kind.TEXT
        inside = tuple(counted.get(word, 0) for word in bins.words)
        lengths = np.bincount([min(len(_text(value)), 9) for value in known], minlength=10)
        texts = Texts(
            bins=(*inside, len(known) - sum(inside)),
            lengths=tuple(lengths.tolist()),
            tokens=(0, len(known), 0),
            marks={},
            shapes=Items(counts=(), complete=True),
            looked_at=len(known),
        )
        shown = Column(name=name, source=name, dtype="Boolean" if kind is Kind.FLAG else "String", kind=kind)
        return ColumnProfile(column=shown, values=len(values), nulls=nulls, items=items, texts=texts)
    array = np.asarray(known, dtype=float)
    array = array[np.isfinite(array)]
    places = np.searchsorted(np.asarray(bins.edges), array, side="right")
    numbers = Numbers(
        count=len(array),
        nan=len(known) - len(array),
        plus_infinity=0,
        minus_infinity=0,
        zeros=int((array == 0).sum()),
        negatives=int((array < 0).sum()),
        least=float(array.min()) if len(array) else None,
        most=float(array.max()) if len(array) else None,
        mean=float(array.mean()) if len(array) else 0.0,
        m2=float(((array - array.mean()) ** 2).sum()) if len(array) else 0.0,
        bins=tuple(np.bincount(places, minlength=len(bins.edges) + 1).tolist()),
    )
    shown = Column(name=name, source=name, dtype="Float64", kind=Kind.NUMBER)
    return ColumnProfile(column=shown, values=len(values), nulls=nulls, items=items, numbers=numbers)


def profiled(table: Mapping[str, Sequence[Value]], like: Profile | None = None, *, digest: str = "b3:one") -> Profile:
    """A table's profile, with the binning of another one if given."""
    known = {} if like is None else dict(like.binning.columns)
    bins = {name: known.get(name) or binning(values) for name, values in table.items()}
    frozen = Binning(columns=bins, digest=digest) if like is None else like.binning
    rows = len(next(iter(table.values()))) if table else 0
    return Profile(
        rows=rows,
        columns={name: column(name, values, bins[name]) for name, values in table.items()},
        binning=frozen,
        sample=RowSample(hashing="", hashes=(), bare_hashes=(), columns=(), codes=b""),
        pairs=PairSums(columns=(), count=0, totals=(), sums=()),
        parts=(),
    )
