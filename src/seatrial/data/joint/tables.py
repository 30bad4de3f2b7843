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
from seatrial.data.profile.records import Profile

NULL = 255  # the code of null
FEW_COPIES = 2.5
"""Up to so many equal rows, on average over rows, a sample passes for one of rows; beyond, it is one of values."""
_UNLIKE = frozenset({Kind.TIME, Kind.BYTES, Kind.NOTHING})
_OTHERS = 0.02
"""The share of words outside of the list up to which the choice of the list makes no difference."""


class Rows(Struct, frozen=True, kw_only=True):
    """Different rows, ascending by digest, and how often each occurs. `complete`: these are all there are."""

    codes: Codes
    origin: NDArray[np.uint64]
    counts: NDArray[np.int64]
    complete: bool

    def below(self, end: int | None) -> Rows:
        """Those with smaller digests."""
        if end is None:
            return self
        kept = self.origin < np.uint64(end)
        return Rows(codes=self.codes[kept], origin=self.origin[kept], counts=self.counts[kept], complete=False)


class BothRows(Struct, frozen=True, kw_only=True):
    """Pooled codes of rows of the reference first, then current ones, where `is_current`. `ordered` tells numbers and
    flags from words. `copies`: the design effect."""

    codes: Codes
    ordered: NDArray[np.bool_]
    origin: NDArray[np.uint64]
    counts: NDArray[np.int64]
    is_current: NDArray[np.bool_]
    copies: float


def rows_of(profile: Profile) -> Rows:
    """The sampled rows of a profile, with the columns of its sample."""
    sample = profile.sample
    width = len(sample.columns)
    codes = np.frombuffer(sample.codes, dtype=np.uint8).reshape(-1, width) if width else np.zeros((0, 0), np.uint8)
    if sample.counts:
        counts = np.array(sample.counts, dtype=np.int64)
        return Rows(
            codes=codes, origin=digests(sample.digests), counts=counts, complete=int(counts.sum()) >= profile.rows
        )
    taken = digests(sample.hashes[: len(codes)])
    origin, first, counts = np.unique(taken, return_index=True, return_counts=True)
    return Rows(codes=codes[first], origin=origin, counts=counts.astype(np.int64), complete=len(codes) >= profile.rows)


def digests(values: tuple[int, ...]) -> NDArray[np.uint64]:
    """Digests of rows as an array; signed ones are taken by their bits."""
    if values and min(values) < 0:
        values = tuple(value & 0xFFFFFFFFFFFFFFFF for value in values)
    return np.array(values, dtype=np.uint64)


def like_an_id(profile: Profile, name: str, contract: Contract) -> bool:
    """Whether a column names rows: declared so, or all different and not a measured quantity."""
    if name in contract.id or name == contract.cluster:
        return True
    if name not in profile.binning.left_out:
        return False
    numbers = profile.columns[name].numbers if name in profile.columns else None
    return numbers is None or numbers.decimals[1:] == () or not any(numbers.decimals[1:])


def usable(reference: Profile, current: Profile, contract: Contract) -> tuple[str, ...]:
    """Columns of both samples by which rows may be told apart; one whose comparison is turned off is none."""
    shared = set(reference.sample.columns)
    return tuple(
        name
        for name in current.sample.columns
        if name in shared
        and name in current.columns
        and name in reference.columns
        and current.columns[name].column.kind == reference.columns[name].column.kind
        and current.columns[name].column.kind not in _UNLIKE
        and not contract.drift_of(name).off
        and not like_an_id(reference, name, contract)
        and not like_an_id(current, name, contract)
        and not chosen_by_the_reference(reference, name)
    )


def chosen_by_the_reference(reference: Profile, name: str) -> bool:
    """Whether the words of a column that are counted one by one are those that the reference happened to have. In any
    other rows they are fewer: a column of many users would tell clean rows apart. The share of words that are not
    listed is counted, or estimated by the listed ones that occur once (Good 1953, Biometrika 40:237)."""
    column, binning = reference.columns[name], reference.binning.columns.get(name)
    if column.texts is None or column.column.kind is not Kind.TEXT or binning is None or not column.texts.bins:
        return False
    others, there = column.texts.bins[-1], column.values - column.nulls
    once = sum(count == 1 for _, count in column.items.counts)
    return max(others, once) > _OTHERS * there


def both(reference: Profile, current: Profile, names: tuple[str, ...]) -> BothRows:
    """The two samples, comparable, with codes pooled by what both hold."""
    old, new, copies = comparable(reference, current)
    raw = np.concatenate([_of(old, reference, names), _of(new, current, names)])
    counts = np.concatenate([old.counts, new.counts])
    ordered = np.array([current.columns[name].column.kind is not Kind.TEXT for name in names], dtype=np.bool_)
    codes = np.empty_like(raw)
    for place, is_ordered in enumerate(ordered):
        codes[:, place] = pooled(raw[:, place], counts, ordered=bool(is_ordered))
    return BothRows(
        codes=codes,
        ordered=ordered,
        origin=np.concatenate([old.origin, new.origin]),
        counts=counts,
        is_current=np.arange(len(raw)) >= len(old.codes),
        copies=copies,
    )


def _of(rows: Rows, profile: Profile, names: tuple[str, ...]) -> Codes:
    return rows.codes[:, [profile.sample.columns.index(name) for name in names]]


def same_digests(reference: Profile, current: Profile) -> bool:
    """Whether equal rows of the two have equal digests: these are made alike, of columns that are alike."""
    return reference.sample.hashing == current.sample.hashing and _kinds(reference) == _kinds(current)


def _kinds(profile: Profile) -> dict[str, str]:
    return {name: column.column.kind.value for name, column in profile.columns.items()}


def comparable(reference: Profile, current: Profile) -> tuple[Rows, Rows, float]:
    """The rows of two samples that may be compared, and by how much those that come in copies say less than as many
    different ones. Of a sample of values, whose values are not those of the other side, nothing may."""
    old, new = rows_of(reference), rows_of(current)
    copies = max(copies_of(old), copies_of(new))
    if copies <= FEW_COPIES:
        return old, new, copies
    cut = [side for side in (old, new) if not side.complete and len(side.origin)]
    if same_digests(reference, current):
        end = min((int(side.origin[-1]) for side in cut), default=None)
        return old.below(end), new.below(end), 1.0
    if any(copies_of(side) > FEW_COPIES for side in cut):
        return old.below(0), new.below(0), 1.0
    return old, new, 1.0


def copies_of(rows: Rows) -> float:
    """How often a row occurs, on average over rows."""
    counts = rows.counts.astype(np.float64)
    return float((counts**2).sum() / counts.sum()) if len(counts) else 1.0


def pooled(codes: NDArray[np.uint8], copies: NDArray[np.int64], *, ordered: bool) -> NDArray[np.uint8]:
    """At most `LEVELS` codes: 0 for null; for ordered bins, shares of about equal size; for words, the most
    frequent ones, and one code for the others."""
    counts = np.bincount(codes, copies, minlength=256)
    counts[NULL] = 0
    table = np.zeros(256, dtype=np.uint8)
    if ordered:
        total = max(float(counts.sum()), 1.0)
        middle = (np.cumsum(counts) - counts / 2) / total
        table[:] = 1 + np.minimum((middle * (LEVELS - 1)).astype(np.int64), LEVELS - 2)
    else:
        table[:] = 1
        top = np.argsort(-counts, kind="stable")[: LEVELS - 2]
        table[top] = np.arange(2, 2 + len(top), dtype=np.uint8)
    table[NULL] = 0
    return table[codes]
