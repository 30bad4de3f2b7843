"""How much less rows say that come in clusters (users, patients, days) than as many independent ones.

Called by `columns` for each side. A profile with a cluster column counts pooled bins by group of clusters, each
cluster in one group by its digest. Between groups the shares of a bin vary more than independent rows would; the
ratio of the two variances, averaged over bins, divides every chi-square of the column (Rao and Scott 1981, JASA
76:221, first order: the mean generalised design effect); the variances are those of random groups (Wolter 2007,
Introduction to Variance Estimation, chapter 2). A design effect below one is not believed: it is noise, or a luck
nobody should count on.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_FEWEST = 4
"""Groups with rows below which nothing can be estimated."""


def design_effect(groups: Sequence[Sequence[int]]) -> float:
    """The mean design effect of the shares of bins, at least one; one where there are no groups."""
    if len(groups) < _FEWEST:
        return 1.0
    counts = np.asarray(groups, dtype=np.float64)
    counts = counts[counts.sum(axis=1) > 0]
    if len(counts) < _FEWEST:
        return 1.0
    sizes = counts.sum(axis=1)
    total = float(sizes.sum())
    shares = counts.sum(axis=0) / total
    kept = (shares > 0) & (shares < 1)
    if not kept.any():
        return 1.0
    counts, shares = counts[:, kept], shares[kept]
    residuals = counts - sizes[:, None] * shares[None, :]
    variance = (residuals**2).sum(axis=0) * len(counts) / (len(counts) - 1) / total**2
    effects = variance / (shares * (1 - shares) / total)
    weights = 1 - shares
    return max(1.0, float((weights * effects).sum() / weights.sum()))
