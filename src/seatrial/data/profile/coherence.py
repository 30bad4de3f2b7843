"""Whether the figures of a profile can belong together; called by `serial` for each file that is read. Pure.

A damaged or edited file is to be noticed before it is compared with anything. What can be counted twice is, and
lengths that later code relies on are checked.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from operator import ge, gt

from seatrial.data.columns import Kind
from seatrial.data.policy import SAMPLE_HASHES, SAMPLE_ROWS, STORED_HASHES
from seatrial.data.profile import limits
from seatrial.data.profile.freezing import digest_of
from seatrial.data.profile.records import (
    ColumnBinning,
    ColumnProfile,
    Items,
    NearKeys,
    Numbers,
    Profile,
    Runs,
    SampledValues,
    Texts,
    Times,
    Vectors,
)


def incoherence(profile: Profile) -> str | None:
    """The first thing in a profile that cannot be, in words; None if there is none."""
    return next(_faults(profile), None)


def _faults(profile: Profile) -> Iterator[str]:
    binning = profile.binning
    if binning.digest != digest_of(binning.columns, binning.left_out, binning.aside):
        yield "its bins are not those that their digest names"
    for name, column in profile.columns.items():
        if column.column.name != name:
            yield f"the column `{name}` calls itself `{column.column.name}`"
        if name not in binning.columns:
            yield f"the column `{name}` has no bins"
        else:
            yield from (f"the column `{name}`: {fault}" for fault in _column(column, binning.columns[name]))
        if column.column.part.value == "values" and column.values != profile.rows:
            yield f"the column `{name}` has {column.values} values in {profile.rows} rows"
    if profile.parts and sum(rows for _, rows in profile.parts) != profile.rows:
        yield "the rows of its files do not add up"
    yield from _sample(profile)
    yield from _pairs(profile)
    if profile.agreement is not None and not 0 <= profile.agreement[1] <= profile.agreement[0] <= profile.rows:
        yield "label and prediction agree in more rows than there are"


def _column(column: ColumnProfile, binning: ColumnBinning) -> Iterator[str]:
    there = column.values - column.nulls
    if not 0 <= column.nulls <= column.values:
        yield "there are more nulls than values"
    if not all(map(math.isfinite, binning.edges)) or list(binning.edges) != sorted(set(binning.edges)):
        yield "its edges do not rise"
    parts = (column.numbers, column.texts, column.times, column.vectors)
    expected = {Kind.NUMBER: 0, Kind.TEXT: 1, Kind.FLAG: 1, Kind.TIME: 2, Kind.VECTOR: 3}.get(column.column.kind)
    if [place for place, part in enumerate(parts) if part is not None] != ([] if expected is None else [expected]):
        yield f"a column of the kind {column.column.kind} has other figures"
    yield from _items(column.items, there)
    if column.numbers is not None:
        yield from _numbers(column.numbers, there, binning)
    if column.texts is not None:
        yield from _texts(column.texts, there, binning)
    if column.times is not None:
        yield from _times(column.times, there, binning)
    if column.vectors is not None:
        yield from _vectors(column.vectors, there, binning)
    yield from _sampled(column.sampled, there)
    yield from _near(column.near, there, binning)
    yield from _runs(column.runs, column.values)
    if column.groups:
        if len(column.groups) != limits.GROUPS or any(len(row) != limits.GROUP_BINS for row in column.groups):
            yield "its groups have the wrong number of bins"
        elif _total(cell for row in column.groups for cell in row) != column.values:
            yield "its groups do not add up"


def _runs(runs: Runs | None, rows: int) -> Iterator[str]:
    if runs is not None and not min(1, rows) <= runs.count <= rows:
        yield "it has more runs of rows than rows, or none"


def _near(near: NearKeys | None, there: int, binning: ColumnBinning) -> Iterator[str]:
    if (near is None) != (binning.near == 0):
        yield "its keys of near-equal values are missing, or were not asked for"
    elif near is not None:
        if not 0 <= near.count <= there or len(near.keys) != min(binning.near, near.count):
            yield "its keys of near-equal values do not add up"
        if any(map(gt, near.keys, near.keys[1:])):
            yield "its keys of near-equal values are not in order"


def _items(items: Items, there: int) -> Iterator[str]:
    counts = [count for _, count in items.counts]
    total = sum(counts)
    if min(counts, default=0) < 0 or items.missed < 0:
        yield "a value occurs less than never"
    if (items.complete and total != there) or total > there:
        yield f"its values are counted {total} times in {there}"
    if len(dict(items.counts)) != len(items.counts):
        yield "a value is listed twice"


def _sampled(sampled: SampledValues | None, there: int) -> Iterator[str]:
    if sampled is None:
        return
    if not len(sampled.digests) == len(sampled.counts) <= SAMPLE_ROWS:
        yield "its sample of values has another size"
    if any(map(ge, sampled.digests, sampled.digests[1:])) or min(sampled.counts, default=1) < 1:
        yield "its sampled values are not in order, or occur less than once"
    total = sum(sampled.counts)
    if total > there or (len(sampled.digests) < SAMPLE_ROWS and total != there):
        yield "its sampled values do not add up"


def _numbers(numbers: Numbers, there: int, binning: ColumnBinning) -> Iterator[str]:
    if numbers.count + numbers.nan + numbers.plus_infinity + numbers.minus_infinity != there:
        yield "finite and other numbers do not add up"
    yield from _bins("numbers", numbers.bins, len(binning.edges) + 1, numbers.count)
    if numbers.zeros + numbers.negatives > numbers.count or numbers.looked_at > numbers.count:
        yield "there are more zeros, negative or looked-at numbers than numbers"
    if numbers.decimals and _total(numbers.decimals) != numbers.looked_at:
        yield "its decimals do not add up"
    if not math.isfinite(numbers.mean) or not numbers.m2 >= 0:
        yield "its mean or its squared deviations are no numbers"
    if (numbers.least is None or numbers.most is None) != (numbers.count == 0):
        yield "its range is missing"
    elif numbers.least is not None and numbers.most is not None and numbers.least > numbers.most:
        yield "its range is empty"


def _texts(texts: Texts, there: int, binning: ColumnBinning) -> Iterator[str]:
    yield from _bins("texts", texts.bins, len(binning.words) + 1, there)
    for name, bins in (("lengths", texts.lengths), ("tokens", texts.tokens)):
        if bins:
            yield from _bins(name, bins, limits.LENGTH_BINS, texts.looked_at)
    if any(not 0 <= count <= texts.looked_at for count in texts.marks.values()):
        yield "more texts have a mark than were looked at"


def _times(times: Times, there: int, binning: ColumnBinning) -> Iterator[str]:
    if times.count != there:
        yield "its times do not add up"
    yield from _bins("times", times.bins, len(binning.edges) + 1, times.count)
    yield from _bins("hours", times.hours, 24, times.count)
    yield from _bins("weekdays", times.weekdays, 7, times.count)
    if any(a > b for a, b in times.days) or any(b + 1 >= c for (_, b), (c, _) in itertools.pairwise(times.days)):
        yield "its days are not in order"
    yield from _bins("gaps", times.gaps, limits.GAP_BINS, times.steps - times.falls)


def _vectors(vectors: Vectors, there: int, binning: ColumnBinning) -> Iterator[str]:
    finite = there - vectors.not_finite
    yield from _bins("norms", vectors.bins, len(binning.edges) + 1, finite)
    for edges, bins in zip(binning.projections, vectors.projections, strict=False):
        yield from _bins("projections", bins, len(edges) + 1, finite)
    if not all(math.isfinite(figure) for direction in binning.directions for figure in direction):
        yield "its directions are no numbers"


def _bins(what: str, bins: Sequence[int], expected: int, total: int) -> Iterator[str]:
    if len(bins) != expected:
        yield f"{what} have {len(bins)} bins instead of {expected}"
    elif min(bins) < 0:
        yield f"a bin of {what} counts less than nothing"
    elif sum(bins) != total:
        yield f"the bins of {what} add up to {sum(bins)} instead of {total}"


def _sample(profile: Profile) -> Iterator[str]:
    sample = profile.sample
    for hashes in (sample.hashes, sample.bare_hashes):
        enough = min(STORED_HASHES, profile.rows) <= len(hashes) <= min(SAMPLE_HASHES, profile.rows)
        if not enough or any(map(gt, hashes, hashes[1:])):
            yield "its sample of rows has another size or order"
    if not len(sample.digests) == len(sample.counts) <= min(SAMPLE_ROWS, profile.rows):
        yield "its sample of different rows has another size"
    if len(sample.codes) != len(sample.digests) * len(sample.columns):
        yield "its sample of rows has another size"
    if any(map(ge, sample.digests, sample.digests[1:])) or min(sample.counts, default=1) < 1:
        yield "its different rows are not in order, or occur less than once"
    total = sum(sample.counts)
    if total > profile.rows or (len(sample.digests) < SAMPLE_ROWS and total != profile.rows):
        yield "its different rows do not add up"
    if not set(sample.columns) <= profile.columns.keys():
        yield "its sample has a column that the profile lacks"


def _pairs(profile: Profile) -> Iterator[str]:
    pairs, width = profile.pairs, len(profile.pairs.columns)
    if (
        not 0 <= pairs.count <= profile.rows
        or len(pairs.totals) != width
        or len(pairs.sums) != width * (width + 1) // 2
    ):
        yield "its sums of pairs have another size"
    if not set(pairs.columns) <= profile.columns.keys():
        yield "its sums of pairs have a column that the profile lacks"


def _total(counts: Iterable[int]) -> int:
    return sum(counts)
