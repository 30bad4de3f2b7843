"""The standard error of a difference: the jackknife's, of clusters that of clusters, and of ratios too."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from seatrial.evidence.sample import Codes, Sample
from seatrial.metrics.catalog import METRICS, Family, Metric, find, of_column
from seatrial.metrics.figures import Figure
from seatrial.metrics.measure import Measuring
from seatrial.replacing import replace
from seatrial.stats.skewed_mean import Moments
from tests.support.samples import codes, random_sample, rows_of

_OF_NUMBERS = ("mae", "mse", "rmse", "mape", "r2")
_ROWS = 300


def _figure(sample: Sample, metric: Metric, *, ratio: float = 1.0) -> Figure:
    (figure,) = Measuring(sample).figures(metric, ratio=ratio)
    return figure


def _known(name: str) -> Metric:
    return find(name) or of_column(name)


def _apart(figure: Figure) -> Moments:
    assert figure.apart is not None
    return figure.apart


def _sample(name: str, n: int = _ROWS, *, classes: int = 2) -> Sample:
    """Rows that have the metric: numbers as labels, lists, a column, or classes with scores."""
    sample = random_sample(9 if name in _OF_NUMBERS else classes, n, 11)
    if name in _OF_NUMBERS:
        assert sample.baseline is not None
        named = tuple(str(at + 1) for at in range(9))
        return replace(sample, classes=named)
    assert sample.baseline is not None
    draw = np.random.default_rng(5)
    return replace(
        sample,
        candidate=replace(sample.candidate, values={"reward": draw.exponential(size=n)}),
        baseline=replace(sample.baseline, values={"reward": draw.exponential(size=n)}),
    )


def _jackknife(value: Callable[[Sample], float], sample: Sample, of: Codes) -> float:
    """The standard error by leaving out one unit at a time. Quenouille (1956), Tukey (1958)."""
    units = len(of.names)
    left = np.array([value(rows_of(sample, np.flatnonzero(of.codes != at))) for at in range(units)])
    error: float = ((units - 1) / units * ((left - left.mean()) ** 2).sum()) ** 0.5
    return error


def _rows(n: int) -> Codes:
    return Codes(codes=np.arange(n, dtype=np.int32), names=tuple(map(str, range(n))))


_TWO = sorted(name for name, metric in METRICS.items() if name not in _OF_NUMBERS)
_MORE = sorted(
    name for name, metric in METRICS.items() if metric.average != "binary" and name not in (*_OF_NUMBERS, "r2")
)


@pytest.mark.parametrize("name", [*_TWO, *_OF_NUMBERS, "reward"])
def test_standard_error_is_the_jackknifes(name: str) -> None:
    """Leaving out each row in turn finds the same spread of candidate minus baseline, to 2 %."""
    sample, metric = _sample(name), _known(name)

    found = _apart(_figure(sample, metric)).standard_error

    assert found == pytest.approx(
        _jackknife(lambda rows: _figure(rows, metric).difference or 0.0, sample, _rows(_ROWS)), rel=0.02
    )


@pytest.mark.parametrize("name", _MORE)
def test_standard_error_of_several_classes_is_the_jackknifes(name: str) -> None:
    """The same where classes are averaged. The rarest has 40 rows, where average precision is not quite smooth."""
    sample, metric = _sample(name, 400, classes=4), _known(name)

    found = _apart(_figure(sample, metric)).standard_error

    expected = _jackknife(lambda rows: _figure(rows, metric).difference or 0.0, sample, _rows(400))
    assert found == pytest.approx(expected, rel=0.03 if name == "average_precision" else 0.02)


@pytest.mark.parametrize("name", [*_TWO, *_OF_NUMBERS, "reward"])
def test_own_standard_error_is_the_jackknifes(name: str) -> None:
    """And that of the candidate's own value."""
    sample, metric = _sample(name), _known(name)
    own = _figure(sample, metric).own
    assert own is not None

    expected = _jackknife(lambda rows: _figure(rows, metric).candidate, sample, _rows(_ROWS))

    assert own.standard_error == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(
    "name",
    ["accuracy", "f1", "f1_weighted", "kappa", "mcc", "roc_auc", "average_precision", "log_loss", "reward"],
)
def test_standard_error_with_clusters_leaves_out_clusters(name: str) -> None:
    """Clusters of one to eight rows that share their fate; the unit that is left out is the cluster."""
    sample, metric = _sample(name, 600), _known(name)
    sizes = np.random.default_rng(2).integers(1, 8, 600)
    cluster = np.repeat(np.arange(600), sizes)[:600]
    sample = replace(sample, clusters=codes([f"{at:03}" for at in cluster]))
    assert sample.clusters is not None

    found = _apart(_figure(sample, metric))

    expected = _jackknife(lambda rows: _figure(rows, metric).difference or 0.0, sample, sample.clusters)
    assert found.standard_error == pytest.approx(expected, rel=0.04)
    assert found.n == len(sample.clusters.names)
    own = _figure(sample, metric).own
    assert own is not None
    alone = _jackknife(lambda rows: _figure(rows, metric).candidate, sample, sample.clusters)
    assert own.standard_error == pytest.approx(alone, rel=0.04)


@pytest.mark.parametrize("k", [2, 5])
@pytest.mark.parametrize(
    "name",
    [
        "accuracy",
        "f1",
        "balanced_accuracy",
        "mcc",
        "recall_weighted",
        "average_precision",
        "log_loss",
        "mae",
        "r2",
        "reward",
    ],
)
def test_copies_of_a_row_in_one_cluster_are_one_row(name: str, k: int) -> None:
    """Every row written k times, with a cluster of its own, gives the figures of the rows written once."""
    sample, metric = _sample(name), _known(name)
    copied = rows_of(sample, np.repeat(np.arange(_ROWS), k))
    copied = replace(copied, clusters=codes([f"{at:03}" for at in np.repeat(np.arange(_ROWS), k)]))

    once, often = _figure(sample, metric), _figure(copied, metric)

    assert often.candidate == pytest.approx(once.candidate, abs=1e-12)
    assert often.baseline == pytest.approx(once.baseline, abs=1e-12)
    assert (_apart(often).n, often.n) == (_ROWS, _ROWS * k)
    assert _apart(often).standard_error == pytest.approx(_apart(once).standard_error, rel=1e-9)
    assert _apart(often).effective_units == pytest.approx(_apart(once).effective_units, rel=1e-6)
    assert _apart(often).skewness == pytest.approx(_apart(once).skewness, abs=1e-6)
    assert often.reach / _apart(often).n == pytest.approx(once.reach / _apart(once).n, rel=1e-9)


def test_copies_of_a_row_do_not_sharpen_an_auc() -> None:
    """AUC corrects its placements for small classes, so that copies change it by a little, and no more."""
    sample, metric = _sample("roc_auc"), _known("roc_auc")
    copied = rows_of(sample, np.repeat(np.arange(_ROWS), 5))
    copied = replace(copied, clusters=codes([f"{at:03}" for at in np.repeat(np.arange(_ROWS), 5)]))

    once, often = _figure(sample, metric), _figure(copied, metric)

    assert often.difference == pytest.approx(once.difference, abs=1e-12)
    assert _apart(often).standard_error == pytest.approx(_apart(once).standard_error, rel=0.01)


def test_shares_of_rows_in_clusters_are_no_counts() -> None:
    """Tango and Clopper-Pearson know independent rows only, so that a cluster column takes the counts away."""
    sample = _sample("accuracy")
    figure = _figure(replace(sample, clusters=codes([str(at // 2) for at in range(_ROWS)])), METRICS["accuracy"])

    assert (figure.paired, figure.share) == (None, None)
    assert _figure(sample, METRICS["accuracy"]).paired is not None


@pytest.mark.parametrize("ratio", [0.9, 1.1, -1.0])
@pytest.mark.parametrize("name", ["accuracy", "f1", "roc_auc", "average_precision", "log_loss", "rmse", "reward"])
def test_a_multiple_of_the_baseline_is_taken_away(name: str, ratio: float) -> None:
    """With a relative margin the difference is candidate minus a share of the baseline, and its spread that one's."""
    sample, metric = _sample(name), _known(name)

    figure = _figure(sample, metric, ratio=ratio)

    assert figure.baseline is not None
    assert _apart(figure).mean == pytest.approx(figure.candidate - ratio * figure.baseline, abs=1e-12)

    def value(rows: Sample) -> float:
        one = _figure(rows, metric)
        return one.candidate - ratio * (one.baseline or 0.0)

    assert _apart(figure).standard_error == pytest.approx(_jackknife(value, sample, _rows(_ROWS)), rel=0.02)


@pytest.mark.parametrize("name", [*_TWO, *_OF_NUMBERS, "reward"])
def test_identical_models_differ_by_nothing(name: str) -> None:
    """No spread at all, and nobody divides by it."""
    sample = _sample(name)

    moments = _apart(_figure(replace(sample, baseline=sample.candidate), _known(name)))

    assert (moments.mean, moments.standard_error, moments.effective_units) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("name", ["accuracy", "f1", "log_loss", "reward"])
def test_a_unit_alone_has_no_spread(name: str) -> None:
    """One row, or one cluster of many, says nothing about what another would be."""
    sample = _sample(name)
    positives = np.flatnonzero(np.asarray(sample.labels) == 1)

    assert _figure(rows_of(sample, positives[:1]), _known(name)).apart is None
    together = replace(sample, clusters=codes(["one"] * _ROWS))
    assert _figure(together, _known(name)).apart is None


def test_a_list_is_a_unit_and_lists_of_one_cluster_are_one() -> None:
    """Queries are what ranked lists are drawn by, unless several belong to one user."""
    sample = random_sample(2, 400, 3)
    queries = codes([f"{at // 10:02}" for at in range(400)])
    metric = _known("ndcg")

    apart = _figure(replace(sample, queries=queries), metric)
    users = codes([f"{at // 20:02}" for at in range(400)])
    together = _figure(replace(sample, queries=queries, clusters=users), metric)

    assert (apart.n, apart.unit, _apart(apart).n) == (40, "query", 40)
    assert (together.n, _apart(together).n) == (40, 20)
    assert _jackknife(
        lambda rows: _figure(rows, metric).difference or 0.0, replace(sample, queries=queries, clusters=users), users
    ) == pytest.approx(_apart(together).standard_error, rel=0.02)


def test_values_too_large_to_square_have_no_spread_rather_than_a_wrong_one() -> None:
    """Numbers near the largest float: their powers are no numbers, and nothing may be shown by them."""
    sample = _sample("reward")
    assert sample.baseline is not None
    huge = replace(sample.candidate, values={"reward": sample.candidate.values["reward"] * 1e150})

    figure = _figure(replace(sample, candidate=huge), of_column("reward"))

    assert (figure.own, figure.apart, figure.undefined) == (None, None, None)
    assert np.isfinite(figure.candidate)


def test_values_too_large_to_add_up_have_no_mean() -> None:
    """The sum is no number, and so is the figure."""
    values = np.full(_ROWS, 1e308)
    sample = _sample("reward")

    figure = _figure(
        replace(sample, candidate=replace(sample.candidate, values={"reward": values})), of_column("reward")
    )

    assert figure.undefined == "its numbers are too large to be added up"


def test_every_family_of_the_catalogue_is_looked_at_here() -> None:
    """Draws and the calibration gap have tests of their own."""
    seen = {_known(name).family for name in (*_TWO, *_OF_NUMBERS, "reward", "ndcg")}

    assert set(Family) - seen == {Family.DRAWS, Family.GAP}


@pytest.mark.parametrize("name", [*_TWO, *_OF_NUMBERS, "reward"])
def test_figures_are_plain_numbers(name: str) -> None:
    """Not every serialiser takes numpy's, and they show themselves as `np.float64(0.5)`."""
    figure = _figure(_sample(name), _known(name))
    apart, own = _apart(figure), figure.own
    assert own is not None

    assert {type(each) for each in (figure.candidate, figure.baseline, figure.reach)} == {float}
    assert type(figure.support) in (int, float)
    for moments in (apart, own):
        assert type(moments.n) is int
        assert {type(each) for each in (moments.mean, moments.squares, moments.cubes, moments.fourths)} == {float}
