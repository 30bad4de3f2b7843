"""Terms of discrete distributions without cancellation: the ground of every tail in this folder.

`lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)` loses six digits at n = 1e9, because huge
numbers are subtracted to a small one. Loader's form subtracts nothing large: Stirling's error and the deviance
are each small and computed as such. Catherine Loader (2000), "Fast and accurate computation of
binomial probabilities", the algorithm behind R's dbinom. Counts may be fractions, as effective
numbers of rows are.
"""

from __future__ import annotations

import math

_HALF_LOG_TAU = 0.5 * math.log(2 * math.pi)


def stirling_error(n: float) -> float:
    """log(n!) minus Stirling's approximation of it, n >= 0."""
    if n < 16.0:
        if n == 0.0:
            return math.inf
        return math.lgamma(n + 1.0) - (n + 0.5) * math.log(n) + n - _HALF_LOG_TAU
    square = n * n
    series = 1 / 1260 - (1 / 1680 - (1 / 1188 - 691 / 360360 / square) / square) / square
    return (1 / 12 - (1 / 360 - series / square) / square) / n


def deviance(x: float, mean: float) -> float:
    """x log(x / mean) + mean - x for positive numbers, accurate also where x is close to `mean`."""
    gap = x - mean
    if abs(gap) >= 0.1 * (x + mean):
        return x * math.log(x / mean) - gap
    ratio = gap / (x + mean)
    total = gap * ratio
    term, square, step = 2.0 * x * ratio, ratio * ratio, 1
    while True:
        term *= square
        step += 2
        following = total + term / step
        if following == total:
            return total
        total = following


def log_binomial(k: float, n: float, share: float, rest: float | None = None) -> float:
    """log P(X = k) for X ~ Binomial(n, share); `rest` is 1 - share where that is known more exactly."""
    rest = 1.0 - share if rest is None else rest
    if k < 0 or k > n:
        return -math.inf
    if share <= 0.0 or rest <= 0.0:
        return 0.0 if k == (0 if share <= 0.0 else n) else -math.inf
    if k == 0:
        return n * (math.log1p(-share) if share < 0.5 else math.log(rest))
    if k == n:
        return n * (math.log1p(-rest) if rest < 0.5 else math.log(share))
    main = stirling_error(n) - stirling_error(k) - stirling_error(n - k)
    main -= deviance(k, n * share) + deviance(n - k, n * rest)
    return main - _HALF_LOG_TAU - 0.5 * (math.log(k) + math.log((n - k) / n))


def log_poisson(k: float, mean: float) -> float:
    """log P(X = k) for X ~ Poisson(mean), for any real k >= 0."""
    if mean <= 0.0:
        return 0.0 if k == 0 else -math.inf
    if k == 0:
        return -mean
    return -stirling_error(k) - deviance(k, mean) - _HALF_LOG_TAU - 0.5 * math.log(k)


def log_hypergeometric(k: float, drawn: float, good: float, total: float) -> float:
    """log P(k of the `good` ones among `drawn`), drawn without putting back from `total`.

    As a ratio of three binomial terms at the same share, as in R's dhyper.
    """
    if k < max(0.0, drawn + good - total) or k > min(drawn, good):
        return -math.inf
    share, rest = drawn / total, (total - drawn) / total
    log_term = log_binomial(k, good, share, rest) + log_binomial(drawn - k, total - good, share, rest)
    return log_term - log_binomial(drawn, total, share, rest)
