"""Bootstrap intervals of counts against a textbook's example, scipy, exact laws, and how often they err."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from seatrial.stats import bootstrap

SPATIAL = np.array(
    [48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41], dtype=float
)
"""Spatial test data, first test: Efron and Tibshirani (1993), table 14.1."""

VALUES, COUNTS = np.unique(SPATIAL, return_counts=True)


def _variance(tables: NDArray[np.int64]) -> NDArray[np.float64]:
    n = tables.sum(axis=-1)
    mean = (tables * VALUES).sum(axis=-1) / n
    return np.asarray((tables * VALUES**2).sum(axis=-1) / n - mean * mean)


def _share(tables: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(tables[..., 0] / tables.sum(axis=-1))


def test_variance_of_the_spatial_test_data() -> None:
    """Efron and Tibshirani (1993), section 14.2 and table 14.2: 171.5, acceleration 0.061, and with 2,000 replicates
    percentile bounds 100.8 and 233.9, BCa bounds 115.8 and 259.6 at 90 %; more replicates differ a little."""
    sample = bootstrap.resampled(COUNTS, _variance, replicates=20_000, seed=1)

    plain = bootstrap.percentile(sample, alpha=0.05)
    better = bootstrap.bca(sample, COUNTS, _variance, alpha=0.05)

    assert round(float(sample.observed), 1) == 171.5
    assert round(float(bootstrap.jackknifed_acceleration(COUNTS, _variance)), 3) == 0.061
    assert [float(plain.lower), float(plain.upper)] == pytest.approx([100.8, 233.9], abs=5)
    assert [float(better.lower), float(better.upper)] == pytest.approx([115.8, 259.6], abs=4)


def test_bounds_from_scipys_own_replicates_are_scipys() -> None:
    """All three intervals; only the rule between two neighbouring replicates differs."""
    for method in ("percentile", "basic", "BCa"):
        theirs = stats.bootstrap(
            (SPATIAL,), np.var, n_resamples=19_999, confidence_level=0.9, method=method, rng=np.random.default_rng(11)
        )
        sample = bootstrap.Resampled(observed=np.asarray(SPATIAL.var()), replicates=theirs.bootstrap_distribution)
        bounds = {
            "percentile": lambda sample=sample: bootstrap.percentile(sample, alpha=0.05),
            "basic": lambda sample=sample: bootstrap.basic(sample, alpha=0.05),
            "BCa": lambda sample=sample: bootstrap.bca(sample, COUNTS, _variance, alpha=0.05),
        }[method]()

        expected = theirs.confidence_interval
        assert [float(bounds.lower), float(bounds.upper)] == pytest.approx([expected.low, expected.high], abs=0.2)


def test_replicates_of_counts_are_those_of_rows_but_for_chance() -> None:
    """The law of the variance against rows drawn one by one: Kolmogorov and Smirnov's test of 200,000 each."""
    sample = bootstrap.resampled(COUNTS, _variance, replicates=200_000, seed=2)
    rows = np.random.default_rng(3).choice(SPATIAL, size=(200_000, SPATIAL.size)).var(axis=1)

    assert stats.ks_2samp(np.round(sample.replicates, 6), np.round(rows, 6)).pvalue > 1e-3


@pytest.mark.parametrize("seed", range(5))
def test_acceleration_is_a_sixth_of_the_jackknife_skewness(seed: int) -> None:
    """Row by row, without the short cut over cells."""
    values = np.random.default_rng(seed).integers(0, 9, 40).astype(float)
    cells, counts = np.unique(values, return_counts=True)
    without = np.array([np.delete(values, place).mean() ** 3 for place in range(values.size)])
    away = without.mean() - without

    found = bootstrap.jackknifed_acceleration(counts, lambda t: ((t * cells).sum(axis=-1) / t.sum(axis=-1)) ** 3)

    assert float(found) == pytest.approx(float((away**3).sum() / 6 / (away**2).sum() ** 1.5), rel=1e-9)


def test_acceleration_of_strata_weighs_each_by_its_own_rows() -> None:
    """The difference of two independent means: third moments over n^2, second over n, by hand."""
    table = np.array([[5, 10, 25], [30, 20, 10]])
    scores = np.array([0.0, 1.0, 4.0])

    def difference(tables: NDArray[np.int64]) -> NDArray[np.float64]:
        means = (tables * scores).sum(axis=-1) / tables.sum(axis=-1)
        return np.asarray(means[..., 0] - means[..., 1])

    second = third = 0.0
    for sign, cells in zip((1, -1), table, strict=True):
        n, mean = cells.sum(), (cells * scores).sum() / cells.sum()
        second += float((cells * (scores - mean) ** 2).sum()) / n**2
        third += sign * float((cells * (scores - mean) ** 3).sum()) / n**3

    found = bootstrap.jackknifed_acceleration(table, difference)

    assert float(found) == pytest.approx(third / 6 / second**1.5, rel=1e-9)


def test_replicates_of_a_share_are_binomial() -> None:
    """Percentile bounds are binomial quantiles, to the one count that chance may move them."""
    sample = bootstrap.resampled([30, 170], _share, replicates=20_000, seed=4)

    bounds = bootstrap.percentile(sample, alpha=0.05)

    assert float(sample.observed) == 0.15
    assert float(bounds.lower) * 200 == pytest.approx(stats.binom.ppf(0.05, 200, 0.15), abs=1.01)
    assert float(bounds.upper) * 200 == pytest.approx(stats.binom.ppf(0.95, 200, 0.15), abs=1.01)


def test_quantiles_are_order_statistics() -> None:
    """With 999 replicates the 5 % bound is the 50th smallest; numpy's weibull quantiles in between."""
    replicates = np.random.default_rng(1).normal(size=(999, 3))
    sample = bootstrap.Resampled(observed=np.zeros(3), replicates=replicates)

    assert bootstrap.percentile(sample, alpha=0.05).lower.tolist() == np.sort(replicates, axis=0)[49].tolist()
    bounds = bootstrap.percentile(sample, alpha=0.0333)
    assert bounds.lower == pytest.approx(np.quantile(replicates, 0.0333, axis=0, method="weibull"), rel=1e-12)
    assert bounds.upper == pytest.approx(np.quantile(replicates, 0.9667, axis=0, method="weibull"), rel=1e-9)


def test_groups_are_resampled_with_their_own_rows_and_judged_in_one_call() -> None:
    """A table of three groups gives three bounds, the same however many figures are asked for."""
    table = np.array([[40, 60], [400, 600], [5, 5]])

    sample = bootstrap.resampled(table, _share, replicates=2_000, seed=6)
    bounds = bootstrap.bca(sample, table, _share, alpha=0.05)
    width = bounds.upper - bounds.lower

    assert sample.replicates.shape == (2_000, 3)
    assert sample.observed.tolist() == [0.4, 0.4, 0.5]
    assert width[0] / width[1] == pytest.approx(np.sqrt(10), rel=0.15)
    assert np.std(sample.replicates, axis=0) == pytest.approx(np.sqrt([0.0024, 0.00024, 0.025]), rel=0.06)


def test_same_seed_same_bytes_another_seed_another_draw() -> None:
    first, again, other = (bootstrap.resampled(COUNTS, _variance, replicates=50, seed=seed) for seed in (9, 9, 10))

    assert first.replicates.tobytes() == again.replicates.tobytes()
    assert first.replicates.tobytes() != other.replicates.tobytes()


def test_an_undefined_replicate_leaves_no_bounds() -> None:
    """Precision of a model that seldom says yes: some replicates have no yes at all."""
    table = np.array([[2, 1, 200], [40, 20, 200]])

    def precision(tables: NDArray[np.int64]) -> NDArray[np.float64]:
        said = tables[..., 0] + tables[..., 1]
        return np.asarray(np.divide(tables[..., 0], said, out=np.full(said.shape, np.nan), where=said > 0))

    sample = bootstrap.resampled(table, precision, replicates=2_000, seed=1)

    for bounds in (
        bootstrap.percentile(sample, alpha=0.05),
        bootstrap.basic(sample, alpha=0.05),
        bootstrap.bca(sample, table, precision, alpha=0.05),
    ):
        assert np.isnan(bounds.lower).tolist() == [True, False]
        assert np.isnan(bounds.upper).tolist() == [True, False]


def test_a_figure_on_one_side_of_all_its_replicates_has_no_corrected_bounds() -> None:
    """The number of cells seen can only fall; a figure that never varies has bounds without a width."""
    many = np.ones(30, dtype=np.int64)

    def seen(tables: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray((tables > 0).sum(axis=-1), dtype=np.float64)

    sample = bootstrap.resampled(many, seen, replicates=500, seed=1)
    bounds = bootstrap.bca(sample, many, seen, alpha=0.05)
    still = bootstrap.resampled([7, 0], _share, replicates=100, seed=1)
    fixed = bootstrap.bca(still, [7, 0], _share, alpha=0.05)

    assert np.isnan(float(bounds.lower))
    assert np.isnan(float(bounds.upper))
    assert (float(fixed.lower), float(fixed.upper)) == (1.0, 1.0)


def test_infinite_figures_are_ranked_like_others() -> None:
    replicates = np.array([np.inf, np.inf, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    sample = bootstrap.Resampled(observed=np.asarray(4.0), replicates=replicates)

    bounds = bootstrap.percentile(sample, alpha=0.15)

    assert float(bounds.lower) == pytest.approx(1.5)
    assert float(bounds.upper) == np.inf


def test_one_sided_errors_of_a_skewed_figure() -> None:
    """An odds ratio's bounds from 200 rows, 500 tables: BCa errs less unequally than the percentile interval."""
    truth = np.array([0.35, 0.15, 0.2, 0.3])
    tables = np.random.default_rng(8).multinomial(200, truth, size=500)
    odds = truth[0] * truth[3] / truth[1] / truth[2]

    def ratio(t: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray((t[..., 0] + 0.5) * (t[..., 3] + 0.5) / (t[..., 1] + 0.5) / (t[..., 2] + 0.5))

    missed = np.zeros(4)
    for seed, table in enumerate(tables):
        sample = bootstrap.resampled(table, ratio, replicates=999, seed=seed)
        plain = bootstrap.percentile(sample, alpha=0.05)
        better = bootstrap.bca(sample, table, ratio, alpha=0.05)
        missed += [odds < plain.lower, odds > plain.upper, odds < better.lower, odds > better.upper]

    shares = missed / len(tables)
    assert shares[2:] == pytest.approx([0.05, 0.05], abs=0.03)


@given(st.lists(st.integers(0, 200), min_size=2, max_size=6), st.integers(0, 2**64 - 1), st.floats(0.01, 0.4))
def test_bounds_are_ordered_and_nested(cells: list[int], seed: int, alpha: float) -> None:
    if sum(cells) == 0:
        return
    sample = bootstrap.resampled(cells, _share, replicates=200, seed=seed)

    outer, inner = (bootstrap.percentile(sample, alpha=level) for level in (alpha / 2, alpha))

    assert 0 <= outer.lower <= inner.lower <= inner.upper <= outer.upper <= 1


def test_no_replicates_are_refused() -> None:
    with pytest.raises(ValueError, match="say nothing"):
        bootstrap.resampled([1, 2], _share, replicates=0, seed=1)
