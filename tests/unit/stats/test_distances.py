"""Distances against scipy, against closed forms, and against the table of the reference page."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial.distance import jensenshannon

from seatrial.stats import distances

_DECILES = stats.norm.ppf(np.linspace(0, 1, 11)[1:-1])
_ROWS = 1e12  # so many that half a count is nothing


def _shifted(sd: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows of N(0, 1), and of N(sd, 1), in the deciles of the first."""
    later = np.diff(np.concatenate(([0.0], stats.norm.cdf(_DECILES - sd), [1.0])))
    return np.full(10, _ROWS / 10), later * _ROWS


# data-checks, section 5: population values for a shift of N(0, 1) in ten bins of equal mass, as printed there.
_TABLE = [
    (0.05, 0.0024, 0.0012, 0.00043, 0.021, 0.020),
    (0.1, 0.0096, 0.0048, 0.0017, 0.042, 0.040),
    (0.2, 0.0383, 0.0191, 0.0069, 0.083, 0.080),
    (0.3, 0.0861, 0.0429, 0.0154, 0.124, 0.119),
    (0.5, 0.238, 0.118, 0.042, 0.205, 0.197),
    (1.0, 0.926, 0.447, 0.153, 0.391, 0.383),
]


def _digits(printed: float) -> float:
    """Half a unit of the last printed place."""
    return 0.5 * 10.0 ** -len(str(f"{printed:.5f}".rstrip("0")).split(".")[1]) + 1e-12


@pytest.mark.parametrize(("sd", "psi", "kl", "js_bits", "js_distance", "ks"), _TABLE)
def test_shifts_of_a_normal_distribution_have_the_printed_distances(
    sd: float, psi: float, kl: float, js_bits: float, js_distance: float, ks: float
) -> None:
    """PSI, KL, JS, the JS distance and KS equal the table to its last digit."""
    earlier, later = _shifted(sd)

    assert distances.psi(earlier, later) == pytest.approx(psi, abs=_digits(psi))
    assert distances.kl(earlier, later) == pytest.approx(kl, abs=_digits(kl))
    assert distances.js(earlier, later) / math.log(2) == pytest.approx(js_bits, abs=_digits(js_bits))
    assert distances.js_distance(earlier, later) == pytest.approx(js_distance, abs=_digits(js_distance))
    assert distances.ks(earlier, later) == pytest.approx(ks, abs=_digits(ks))


def test_js_of_a_small_shift_is_the_shift() -> None:
    """sqrt(8 JS) of a shift by 0.1 is 0.1 but for what ten bins lose."""
    assert distances.sd_equivalent(distances.js(*_shifted(0.1))) == pytest.approx(0.0975, abs=0.0005)
    assert distances.sd_equivalent(math.log(2)) == pytest.approx(2.3548, abs=1e-4)


def _counts(seed: int, bins: int = 30) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    generator = np.random.default_rng(seed)
    return generator.integers(0, 50, bins), generator.integers(0, 80, bins)


@pytest.mark.parametrize("seed", range(5))
def test_distances_are_those_of_scipy(seed: int) -> None:
    """JS, chi-square and Wasserstein of the same counts; KL and PSI after the half counts."""
    earlier, later = _counts(seed)
    held = earlier + later > 0
    p, q = earlier[held] + 0.5, later[held] + 0.5

    assert distances.js(earlier, later) == pytest.approx(jensenshannon(earlier, later) ** 2, rel=1e-12)
    chi_square = stats.chi2_contingency(np.array([earlier[held], later[held]]), correction=False).statistic
    assert distances.chi_square(earlier, later) == pytest.approx(chi_square, rel=1e-12)
    assert distances.kl(earlier, later) == pytest.approx(stats.entropy(q, p), rel=1e-12)
    assert distances.psi(earlier, later) == pytest.approx(stats.entropy(q, p) + stats.entropy(p, q), rel=1e-12)


def test_kl_asks_how_surprising_the_current_rows_are() -> None:
    """The direction is KL(current || reference), worked out by hand: 1.5/4 and 2.5/4, 0.5/2 and 1.5/2."""
    later, earlier = [1, 2], [0, 1]
    expected = 1.5 / 4 * math.log(1.5 / 4 / (0.5 / 2)) + 2.5 / 4 * math.log(2.5 / 4 / (1.5 / 2))

    assert distances.kl(earlier, later) == pytest.approx(expected, rel=1e-14)
    assert distances.kl(later, earlier) != pytest.approx(expected, rel=1e-3)


def test_a_new_category_costs_what_the_reference_page_measured() -> None:
    """One new 5 % category with 100 rows a side: KL 0.082 with half counts, JS 0.0255 bits without."""
    earlier, later = [95 + 5, 0], [95, 5]

    assert distances.js(earlier, later) / math.log(2) == pytest.approx(0.0255, abs=0.0001)
    assert 0.05 < distances.kl(earlier, later) < 0.1


def test_bins_empty_on_both_sides_change_nothing() -> None:
    """A longer list of words, none of them seen, leaves every distance as it is."""
    earlier, later = [5, 3, 0], [2, 6, 1]
    for distance in (
        distances.kl,
        distances.psi,
        distances.js,
        distances.chi_square,
        distances.hellinger,
        distances.ks,
    ):
        assert distance([*earlier, 0, 0], [*later, 0, 0]) == pytest.approx(distance(earlier, later), rel=1e-14)


def test_ks_and_wasserstein_of_binned_values() -> None:
    """With values in the middle of unit bins, KS is scipy's; Wasserstein is exact for values spread within bins."""
    earlier, later = _counts(7, bins=8)
    middles = np.arange(8) + 0.5
    values = np.repeat(middles, earlier), np.repeat(middles, later)

    assert distances.ks(earlier, later) == pytest.approx(stats.ks_2samp(*values).statistic, abs=1e-12)
    moved = distances.wasserstein(np.arange(1, 8), [10] + [0] * 7, [0] * 5 + [3, 0, 0], least=0.0, most=8.0)
    assert moved == pytest.approx(5.0, rel=1e-14)


def test_wasserstein_equals_the_transport_of_fine_grained_values() -> None:
    """Cut into a thousand values a bin, scipy's distance of the values is that of the bins."""
    edges, earlier, later = np.array([0.0, 1.0, 4.0]), np.array([3, 1, 0, 2]), np.array([1, 2, 4, 1])
    ends = np.concatenate(([-2.0], edges, [10.0]))
    grid = (np.arange(1000) + 0.5) / 1000
    values = np.concatenate([low + (high - low) * grid for low, high in pairwise(ends)])
    expected = stats.wasserstein_distance(
        values, values, np.repeat(earlier / 1000, 1000), np.repeat(later / 1000, 1000)
    )

    assert distances.wasserstein(edges, earlier, later, least=-2.0, most=10.0) == pytest.approx(expected, rel=1e-4)


def test_open_ends_reach_to_the_smallest_and_largest_value() -> None:
    """Mass in the last bin counts as far as `most` allows."""
    near = distances.wasserstein([0.0], [1, 0], [0, 1], least=-1.0, most=1.0)
    far = distances.wasserstein([0.0], [1, 0], [0, 1], least=-1.0, most=11.0)

    assert near == pytest.approx(1.0)
    assert far == pytest.approx(6.0)


def test_distances_of_nothing_are_refused() -> None:
    """An empty side, a negative count, or bins that do not match raise ValueError."""
    for earlier, later in (([0, 0], [1, 2]), ([1, 2], [0, 0]), ([1, -2], [1, 2]), ([1, 2, 3], [1, 2])):
        with pytest.raises(ValueError, match="counts"):
            distances.js(earlier, later)
    with pytest.raises(ValueError, match="edges"):
        distances.wasserstein([1.0, 2.0], [1, 2], [2, 1], least=0.0, most=3.0)


def test_ten_thousand_million_rows_a_bin_do_not_overflow() -> None:
    """Integer counts of 1e10 give the distances of their shares."""
    huge = np.array([10**10, 2 * 10**10, 3 * 10**10]), np.array([3 * 10**10, 2 * 10**10, 10**10])
    small = np.array([1.0, 2.0, 3.0]), np.array([3.0, 2.0, 1.0])

    assert distances.js(*huge) == pytest.approx(distances.js(*small), rel=1e-14)
    assert distances.chi_square(*huge) == pytest.approx(distances.chi_square(*small) * 1e10, rel=1e-12)


@pytest.mark.parametrize(("bins", "n", "m"), [(10, 500, 20_000), (10, 200, 200), (20, 5_000, 20_000)])
def test_psi_without_drift_follows_the_chi_square_law(bins: int, n: int, m: int) -> None:
    """Mean and 95 % quantile of 3,000 draws are those of (1/n + 1/m) chi-square(bins - 1): Yurdakul (2018)."""
    generator = np.random.default_rng(1000 * bins + n)
    shares = np.full(bins, 1 / bins)
    draws = [distances.psi(generator.multinomial(m, shares), generator.multinomial(n, shares)) for _ in range(3_000)]
    scale = 1 / n + 1 / m

    assert float(np.mean(draws)) == pytest.approx(scale * (bins - 1), rel=0.05)
    assert float(np.quantile(draws, 0.95)) == pytest.approx(scale * stats.chi2.ppf(0.95, bins - 1), rel=0.06)
