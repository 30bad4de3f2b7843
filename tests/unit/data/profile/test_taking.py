"""The pass over the rows: what is counted for each kind of column, and what bad input does to it."""

from __future__ import annotations

import datetime as dt
import math

import msgspec
import numpy as np
import polars as pl
import pytest

from seatrial.data.baseline import to_keep
from seatrial.data.policy import SAMPLE_HASHES, SAMPLE_ROWS
from seatrial.data.profile import limits
from seatrial.data.profile.distinct import estimate
from seatrial.data.profile.merging import merged
from seatrial.data.profile.records import ColumnProfile, Numbers, Profile, Texts, Times
from seatrial.data.profile.serial import read_profile, write_profile
from seatrial.data.profile.taking import Taker
from seatrial.data.profile.tally import Tally
from seatrial.errors import EvidenceError
from tests.support.profiled import binning_of, columns_of, profile_of


def numbers_of(profile: Profile, name: str) -> Numbers:
    numbers = profile.columns[name].numbers
    assert numbers is not None
    return numbers


def texts_of(profile: Profile, name: str) -> Texts:
    texts = profile.columns[name].texts
    assert texts is not None
    return texts


def times_of(profile: Profile, name: str) -> Times:
    times = profile.columns[name].times
    assert times is not None
    return times


def large(rows: int, seed: int = 0) -> pl.DataFrame:
    draw = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "id": np.arange(rows),
            "x": draw.normal(size=rows),
            "skewed": np.exp(3 * draw.normal(size=rows)),
            "cents": np.round(draw.normal(size=rows) * 50, 2),
            "few": draw.integers(0, 9, rows),
            "word": np.array([f"w{level}" for level in range(400)])[draw.integers(0, 400, rows)],
            "code": [f"k{level}" for level in draw.integers(0, 9000, rows)],
            "flag": draw.random(rows) < 0.3,
            "when": np.datetime64("2026-01-01", "us") + np.sort(draw.integers(0, 10**12, rows)).astype("m8[us]"),
        }
    ).with_columns(x=pl.when(pl.int_range(rows) % 50 == 0).then(None).otherwise(pl.col("x")))


def test_numbers_are_summed_up_as_numpy_does() -> None:
    """Mean and squared deviations agree with numpy, counts with what is counted one by one."""
    frame = large(30_000)
    numbers, values = numbers_of(profile_of(frame), "x"), frame["x"].drop_nulls().to_numpy()

    assert numbers.count == len(values)
    assert numbers.mean == pytest.approx(values.mean(), rel=1e-12, abs=1e-12)
    assert numbers.m2 == pytest.approx(((values - values.mean()) ** 2).sum(), rel=1e-9)
    assert numbers.negatives == int((values < 0).sum())
    assert (numbers.least, numbers.most) == (values.min(), values.max())


def test_bins_are_those_of_a_binary_search() -> None:
    """For every column of numbers, skewed ones too."""
    frame = large(30_000)
    profile = profile_of(frame)
    for name in ("x", "skewed", "cents", "few"):
        edges = np.array(profile.binning.columns[name].edges)
        places = np.searchsorted(edges, frame[name].drop_nulls().to_numpy(), side="right")
        assert numbers_of(profile, name).bins == tuple(np.bincount(places, minlength=len(edges) + 1).tolist())


def test_large_parts_add_up() -> None:
    """With thinning, columns of too many values, ids, and more rows than the sample keeps."""
    frame = large(90_000)
    whole = profile_of(frame)
    parts = merged([profile_of(frame[:20_000], reference=frame), profile_of(frame[20_000:], reference=frame)])

    assert whole.binning.columns["x"].thinning > 1
    assert whole.binning.left_out == ("id",)
    assert parts.sample == whole.sample
    assert parts.pairs == whole.pairs
    for name, column in whole.columns.items():
        exact = {"items": column.items, "numbers": None}
        if column.items.complete:
            assert parts.columns[name].items == column.items
        changed = msgspec.structs.replace(parts.columns[name], **exact)
        assert changed == msgspec.structs.replace(column, **exact)
        if column.numbers is not None:
            rounded = {"mean": 0.0, "m2": 0.0}
            mine, theirs = numbers_of(parts, name), column.numbers
            assert mine.mean == pytest.approx(theirs.mean, rel=1e-9)
            assert mine.m2 == pytest.approx(theirs.m2, rel=1e-9)
            assert msgspec.structs.replace(mine, **rounded) == msgspec.structs.replace(theirs, **rounded)


def test_the_file_of_a_wide_table_is_small() -> None:
    """30 numbers, 15 texts, 3 flags, an id and a time stay within 400 KB, here with as many rows as a sample has."""
    rows, draw = 70_000, np.random.default_rng(5)
    columns: dict[str, object] = {"id": np.arange(rows)}
    columns["when"] = np.datetime64("2026-01-01", "us") + draw.integers(0, 10**13, rows).astype("timedelta64[us]")
    for place in range(30):
        values = draw.normal(size=rows) if place % 3 else np.exp(draw.normal(size=rows))
        columns[f"x{place}"] = values if place % 5 else np.round(values * 10).astype(int)
    for place in range(15):
        levels = (4, 12, 300)[place % 3]
        columns[f"c{place}"] = np.array([f"level{level}" for level in range(levels)])[draw.integers(0, levels, rows)]
    for place in range(3):
        columns[f"b{place}"] = draw.random(rows) < 0.3
    data = write_profile(to_keep(profile_of(pl.DataFrame(columns))))

    assert len(data) <= 400_000


@pytest.mark.parametrize("rows", [1_000, 300_000])
def test_a_frequent_value_of_a_measurement_is_found(rows: int) -> None:
    """1 % of -999 among measurements is counted, though the reference had none, and nothing else is called frequent."""
    draw = np.random.default_rng(1)
    reference = pl.DataFrame({"x": draw.normal(size=20_000)})
    values = draw.normal(size=rows)
    values[draw.random(rows) < 0.01] = -999.0
    items = profile_of(pl.DataFrame({"x": values}), reference=reference).columns["x"].items
    there = int((values == -999.0).sum())

    assert items.counts[0] == ("-999", there)
    assert items.complete or (len(items.counts) == 1 and items.missed <= 0.006 * rows)


def test_many_different_values_are_estimated() -> None:
    """The sketch is right within four standard errors."""
    profile = profile_of(large(90_000))

    assert estimate(profile.columns["id"].distinct) == pytest.approx(90_000, rel=0.1)
    assert estimate(profile.columns["code"].distinct) == pytest.approx(9_000, rel=0.1)


def test_counts_of_few_values_are_exact() -> None:
    """As polars counts them."""
    frame = large(70_000)
    items = profile_of(frame).columns["word"].items

    assert items.complete
    assert dict(items.counts) == dict(frame["word"].value_counts().iter_rows())


def test_integers_at_the_edges_are_exact() -> None:
    """int64 and uint64 keep their least and most values, and neighbours beyond 2^53 stay different values."""
    frame = pl.DataFrame(
        {
            "i": pl.Series([-(2**63), -1, 2**63 - 2, 2**63 - 1], dtype=pl.Int64),
            "u": pl.Series([0, 1, 2**64 - 2, 2**64 - 1], dtype=pl.UInt64),
        }
    )
    profile = profile_of(frame)

    assert (numbers_of(profile, "i").least, numbers_of(profile, "i").most) == (-(2**63), 2**63 - 1)
    assert (numbers_of(profile, "u").least, numbers_of(profile, "u").most) == (0, 2**64 - 1)
    assert len(profile.columns["i"].items.counts) == len(profile.columns["u"].items.counts) == 4
    assert read_profile(write_profile(profile), file="p") == profile


def test_what_is_not_finite_is_counted_apart() -> None:
    """NaN and infinities are values, but in no bin."""
    numbers = numbers_of(profile_of(pl.DataFrame({"x": [1.0, math.nan, math.inf, -math.inf, -0.0, None]})), "x")

    assert (numbers.count, numbers.nan, numbers.plus_infinity, numbers.minus_infinity) == (2, 1, 1, 1)
    assert (numbers.least, numbers.most, numbers.zeros, numbers.negatives) == (0.0, 1.0, 1, 0)


def test_decimals_and_zeros_at_the_end() -> None:
    """0.1 + 0.2 needs 17 decimals; 0 ends in no zeros at all."""
    numbers = numbers_of(profile_of(pl.DataFrame({"x": [0.0, 7.0, 1200.0, 3e7, 0.25, 0.1 + 0.2, 1e-9]})), "x")

    assert numbers.decimals == (4, 0, 1, 0, 0, 0, 0, 2)
    assert numbers.zeros_at_end == (1, 0, 1, 0, 0, 0, 1)


def test_times_by_hour_weekday_and_gap() -> None:
    """In UTC; a fall is a time before its predecessor, also across batches."""
    noon = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)  # a Monday
    after = [0, 1, 1, 3601, 3600]
    frame = pl.DataFrame({"t": [noon + dt.timedelta(seconds=gap) for gap in after]})
    for cuts in ((), (2,)):
        times = times_of(profile_of(frame, cuts=cuts), "t")
        assert (times.hours[12], times.hours[13], times.weekdays[0]) == (3, 2, 5)
        assert (times.steps, times.falls) == (4, 1)
        assert {place: count for place, count in enumerate(times.gaps) if count} == {0: 1, 21: 1, 32: 1}


def test_times_with_a_zone_are_counted_in_utc() -> None:
    """Midnight in Tokyo is 15 hours."""
    frame = pl.DataFrame({"t": ["2026-01-05 00:00:00"]}).select(
        pl.col("t").str.to_datetime().dt.replace_time_zone("Asia/Tokyo")
    )

    assert times_of(profile_of(frame), "t").hours[15] == 1


def test_times_before_1970_and_dates() -> None:
    """1969-12-31 was a Wednesday."""
    times = times_of(profile_of(pl.DataFrame({"d": [dt.date(1969, 12, 31)]})), "d")

    assert (times.weekdays[2], times.hours[0], times.least) == (1, 1, -86_400_000_000)


def test_lists_are_profiled_by_elements_and_lengths() -> None:
    """Empty and missing lists have no elements."""
    profile = profile_of(pl.DataFrame({"tags": [["a", "b"], [], None, ["a"]]}))

    assert profile.columns["tags[]"].values == 3
    assert dict(profile.columns["tags[]"].items.counts) == {"a": 2, "b": 1}
    assert numbers_of(profile, "tags[#]").count == 3


def test_vectors_are_profiled_by_norm() -> None:
    """Null, zero and not-finite vectors are told apart."""
    rows = [[3.0, 4.0], [0.0, 0.0], [math.nan, 1.0], None]
    profile = profile_of(pl.DataFrame({"v": pl.Series(rows, dtype=pl.Array(pl.Float32, 2))}))
    vectors = profile.columns["v"].vectors

    assert vectors is not None
    assert (profile.columns["v"].nulls, vectors.zero, vectors.not_finite, sum(vectors.bins)) == (1, 1, 1, 2)
    assert all(sum(row) == 2 for row in vectors.projections)


def test_agreement_counts_rows_that_have_both() -> None:
    """A number and its text agree."""
    frame = pl.DataFrame({"y": [1, 0, 1, None], "p": ["1", "1", None, "1"]})

    assert profile_of(frame, label="y", prediction="p").agreement == (2, 1)


@pytest.mark.parametrize("labels", [[0, 1, 1, 0, None, 1], [False, True, True, False, None, True]])
def test_a_score_agrees_with_the_label_on_its_side_of_one_half(labels: list[int | bool | None]) -> None:
    frame = pl.DataFrame({"y": labels, "p": [0.2, 0.5, 0.4, 0.9, 0.1, 1.0]})

    assert profile_of(frame, label="y", prediction="p").agreement == (5, 3)


def test_a_score_agrees_with_no_label_of_another_kind() -> None:
    """A price of 2.5 and one of 0.7 are no classes."""
    frame = pl.DataFrame({"y": [2.5, 0.7, 1.0], "p": [0.9, 0.7, 0.8]})

    assert profile_of(frame, label="y", prediction="p").agreement == (3, 2)


def test_an_unknown_name_is_refused() -> None:
    """A contract may name a column that is not there."""
    frame = pl.DataFrame({"y": [1]})
    with pytest.raises(EvidenceError, match="no column `user`, which the contract names as cluster"):
        profile_of(frame, cluster="user")


def test_a_column_without_bins_is_refused() -> None:
    """A binning holds for the columns it was made for."""
    with pytest.raises(EvidenceError, match="no bins for `b`"):
        Taker(columns_of(pl.DataFrame({"a": [1], "b": [1]})), binning_of(pl.DataFrame({"a": [1]})))


@pytest.mark.parametrize("rows", [0, 1])
def test_hardly_any_rows(rows: int) -> None:
    """An empty table and one of a single row have profiles, which can be written and read."""
    frame = large(1)[:rows]
    profile = profile_of(frame)

    assert profile.rows == rows
    assert len(profile.sample.hashes) == rows
    assert read_profile(write_profile(profile), file="p") == profile


def test_all_null() -> None:
    """A column without values has a range of nothing."""
    frame = pl.DataFrame({"x": pl.Series([None] * 3, dtype=pl.Float64), "n": [None] * 3})
    profile = profile_of(frame)

    assert numbers_of(profile, "x").least is None
    assert (profile.columns["n"].nulls, profile.columns["x"].nulls) == (3, 3)


def test_a_huge_cell_is_kept_short() -> None:
    """Two texts of a megabyte that differ at the end stay two, and hardly any of them is stored."""
    frame = pl.DataFrame({"t": ["a" * 10**6 + "x", "a" * 10**6 + "y", "b"]})
    profile = profile_of(frame)

    assert len(profile.columns["t"].items.counts) == 3
    assert texts_of(profile, "t").longest == 10**6 + 1
    assert len(write_profile(profile)) < 20_000


def test_a_thousand_columns_stay_bounded() -> None:
    """Pairs and the sample take part of the columns, so the file grows by columns, not by their pairs."""
    draw = np.random.default_rng(3)
    frame = pl.DataFrame(draw.normal(size=(300, 1_000)), schema=[f"c{place}" for place in range(1_000)])
    profile = profile_of(frame)

    assert len(profile.pairs.columns) == limits.PAIR_COLUMNS
    assert len(profile.sample.columns) == limits.CODED_COLUMNS
    assert len(write_profile(profile)) < 5_000_000


def test_the_sample_holds_the_smallest_digests() -> None:
    """Of rows and of codes, whose first rows belong to the first digests."""
    profile = profile_of(large(40_000))
    sample = profile.sample

    assert len(sample.hashes) == SAMPLE_HASHES
    assert list(sample.hashes) == sorted(sample.hashes)
    assert len(sample.codes) == SAMPLE_ROWS * len(sample.columns)
    assert "id" not in sample.columns


def test_repeated_rows_are_seen_without_their_ids() -> None:
    """`hashes` are all different because ids are, `bare_hashes` repeat."""
    frame = large(200)
    twice = pl.concat([frame, frame.with_columns(pl.col("id") + 200)])
    sample = profile_of(twice, reference=frame).sample

    assert len(set(sample.hashes)) == 400
    assert len(set(sample.bare_hashes)) == 200


def test_pair_sums_are_exact() -> None:
    """Sums of products of scores over more rows than are multiplied at once, as integers compute them."""
    frame = large(70_001).select("x", "skewed", "word", "flag")
    profile = profile_of(frame, closely=True)
    codes = {}
    for name in profile.pairs.columns:
        binning = profile.binning.columns[name]
        values = frame[name]
        if binning.edges:
            bins = np.searchsorted(binning.edges, values.fill_null(0).to_numpy(), side="right")
        else:
            order = {word: place for place, word in enumerate(binning.words)}
            texts = values.cast(pl.String).to_list()
            bins = np.array([order.get(text, len(order)) for text in texts])
        scores = np.array(binning.scores)[bins]
        scores[values.is_null().to_numpy()] = 0
        codes[name] = scores
    matrix = np.stack(list(codes.values()))
    products = matrix @ matrix.T

    assert profile.pairs.sums == tuple(products[np.triu_indices(len(matrix))].tolist())
    assert profile.pairs.totals == tuple(matrix.sum(axis=1).tolist())


def test_pair_sums_of_large_data_are_of_the_rows_that_are_looked_at_closely() -> None:
    """As many as for decimals: correlations over an eighth of many rows are certain enough."""
    frame = large(70_001).select("x", "skewed", "word", "flag")
    thinned, whole = profile_of(frame), profile_of(frame, closely=True)

    there = thinned.columns["x"].numbers
    assert there is not None
    assert thinned.pairs.count / frame.height == pytest.approx(there.looked_at / there.count, rel=0.01)
    assert whole.pairs.count == frame.height
    assert thinned.pairs.sums[0] / thinned.pairs.count == pytest.approx(whole.pairs.sums[0] / frame.height, rel=0.05)


def test_texts_that_turn_out_to_be_too_many_are_each_looked_at_once() -> None:
    """The first thousand are one word, which is learned at once; with the others there are too many to be numbered."""
    words = ["Same 1"] * 2_000 + [f"other {place}" for place in range(5_000)]
    texts = profile_of(pl.DataFrame({"word": words})).columns["word"].texts

    assert texts is not None
    assert texts.looked_at == len(words)
    assert texts.marks["upper"] == 2_000
    assert sum(texts.lengths) == len(words)


@pytest.mark.parametrize(("different", "complete"), [(4_096, True), (4_097, False)])
def test_as_many_different_values_are_counted_as_may_be(different: int, complete: bool) -> None:
    """However soon they all come: what the first rows hold gives up no column that is below the limit."""
    values = np.random.default_rng(3).permutation(np.arange(20_000) % different)
    items = profile_of(pl.DataFrame({"n": values * 7})).columns["n"].items

    assert items.complete is complete
    assert len(items.counts) == (different if complete else min(len(items.counts), limits.kept_limit(1)))


def test_texts_may_be_looked_at_in_several_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits to be looked at is bounded; however often that happens, each text counts as often as it occurs."""
    words = ["Same 1"] * 3_000 + [f"other {place % 40}" for place in range(3_000)] + ["LAST"] * 70_000
    whole = profile_of(pl.DataFrame({"word": words})).columns["word"]
    monkeypatch.setattr("seatrial.data.profile.texts._WAITING", 1)

    assert profile_of(pl.DataFrame({"word": words})).columns["word"] == whole
    assert whole.texts is not None
    assert whole.texts.marks["upper"] == 73_000


def test_how_rarely_a_large_dataset_is_looked_at() -> None:
    """Never more rarely than leaves enough rows, and by powers of two, so that the rows that a large one is looked at
    are among those of a smaller one."""
    least = limits.LEAST_THINNING * limits.LOOKED_AT

    assert [limits.thinned(rows) for rows in (50_000, 2 * least - 1, 2 * least, 5 * least)] == [8, 8, 16, 32]
    assert limits.thinned(1000 * least) == limits.MOST_THINNING


def test_groups_of_clusters_hold_whole_clusters() -> None:
    """All rows of a cluster are in one group, and groups add up to the bins."""
    users = 30
    frame = pl.DataFrame({"user": np.repeat(np.arange(users), 20), "x": np.repeat(np.linspace(0, 1, users), 20)})
    column: ColumnProfile = profile_of(frame, cluster="user").columns["x"]

    assert len(column.groups) == limits.GROUPS
    assert sum(map(sum, column.groups)) == 600
    assert all(cell % 20 == 0 for row in column.groups for cell in row)


@pytest.mark.parametrize("seed", range(5))
def test_a_file_of_fewer_rows_than_a_block_bounds_what_it_does_not_list_closely(seed: int) -> None:
    """Also where more values are frequent than are kept: none that is missing occurs more often than it says."""
    rng = np.random.default_rng(seed)
    often = np.repeat(np.arange(150) + 0.5, rng.integers(5, 40, 150))
    values = np.concatenate([often, rng.normal(0, 1, 20_000 - len(often))])
    tally = Tally(4096, 64)
    keys = np.unique(values, return_inverse=True)[1].astype(np.uint64)

    tally.add(keys, lambda places: [str(keys[place]) for place in places])
    items = tally.items()

    listed = dict(items.counts)
    missing = [count for key, count in zip(*np.unique(keys, return_counts=True), strict=True) if str(key) not in listed]
    assert not items.complete
    assert len(listed) == 64
    assert max(missing) <= items.missed <= 45


def test_values_far_from_those_of_the_reference_keep_the_digits_of_their_mean() -> None:
    """Sums are taken around a value of their own: around the reference's they would be differences of large numbers."""
    reference = pl.DataFrame({"x": np.linspace(1e9, 2e9, 200)})
    profile = profile_of(pl.DataFrame({"x": [-499.5] * 3 + [-500.5] * 3}), reference=reference)
    numbers = profile.columns["x"].numbers

    assert numbers is not None
    assert (numbers.mean, numbers.m2) == (-500.0, 1.5)
