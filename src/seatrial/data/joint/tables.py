"""The sampled rows of two profiles as one matrix of few codes, which is what a learner can use.

Bin codes are already comparable, since both profiles were made with one binning; here they become at most
`boosting.LEVELS` per column, and columns that could only mislead are left out: times, which separate any two
periods, and ids, which separate any two rows.

What is subtle is that the sample is chosen by digest of the whole row, so equal rows are taken together. In a table
whose rows are nearly all different that is a random sample of rows. In one of few different rows it is a sample of
values: a reference of many rows then shows a part of them, and anything that current has more of would look new.
There both sides are cut at the smaller of their largest digests: what is left are all rows of the same values on
both, and given these values they are again random. The cut itself is left out, for its copies may not all be there.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.data.columns import Kind
from seatrial.data.joint.boosting import LEVELS, Codes
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Profile, RowSample

NULL = 255
FEW_COPIES = 2.5
"""Up to so many equal rows, on average over rows, a sample passes for one of rows; beyond, it is one of values."""
_UNLIKE = frozenset({Kind.TIME, Kind.BYTES, Kind.NOTHING})


class Rows(Struct, frozen=True, kw_only=True):
    """Pooled codes, a row each. `ordered` tells numbers and flags from words. `origin` is the digest of each
    row."""

    names: tuple[str, ...]
    codes: Codes
    ordered: NDArray[np.bool_]
    origin: NDArray[np.uint64]


class BothRows(Struct, frozen=True, kw_only=True):
    """Rows of the reference first, then current ones, where `is_current`. `copies`: the design effect."""

    rows: Rows
    is_current: NDArray[np.bool_]
    copies: float


def matrix(sample: RowSample) -> Codes:
    """The bin codes as they were taken: rows times columns."""
    width = len(sample.columns)
    if width == 0:
        return np.zeros((0, 0), dtype=np.uint8)
    return np.frombuffer(sample.codes, dtype=np.uint8).reshape(-1, width)


def digests(values: tuple[int, ...]) -> NDArray[np.uint64]:
    """Digests of rows as an array; signed ones are taken by their bits."""
    return np.array([value & 0xFFFFFFFFFFFFFFFF for value in values], dtype=np.uint64)


def like_an_id(profile: Profile, name: str, contract: Contract) -> bool:
    """Whether a column names rows: declared so, or all different and not a measured quantity."""
    if name in contract.id or name == contract.cluster:
        return True
    if name not in profile.binning.left_out:
        return False
    numbers = profile.columns[name].numbers if name in profile.columns else None
    return numbers is None or numbers.decimals[1:] == () or not any(numbers.decimals[1:])


def usable(reference: Profile, current: Profile, contract: Contract) -> tuple[str, ...]:
    """Columns of both samples by which rows may be told apart."""
    shared = set(reference.sample.columns)
    return tuple(
        name
        for name in current.sample.columns
        if name in shared
        and name in current.columns
        and name in reference.columns
        and current.columns[name].column.kind == reference.columns[name].column.kind
        and current.columns[name].column.kind not in _UNLIKE
        and not like_an_id(reference, name, contract)
        and not like_an_id(current, name, contract)
    )


def both(reference: Profile, current: Profile, names: tuple[str, ...]) -> BothRows:
    """The two samples, comparable, with codes pooled by what both hold."""
    end, copies = comparable(reference, current)
    old, old_digests = picked(reference, names, end)
    new, new_digests = picked(current, names, end)
    ordered = np.array([current.columns[name].column.kind is not Kind.TEXT for name in names], dtype=np.bool_)
    raw = np.concatenate([old, new])
    codes = np.empty_like(raw)
    for place, is_ordered in enumerate(ordered):
        codes[:, place] = pooled(raw[:, place], ordered=bool(is_ordered))
    return BothRows(
        rows=Rows(names=names, codes=codes, ordered=ordered, origin=np.concatenate([old_digests, new_digests])),
        is_current=np.arange(len(raw)) >= len(old),
        copies=copies,
    )


def comparable(reference: Profile, current: Profile) -> tuple[int | None, float]:
    """The digest below which both samples may be compared, None where they may be as they are; and by how much
    rows that come in copies say less than as many different ones."""
    copies = max(_copies(_taken(reference)), _copies(_taken(current)))
    if copies <= FEW_COPIES:
        return None, copies
    ends = [int(_taken(side)[-1]) for side in (reference, current) if len(_taken(side)) < side.rows]
    return (min(ends) if ends else None), 1.0


def picked(profile: Profile, names: tuple[str, ...], end: int | None) -> tuple[Codes, NDArray[np.uint64]]:
    """The sampled rows of some columns and their digests, those below `end` if there is one."""
    places = [profile.sample.columns.index(name) for name in names]
    codes, origin = matrix(profile.sample)[:, places], _taken(profile)
    if end is None:
        return codes, origin
    kept = origin < np.uint64(end)
    return codes[kept], origin[kept]


def _taken(profile: Profile) -> NDArray[np.uint64]:
    return digests(profile.sample.hashes)[: len(matrix(profile.sample))]


def _copies(values: NDArray[np.uint64]) -> float:
    """How often the row of a sampled row occurs, on average over rows."""
    counts = np.unique(values, return_counts=True)[1].astype(np.float64)
    return float((counts**2).sum() / counts.sum()) if len(counts) else 1.0


def pooled(codes: NDArray[np.uint8], *, ordered: bool) -> NDArray[np.uint8]:
    """At most `LEVELS` codes: 0 for null; for ordered bins, shares of about equal size; for words, the most
    frequent ones, and one code for the others."""
    counts = np.bincount(codes, minlength=256)
    counts[NULL] = 0
    table = np.zeros(256, dtype=np.uint8)
    if ordered:
        total = max(int(counts.sum()), 1)
        middle = (np.cumsum(counts) - counts / 2) / total
        table[:] = 1 + np.minimum((middle * (LEVELS - 1)).astype(np.int64), LEVELS - 2)
    else:
        table[:] = 1
        top = np.argsort(-counts, kind="stable")[: LEVELS - 2]
        table[top] = np.arange(2, 2 + len(top), dtype=np.uint8)
    table[NULL] = 0
    return table[codes]
