"""A search over many suspects, some of which cannot be tested, answers what looking at all of them would."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from seatrial.pipeline.bisection import Seen, left, next_test


@st.composite
def lines(draw: st.DrawFn) -> tuple[list[Seen], int]:
    """Suspects with their results, the first bad one among them, the last one failing."""
    count = draw(st.integers(1, 200))
    first = draw(st.integers(1, count))
    hidden = draw(st.sets(st.integers(1, count), max_size=40)) - {count}
    results = [
        Seen.UNTESTABLE if number in hidden else Seen.PASSED if number < first else Seen.FAILED
        for number in range(1, count + 1)
    ]
    return results, first


@given(lines())
def test_the_first_bad_one_is_found_up_to_what_cannot_be_tested(line: tuple[list[Seen], int]) -> None:
    """All that is left besides the last of the range could not be tested, and few tests were needed."""
    results, first = line
    count, tested = len(results), 0
    seen = {0: Seen.PASSED, count: Seen.FAILED}
    while (number := next_test(count, seen)) is not None:
        seen[number] = results[number - 1]
        tested += 1
    found = left(count, seen)
    untestable = {number for number, what in enumerate(results, 1) if what is Seen.UNTESTABLE}

    assert found.first <= first <= found.last
    assert set(range(found.first, found.last)) <= untestable
    assert tested <= math.ceil(math.log2(count)) + len(untestable) if count > 1 else tested == 0
