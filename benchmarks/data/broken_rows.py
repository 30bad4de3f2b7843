"""Rows and labels that break: copies, rows of the reference, lost groups, other shares, wrong labels, lost columns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from benchmarks.data.drawing import spare
from benchmarks.data.kinds import Fact, Given, Kind, Marked, Seen, Spread, positive
from benchmarks.data.roles import Roles

Rng = np.random.Generator
Apply = Callable[[Given, float, Rng], pl.DataFrame]
SHARE = "share of rows"
LABEL = ("label",)


def fresh(rows: pl.DataFrame, given: Given, rng: Rng) -> pl.DataFrame:
    """The rows with ids that nobody has, made as the table makes all its ids: only that they are known gives them
    away, not what their ids look like."""
    if given.new_ids is None:
        return rows
    return rows.with_columns(**given.new_ids(spare(rows.height), rng))


def bare(frame: pl.DataFrame, roles: Roles, *, and_time: bool = False) -> pl.DataFrame:
    """Rows without what tells copies apart, as texts, so that any type can be compared."""
    left_out = {*roles.ids, *((str(roles.time),) if and_time and roles.time else ())}
    kept = [name for name in frame.columns if name not in left_out]
    flat = [
        pl.col(name).struct.json_encode() if isinstance(frame[name].dtype, pl.Struct) else
        pl.col(name).list.join("|") if isinstance(frame[name].dtype, pl.List) else
        pl.col(name).arr.sum() if isinstance(frame[name].dtype, pl.Array) else pl.col(name)
        for name in kept
    ]  # fmt: skip
    return frame.select(flat)


def _copied(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    rows = given.frame.filter(given.some(share, rng))
    return _in_place(given, pl.concat([given.frame, rows]))


def _in_place(given: Given, frame: pl.DataFrame) -> pl.DataFrame:
    """Where rows come in order of time, they still do."""
    return frame.sort(str(given.roles.time), maintain_order=True) if given.roles.in_order else frame


def _batch_copied(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    length = max(1, round(share * given.frame.height))
    start = int(rng.integers(0, given.frame.height - length))
    return pl.concat([given.frame, given.frame[start : start + length]])


def _ids_repeated(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    ids = given.frame[given.column]
    return given.where(given.some(share, rng), ids.gather(rng.integers(0, len(ids), len(ids))))


def _key_conflict(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    rows = given.frame.filter(given.some(share, rng))
    number = given.roles.number
    other = pl.Series(number, rng.permutation(given.frame[number].to_numpy())[: rows.height])
    return _in_place(given, pl.concat([given.frame, rows.with_columns(other)]))


def _contaminated(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    return _in_place(given, pl.concat([given.frame.filter(~given.some(share, rng)), _of_reference(given, share, rng)]))


def _of_reference(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    count = max(1, round(share * given.frame.height))
    return given.reference[np.sort(rng.choice(given.reference.height, count, replace=False))]


def _contaminated_new_ids(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    taken = fresh(_of_reference(given, share, rng), given, rng)
    return _in_place(given, pl.concat([given.frame.filter(~given.some(share, rng)), taken]))


def again(rows: pl.DataFrame) -> pl.Series:
    """Rows that have come before."""
    return rows.select(~pl.struct(pl.all()).is_first_distinct()).to_series()


def _twice(seen: Seen) -> pl.Series:
    return again(bare(seen.frame, seen.roles))


def _id_twice(seen: Seen) -> pl.Series:
    return ~seen.values.is_first_distinct()


def _known(seen: Seen) -> pl.Series:
    """Rows that the reference has, ids aside."""
    rows, known = bare(seen.frame, seen.roles), bare(seen.reference, seen.roles)
    marked = rows.join(known.unique().with_columns(known=pl.lit(value=True)), on=rows.columns, how="left",
                       nulls_equal=True, maintain_order="left")  # fmt: skip
    return marked["known"].fill_null(value=False)


def _group_missing(given: Given, place: float, rng: Rng) -> pl.DataFrame:
    """The group of the given place by size is missing."""
    sizes = given.reference[given.column].value_counts(sort=True)
    return given.frame.filter(pl.col(given.column) != sizes[given.column][int(place) - 1])


def _group_oversampled(given: Given, factor: float, rng: Rng) -> pl.DataFrame:
    """One group comes `factor` times as often, the file has as many rows as before."""
    group = given.reference[given.column].value_counts(sort=True)[given.column][1]
    weights = np.where((given.frame[given.column] == group).to_numpy(), factor, 1.0)
    return _chosen(given, weights, rng)


def _chosen(given: Given, weights: np.ndarray[tuple[int], np.dtype[np.float64]], rng: Rng) -> pl.DataFrame:
    """Rows kept with a chance in proportion to their weight: no row comes twice, but the file is shorter."""
    kept = rng.random(given.frame.height) < weights / weights.max()
    return given.frame.filter(pl.Series(kept))


def _selected(given: Given, strength: float, rng: Rng) -> pl.DataFrame:
    values = given.frame[given.column].cast(pl.Float64).to_numpy()
    z = np.clip((values - values.mean()) / values.std(), -3, 3)
    return _chosen(given, np.exp(strength * z), rng)


def _class_dropped(given: Given, amount: float, rng: Rng) -> pl.DataFrame:
    rarest = given.reference[given.column].value_counts(sort=True)[given.column][-1]
    return given.frame.filter(pl.col(given.column) != rarest)


def _prior(given: Given, factor: float, rng: Rng) -> pl.DataFrame:
    high = positive(given.frame[given.column], given.reference[given.column]).to_numpy()
    return _chosen(given, np.where(high, factor, 1.0), rng)


def _flipped(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    """A wrong label; the model's prediction stays."""
    classes = given.reference[given.column].unique().sort()
    step = pl.Series(rng.integers(1, len(classes), given.frame.height))
    places = classes.search_sorted(given.frame[given.column]).cast(pl.Int64)
    return given.where(given.some(share, rng), classes.gather((places + step) % len(classes)))


def _labels_shuffled(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    rows, labels = np.flatnonzero(given.some(share, rng).to_numpy()), given.frame[given.column].to_numpy().copy()
    labels[rows] = labels[rng.permutation(rows)]
    return given.put(pl.Series(labels))


def _labels_late(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    """The last rows have no positive label yet."""
    start = given.frame.height - round(share * given.frame.height)
    return given.where(pl.int_range(given.frame.height, eager=True) >= start, given.reference[given.column].min())


def _predictions_late(given: Given, rows: float, rng: Rng) -> pl.DataFrame:
    return given.put(pl.Series(np.roll(given.frame[given.column].to_numpy(), int(rows))))


def _disagree(seen: Seen) -> pl.Series:
    return seen.frame[seen.roles.label] != seen.frame[seen.roles.prediction]


def _inverted(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    return given.where(given.some(share, rng), ~pl.col(given.column))


def _dropped(given: Given, amount: float, rng: Rng) -> pl.DataFrame:
    return given.frame.drop(given.column)


def _renamed(given: Given, amount: float, rng: Rng) -> pl.DataFrame:
    return given.frame.rename({given.column: f"{given.column}_v2"})


def _words(seen: Seen) -> pl.Series:
    return seen.values.cast(pl.String)


def _kind(name: str, about: str, on: tuple[str, ...], magnitudes: tuple[float, ...], apply: Apply, view: object,
          amount: str = SHARE, needs: tuple[str, ...] = ()) -> Kind:  # fmt: skip
    return Kind(name=name, about=about, on=on, amount=amount, magnitudes=magnitudes,
                apply=apply, view=view, needs=needs)  # type: ignore[arg-type]  # fmt: skip


SHARES = Spread(_words)

ROWS: tuple[Kind, ...] = (
    _kind("rows_twice", "rows come twice", ("id",), (0.02, 0.1), _copied, Marked(_twice)),
    _kind("batch_twice", "a batch is loaded twice", ("id",), (0.05, 0.2), _batch_copied, Marked(_twice)),
    _kind("ids_repeated", "an id belongs to several rows", ("id",), (0.01, 0.05), _ids_repeated, Marked(_id_twice)),
    _kind("key_conflict", "a key with two values", ("id",), (0.01, 0.05), _key_conflict, Marked(_id_twice)),
    _kind("rows_of_reference", "training rows in the test set", ("number",), (0.02, 0.1), _contaminated,
          Marked(_known), needs=("id",)),
    _kind("rows_of_reference_new_ids", "training rows in the test set with new ids", ("number",), (0.02, 0.1),
          _contaminated_new_ids, Marked(_known), needs=("id",)),
    _kind("group_missing", "a site sent nothing", ("few",), (1.0, 2.0), _group_missing, SHARES, "place by size"),
    _kind("word_missing", "a category is gone", ("category",), (2.0, 5.0), _group_missing, SHARES, "place by size"),
    _kind("group_oversampled", "a group is drawn more often", ("few",), (1.1, 2.0, 4.0), _group_oversampled, SHARES,
          "factor"),
    _kind("rows_selected", "large values are drawn more often", ("number",), (0.3, 1.0), _selected,
          Spread(lambda seen: seen.values), "log odds a deviation"),
    _kind("class_dropped", "a class is gone", LABEL, (1.0,), _class_dropped, SHARES),
    _kind("label_prior", "a class comes more often", LABEL, (1.05, 1.5, 3.0), _prior,
          Spread(lambda seen: positive(seen.values, seen.reference[seen.column]).cast(pl.String)), "factor of odds"),
    _kind("labels_flipped", "wrong labels, predictions as they were", LABEL, (0.02, 0.15, 0.3), _flipped,
          Marked(_disagree), needs=("prediction",)),
    _kind("labels_shuffled", "labels belong to other rows", LABEL, (0.3, 1.0), _labels_shuffled, Marked(_disagree),
          needs=("prediction",)),
    _kind("labels_late", "the newest rows are not labelled yet", LABEL, (0.3, 0.6), _labels_late, SHARES),
    _kind("predictions_late", "predictions are a row late", ("prediction",), (1.0,), _predictions_late,
          Marked(_disagree), "rows"),
    _kind("flag_inverted", "true for false", ("flag",), (0.1, 1.0), _inverted, Marked(lambda seen: seen.values)),
    _kind("column_dropped", "a column is gone", ("number",), (1.0,), _dropped, Fact()),
    _kind("column_renamed", "a column has another name", ("category", "tied"), (1.0,), _renamed, Fact()),
)  # fmt: skip
