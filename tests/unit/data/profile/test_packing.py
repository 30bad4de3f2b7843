"""Long rows of figures as short texts: what comes back is what was put in, and what repeats a grid costs little."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.data.profile import packing
from seatrial.data.profile.numbers import written

MANY = 40


def _items(values: Iterable[str]) -> list[tuple[str, int]]:
    """Counts as a profile has them: the most frequent value first."""
    counts = [(value, place * 7 % 5) for place, value in enumerate(dict.fromkeys(values))]
    return sorted(counts, key=lambda item: (-item[1], item[0]))


def _again(counts: list[tuple[str, int]]) -> list[tuple[object, ...]]:
    """What a file gives back."""
    back = packing.from_counted(json.loads(json.dumps(packing.counted(counts))))
    assert isinstance(back, list)
    return [tuple(pair) for pair in back]


@given(st.lists(st.floats(allow_nan=False), min_size=MANY), st.integers(0, 10))
def test_numbers_come_back_as_they_were_written(values: list[float], decimals: int) -> None:
    """On a grid or off it, of whatever size."""
    for numbers in (values, [round(value, decimals) for value in values]):
        counts = _items(written(value) for value in numbers)
        assert _again(counts) == counts


@given(st.lists(st.text(st.characters(codec="utf-8")) | st.from_regex(r"-?0*[0-9_ ]{1,9}(\.[0-9]*)?"), min_size=MANY))
def test_texts_come_back_as_they_were(values: list[str]) -> None:
    """Those that look like numbers too: `1.50` and `01` are other texts than `1.5` and `1`."""
    counts = _items(values)
    assert _again(counts) == counts


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_whole_numbers_come_back(values: list[int]) -> None:
    assert packing.from_wholes(packing.wholes(values)) == values


@given(st.lists(st.floats(allow_nan=False)))
def test_floats_come_back(values: list[float]) -> None:
    assert packing.from_floats(packing.floats(values)) == values


@given(st.lists(st.integers(0, 2**56 - 1)).map(sorted))
def test_ascending_digests_come_back(values: list[int]) -> None:
    assert packing.from_deltas(packing.deltas(values)) == values


def test_values_in_another_order_stay_as_they_are() -> None:
    """The order is not written where it is the usual one; any other is."""
    counts = [(str(value), value) for value in range(MANY)]
    assert packing.counted(counts) == counts


def test_measurements_of_two_decimals_cost_two_bytes_each() -> None:
    """4,000 of them are most of a wide table's profile otherwise."""
    counts = _items(written(value / 100) for value in range(-2000, 2000))
    assert len(json.dumps(packing.counted(counts))) < 2 * len(counts)


@pytest.mark.parametrize(
    "value",
    [
        {"names": "AAAA", "counts": "AAAA", "more": 1},
        {"decimals": 10, "first": 0, "steps": packing.packed(b""), "counts": packing.packed(b"")},
        {"decimals": 0, "first": 2**70, "steps": packing.packed(b""), "counts": packing.packed(b"")},
        {"names": packing.packed(b'["a"]'), "counts": packing.packed(b"")},
    ],
)
def test_what_was_never_packed_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        packing.from_counted(value)
