"""A table of hashes that grows piece by piece finds what one that was made at once finds."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seatrial.data.profile.table import Table

HASHES = st.integers(0, 2**64 - 1) | st.integers(0, 40) | st.integers(0, 40).map(lambda low: (7 << 60) + low)
"""Some of them share their top bits, by which they are placed, so that slots are crowded."""


@given(known=st.lists(HASHES, unique=True, max_size=60), cuts=st.lists(st.integers(0, 60), max_size=4), asked=HASHES)
def test_a_hash_has_the_number_in_which_it_came(known: list[int], cuts: list[int], asked: int) -> None:
    """However hashes come, in one piece or several, each is found under its place, and no other is found."""
    table = Table()
    ends = sorted({min(cut, len(known)) for cut in (*cuts, len(known))})
    for start, end in zip([0, *ends], ends, strict=False):
        table.insert(np.array(known[start:end], dtype=np.uint64))

    found = table.find(np.array([*known, asked], dtype=np.uint64))

    assert found[:-1].tolist() == list(range(len(known)))
    assert found[-1] == (known.index(asked) if asked in known else -1)
    assert table.lacking == (asked not in known)
