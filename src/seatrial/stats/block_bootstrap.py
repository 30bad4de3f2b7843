"""The ratio of two quantiles of dependent sequences by resampling blocks of pairs: the peer of `square_and_add`.

Blocks keep neighbours together, so that a replicate is as dependent as the sequence (Künsch 1989, Annals of
Statistics 17:1217); the sequence is closed to a circle, so that its ends are drawn as often as its middle (Politis and
Romano 1992); both sequences lose and gain the same blocks, so that what they share stays shared.

No gate decides by it: with few values in the tail its percentile interval is too narrow, and where both were
simulated it passed slower models more often than order statistics do (docs/decisions/0019). It stands here as what
those are compared with, by `benchmarks/gates/latency.py` and in the tests. Draws come from `chance` and a seed, so it
too gives the same bytes for the same evidence.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from seatrial.stats import chance
from seatrial.stats.interval import Interval

Floats = NDArray[np.float64]

_AT_ONCE = 1 << 22  # values resampled at a time: 32 MB


def block_length(n: int, inflation: float) -> int:
    """The length of blocks with the least mean squared error, were the dependence that of one lag.

    (1.5 (G / g)^2 n)^(1/3) with G / g = 2 r / (1 - r^2) for an autoregression with parameter r, which inflates by
    (1 + r) / (1 - r): Politis and White (2004), Econometric Reviews 23:53, equation 6, for the circular bootstrap.
    """
    if n < 1 or not inflation >= 1.0:
        raise ValueError(f"{n} values with an inflation of {inflation} have no blocks")
    tie = (inflation - 1.0 / inflation) / 2.0
    return max(1, min(round(math.cbrt(1.5 * tie * tie * n)), n))


def log_quantile_ratio(
    first: Floats, second: Floats, share: float, *, alpha: float, seed: int, block: int, replicates: int = 999
) -> Interval:
    """The percentile interval of log(q(first) / q(second)), with error `alpha` on each side.

    Both sequences are of one length and above 0. Raises ValueError otherwise, and where `replicates` are too few.
    """
    n = len(first)
    rank = math.floor(alpha * (replicates + 1))
    if n != len(second) or n < 1 or not 1 <= block <= n or rank < 1:
        raise ValueError(f"{n} and {len(second)} values in blocks of {block} give no interval at {alpha}")
    ratios = np.sort(np.concatenate([*_ratios(first, second, share, seed, block, replicates)]))
    return Interval(lower=float(ratios[rank - 1]), upper=float(ratios[replicates - rank]))


def _ratios(first: Floats, second: Floats, share: float, seed: int, block: int, replicates: int) -> list[Floats]:
    n = len(first)
    blocks = math.ceil(n / block)
    offsets = np.arange(block)
    batch = max(1, _AT_ONCE // n)
    made: list[Floats] = []
    for start in range(0, replicates, batch):
        count = min(batch, replicates - start)
        drawn = chance.integers(seed, count * blocks, below=n, start=start * blocks).reshape(count, blocks, 1)
        rows = ((drawn + offsets) % n).reshape(count, -1)[:, :n]
        made.append(np.log(_quantiles(first[rows], share) / _quantiles(second[rows], share)))
    return made


def _quantiles(values: Floats, share: float) -> Floats:
    """The quantile of each row, as `order_quantile.sample_quantile` has it."""
    return np.asarray(np.quantile(values, share, axis=1), dtype=np.float64)
