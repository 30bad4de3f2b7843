"""Slices in sentences: by column and value, whatever the values hold."""

from __future__ import annotations

import pytest

from seatrial.gates.slice_words import named, where


@pytest.mark.parametrize(
    ("grouping", "label", "said"),
    [
        (("region",), "west", "where region is west"),
        (("region", "size"), "west x small", "where region is west and size is small"),
        (("size",), "2 x 4", "where size is 2 x 4"),
        (("size", "region"), "2 x 4 x west", "where size x region is 2 x 4 x west"),
        (("g",), "", "where g is "),
    ],
)
def test_a_slice_is_named_by_its_columns(grouping: tuple[str, ...], label: str, said: str) -> None:
    assert where(grouping, label) == said


def test_some_slices_are_named_and_the_others_counted() -> None:
    assert named(("g",), ["a", "b"]) == "a, b"
    assert named(("g",), ["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert named(("g", "h"), ["a x 1", "b x 2"]) == "g is a and h is 1, g is b and h is 2"
