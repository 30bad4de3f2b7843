"""How many different values there are is estimated within a few standard errors, for values as people have them too."""

from __future__ import annotations

import numpy as np
import pytest

from seatrial.data.profile import hashing
from seatrial.data.profile.distinct import Distinct, added, estimate

BITS = 10
STANDARD_ERROR = 1.04 / 2 ** (BITS / 2)


def sketched(values: np.ndarray) -> bytes:
    sketch = Distinct(BITS)
    sketch.add(hashing.floats(values.astype(np.float64), hashing.multiplier("id")))
    return sketch.registers.tobytes()


@pytest.mark.parametrize("start", [0, 20_000, 40_000, 1_000_000, 123_456_789])
@pytest.mark.parametrize("step", [1, 2, 100, 0.01])
def test_consecutive_numbers_are_counted_as_well_as_random_ones(start: int, step: float) -> None:
    """Ids rise by one: their hashes must not share registers more than chance has it."""
    found = estimate(sketched(start + np.arange(5_000) * step))

    assert found == pytest.approx(5_000, rel=4 * STANDARD_ERROR)


def test_two_sketches_added_are_that_of_all_values() -> None:
    first, second = np.arange(3_000), np.arange(2_000, 7_000)

    assert added(sketched(first), sketched(second)) == sketched(np.concatenate((first, second)))
