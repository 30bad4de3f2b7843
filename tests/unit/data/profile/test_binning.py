"""How a reference chooses bins."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from seatrial.data.policy import BINS, MAX_WORDS
from seatrial.data.profile import limits
from seatrial.data.profile.binning import choose_binning, edges_of, scores_of
from tests.support.profiled import binning_of, columns_of


def edges(values: list[float]) -> list[float]:
    chosen: list[float] = edges_of(np.array(values)).tolist()
    return chosen


def test_a_measurement_has_bins_of_equal_counts() -> None:
    """Each holds one in 64."""
    values = np.random.default_rng(0).normal(size=6_400)
    counts = np.bincount(np.searchsorted(edges_of(values), values, side="right"))

    assert counts.tolist() == [100] * BINS


def test_few_numbers_have_a_bin_each() -> None:
    """And there is a bin between any two of them, where new values fall."""
    after = [float(np.nextafter(value, np.inf)) for value in (1.0, 2.0)]

    assert edges([1.0, 2.0, 2.0, 1.0, 1.0]) == [1.0, after[0], 2.0, after[1]]


def test_few_rows_of_a_measurement_are_no_levels() -> None:
    """Values that do not repeat are edges, not bins of their own."""
    assert edges([0.1, 0.2, 0.35, 0.7]) == [0.1, 0.2, 0.35, 0.7]


def test_a_value_that_stands_out_has_a_bin_of_its_own() -> None:
    """-999 in 3 % of rows."""
    values = np.random.default_rng(0).normal(size=5_000)
    values[:150] = -999.0
    chosen = edges_of(values).tolist()

    assert chosen[:2] == [-999.0, float(np.nextafter(-999.0, np.inf))]


@pytest.mark.parametrize("values", [[], [np.finfo(float).max] * 3, [5.0], [-0.0, 0.0, 0.0]])
def test_hardly_any_values(values: list[float]) -> None:
    """Edges rise and are finite whatever there is."""
    chosen = np.array(edges(values))

    assert np.isfinite(chosen).all()
    assert (np.diff(chosen) > 0).all()


def test_words_are_the_most_frequent_in_one_order() -> None:
    """Ties by the alphabet; beyond the limit, words that occur once are none."""
    assert binning_of(pl.DataFrame({"t": ["b", "a", "c", "c"]})).columns["t"].words == ("c", "a", "b")
    many = [f"w{place:04}" for place in range(300)] * 2 + ["once"]
    words = binning_of(pl.DataFrame({"t": many})).columns["t"].words

    assert words == tuple(f"w{place:04}" for place in range(MAX_WORDS))


def test_scores_are_centred_ranks() -> None:
    """Half of the rows below the middle, half above."""
    assert scores_of(np.array([1, 2, 1])) == (-24, 0, 24)
    assert scores_of(np.full(64, 10)) == tuple(range(-32, 32))
    assert scores_of(np.array([0, 0])) == (-32, -32)


def test_ids_are_left_out_and_measurements_are_not() -> None:
    """Rising numbers, large random ones, and codes name rows; prices, readings and sentences do not."""
    draw = np.random.default_rng(0)
    rows = 1_000
    frame = pl.DataFrame(
        {
            "number": np.arange(rows) * 3 + 17,
            "random": draw.integers(0, 2**62, rows),
            "code": [f"u-{place:x}" for place in draw.permutation(rows)],
            "shuffled": draw.permutation(rows),
            "reading": draw.normal(size=rows),
            "price": draw.integers(0, 10**9, rows),
            "sentence": [f"row number {place}" for place in range(rows)],
            "level": draw.integers(0, 5, rows),
        }
    )

    assert binning_of(frame).left_out == ("number", "random", "code", "shuffled")
    assert binning_of(frame[:99]).left_out == ()


def test_the_digest_covers_all_and_repeats() -> None:
    """Equal samples have one digest; one other value has another."""
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0], "t": ["a", "b", "b"]})
    other = pl.DataFrame({"x": [1.0, 2.0, 4.0], "t": ["a", "b", "b"]})

    assert binning_of(frame).digest == binning_of(frame.clone()).digest
    assert len({binning_of(frame).digest, binning_of(other).digest, binning_of(frame[["t", "x"]]).digest}) == 2


def test_whole_numbers_that_lie_as_evenly_as_hashes_are_ids_and_large_measurements_are_not() -> None:
    """20,000 of 2^32 numbers hardly ever repeat, so that none does tells nothing; how they lie does."""
    draw = np.random.default_rng(5)
    columns = {
        "hash": draw.choice(2**32, 20_000, replace=False),
        "bytes": np.unique(np.round(np.exp(draw.normal(22, 1, 21_000))).astype(np.int64))[:20_000][
            draw.permutation(20_000)
        ],
    }

    assert binning_of(pl.DataFrame(columns)).left_out == ("hash",)


def test_a_declared_id_is_left_out_whatever_its_values_look_like() -> None:
    frame = pl.DataFrame({"customer": [1, 2, 2, 3] * 30, "age": [30, 40, 50, 60] * 30})

    assert binning_of(frame).left_out == ()
    assert choose_binning(columns_of(frame), frame, ("customer",)).left_out == ("customer",)


def test_how_rarely_rows_are_looked_at_is_chosen_by_the_reference() -> None:
    """Many rows, of which a sample is given: fewer are looked at; a small dataset, and elements of lists, whole."""
    rng = np.random.default_rng(1)
    frame = pl.DataFrame({"x": rng.normal(size=50_000), "tags": [["a", "b"]] * 50_000})
    columns = columns_of(frame)

    def thinnings(rows: int | None, sample: pl.DataFrame = frame) -> set[int]:
        return {choose_binning(columns, sample, rows=rows).columns["x"].thinning}

    assert (thinnings(None), thinnings(1_000_000), thinnings(10**9)) == ({8}, {16}, {limits.MOST_THINNING})
    assert thinnings(None, frame.head(39_999)) == {1}
    assert {choose_binning(columns, frame).columns[name].thinning for name in ("tags[]", "tags[#]")} == {1}


@pytest.mark.parametrize(("different", "thinning"), [(2_000, 1), (200_000, 1), (2_000_000, 8)])
def test_rows_that_repeat_each_other_are_all_looked_at(different: int, thinning: int) -> None:
    """Equal rows are chosen together: of few different ones, a share would be unlike the others."""
    drawn = np.random.default_rng(2).integers(0, different, 50_000)
    frame = pl.DataFrame({"x": drawn / 7, "word": [f"w{number % 5}" for number in drawn.tolist()]})

    assert choose_binning(columns_of(frame), frame).columns["x"].thinning == thinning
