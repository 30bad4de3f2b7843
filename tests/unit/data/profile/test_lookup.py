"""Bins by cells are the bins of a binary search, whatever the edges."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.data.profile.lookup import Lookup

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
NEAR = st.sampled_from([0.0, 1.0, -1.0, 1e15, sys.float_info.max, -sys.float_info.max, 5e-324, 1.7e15])


@settings(deadline=None, max_examples=300)
@given(edges=st.lists(FLOATS | NEAR, max_size=40, unique=True), values=st.lists(FLOATS | NEAR, min_size=1, max_size=40))
def test_as_a_binary_search(edges: list[float], values: list[float]) -> None:
    """For edges, their neighbours, and anything else."""
    ordered = np.unique(np.array(edges) + 0.0)
    with np.errstate(over="ignore"):
        tried = np.concatenate([values, ordered, np.nextafter(ordered, np.inf), np.nextafter(ordered, -np.inf)])
    tried = tried[np.isfinite(tried)] + 0.0

    assert Lookup(ordered.tolist()).bins_of(tried).tolist() == np.searchsorted(ordered, tried, side="right").tolist()


@pytest.mark.parametrize("power", [1, 8, 40, 300])
def test_skewed_edges(power: int) -> None:
    """Edges that lie in one cell of any even grid."""
    edges = 10.0 ** np.linspace(0, power, 64)
    values = np.concatenate([edges, edges * 1.01, edges * 0.99, [0.0, -1.0]])

    assert Lookup(edges.tolist()).bins_of(values).tolist() == np.searchsorted(edges, values, side="right").tolist()
