"""Laws that every effect obeys for any counts: order of bounds, ranges, symmetry, and huge numbers of rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seatrial.stats import distances
from seatrial.stats.effects import (
    Effect,
    beyond,
    collisions,
    shape,
    share,
    shift,
    spread,
    unseen,
)

_KW: dict[str, Any] = {"confidence": 0.95, "floor": 0.1, "detect": 0.3, "alpha": 0.001}
_COUNTS = st.integers(1, 40).flatmap(
    lambda bins: st.tuples(
        *[st.lists(st.one_of(st.just(0), st.integers(0, 30), st.integers(0, 10**10)), min_size=bins, max_size=bins)] * 2
    )
)


def _holds(effect: Effect) -> None:
    numbers = (effect.estimate, effect.low, effect.high, effect.p, effect.signed)
    assert all(type(number) is float and math.isfinite(number) for number in numbers)
    assert 0.0 <= effect.low <= effect.estimate + 1e-9
    assert effect.estimate <= effect.high + 1e-9
    assert 0.0 <= effect.p <= 1.0
    assert effect.n_needed is None or effect.n_needed >= 1


@given(_COUNTS)
def test_bounds_enclose_the_estimate_and_nothing_overflows(counts: tuple[list[int], list[int]]) -> None:
    """Any counts up to 1e10 a bin, empty bins, one bin, disjoint sides."""
    earlier, later = counts
    assume(sum(earlier) > 0 and sum(later) > 0)
    _holds(shift(earlier, later, **_KW))
    _holds(shape(earlier, later, **_KW))
    _holds(shape(earlier, later, **_KW, ordered=False))
    effect = spread(earlier, later, **_KW)
    if effect is not None:
        _holds(effect)


@given(_COUNTS)
def test_exchanging_the_sides_turns_the_sign_and_nothing_else(counts: tuple[list[int], list[int]]) -> None:
    """A shift to the right is a shift to the left for the other side, as certain and as far."""
    earlier, later = counts
    assume(sum(earlier) > 0 and sum(later) > 0)
    there, back = shift(earlier, later, **_KW), shift(later, earlier, **_KW)

    assert back.signed == pytest.approx(-there.signed, rel=1e-6, abs=1e-9)
    assert back.low == pytest.approx(there.low, rel=1e-6, abs=1e-9)
    assert back.p == pytest.approx(there.p, rel=1e-4, abs=1e-300)


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**4)), min_size=1, max_size=30))
def test_reversing_the_order_of_bins_leaves_the_spread(counts: list[tuple[int, int]]) -> None:
    """Width has no direction; but a bin the reference left empty joins the neighbour below, so there is none here."""
    earlier, later = [count for count, _ in counts], [count for _, count in counts]
    assume(sum(later) > 0)
    there, back = spread(earlier, later, **_KW), spread(earlier[::-1], later[::-1], **_KW)

    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert back.signed == pytest.approx(there.signed, rel=1e-4, abs=1e-6)


_SHARE = st.integers(1, 10**10).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
_PAIRS = st.integers(1, 10**10).flatmap(lambda n: st.tuples(st.integers(0, min(n, n * (n - 1) // 2)), st.just(n)))


@given(_SHARE, _SHARE)
def test_shares_of_any_number_of_rows(reference: tuple[int, int], current: tuple[int, int]) -> None:
    """Counts up to 1e10, 0 and all of them."""
    _holds(share(*reference, *current, **_KW))
    _holds(beyond(*current, reference[1], **_KW))
    _holds(unseen(*current, *reference, **_KW))


@given(_PAIRS, _PAIRS)
def test_repetitions_of_any_number_of_rows(current: tuple[int, int], reference: tuple[int, int]) -> None:
    """Pairs from none to one for each row."""
    _holds(collisions(*current, *reference, **_KW))


@given(_COUNTS)
def test_distances_keep_their_ranges_and_vanish_only_for_equal_shares(counts: tuple[list[int], list[int]]) -> None:
    """JS is at most log 2, KS and Hellinger at most 1; each is 0 against itself, and JS is symmetric."""
    earlier, later = counts
    assume(sum(earlier) > 0 and sum(later) > 0)

    assert 0 <= distances.js(earlier, later) <= math.log(2)
    assert distances.js(earlier, later) == pytest.approx(distances.js(later, earlier), abs=1e-15)
    assert 0 <= distances.ks(earlier, later) <= 1 + 1e-12
    assert 0 <= distances.hellinger(earlier, later) <= 1 + 1e-12
    assert distances.kl(earlier, later) >= 0
    assert math.isfinite(distances.psi(earlier, later))
    for distance in (distances.js, distances.psi, distances.kl, distances.ks, distances.hellinger):
        assert distance(later, later) == pytest.approx(0.0, abs=1e-12)


@given(_COUNTS, st.data())
def test_adding_two_parts_is_counting_them_together(counts: tuple[list[int], list[int]], data: st.DataObject) -> None:
    """Effects of added counts are those of the whole: only sums go in."""
    earlier, later = counts
    assume(sum(earlier) > 0 and sum(later) > 0)
    part = [data.draw(st.integers(0, count)) for count in later]
    rest = np.array(later) - np.array(part)

    assert shift(earlier, np.array(part) + rest, **_KW) == shift(earlier, later, **_KW)
