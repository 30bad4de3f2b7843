"""Bins that hold too little are joined before whole distributions are compared.

The chi-square law of a distance wants about five rows expected in every bin on both sides (Cochran 1954, Biometrics
10:417). Both rules look only at the sum of the two sides, which says nothing about a difference between them: so the
choice favours no outcome, and a permutation law given those sums stays valid. Called by `effects/whole.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

EXPECTED = 5.0
"""Rows expected on the smaller side in every pooled bin."""

OTHERS = 10
"""Bins into which rare categories are joined at most."""

_Array = NDArray[np.float64]
_Labels = NDArray[np.intp]


def pooled(counts: _Array, labels: _Labels) -> _Array:
    """The counts of the pooled bins; bin i joins all bins whose label is i."""
    return np.asarray(np.bincount(labels, weights=counts), dtype=np.float64)


def in_order(both: _Array, smaller: float, *, bins: int) -> _Labels:
    """Labels that join neighbours into about `bins` bins of equal mass; a bin that is heavy alone stays alone.

    `both` counts the rows of the two sides together, `smaller` is the share of them on the smaller side.
    """
    total = float(both.sum())
    scarce = EXPECTED / smaller
    enough = max(0.75 * total / bins, scarce)
    starts = np.zeros(both.size, dtype=np.intp)
    held, last = 0.0, 0
    for index, mass in enumerate(both.tolist()):
        if held >= enough or (held >= scarce and mass >= enough):
            starts[index], last, held = 1, index, 0.0
        held += mass
    if held < scarce and last > 0:
        starts[last] = 0
    return np.cumsum(starts)


def by_mass(both: _Array, smaller: float) -> _Labels:
    """Labels that leave common categories as they are and join rare ones into at most `OTHERS` bins, by their mass."""
    scarce = EXPECTED / smaller
    common = both >= scarce
    rare = np.flatnonzero(~common)
    rare = rare[np.argsort(-both[rare], kind="stable")]
    enough = max(scarce, float(both[rare].sum()) / OTHERS)
    labels = np.cumsum(common) - 1
    last = label = int(common.sum()) - 1
    held = enough
    for index, mass in zip(rare.tolist(), both[rare].tolist(), strict=True):
        if held >= enough:
            label, held = label + 1, 0.0
        labels[index] = label
        held += mass
    if held < scarce and label > 0:  # too little is left for a bin: it joins the one before, or the scarcest
        into = label - 1 if label - 1 > last else int(labels[common][np.argmin(both[common])])
        labels[labels == label] = into
    return labels.astype(np.intp)
