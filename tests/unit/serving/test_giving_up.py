"""A model that never answers is not asked everything: nobody would wait that long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from seatrial.digest import Json
from seatrial.serving.asking import Reply, UnansweredError, Why
from seatrial.serving.contract import _asked
from seatrial.serving.running import Running


class Late:
    """Answers even numbers, in time; counts how often it was asked."""

    def __init__(self, why: Why) -> None:
        self.asked = 0
        self._why = why

    def ask(self, inputs: Sequence[Json]) -> Reply:
        self.asked += 1
        (given,) = inputs
        if isinstance(given, int) and given % 2 == 0:
            return Reply(answers=(given,), ms=1.0)
        raise UnansweredError(self._why, "too late")


def ask(model: Late, inputs: list[Json]) -> tuple[int, int]:
    """How many were answered, and how many not."""
    named = [(str(at), given) for at, given in enumerate(inputs)]
    found = _asked(cast("Running", model), named)
    return len(found.answers), len(found.missing)


def test_after_three_in_a_row_nothing_more_is_asked_and_all_counts_as_unanswered() -> None:
    model = Late(Why.TIMEOUT)

    assert ask(model, [2, 1, 1, 1, 2, 2, 1]) == (1, 6)
    assert model.asked == 4


def test_an_answer_in_between_starts_the_count_again() -> None:
    model = Late(Why.TIMEOUT)

    assert ask(model, [1, 1, 2, 1, 1, 2, 1]) == (2, 5)
    assert model.asked == 7


def test_what_fails_at_once_is_asked_to_the_end() -> None:
    model = Late(Why.STATUS)

    assert ask(model, [1] * 10) == (0, 10)
    assert model.asked == 10
