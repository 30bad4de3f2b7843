"""Metrics of rows that are looked at in pieces equal those of all rows at once; AUC does so within what it says."""

from __future__ import annotations

import math
import tracemalloc
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from seatrial.evidence.policy import Columns
from seatrial.gates.rows import disagreements, measuring_of
from seatrial.metrics.catalog import Metric, find, of_column
from seatrial.metrics.figures import Figure
from seatrial.metrics.large import measuring, score_bins
from seatrial.metrics.measure import CALIBRATION_GAP, Measuring
from seatrial.metrics.reliability import reliability
from seatrial.metrics.trouble import MetricError, Why
from seatrial.stats.skewed_mean import Moments
from tests.support.large_models import as_table, frames, in_pieces, shuffled

_N = 6_000
_BY = (("region",), ("size",), ("region", "size"))
_GROUPINGS = (None, "region", "region x size")
_COUNTS = ("accuracy", "balanced_accuracy", "f1", "precision", "recall", "mcc", "kappa", "f1_macro", "recall_weighted")
_MEANS = ("log_loss", "brier", "mae", "mse", "rmse", "r2", "v", "calibration_gap")


def _metric(name: str) -> Metric:
    known = CALIBRATION_GAP if name == "calibration_gap" else find(name)
    return known or of_column(name)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Measuring:
    """Two models in memory."""
    folder, (ours, theirs) = tmp_path_factory.mktemp("table"), frames(_N)
    return measuring_of(as_table(folder / "a.parquet", ours), as_table(folder / "b.parquet", theirs))


@pytest.fixture(scope="module", params=["same order", "shuffled"])
def pieces(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Measuring:
    """The same two models in pieces."""
    folder, (ours, theirs) = tmp_path_factory.mktemp("pieces"), frames(_N)
    other = shuffled(theirs) if request.param == "shuffled" else theirs
    return measuring_of(in_pieces(folder / "a.parquet", ours), in_pieces(folder / "b.parquet", other), _BY)


@pytest.fixture(scope="module", params=["table", "pieces"])
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Measuring, Measuring]:
    """One model in memory and in pieces."""
    path, (ours, _) = tmp_path_factory.mktemp("alone") / "a.parquet", frames(_N)
    return measuring_of(as_table(path, ours)), measuring_of(in_pieces(path, ours), groupings=_BY)


def _same_moments(found: Moments | None, expected: Moments | None, close: float) -> None:
    if expected is None:
        assert found is None
        return
    assert found is not None
    assert found.n == expected.n
    deviation = math.sqrt(expected.squares / expected.n)
    assert found.mean == pytest.approx(expected.mean, rel=close, abs=close * deviation)
    assert found.squares == pytest.approx(expected.squares, rel=close, abs=1e-20)
    assert found.fourths == pytest.approx(expected.fourths, rel=close, abs=1e-20)
    assert found.cubes == pytest.approx(expected.cubes, rel=close, abs=close * deviation * expected.squares + 1e-20)


def _same(found: Figure, expected: Figure, close: float, *, reach: bool = True) -> None:
    told = (expected.n, expected.paired, expected.share, expected.undefined, expected.unit, expected.least)
    assert (found.n, found.paired, found.share, found.undefined, found.unit, found.least) == told
    assert found.support == expected.support
    assert found.candidate == pytest.approx(expected.candidate, rel=close, abs=close, nan_ok=True)
    if expected.baseline is not None:
        assert found.baseline == pytest.approx(expected.baseline, rel=close, abs=close, nan_ok=True)
    _same_moments(found.own, expected.own, close)
    _same_moments(found.apart, expected.apart, close)
    assert found.reach == pytest.approx(expected.reach, rel=max(close, 1e-10)) or (
        not reach and found.reach > expected.reach
    )


@pytest.mark.parametrize("ratio", [1.0, 0.98, -1.0])
@pytest.mark.parametrize("name", [*_COUNTS, *_MEANS])
def test_figures_are_those_of_all_rows(table: Measuring, pieces: Measuring, name: str, ratio: float) -> None:
    """Counts to the last digit, means to the tenth: values, moments of the difference for any ratio, groups."""
    for grouping in _GROUPINGS:
        expected = table.figures(_metric(name), grouping, ratio=ratio)
        found = pieces.figures(_metric(name), grouping, ratio=ratio)

        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            _same(one, other, 0.0 if name in _COUNTS else 1e-10, reach=name != "r2")


@pytest.mark.parametrize("name", ["f1", "log_loss", "rmse", "r2", "v", "roc_auc"])
def test_one_model_alone_has_the_same_figures(alone: tuple[Measuring, Measuring], name: str) -> None:
    """Without a baseline there is no difference, and nothing else changes."""
    for grouping in _GROUPINGS:
        for one, other in zip(*(each.figures(_metric(name), grouping) for each in alone), strict=True):
            _same(other, one, 2e-3 if name == "roc_auc" else 1e-10, reach=name != "r2")


def test_groups_have_the_same_names(table: Measuring, pieces: Measuring) -> None:
    """An intersection has the combinations that occur, in the order of their names."""
    for grouping in ("region", "region x size"):
        found, expected = pieces.groups(grouping), table.groups(grouping)
        assert found is not None
        assert expected is not None
        assert found.names == expected.names
    assert len(expected.names if expected is not None else ()) < 12 * 4


@pytest.mark.parametrize("ratio", [1.0, 0.98, -1.0])
def test_auc_is_as_close_as_it_says(table: Measuring, pieces: Measuring, ratio: float) -> None:
    """The area lies within the error that the figure states, and its variance within a hundredth."""
    metric = _metric("roc_auc")
    for grouping in _GROUPINGS:
        pairs = zip(
            pieces.figures(metric, grouping, ratio=ratio), table.figures(metric, grouping, ratio=ratio), strict=True
        )
        for found, expected in pairs:
            if expected.undefined is not None:
                assert (found.n, found.undefined, found.own) == (expected.n, expected.undefined, None)
                continue
            assert found.note is not None
            off = abs(found.candidate - expected.candidate)
            assert off <= _stated(found.note) + 1e-12
            for one, other in ((found.own, expected.own), (found.apart, expected.apart)):
                assert one is not None
                assert other is not None
                assert one.squares == pytest.approx(other.squares, rel=0.01)


def _stated(note: str) -> float:
    """The error that a note states."""
    return float(note.split("at most ")[1].split(" ")[0]) if "at most" in note else 0.0


def test_few_bins_are_said_to_be_coarse(table: Measuring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With few bins the error is large, and the figure says how large; with many groups bins are put together."""
    monkeypatch.setattr(score_bins, "MOST_CELLS", 64)
    ours, theirs = frames(_N)
    coarse = measuring_of(in_pieces(tmp_path / "a.parquet", ours), in_pieces(tmp_path / "b.parquet", theirs), _BY)

    (found,), (expected,) = (each.figures(_metric("roc_auc")) for each in (coarse, table))

    assert found.note is not None
    assert found.note.startswith("AUC from 64 bins of scores, at most 0.00")
    assert 1e-6 < abs(found.candidate - expected.candidate) <= _stated(found.note)
    for one, other in zip(*(each.figures(_metric("roc_auc"), "region") for each in (coarse, table)), strict=True):
        assert abs(one.candidate - other.candidate) <= _stated(one.note or "")


def test_scores_that_many_rows_share_are_exact(tmp_path: Path) -> None:
    """Scores of two decimals have a bin each: the area is exact, and said to be; so it is where half of them are 0."""
    ours, theirs = (each.with_columns(s=pl.col("s").round(2)) for each in frames(_N))
    exact = measuring_of(as_table(tmp_path / "a.parquet", ours), as_table(tmp_path / "b.parquet", theirs))
    found = measuring_of(in_pieces(tmp_path / "a.parquet", ours), in_pieces(tmp_path / "b.parquet", theirs))

    (one,), (other,) = (each.figures(_metric("roc_auc")) for each in (found, exact))

    assert one.candidate == pytest.approx(other.candidate, abs=1e-14)
    _same_moments(one.apart, other.apart, 1e-9)
    assert one.note is not None
    assert one.note.endswith("bins of scores, which is exact for these")


def test_a_score_that_half_of_the_rows_share_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ties are ties: a bin of one score adds no error, even where others are put together."""
    monkeypatch.setattr(score_bins, "MOST_CELLS", 256)
    draw = np.random.default_rng(1)
    positive = draw.random(20_000) < 0.3
    score = np.where(draw.random(20_000) < 0.5, 0.0, draw.random(20_000) + 0.1 * positive)
    histogram = score_bins.Histogram(edges := score_bins.edges_of(score), 1)
    histogram.add(edges.of(score), None, positive)

    ((area,), _) = histogram.areas()

    assert area is not None
    assert area.error < 0.005  # the quarter of all pairs that are tied at 0 is not in it


_REFUSED = ("average_precision", "ndcg", "mrr@10", "v:pass@2")


@pytest.mark.parametrize("name", _REFUSED)
def test_what_needs_all_rows_is_refused(pieces: Measuring, name: str) -> None:
    """A sample is never drawn in silence: the finding says that there are too many rows."""
    with pytest.raises(MetricError, match=r"6,000 rows are looked at in pieces, and .* all of them at once") as caught:
        pieces.figures(_metric(name))
    assert caught.value.why is Why.TOO_MANY_ROWS


def test_calibration_bins_need_all_rows(pieces: Measuring) -> None:
    """Bins of equally many rows are cut from the order of all scores."""
    with pytest.raises(MetricError, match="bins of equally many scores need all of them") as caught:
        reliability(pieces, 15)
    assert caught.value.why is Why.TOO_MANY_ROWS


def test_clusters_need_all_rows(tmp_path: Path) -> None:
    """With a cluster column not even accuracy is counted: its rows would pass for independent ones."""
    ours = frames(500)[0].with_columns(user=pl.col("id").cast(pl.String))
    columns = Columns(score="s", cluster="user")
    rows = measuring_of(in_pieces(tmp_path / "a.parquet", ours, columns))

    with pytest.raises(MetricError, match="cluster") as caught:
        rows.figures(_metric("accuracy"))
    assert caught.value.why is Why.TOO_MANY_ROWS


def test_an_intersection_of_too_many_columns_is_refused(pieces: Measuring, monkeypatch: pytest.MonkeyPatch) -> None:
    """And does not keep others from being looked at in the same pass."""
    monkeypatch.setattr(measuring, "_MOST_GROUPS", 10)
    fresh = measuring.LargeMeasuring.of(pieces.pieces, ["region x size"])  # type: ignore[attr-defined]

    assert len(fresh.figures(_metric("accuracy"))) == 1
    with pytest.raises(MetricError, match="48 combinations") as caught:
        fresh.figures(_metric("accuracy"), "region x size")
    assert caught.value.why is Why.TOO_MANY_ROWS


@pytest.mark.parametrize(
    ("change", "name", "why"),
    [
        ({"s": pl.col("s") + 0.5}, "log_loss", Why.SCORE_OUT_OF_RANGE),
        ({"y": pl.lit("a")}, "mae", Why.NOT_NUMERIC),
        ({"y": pl.lit("a"), "p": pl.lit("b")}, "f1", Why.POSITIVE_UNKNOWN),
        ({"y": pl.lit(0)}, "mape", Why.UNDEFINED),
        ({}, "nowhere", Why.VALUE_MISSING),
    ],
)
def test_what_a_metric_lacks_is_told_as_of_all_rows(
    tmp_path: Path, change: dict[str, pl.Expr], name: str, why: Why
) -> None:
    """The same code from both."""
    frame = frames(2_000)[0].with_columns(**change)
    for rows in (as_table(tmp_path / "a.parquet", frame), in_pieces(tmp_path / "a.parquet", frame)):
        with pytest.raises(MetricError) as caught:
            measuring_of(rows).figures(_metric(name))
        assert caught.value.why is why


def test_a_group_of_one_class_has_no_area(tmp_path: Path) -> None:
    """It says so, and the other groups have theirs."""
    frame = frames(2_000)[0].with_columns(y=pl.when(pl.col("size") == "s1").then(0).otherwise(pl.col("y")))
    rows = in_pieces(tmp_path / "a.parquet", frame)

    figures = measuring_of(rows).figures(_metric("roc_auc"), "size")

    expected = measuring_of(as_table(tmp_path / "a.parquet", frame)).figures(_metric("roc_auc"), "size")
    assert [each.undefined for each in figures] == [each.undefined for each in expected]
    assert [each.undefined is None for each in figures] == [True, False, True, True]


def test_memory_does_not_grow_with_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight times the pieces take no more memory: nothing that was looked at is kept."""
    monkeypatch.setattr(measuring, "LOOK", 2_000)
    monkeypatch.setattr(score_bins, "MOST_CELLS", 1 << 12)
    peaks = []
    for n in (40_000, 320_000):
        ours, theirs = frames(n)
        mine, other = (
            in_pieces(tmp_path / f"{at}.parquet", each, piece_rows=5_000) for at, each in enumerate((ours, theirs))
        )
        tracemalloc.start()
        rows = measuring_of(mine, other, [("region",)])
        for name in ("f1", "log_loss", "roc_auc"):
            rows.figures(_metric(name))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < 1.2 * peaks[0], peaks


def test_disagreements_are_counted_in_both(tmp_path: Path) -> None:
    """For `diff`, which names their number."""
    ours, theirs = frames(2_000)
    tables = as_table(tmp_path / "a.parquet", ours), as_table(tmp_path / "b.parquet", theirs)
    large = in_pieces(tmp_path / "a.parquet", ours), in_pieces(tmp_path / "b.parquet", shuffled(theirs))

    assert disagreements(*large) == disagreements(*tables) == int((ours["p"] != theirs["p"]).sum()) > 0
