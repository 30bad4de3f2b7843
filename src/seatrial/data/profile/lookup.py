"""From numbers to their bins, fast: a table of cells instead of a search for each value.

The range of the edges is cut into equal cells. The cell of a value gives the bin at the cell's left end, and one
comparison for each edge inside the fullest cell does the rest. Where cells cannot part the edges (very skewed
columns) it is a plain binary search. All ways give the same bins: edges[i - 1] <= value < edges[i].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seatrial.data.profile.limits import LAST_CODE

_CELLS: Final = 8192
_MOST_COMPARISONS: Final = 4


class Lookup:
    """The bins of one column."""

    def __init__(self, edges: Sequence[float]) -> None:
        self.edges = np.asarray(edges, dtype=np.float64)
        self.bins = len(self.edges) + 1

    def bins_of(self, values: NDArray[np.float64]) -> NDArray[np.intp]:
        """The bin of each finite value."""
        return np.searchsorted(self.edges, values, side="right")


def codes_of(bins: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Bins as bytes."""
    return np.minimum(bins, LAST_CODE).astype(np.uint8)
