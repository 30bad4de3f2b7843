"""What a judge said of two models, as records, one for each id. Pure.

`preferences` reads them from a file; `gates/preference` judges by them.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from seatrial.evidence.records import Source

_FLOATING = ("latest", "stable", "default", "main", "master", "head")
"""Versions that are another judge tomorrow."""


def is_pinned(judge: str) -> bool:
    """Whether a judge is named with a version, `NAME@VERSION`: one that may change says something else each time."""
    name, _, version = judge.rpartition("@")
    return bool(name.strip() and version.strip()) and version.strip().lower() not in _FLOATING


class Winner(StrEnum):
    """Whose answer was liked better."""

    CANDIDATE = "candidate"
    BASELINE = "baseline"
    TIE = "tie"


class Order(StrEnum):
    """Whose answer the judge saw first."""

    CANDIDATE_FIRST = "candidate_first"
    BASELINE_FIRST = "baseline_first"


class Preference(Struct, frozen=True, kw_only=True):
    """The winner of one id in each order it was asked in, at least one of them."""

    id: str
    candidate_first: Winner | None
    baseline_first: Winner | None
    human: Winner | None = None
    cluster: str | None = None

    @property
    def winners(self) -> tuple[Winner, ...]:
        """The winners, by order, of the orders that were asked."""
        return tuple(winner for winner in (self.candidate_first, self.baseline_first) if winner is not None)


class Preferences(Struct, frozen=True, kw_only=True):
    """A file of preferences, at least one; `judge` is the same in all its `rows`."""

    source: Source
    judge: str
    by_id: tuple[Preference, ...]
    rows: int
    clustered: bool = False
