"""Test cases, and a model's answers to them, as records. Pure.

The readers `cases` and `answers` build these; `gates/behavioral` judges them. What a matcher's arguments mean is the
gate's business: here they are JSON values with a place.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from seatrial.digest import Json
from seatrial.errors import Place
from seatrial.evidence.records import Source


class Relation(StrEnum):
    """How a case's answer must stand to that of the case it is `of`."""

    SAME = "same"
    HIGHER = "higher"
    LOWER = "lower"
    WITHIN = "within"


class Compared(StrEnum):
    """What of two answers is compared: the answers, or the scores beside them."""

    ANSWER = "answer"
    SCORE = "score"


class Fault(Struct, frozen=True, kw_only=True):
    """What is wrong with one matcher as it was written; `key` is the argument, None for the matcher itself."""

    message: str
    next_step: str
    key: str | None = None


class Expectation(Struct, frozen=True, kw_only=True):
    """One matcher that must hold, by name, with its arguments as they were written."""

    matcher: str
    arguments: Mapping[str, Json]
    place: Place


class Pair(Struct, frozen=True, kw_only=True):
    """What must hold between a case's answer and that of the case `of`.

    `by` is the least rise or fall (0: any), or the largest distance; `same` has none.
    """

    of: str
    relation: Relation
    by: float = 0.0
    on: Compared = Compared.ANSWER


class Case(Struct, frozen=True, kw_only=True):
    """One test case. Without expectations and without a pair it only serves the pairs that refer to it."""

    id: str
    place: Place
    input: Json = None
    expectations: tuple[Expectation, ...] = ()
    pair: Pair | None = None
    tags: tuple[str, ...] = ()
    critical: bool = False

    @property
    def judged(self) -> bool:
        """Whether anything is expected of the answer."""
        return bool(self.expectations) or self.pair is not None


class Cases(Struct, frozen=True, kw_only=True):
    """All cases of a gate, in the order of their files. Ids are unique, pairs lead to a case and never in a circle,
    and at least one case is judged."""

    sources: tuple[Source, ...]
    cases: tuple[Case, ...]


class Answer(Struct, frozen=True, kw_only=True):
    """One answer: its text (a number or truth value in canonical text, a list or object as JSON), and what a stage
    of the user's said of it."""

    text: str
    score: float | None = None
    passed: bool | None = None


class Answers(Struct, frozen=True, kw_only=True):
    """The answers of one model, by case id, in the order of their repeats; every case has `repeats` of them.

    `partial` is true for answers taken from a predictions file, which holds other rows besides.
    """

    source: Source
    by_case: Mapping[str, tuple[Answer, ...]]
    repeats: int = 1
    partial: bool = False
