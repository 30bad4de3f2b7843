"""How much less a sequence tells than as many independent values: the inflation of variance by dependence.

Requests that follow each other meet the same machine: a busy second makes a run of slow answers, and a thousand
of them then tell less than a thousand. The inflation is the long-run variance of a sequence over its variance, 1 for
independent values: a count over `n` requests varies like one over `n / inflation`. The latency gate asks for it before
it trusts any interval.

The autocorrelations are summed under Politis's flat-top window, whose width the data choose: it ends where five
lags in a row are within noise (Politis and White 2004, Econometric Reviews 23:53, section 3.2; Politis 2003, Journal of
Nonparametric Statistics 15:157).

What is subtle: a tail may depend where the middle does not (pauses come in runs), and the other way round. So
the sequence is looked at as being above each of several levels, and the most dependent level counts for all. Where
nothing settles, as in a drift, the window is as wide as may be and the inflation large: what was measured while
something changed decides little.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVELS = (0.5, 0.75, 0.9, 0.95, 0.98, 0.99)
_FEWEST_ABOVE = 10  # a level with fewer values above it has no autocorrelation to speak of
_QUIET_LAGS = 5  # this many lags in a row within noise end the search
_NOISE = 2.0  # in units of sqrt(log10(n) / n), as Politis and White have it
_FEWEST = 20  # below it no autocorrelation can be estimated
_DIGITS = 9  # the last digits of a Fourier transform differ between machines; no rank may hang on them


def inflation(values: Sequence[float], *, mean: bool = False) -> float:
    """The largest inflation over all levels, at least 1. `mean` asks for that of the values themselves too.

    Values may be infinite (an answer that never came) unless `mean` is asked for. Too short a sequence gives 1: the
    caller decides how few values are too few.
    """
    array = np.asarray(values, dtype=np.float64)
    if len(array) < _FEWEST:
        return 1.0
    return _largest([long_run_variance(series) for series in _series(array, mean) if series is not None])


def paired_inflation(first: Sequence[float], second: Sequence[float], *, mean: bool = False) -> float:
    """The inflation of a difference of two sequences that were taken in turn, at least 1.

    Both met the same machine at nearly the same time, so what they share takes no part in their difference: the
    long-run variance of the differences is set against that of two independent sequences. The longer one is cut.
    """
    length = min(len(first), len(second))
    if length < _FEWEST:
        return 1.0
    ones, others = (_series(np.asarray(values[:length], dtype=np.float64), mean) for values in (first, second))
    return _largest([_of_gap(one, other) for one, other in zip(ones, others, strict=True)])


def _largest(inflations: Sequence[float]) -> float:
    return round(max(1.0, *inflations), _DIGITS) if inflations else 1.0


def _series(array: Floats, mean: bool) -> list[Floats | None]:
    """The sequence seen at each level, in units of its standard deviation; None where nothing varies."""
    ordered, n = np.sort(array), len(array)
    levels = [level for level in LEVELS if (1.0 - level) * n >= _FEWEST_ABOVE]
    seen = [(array > ordered[int(level * n)]).astype(np.float64) for level in levels]
    return [_standardised(series) for series in (*seen, *([array] if mean else []))]


def _standardised(series: Floats) -> Floats | None:
    spread = float(series.std())
    return np.asarray((series - series.mean()) / spread) if spread > 0.0 else None


def _of_gap(one: Floats | None, other: Floats | None) -> float:
    if one is None or other is None:  # what does not vary brings no variance, and nothing to share
        alone = other if one is None else one
        return 1.0 if alone is None else long_run_variance(alone)
    return long_run_variance(one - other) / 2.0


def long_run_variance(series: Floats) -> float:
    """The variance plus twice all autocovariances under the flat-top window; below 0 only by chance."""
    correlations = autocorrelations(series)
    width = window_width(correlations, len(series))
    lags = np.arange(1, width + 1)
    weights = np.minimum(1.0, 2.0 * (1.0 - lags / max(width, 1)))
    return float(series.var() * (1.0 + 2.0 * (weights @ correlations[1 : width + 1])))


def window_width(correlations: Floats, n: int) -> int:
    """Twice the last lag before five that are within noise; 0 where the first five are, all lags where none."""
    noise = _NOISE * math.sqrt(math.log10(n) / n)
    most = len(correlations) - 1
    quiet = 0
    for lag in range(1, most + 1):
        quiet = quiet + 1 if abs(correlations[lag]) < noise else 0
        if quiet == _QUIET_LAGS:
            return min(2 * (lag - _QUIET_LAGS), most)
    return most


def autocorrelations(series: Floats) -> Floats:
    """The autocorrelations at the lags 0 to about 3 sqrt(n), by the fast Fourier transform; zeros for a constant."""
    n = len(series)
    most = min(n - 1, math.ceil(3 * math.sqrt(n)) + 2 * _QUIET_LAGS)
    spectrum = np.fft.rfft(series - series.mean(), 2 * n)
    products = np.fft.irfft(spectrum * spectrum.conj(), 2 * n)[: most + 1]
    if not products[0] > 0.0:
        return np.zeros(most + 1)
    return np.asarray(products / products[0], dtype=np.float64)
