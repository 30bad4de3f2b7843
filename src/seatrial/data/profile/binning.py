"""How the values of each column become bins: chosen once, from evenly spread rows of the reference, and then
frozen.

Called by whoever makes a first profile. Edges are values of the sample, so they are exact. A value that stands out
(a share above 1 / BINS) has a bin of its own; columns of few different numbers have one for each.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final, cast

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from seatrial.data.columns import Column, Kind, Part
from seatrial.data.policy import BINS, MAX_WORDS
from seatrial.data.profile import leaves, limits, vectors
from seatrial.data.profile.freezing import frozen
from seatrial.data.profile.limits import NEAR_KEYS, NEAR_KEYS_IN_ALL, SHOWN
from seatrial.data.profile.records import Binning, ColumnBinning
from seatrial.data.profile.unique import unique
from seatrial.data.reading.batches import leaf

FLAG_WORDS: Final = ("false", "true")
_ID_ROWS: Final = 100
_MANY_ROWS: Final = 40_000
"""Rows of a sample from which on costly looks are not taken at all rows; a sample has at most 50,000."""
_REPEATED: Final = 0.005
"""The share of some thousand rows that may repeat another: above, the different rows are fewer than about 400,000."""
_FAR_OUT: Final = 4.0
"""How many times as far from the median as the outermost quantile: 8.6 standard deviations of a normal distribution."""
_FEW_TEXTS: Final = 2_048
_ID_LENGTH: Final = 64
_SENTENCE: Final = 20
"""Characters of a text, on average, above which it is more than a name."""
_SPACES: Final = 2.0
"""Blanks in a text, on average, from which on it is more than an address or a code."""
_EVEN: Final = 1.95
_FLAT: Final = (Kind.NUMBER, Kind.TEXT, Kind.FLAG, Kind.TIME)
_COPIES_ROWS: Final = 4_096
_COPIES: Final = 0.001
"""The share of rows that may repeat another one where rows are said to differ."""


def choose_binning(
    columns: Sequence[Column], sample: pl.DataFrame, ids: Collection[str] = (), *, rows: int | None = None
) -> Binning:
    """The binning of all columns, from a sample of evenly spread rows. The same rows give the same binning.

    `ids` are columns that somebody has declared to name rows; others are found by their values. `rows`: of how many
    rows the sample is, if of more.
    """
    thinning = _thinning(columns, sample, sample.height if rows is None else rows)
    chosen: dict[str, ColumnBinning] = {}
    left_out: list[str] = []
    for column in columns:
        values = leaf(sample, column)
        if column.part is Part.VALUES and (column.name in ids or _is_id(column, values)):
            left_out.append(column.name)
        chosen[column.name] = _of_column(column, values, column.name in left_out, thinning)
    near = [column.name for column in columns if _may_be_near(column, leaf(sample, column), left_out)]
    for name in near:
        limit = min(NEAR_KEYS, NEAR_KEYS_IN_ALL // len(near))
        chosen[name] = msgspec.structs.replace(chosen[name], near=limit)
    return frozen(chosen, tuple(left_out), _aside(columns, sample, left_out))


def _aside(columns: Sequence[Column], sample: pl.DataFrame, ids: Collection[str]) -> tuple[str, ...]:
    """The times, where rows differ without them and without ids: then an equal row under another time is a copy."""
    times = [column.name for column in columns if column.kind is Kind.TIME and column.part is Part.VALUES]
    whole = [column for column in columns if column.part is Part.VALUES and column.kind in _FLAT]
    others = [column.source for column in whole if column.name not in {*ids, *times}]
    if not times or not others or sample.height < _ID_ROWS:
        return ()
    return tuple(times) if _differ(sample, others, _COPIES) else ()


def _differ(sample: pl.DataFrame, names: Sequence[str], repeated: float) -> bool:
    """Whether at most that share of some thousand rows repeats another one in some columns."""
    some = sample.select(names).gather_every(max(1, sample.height // _COPIES_ROWS))
    return some.n_unique() >= some.height * (1 - repeated)


def _thinning(columns: Sequence[Column], sample: pl.DataFrame, rows: int) -> int:
    """One row in how many is enough for costly looks, in whatever is compared with this dataset.

    Rows are chosen by digest, so equal ones are chosen together: where they repeat each other, a share of the rows
    would be a few different ones, and not what all are like.
    """
    if sample.height < _MANY_ROWS:
        return 1
    names = [column.source for column in columns if column.part is Part.VALUES and column.kind in _FLAT]
    return limits.thinned(rows) if not names or _differ(sample, names, _REPEATED) else 1


def _of_column(column: Column, values: pl.Series, is_id: bool, thinning: int) -> ColumnBinning:
    thinning = thinning if column.part is Part.VALUES else 1
    match column.kind:
        case Kind.NUMBER | Kind.TIME:
            numbers = np.sort(numbers_to_bin(column, values))
            edges = edges_of(numbers)
            edges = with_outside(edges, numbers, ratios=column.kind is Kind.NUMBER)
            counts = np.diff(np.searchsorted(numbers, edges), prepend=0, append=len(numbers))
            scores = () if is_id or column.part is not Part.VALUES else scores_of(counts)
            return ColumnBinning(edges=tuple(edges.tolist()), scores=scores, thinning=thinning)
        case Kind.FLAG:
            yes = int(values.sum() or 0)
            counts = np.array([len(values) - values.null_count() - yes, yes, 0])
            return ColumnBinning(words=FLAG_WORDS, scores=scores_of(counts) if column.part is Part.VALUES else ())
        case Kind.TEXT:
            return _of_texts(column, values, is_id, thinning)
        case Kind.VECTOR:
            matrix = leaves.vectors_of(values.drop_nulls())
            return _of_vectors(column, matrix)
        case _:
            return ColumnBinning()


def _of_vectors(column: Column, matrix: NDArray[np.float64]) -> ColumnBinning:
    own = vectors.own_directions(matrix)
    norms, projected = vectors.measured(matrix, np.array(own))
    rows = [edges_of(finite(row)) for row in projected]
    scores: tuple[int, ...] = ()
    if own and column.part is Part.VALUES:
        widest = finite(projected[-1])
        scores = scores_of(np.bincount(np.searchsorted(rows[-1], widest, side="right"), minlength=len(rows[-1]) + 1))
    return ColumnBinning(
        edges=tuple(edges_of(vectors.lengths(finite(norms))).tolist()),
        scores=scores,
        projections=tuple(tuple(row.tolist()) for row in rows),
        directions=own,
    )


def _of_texts(column: Column, values: pl.Series, is_id: bool, thinning: int) -> ColumnBinning:
    counted = leaves.texts_of(values).drop_nulls().alias("word").value_counts(name="count")
    few = counted.height <= MAX_WORDS
    usable = counted.filter((pl.col("word").str.len_chars() <= SHOWN) & (pl.lit(few) | (pl.col("count") > 1)))
    usable = usable.sort(["count", "word"], descending=[True, False]).head(0 if is_id else MAX_WORDS)
    counts = np.append(usable["count"].to_numpy(), int(counted["count"].sum()) - int(usable["count"].sum()))
    takes_part = column.part is Part.VALUES and usable.height > 0
    return ColumnBinning(
        words=tuple(usable["word"].to_list()),
        scores=scores_of(counts.astype(np.int64)) if takes_part else (),
        thinning=1 if counted.height <= _FEW_TEXTS else thinning,
    )


def _may_be_near(column: Column, values: pl.Series, ids: Sequence[str]) -> bool:
    """Whether near-equal values are looked for: in texts that people or programs wrote as sentences, and in vectors.
    Addresses and codes are none: of their few words most have some in common.
    Values that mostly come several times are labels, however long."""
    present = values.drop_nulls()
    if column.part is not Part.VALUES or column.name in ids or not len(present):
        return False
    if column.kind is Kind.TEXT:
        texts = leaves.texts_of(present)
        return _are_sentences(texts) and texts.n_unique() * 2 > len(texts)
    return column.kind is Kind.VECTOR


def _are_sentences(texts: pl.Series) -> bool:
    """Whether texts are long and have words. What is dear is asked last: of most columns the length says enough."""
    if _mean(texts.str.len_chars()) <= _SENTENCE:
        return False
    # What is written without blanks in Chinese or Japanese has no word breaks to ask for.
    unspaced = _mean(texts.str.len_bytes() - texts.str.len_chars()) > _SENTENCE
    return unspaced or _mean(texts.str.count_matches(r"\s")) >= _SPACES


def numbers_to_bin(column: Column, values: pl.Series) -> NDArray[np.float64]:
    """The finite values of a column of numbers or times, as they are binned."""
    present = values.drop_nulls()
    whole = leaves.micros_of(present) if column.kind is Kind.TIME else leaves.numbers_of(present)[0]
    return finite(whole.astype(np.float64))


def finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without infinities and what is not a number; -0.0 becomes 0.0."""
    kept: NDArray[np.float64] = values[np.isfinite(values)] + 0.0
    return kept


def edges_of(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges of bins of about equal counts, with a bin [v, next float) for each value v that stands out."""
    if not values.size:
        return np.array([])
    ordered = np.sort(values)
    begins = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    different, counts = ordered[begins], np.diff(begins, append=len(ordered))
    if different.size <= BINS and (different.size * 2 < values.size or different.size == 1):
        atoms, cuts = different, different[:0]
    else:
        atoms = different[(counts * BINS > values.size) & (counts > 1)]
        places = np.arange(1, BINS) * values.size // BINS
        cuts = ordered[places]
    with np.errstate(over="ignore"):  # after the largest float comes infinity, which is no edge
        edges = unique(np.concatenate([cuts, atoms, np.nextafter(atoms, np.inf)]))
    finite_edges: NDArray[np.float64] = edges[np.isfinite(edges)]
    return finite_edges


def with_outside(
    edges: NDArray[np.float64], values: NDArray[np.float64], *, ratios: bool = True
) -> NDArray[np.float64]:
    """The edges, one at each end of the sample, and one on each side that lies so far out that hardly a value does.

    The bins beyond the ends count what the reference never had, and those farther out what is grossly wrong: another
    unit, a sentinel. An end that is a value of its own has such a bin already. `ratios`: zero means nothing, as it
    does for measurements and not for times.
    """
    if not edges.size:
        return edges
    middle = leaves.median_of(values)
    ends = np.array([middle + _FAR_OUT * (float(end) - middle) for end in (edges[0], edges[-1]) if end != middle])
    if (
        ratios and values.min() > 0 and edges[0] < middle
    ):  # as far below on the scale of ratios, which keeps zero outside
        ends = np.append(ends, middle * (float(edges[0]) / middle) ** _FAR_OUT)
    with np.errstate(over="ignore"):
        ends = np.append(ends, [values.min(), np.nextafter(values.max(), np.inf)])
    return unique(np.concatenate([edges, ends[np.isfinite(ends)]]))


def scores_of(counts: NDArray[np.int64]) -> tuple[int, ...]:
    """The centred rank of each bin, from -32 to 31."""
    total = max(int(counts.sum()), 1)
    middle = (np.cumsum(counts) - counts / 2) / total
    return tuple(int(score) for score in np.clip(np.floor(middle * 64) - 32, -32, 31))


def _mean(numbers: pl.Series) -> float:
    """That of at least one number."""
    return cast("float", numbers.mean())


def _is_id(column: Column, values: pl.Series) -> bool:
    """Whether values name rows: all different, and no measurement or prose that merely happens to be."""
    if values.len() < _ID_ROWS or values.null_count() or not (column.kind is Kind.TEXT or values.dtype.is_integer()):
        return False
    if any(some.n_unique() < some.len() for some in (values.head(_ID_ROWS), values)):  # mostly the first say it
        return False
    if column.kind is Kind.TEXT:
        texts = leaves.texts_of(values)
        return bool((texts.str.len_chars() <= _ID_LENGTH).all() and not texts.str.contains(r"\s").any())
    return _too_even(leaves.numbers_of(values)[0])


def _too_even(values: NDArray[Any]) -> bool:
    """Whether whole numbers are all different on purpose: chance would have repeated some, or they only rise, or they
    are spread evenly over a range that no measurement has, as hashes are."""
    exact = values.astype(object) if values.dtype == np.uint64 else values
    spread = float(int(values.max()) - int(values.min()) + 1)
    repeats_by_chance = values.size * (values.size - 1) / 2 / spread
    rising = bool((exact[1:] > exact[:-1]).all())
    return rising or repeats_by_chance > 8 or spread > 2.0**48 or (spread > 2.0**30 and _even(values))


def _even(values: NDArray[Any]) -> bool:
    """Whether values lie as evenly as if drawn at random from one range, by the test of Kolmogorov and Smirnov at one
    in a thousand."""
    ordered = np.sort(values.astype(np.float64))
    reached = (ordered - ordered[0]) / (ordered[-1] - ordered[0])
    away = np.abs(reached - np.linspace(0.0, 1.0, len(ordered))).max()
    return bool(away * np.sqrt(len(ordered)) < _EVEN)
