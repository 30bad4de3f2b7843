"""The bins of gaps between successive times: bin 0 is no gap, bin i holds those from 2^(i - 21) up to 2^(i - 20)
seconds.

So bin 1 is a microsecond and bin 21 a second. Used by `times`, and by `merging` for the gap between two partitions.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from seatrial.data.profile.limits import GAP_BINS

_SHIFT: Final = 20
_MICROSECONDS: Final = 1e6
_FRACTION: Final = 52
_BIAS: Final = 1022
"""A float's bits above its fraction are the exponent that `frexp` gives, and this: reading them costs a fifth."""


def gap_bins(micros: NDArray[np.float64]) -> NDArray[np.intp]:
    """The bin of each gap, given in microseconds, none of them negative."""
    bins: NDArray[np.intp] = (micros / _MICROSECONDS).view(np.int64) >> _FRACTION
    bins -= _BIAS - _SHIFT
    np.clip(bins, 1, GAP_BINS - 1, out=bins)
    bins[micros == 0] = 0
    return bins
