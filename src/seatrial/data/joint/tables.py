"""The sampled rows of two profiles as one matrix of few codes, which is what a learner can use.

Bin codes are already comparable, since both profiles were made with one binning; here they become at most
`boosting.LEVELS` per column, and columns that could only mislead are left out: times, which separate any two
periods, and ids, which separate any two rows.

What is subtle is that the sample is chosen by digest of the whole row, so equal rows are taken together. In a table
whose rows are nearly all different that is a random sample of rows. In one of few different rows it is a sample of
values: a reference of many rows then shows a part of them, and anything that current has more of would look new. There
both sides are cut at the smaller of their largest digests, which leaves the same values on both.
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
REPEATED_ROWS = 0.1
"""From this share of repeated rows on, a sample is taken for one of values."""
_UNLIKE = frozenset({Kind.TIME, Kind.BYTES, Kind.NOTHING})


class Rows(Struct, frozen=True, kw_only=True):
    """Pooled codes, a row each. `ordered` tells numbers and flags from words. `origin` is the digest of each
    row."""

    names: tuple[str, ...]
    codes: Codes
    ordered: NDArray[np.bool_]
    origin: NDArray[np.uint64]


class BothRows(Struct, frozen=True, kw_only=True):
    """Rows of the reference first, then current ones, where `is_current`."""

    rows: Rows
    is_current: NDArray[np.bool_]


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
    old, old_digests = _picked(reference.sample, names)
    new, new_digests = _picked(current.sample, names)
    if max(_repeated(old_digests), _repeated(new_digests)) > REPEATED_ROWS:
        end = min(_end(reference.sample, old_digests), _end(current.sample, new_digests))
        old, old_digests = old[old_digests <= end], old_digests[old_digests <= end]
        new, new_digests = new[new_digests <= end], new_digests[new_digests <= end]
    ordered = np.array([current.columns[name].column.kind is not Kind.TEXT for name in names], dtype=np.bool_)
    raw = np.concatenate([old, new])
    codes = np.empty_like(raw)
    for place, is_ordered in enumerate(ordered):
        codes[:, place] = pooled(raw[:, place], ordered=bool(is_ordered))
    return BothRows(
        rows=Rows(names=names, codes=codes, ordered=ordered, origin=np.concatenate([old_digests, new_digests])),
        is_current=np.arange(len(raw)) >= len(old),
    )


def _picked(sample: RowSample, names: tuple[str, ...]) -> tuple[Codes, NDArray[np.uint64]]:
    codes = matrix(sample)
    places = [sample.columns.index(name) for name in names]
    return codes[:, places], digests(sample.hashes)[: len(codes)]


def _repeated(values: NDArray[np.uint64]) -> float:
    return 1.0 - len(np.unique(values)) / max(len(values), 1)


def _end(sample: RowSample, taken: NDArray[np.uint64]) -> np.uint64:
    """The largest digest up to which the sample holds every row there is."""
    top = np.uint64(0xFFFFFFFFFFFFFFFF)
    return top if len(taken) == 0 or len(taken) >= len(sample.hashes) else np.uint64(taken[-1])


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
