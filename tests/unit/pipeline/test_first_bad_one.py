"""Which suspect is tested next, and what is known in the end; checked against every pattern there is."""

from __future__ import annotations

import itertools
import math

import pytest

from seatrial.pipeline.bisection import Range, Seen, left, next_test, still_to_test

P, F, U = Seen.PASSED, Seen.FAILED, Seen.UNTESTABLE


def search(results: list[Seen]) -> tuple[Range, int]:
    """The end of a search over suspects with these results, the last one known to fail, and how many were tested."""
    count, tested = len(results), 0
    seen = {0: P, count: results[-1]}
    while (number := next_test(count, seen)) is not None:
        assert number not in seen
        seen[number] = results[number - 1]
        tested += 1
    return left(count, seen), tested


def test_one_suspect_is_found_without_a_test() -> None:
    """Both ends are known, and nothing lies between."""
    assert search([F]) == (Range(1, 1), 0)


def test_the_middle_is_tested_first() -> None:
    """Half of what is left goes with each answer."""
    assert next_test(9, {0: P, 9: F}) == 4
    assert next_test(9, {0: P, 9: F, 4: P}) == 6


def test_an_untestable_one_is_passed_over_for_its_neighbour() -> None:
    """And the answer is one all the same where its neighbours tell it."""
    assert next_test(9, {0: P, 9: F, 4: U}) == 5
    assert search([P, P, U, P, F, F, F])[0] == Range(5, 5)


def test_untestable_ones_before_the_first_bad_leave_a_range() -> None:
    """Nobody can say which of them it was."""
    assert search([P, U, U, F, F])[0] == Range(2, 4)


def test_a_last_suspect_that_cannot_be_tested_still_ends_the_range() -> None:
    """The stage is known to fail at the end of the line."""
    assert search([P, P, U])[0] == Range(3, 3)
    assert search([P, U, U])[0] == Range(2, 3)


@pytest.mark.parametrize("count", range(1, 8))
def test_every_pattern_is_answered_as_by_looking_at_all_of_it(count: int) -> None:
    """For each first bad one and each set of untestable ones: the range holds it, and nothing that a test rules out."""
    for first in range(1, count + 1):
        for hidden in itertools.product((False, True), repeat=count - 1):
            plain = [P if number < first else F for number in range(1, count + 1)]
            results = [
                U if number < count and hidden[number - 1] else plain[number - 1] for number in range(1, count + 1)
            ]
            found, tested = search(results)

            passes = [number for number, what in enumerate(results, 1) if what is P]
            fails = [number for number, what in enumerate(results, 1) if what is F]
            assert found == Range(max(passes, default=0) + 1, min(fails)), results
            assert tested <= math.ceil(math.log2(count)) + sum(hidden)


def test_a_pass_behind_a_failure_says_nothing_of_what_came_before() -> None:
    """It may have been mended and broken again; what is looked for lies between a pass and the failure after it."""
    assert left(9, {0: P, 2: F, 5: P, 9: F}) == Range(1, 2)


def test_the_last_suspect_is_never_proposed() -> None:
    """It was tested before anybody asks."""
    assert next_test(1, {0: P}) is None
    assert next_test(3, {0: P, 1: P, 2: P}) is None


def test_how_many_tests_are_left_is_told() -> None:
    """Before each of them."""
    assert still_to_test(12, {0: P, 12: F}) == 4
    assert still_to_test(1, {0: P, 1: F}) == 0
