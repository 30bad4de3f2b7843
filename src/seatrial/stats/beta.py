"""The incomplete beta function, its inverse, and what it is the tail of: the binomial distribution.

Continued fractions (Press et al., Numerical Recipes, section 6.4, and DiDonato and Morris) or, where both
parameters are large, an integral of the tail, so that a billion rows cost no more than a hundred. The side
that is small is the one computed and keeps its relative accuracy down to 1e-300.
"""

from __future__ import annotations

import math

from seatrial.stats import normal
from seatrial.stats.binomial_terms import log_binomial
from seatrial.stats.interval import crossing
from seatrial.stats.quadrature import tail_area

_LARGE = 400.0
_TINY = 1e-300


def beta_sides(a: float, b: float, x: float) -> tuple[float, float]:
    """P(X <= x) and P(X > x) for X ~ Beta(a, b)."""
    if not (a > 0.0 and b > 0.0 and 0.0 <= x <= 1.0):
        raise ValueError(f"an incomplete beta function of {a}, {b} at {x} is not defined")
    if x in (0.0, 1.0):
        return x, 1.0 - x
    if min(a, b) >= _LARGE:
        if x * (a + b) < a:
            lower = _integral(a, b, x, 1.0 - x)
            return lower, 1.0 - lower
        upper = _integral(b, a, 1.0 - x, x)
        return 1.0 - upper, upper
    if x < (a + 1.0) / (a + b + 2.0):
        lower = _fraction(a, b, x, 1.0 - x)
        return lower, 1.0 - lower
    upper = _fraction(b, a, 1.0 - x, x)
    return 1.0 - upper, upper


def _front(a: float, b: float, x: float, rest: float) -> float:
    """x^a (1-x)^b / B(a, b), as a binomial term: C(a+b, a) x^a (1-x)^b times a b / (a + b)."""
    return math.exp(log_binomial(a, a + b, x, rest)) * a * b / (a + b)


def _fraction(a: float, b: float, x: float, rest: float) -> float:
    """P(X <= x) for x below the mean. The second form cannot lose the small side of a share close to 1."""
    if min(a, b) < 1.0:
        return min(1.0, _front(a, b, x, rest) / a * _lentz(a, b, x))
    return min(1.0, _front(a, b, x, rest) * _stable(a, b, x, rest))


def _lentz(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d or _TINY)
    h = d
    for m in range(1, 5_000):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        d = 1.0 / (1.0 + even * d or _TINY)
        c = 1.0 + even / c or _TINY
        h *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        d = 1.0 / (1.0 + odd * d or _TINY)
        c = 1.0 + odd / c or _TINY
        h *= d * c
        if abs(d * c - 1.0) < 1e-16:
            break
    return h


def _stable(a: float, b: float, x: float, rest: float) -> float:
    """The fraction of DiDonato and Morris (1992), ACM Trans. Math. Softw. 18:360, in a - (a + b) x."""
    below = a - (a + b) * x if x <= 0.5 else (a + b) * rest - b
    c, c0, c1 = 1.0 + below, b / a, 1.0 + 1.0 / a
    p, s = 1.0, a + 1.0
    above, over, under = 0.0, 1.0, c / c1
    last = 1.0
    value = c1 / c
    for n in range(1, 5_000):
        t = n / a
        w = n * (b - n) * x
        e = a / s
        alpha = p * (p + c0) * e * e * (w * x)
        e = (1.0 + t) / (c1 + t + t)
        beta = n + w / s + e * (c + n * (1.0 + rest))
        p, s = 1.0 + t, s + 2.0
        above, over = over, alpha * above + beta * over
        last, under = under, alpha * last + beta * under
        before, value = value, over / under
        if abs(value - before) <= 1e-16 * value:
            break
        above, over, last, under = above / under, value, last / under, 1.0
    return value


def _integral(a: float, b: float, x: float, rest: float) -> float:
    """The tail below x, x below the mean."""
    ups, downs = a - 1.0, b - 1.0

    def log_ratio(s: float) -> float:
        return ups * math.log1p(-s / x) + downs * math.log1p(s / rest) if s < x else -math.inf

    slope = max(ups / x - downs / rest, 0.0)
    curvature = ups / (x * x) + downs / (rest * rest)
    area = tail_area(log_ratio, slope=slope, curvature=curvature, most=x)
    return min(1.0, _front(a, b, x, rest) / (x * rest) * area)


def binomial_tail(k: float, n: float, share: float) -> float:
    """P(X >= k) for X ~ Binomial(n, share)."""
    if k <= 0:
        return 1.0
    return 0.0 if k > n else beta_sides(k, n - k + 1.0, share)[0]


def beta_quantile(a: float, b: float, probability: float) -> float:
    """The x with P(X <= x) = probability for X ~ Beta(a, b)."""
    if not 0.0 < probability < 1.0:
        return min(max(probability, 0.0), 1.0)
    target = -normal.upper_quantile(probability)

    def height(x: float) -> float:
        return target - normal.of_sides(*beta_sides(a, b, x))  # nearly straight in x

    mean, spread = a / (a + b), math.sqrt(a * b / (a + b + 1.0)) / (a + b)
    reach = (abs(target) + 1.5) * spread
    low, high = max(0.0, mean - reach), min(1.0, mean + reach)
    if height(low) * height(high) > 0.0:
        low, high = 0.0, 1.0
    return crossing(height, low, high, precision=1e-13)
