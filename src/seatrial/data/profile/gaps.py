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


def gap_bins(micros: NDArray[np.float64]) -> NDArray[np.intp]:
    """The bin of each gap, given in microseconds, none of them negative."""
    exponents = np.frexp(micros / _MICROSECONDS)[1]
    return np.where(micros == 0, 0, np.clip(exponents + _SHIFT, 1, GAP_BINS - 1)).astype(np.intp)
