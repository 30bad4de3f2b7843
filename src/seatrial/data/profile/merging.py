"""Profiles of partitions become the profile of all their rows; pure.

profile(A) + profile(B) is profile(A + B): exactly for all counts, for the sample of rows and for sums of scores; to
rounding for means and squared deviations. Where a column has too many different values for exact counts, `Items`
stays within its bounds. The order of partitions matters only for what joins the last row of one to the first of the
next: gaps of times, and runs of rows.
"""

from __future__ import annotations

import functools
import itertools
import math
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from seatrial.data.policy import SAMPLE_HASHES
from seatrial.data.profile import limits
from seatrial.data.profile.days import Stretch, together
from seatrial.data.profile.different_rows import DifferentRows
from seatrial.data.profile.distinct import added
from seatrial.data.profile.gaps import gap_bins
from seatrial.data.profile.records import (
    ColumnProfile,
    Items,
    NearKeys,
    Numbers,
    PairSums,
    Profile,
    RowSample,
    Texts,
    Times,
    Vectors,
)
from seatrial.data.profile.runs import joined
from seatrial.data.profile.sampled_values import added as added_values
from seatrial.errors import EvidenceError

T = TypeVar("T")
_REMAKE = "Make both profiles again with one version of Seatrial and the same reference."


def merged(profiles: Iterable[Profile]) -> Profile:
    """The profile of all rows of some profiles, at least one.

    Raises EvidenceError when they cannot be added: other bins, columns, versions, or another cluster.
    """
    return functools.reduce(_both, profiles)


def _both(one: Profile, other: Profile) -> Profile:
    _refuse_unlike(one, other)
    width = len(one.columns)
    return Profile(
        rows=one.rows + other.rows,
        columns={
            name: _columns(mine, other.columns[name], width, one.binning.columns[name].near)
            for name, mine in one.columns.items()
        },
        binning=one.binning,
        sample=_samples(one.sample, other.sample, (one.rows, other.rows)),
        pairs=_pairs(one.pairs, other.pairs),
        parts=one.parts + other.parts,
        cluster=one.cluster,
        agreement=None
        if one.agreement is None or other.agreement is None
        else (one.agreement[0] + other.agreement[0], one.agreement[1] + other.agreement[1]),
        schema=one.schema,
        made_by=one.made_by,
        notes={**one.notes, **other.notes},
    )


def _refuse_unlike(one: Profile, other: Profile) -> None:
    if one.schema != other.schema:
        raise EvidenceError(
            f"a profile of version {one.schema} cannot be added to one of version {other.schema}", next_step=_REMAKE
        )
    if one.binning.digest != other.binning.digest:
        raise EvidenceError("the profiles were made with different bins", next_step=_REMAKE)
    for name in one.columns.keys() ^ other.columns.keys():
        raise EvidenceError(f"only one of the profiles has the column `{name}`", next_step=_REMAKE)
    for name, mine in one.columns.items():
        theirs = other.columns[name].column
        if mine.column != theirs:
            raise EvidenceError(
                f"the column `{name}` is {mine.column.dtype} in one profile and {theirs.dtype} in the other",
                next_step=_REMAKE,
            )
    if one.cluster != other.cluster:
        raise EvidenceError(
            f"the profiles have different cluster columns: {one.cluster or 'none'} and {other.cluster or 'none'}",
            next_step=_REMAKE,
        )
    if one.sample.hashing != other.sample.hashing:
        raise EvidenceError(
            "the profiles were made with versions of polars that hash texts differently", next_step=_REMAKE
        )
    if (one.agreement is None) != (other.agreement is None):
        raise EvidenceError("only one of the profiles knows a label and a prediction", next_step=_REMAKE)


def _columns(one: ColumnProfile, other: ColumnProfile, width: int, near: int) -> ColumnProfile:
    return ColumnProfile(
        column=one.column,
        values=one.values + other.values,
        nulls=one.nulls + other.nulls,
        items=merged_items(one.items, other.items, limits.item_limit(width), limits.kept_limit(width)),
        distinct=added(one.distinct, other.distinct) if one.distinct else b"",
        numbers=_parts(_numbers, one.numbers, other.numbers),
        texts=_parts(_texts, one.texts, other.texts),
        times=_parts(_times, one.times, other.times),
        vectors=_parts(_vectors, one.vectors, other.vectors),
        sampled=_parts(added_values, one.sampled, other.sampled),
        groups=tuple(_sums(mine, theirs) for mine, theirs in zip(one.groups, other.groups, strict=True)),
        near=_parts(lambda mine, theirs: _near(mine, theirs, near), one.near, other.near),
        runs=_parts(joined, one.runs, other.runs),
    )


def bounded(value: float) -> float:
    """A float as JSON can hold it: sums of numbers near 1e308 overflow, and are then as large as they can be."""
    if math.isfinite(value):
        return value
    return -sys.float_info.max if value < 0 else sys.float_info.max


def _parts(add: Callable[[T, T], T], one: T | None, other: T | None) -> T | None:
    return None if one is None or other is None else add(one, other)


def _sums(one: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    return tuple(mine + theirs for mine, theirs in zip(one, other, strict=True))


def _first(choose: Callable[[T, T], T], one: T | None, other: T | None) -> T | None:
    """Of two values the one that is chosen; the other where one is missing."""
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)


def merged_items(one: Items, other: Items, limit: int, kept: int) -> Items:
    """Counts of both. What either does not know, it bounds by `missed`, so both bounds together bound the sum."""
    counts = dict(one.counts)
    for value, count in other.counts:
        counts[value] = counts.get(value, 0) + count
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    complete = one.complete and other.complete
    if complete and len(ordered) <= limit:
        return Items(counts=tuple(ordered), complete=True)
    dropped = ordered[kept][1] if len(ordered) > kept else 0
    missed = one.missed + other.missed + dropped
    return Items(counts=tuple(ordered[:kept]), complete=False, missed=missed)


def _numbers(one: Numbers, other: Numbers) -> Numbers:
    count = one.count + other.count
    away = other.mean - one.mean
    share = other.count / count if count else 0.0
    return Numbers(
        count=count,
        nan=one.nan + other.nan,
        plus_infinity=one.plus_infinity + other.plus_infinity,
        minus_infinity=one.minus_infinity + other.minus_infinity,
        zeros=one.zeros + other.zeros,
        negatives=one.negatives + other.negatives,
        least=_first(min, one.least, other.least),
        most=_first(max, one.most, other.most),
        mean=bounded(one.mean + away * share if one.count else other.mean),
        m2=bounded(one.m2 + other.m2 + (away * away * one.count * share if one.count else 0.0)),
        bins=_sums(one.bins, other.bins),
        looked_at=one.looked_at + other.looked_at,
        decimals=_sums(one.decimals, other.decimals),
        zeros_at_end=_sums(one.zeros_at_end, other.zeros_at_end),
    )


def _texts(one: Texts, other: Texts) -> Texts:
    return Texts(
        bins=_sums(one.bins, other.bins),
        lengths=_sums(one.lengths, other.lengths),
        tokens=_sums(one.tokens, other.tokens),
        marks=_counts(one.marks, other.marks),
        shapes=merged_items(one.shapes, other.shapes, limits.SHAPES, limits.SHAPES),
        longest=max(one.longest, other.longest),
        looked_at=one.looked_at + other.looked_at,
    )


def _counts(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}


def _times(one: Times, other: Times) -> Times:
    gaps, falls, steps = list(_sums(one.gaps, other.gaps)), one.falls + other.falls, one.steps + other.steps
    if one.last is not None and other.first is not None:
        steps += 1
        gap = other.first - one.last
        if gap < 0:
            falls += 1
        else:
            gaps[int(gap_bins(np.array([float(gap)]))[0])] += 1
    return Times(
        count=one.count + other.count,
        least=_first(min, one.least, other.least),
        most=_first(max, one.most, other.most),
        bins=_sums(one.bins, other.bins),
        hours=_sums(one.hours, other.hours),
        weekdays=_sums(one.weekdays, other.weekdays),
        gaps=tuple(gaps),
        falls=falls,
        steps=steps,
        first=one.first if one.first is not None else other.first,
        last=other.last if other.last is not None else one.last,
        days=_days(one, other),
    )


def _days(one: Times, other: Times) -> tuple[Stretch, ...]:
    """The days of both; what one side has given up is given up."""
    if any(side.count and not side.days for side in (one, other)):
        return ()
    return together(one.days, other.days)


def _vectors(one: Vectors, other: Vectors) -> Vectors:
    return Vectors(
        bins=_sums(one.bins, other.bins),
        zero=one.zero + other.zero,
        not_finite=one.not_finite + other.not_finite,
        projections=tuple(_sums(mine, theirs) for mine, theirs in zip(one.projections, other.projections, strict=True)),
    )


def _near(one: NearKeys, other: NearKeys, limit: int) -> NearKeys:
    return NearKeys(count=one.count + other.count, keys=tuple(sorted(one.keys + other.keys)[:limit]))


def _pairs(one: PairSums, other: PairSums) -> PairSums:
    return PairSums(
        columns=one.columns,
        count=one.count + other.count,
        totals=_sums(one.totals, other.totals),
        sums=_sums(one.sums, other.sums),
    )


def _samples(one: RowSample, other: RowSample, rows: tuple[int, int]) -> RowSample:
    different = DifferentRows(len(one.columns))
    for sample in (one, other):
        codes = np.frombuffer(sample.codes, dtype=np.uint8).reshape(len(sample.digests), len(one.columns))
        different.add(np.array(sample.digests, dtype=np.uint64), np.array(sample.counts, dtype=np.int64), codes)
    return RowSample(
        hashing=one.hashing,
        hashes=_smallest((one.hashes, rows[0]), (other.hashes, rows[1])),
        bare_hashes=_smallest((one.bare_hashes, rows[0]), (other.bare_hashes, rows[1])),
        columns=one.columns,
        codes=different.codes.tobytes(),
        digests=tuple(different.digests.tolist()),
        counts=tuple(different.counts.tolist()),
    )


def _smallest(*parts: tuple[tuple[int, ...], int]) -> tuple[int, ...]:
    """The smallest digests of all rows: what lies above the last one that a part kept of its rows is not all there, as
    a stored profile keeps fewer."""
    ends = [hashes[-1] for hashes, rows in parts if len(hashes) < rows]
    together = sorted(itertools.chain.from_iterable(hashes for hashes, _ in parts))
    return tuple(together[: bisect_right(together, min(ends)) if ends else None][:SAMPLE_HASHES])
