"""Tails and quantiles against scipy, down to 1e-300 and up to ten thousand million rows."""

from __future__ import annotations

import math
from time import perf_counter

import pytest
from scipy import special, stats

from seatrial.stats import beta, gamma, hypergeometric, noncentral, normal
from seatrial.stats.binomial_terms import log_binomial, log_hypergeometric, log_poisson
from seatrial.stats.interval import crossing
from seatrial.stats.proportion import clopper_pearson

_PARAMETERS = [1.0, 3.0, 20.0, 399.0, 400.0, 1e3, 1e5, 1e8, 1e10]
_AWAY = [-30.0, -8.0, -3.0, -0.5, 0.0, 0.5, 3.0, 8.0, 30.0]


@pytest.mark.parametrize("a", [0.5, *_PARAMETERS])
def test_incomplete_gamma_keeps_its_digits_in_both_tails(a: float) -> None:
    """Both sides agree with scipy to 1e-9 relative, however small; scipy's own lower tail is not exact beyond 1e5."""
    for z in _AWAY:
        x = a + z * math.sqrt(a)
        if x <= 0:
            continue
        if special.gammaincc(a, x) > 1e-300:
            assert gamma.upper_gamma(a, x) == pytest.approx(float(special.gammaincc(a, x)), rel=1e-9)
        if a <= 1e5 and special.gammainc(a, x) > 1e-300:
            assert gamma.lower_gamma(a, x) == pytest.approx(float(special.gammainc(a, x)), rel=1e-9)


@pytest.mark.parametrize("a", [1e6, 1e8, 1e10])
def test_lower_gamma_of_large_shapes_obeys_its_recurrence(a: float) -> None:
    """P(a, x) - P(a + 1, x) is the term x^a e^-x / a!, where scipy is no judge: the tail is its own sum."""
    x = a - 8 * math.sqrt(a)
    total, shape = 0.0, a
    while (term := math.exp(log_poisson(shape, x))) > total * 1e-15 and shape < a + 40:
        total += term
        shape += 1

    assert gamma.lower_gamma(a, x) - gamma.lower_gamma(shape, x) == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize("a", _PARAMETERS)
@pytest.mark.parametrize("b", _PARAMETERS)
def test_incomplete_beta_keeps_its_digits_in_both_tails(a: float, b: float) -> None:
    """Both sides agree with scipy to 1e-9 relative wherever they are above 1e-300."""
    mean, spread = a / (a + b), math.sqrt(a * b / (a + b + 1)) / (a + b)
    for z in _AWAY:
        x = mean + z * spread
        if not 0 < x < 1:
            continue
        lower, upper = beta.beta_sides(a, b, x)
        if special.betainc(a, b, x) > 1e-300:
            assert lower == pytest.approx(float(special.betainc(a, b, x)), rel=2e-9)
        if special.betaincc(a, b, x) > 1e-300:
            assert upper == pytest.approx(float(special.betaincc(a, b, x)), rel=2e-9)


@pytest.mark.parametrize(
    ("x", "df"), [(0.1, 1), (50.0, 1), (1300.0, 3), (60.0, 63), (1500.0, 63), (9e3, 1e4), (3e4, 1e4)]
)
def test_chi_square_tails_are_scipys(x: float, df: float) -> None:
    """Both sides agree to 1e-9 relative, at 1e-280 as well."""
    below, above = gamma.chi2_sides(x, df)
    assert above == pytest.approx(float(stats.chi2.sf(x, df)), rel=1e-9)
    assert below == pytest.approx(float(stats.chi2.cdf(x, df)), rel=1e-9)


def test_deep_tails_do_not_underflow_into_nothing() -> None:
    """Probabilities of 1e-280 are numbers, not 0: normal, chi-square, Poisson, binomial, hypergeometric."""
    assert normal.sf(35.8) == pytest.approx(float(stats.norm.sf(35.8)), rel=1e-12)
    assert normal.two_sided(-37.0) == pytest.approx(2 * float(stats.norm.sf(37.0)), rel=1e-12)
    assert gamma.poisson_tail(400, 60.0) == pytest.approx(float(special.pdtrc(399, 60.0)), rel=1e-9)
    assert beta.binomial_tail(300, 500, 0.05) == pytest.approx(float(special.betainc(300, 201, 0.05)), rel=1e-9)
    deep = hypergeometric.hypergeometric_tail(150, 500, 180, 20_500)
    assert 0 < deep < 1e-200
    assert deep == pytest.approx(float(stats.hypergeom.sf(149, 20_500, 180, 500)), rel=1e-9)


@pytest.mark.parametrize(
    ("k", "drawn", "good", "total"),
    [
        (3, 50, 60, 1000),
        (0, 5, 4, 30),
        (10, 500, 30, 20_500),
        (700, 5000, 2000, 20_000),
        (20, 20, 30, 60),
        (1, 30, 500, 520),
    ],
)
def test_hypergeometric_tail_is_scipys(k: int, drawn: int, good: int, total: int) -> None:
    """The tail, and the tail with half of its first term."""
    law = stats.hypergeom(total, good, drawn)

    assert hypergeometric.hypergeometric_tail(k, drawn, good, total) == pytest.approx(float(law.sf(k - 1)), rel=1e-9)
    mid = float(law.sf(k)) + float(law.pmf(k)) / 2
    assert hypergeometric.hypergeometric_tail(k, drawn, good, total, mid=True) == pytest.approx(mid, rel=1e-9)


@pytest.mark.parametrize("away", [0.3, 2.0, 6.0, 20.0])
def test_wide_hypergeometric_tail_is_the_sum_to_one_in_ten_million(away: float) -> None:
    """Where the sum is replaced by an integral, both agree; here the sum is still short enough to take."""
    drawn, good, total = 1_000_000, 2_000_000, 6_000_000
    spread = math.sqrt(drawn / 3 * 2 / 3 * 5 / 6)
    k = round(drawn / 3 + away * spread)
    first = math.exp(log_hypergeometric(k, drawn, good, total))
    term, whole = 1.0, 0.5
    for x in range(k, k + int(12 * spread)):
        term *= (drawn - x) * (good - x) / ((x + 1) * (total - good - drawn + x + 1))
        whole += term

    assert hypergeometric.hypergeometric_tail(k, drawn, good, total, mid=True) == pytest.approx(first * whole, rel=2e-7)


def test_two_sided_mid_p_does_not_depend_on_the_direction() -> None:
    """Exchanging the sides, or the two outcomes, leaves p as it is."""
    p = hypergeometric.two_sided_mid_p(7, 100, 20, 1100)

    assert p == pytest.approx(hypergeometric.two_sided_mid_p(13, 1000, 20, 1100), rel=1e-12)
    assert p == pytest.approx(hypergeometric.two_sided_mid_p(93, 100, 1080, 1100), rel=1e-12)
    assert hypergeometric.two_sided_mid_p(0, 100, 0, 1100) == 1.0


@pytest.mark.parametrize("df", [1, 5, 19, 63, 300])
@pytest.mark.parametrize("nc", [0.5, 10.0, 99.0, 450.0, 1e4, 1e6, 1e9])
def test_noncentral_chi_square_is_scipys(df: int, nc: float) -> None:
    """To 1e-8 where it is summed, to 2e-4 of the smaller tail (the stated error) where it is approximated."""
    for z in (-3.0, -1.0, 0.0, 1.0, 3.0, 5.0):
        x = df + nc + z * math.sqrt(2 * (df + 2 * nc))
        if x <= 0:
            continue
        below, above = noncentral.noncentral_chi2_sides(x, df, nc)
        if z <= 0:
            assert below == pytest.approx(float(stats.ncx2.cdf(x, df, nc)), rel=1e-8 if nc + df <= 400 else 2e-4)
        if z >= 0:
            assert above == pytest.approx(float(stats.ncx2.sf(x, df, nc)), rel=1e-8 if nc + df <= 400 else 2e-4)


@pytest.mark.parametrize(("x", "df"), [(30.0, 5), (100.0, 19), (1000.0, 19), (1e6, 63), (12_000.0, 9_999)])
@pytest.mark.parametrize("confidence", [0.95, 0.999])
def test_noncentrality_bounds_invert_the_distribution(x: float, df: float, confidence: float) -> None:
    """At the lower bound the upper tail holds 1 - confidence, at the upper bound the lower tail does."""
    low, high = noncentral.noncentrality_bounds(x, df, confidence=confidence)

    assert low < x - df < high
    assert float(stats.ncx2.sf(x, df, low)) == pytest.approx(1 - confidence, rel=1e-3)
    assert float(stats.ncx2.cdf(x, df, high)) == pytest.approx(1 - confidence, rel=1e-3)


def test_noncentrality_is_bounded_by_zero_where_nothing_is_seen() -> None:
    """Low is 0 for an insignificant value, and both are 0 for one that is too small to be true."""
    assert noncentral.noncentrality_bounds(20.0, 19, confidence=0.95)[0] == 0.0
    assert noncentral.noncentrality_bounds(5.0, 19, confidence=0.95) == (0.0, 0.0)


@pytest.mark.parametrize(("a", "b"), [(1, 20), (3, 500), (200, 300), (5e8, 5e8), (1, 1e9), (1e6, 1e10)])
@pytest.mark.parametrize("probability", [1e-9, 0.001, 0.05, 0.5, 0.95])
def test_beta_quantile_is_scipys(a: float, b: float, probability: float) -> None:
    """Quantiles agree to 1e-9 relative."""
    assert beta.beta_quantile(a, b, probability) == pytest.approx(
        float(special.betaincinv(a, b, probability)), rel=1e-9
    )


@pytest.mark.parametrize("k", [0, 1, 3, 50, 3000, 10**6])
def test_garwoods_limits_are_gamma_quantiles(k: int) -> None:
    """The exact limits of a Poisson mean."""
    low, high = gamma.poisson_low(k, confidence=0.95), gamma.poisson_high(k, confidence=0.95)

    assert low == pytest.approx(float(special.gammaincinv(k, 0.05)) if k else 0.0, rel=1e-9)
    assert high == pytest.approx(float(special.gammaincinv(k + 1, 0.95)), rel=1e-9)
    assert gamma.poisson_head(k, high) == pytest.approx(0.05, rel=1e-8)


def test_terms_of_huge_samples_lose_no_digits() -> None:
    """At 1e10 rows the most likely term is 1 / sqrt(2 pi n p q) to ten digits."""
    n = 10**10

    assert math.exp(log_binomial(n / 2, n, 0.5)) == pytest.approx(1 / math.sqrt(2 * math.pi * n / 4), rel=1e-9)
    assert log_binomial(5, 20, 0.3) == pytest.approx(float(stats.binom.logpmf(5, 20, 0.3)), rel=1e-12)
    assert log_binomial(0, 20, 0.3) == pytest.approx(20 * math.log(0.7), rel=1e-14)
    assert log_poisson(1000, 1000.0) == pytest.approx(float(stats.poisson.logpmf(1000, 1000.0)), rel=1e-11)


def test_exact_interval_of_a_billion_rows_takes_no_time() -> None:
    """One exact interval at n = 1e9 takes milliseconds, not the half minute that a sum of its terms takes."""
    start = perf_counter()
    interval = clopper_pearson(400_000_000, 10**9, alpha=0.05)

    assert perf_counter() - start < 0.25
    assert interval.lower == pytest.approx(float(special.betaincinv(4e8, 6e8 + 1, 0.05)), rel=1e-9)


def test_crossing_stays_in_its_bracket_and_finds_the_root() -> None:
    """Rising or falling, straight or bent; without a crossing the nearer end is returned."""
    assert crossing(lambda x: x**3 - 2, 0.0, 5.0) == pytest.approx(2 ** (1 / 3), rel=1e-11)
    assert crossing(lambda x: 1 - math.exp(x), -3.0, 40.0) == pytest.approx(0.0, abs=1e-9)
    assert crossing(lambda x: x + 1, 0.0, 5.0) == 0.0
    assert crossing(lambda x: x - 7, 0.0, 5.0) == 5.0


@pytest.mark.parametrize(("a", "x"), [(0.0, 1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, math.nan)])
def test_what_is_not_defined_is_refused(a: float, x: float) -> None:
    """No number comes out of a shape that is not positive, or a value below 0."""
    with pytest.raises(ValueError, match="not defined"):
        gamma.lower_gamma(a, x)
    with pytest.raises(ValueError, match="not defined"):
        beta.beta_sides(a, 1.0, x)
