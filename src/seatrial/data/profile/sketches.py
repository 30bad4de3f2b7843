"""The values of one column, whatever its kind: which are frequent, and how many are different. Called by each
taker.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seatrial.data.profile import limits
from seatrial.data.profile.distinct import Distinct
from seatrial.data.profile.hashing import U64
from seatrial.data.profile.records import Items
from seatrial.data.profile.tally import Tally, Written


class Sketches:
    """Both sketches of a column in a table of `width` columns."""

    def __init__(self, width: int) -> None:
        self.tally = Tally(limits.item_limit(width), limits.kept_limit(width))
        self._distinct = Distinct(limits.sketch_bits(width))

    def add(self, hashes: U64, written: Written) -> NDArray[np.intp] | None:
        """Take in the hashes of values that are not null. Gives what `Tally.add` does."""
        known = self.tally.keys if self.tally.complete else None
        numbers = self.tally.add(hashes, written)
        if not self.tally.complete:
            if known is not None:
                self._distinct.add(known)
            self._distinct.add(hashes)
        return numbers

    def finish(self) -> tuple[Items, bytes]:
        """The values, and the registers for how many there are."""
        if self.tally.complete:
            self._distinct.add(self.tally.keys)
        return self.tally.items(), self._distinct.registers.tobytes()
