"""What holds for bounds on a range whatever the counts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.stats.group_range import GroupRange, range_of_estimates, range_of_shares, ratio_of_shares


@st.composite
def _groups(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    n = draw(st.lists(st.integers(1, 3_000), min_size=2, max_size=12))
    return [draw(st.integers(0, rows)) for rows in n], n


_LEVELS = st.sampled_from([0.01, 0.05, 0.1])


@settings(deadline=None)
@given(_groups(), _LEVELS)
def test_bounds_hold_the_estimate_and_stay_on_the_scale(groups: tuple[list[int], list[int]], alpha: float) -> None:
    right, n = groups

    difference, ratio = range_of_shares(right, n, alpha=alpha), ratio_of_shares(right, n, alpha=alpha)

    assert 0 <= difference.lower <= difference.estimate + 1e-12
    assert difference.estimate <= difference.upper + 1e-12 <= 1 + 2e-12
    assert 0 <= ratio.lower <= ratio.upper <= 1
    if any(right):
        assert ratio.lower - 1e-12 <= ratio.estimate <= ratio.upper + 1e-12
        shares = [k / rows for k, rows in zip(right, n, strict=True)]
        assert ratio.estimate == pytest.approx(min(shares) / max(shares), rel=1e-9)
        assert difference.estimate == max(shares) - min(shares)


@settings(deadline=None)
@given(_groups(), _LEVELS)
def test_the_order_of_the_groups_is_nothing(groups: tuple[list[int], list[int]], alpha: float) -> None:
    right, n = groups

    for bounds in (range_of_shares, ratio_of_shares):
        here, there = bounds(right, n, alpha=alpha), bounds(right[::-1], n[::-1], alpha=alpha)
        assert _figures(here) == pytest.approx(_figures(there), abs=1e-12, nan_ok=True)


@settings(deadline=None)
@given(_groups(), _LEVELS)
def test_counting_the_wrong_rows_instead_leaves_the_difference(
    groups: tuple[list[int], list[int]], alpha: float
) -> None:
    """1 - share has the same range, with the two groups of a pair exchanged."""
    right, n = groups
    wrong = [rows - k for k, rows in zip(right, n, strict=True)]

    here, there = range_of_shares(right, n, alpha=alpha), range_of_shares(wrong, n, alpha=alpha)

    assert _figures(here) == pytest.approx(_figures(there), abs=1e-9)


@settings(deadline=None)
@given(_groups(), st.integers(1, 3_000), st.data(), _LEVELS)
def test_one_more_group_never_makes_closeness_easier_to_show(
    groups: tuple[list[int], list[int]], rows: int, data: st.DataObject, alpha: float
) -> None:
    right, n = groups
    more = data.draw(st.integers(0, rows))

    for bounds in (range_of_shares, ratio_of_shares):
        fewer, wider = bounds(right, n, alpha=alpha), bounds([*right, more], [*n, rows], alpha=alpha)
        if bounds is range_of_shares:
            assert wider.upper >= fewer.upper - 1e-12
        else:
            assert wider.lower <= fewer.lower + 1e-12


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 2)), min_size=2, max_size=12),
    _LEVELS,
    st.floats(-100, 100),
    st.floats(0.1, 10),
)
def test_range_of_estimates_moves_with_the_unit(
    groups: list[tuple[float, float]], alpha: float, shift: float, unit: float
) -> None:
    values, errors = [value for value, _ in groups], [error for _, error in groups]

    here = range_of_estimates(values, errors, alpha=alpha)
    there = range_of_estimates([shift + unit * v for v in values], [unit * e for e in errors], alpha=alpha)

    assert 0 <= here.lower <= here.estimate < here.upper
    assert _figures(there) == pytest.approx([unit * figure for figure in _figures(here)], abs=1e-8)


def _figures(bounds: GroupRange) -> list[float]:
    return [bounds.estimate, bounds.lower, bounds.upper]


_FEW_KINDS = st.lists(st.sampled_from([(0, 1), (1, 1), (1, 2), (2, 2), (0, 2), (7, 9)]), min_size=2, max_size=14)


@settings(deadline=None)
@given(_FEW_KINDS, st.integers(1, 40))
def test_equal_groups_name_the_first_pair_of_those_that_tie(kinds: list[tuple[int, int]], block: int) -> None:
    """Equal groups are looked at once or twice, and pairs in blocks: what comes of it is what all pairs give."""
    right, n = ([kind[part] for kind in kinds] for part in (0, 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seatrial.stats.group_range._BLOCK", block)
        found = range_of_shares(right, n, alpha=0.05)

    shares = [k / rows for k, rows in kinds]
    pairs = [(i, j) for i in range(len(kinds)) for j in range(len(kinds)) if i != j]
    first = max(pairs, key=lambda pair: shares[pair[0]] - shares[pair[1]])  # the first of those that tie
    assert (found.seen.high, found.seen.low) == first
    for pair in (found.at_lower, found.at_upper):
        assert pair.high != pair.low
        for place, other in ((pair.high, pair.low), (pair.low, pair.high)):
            assert kinds.index(kinds[place]) == place or kinds.index(kinds[place]) == other
