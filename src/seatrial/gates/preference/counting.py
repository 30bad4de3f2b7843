"""Preferences counted: a value for each id, how much the judge goes by position, how far it agrees with people.

Called by `judge`. The value of an id is the mean over its orders of 1 for a win of the candidate, a half for a tie and
0 for a loss. Position is counted over rows, because it is a fault of the judge and not of the models.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from seatrial.evidence.preference_records import Preference, Preferences, Winner
from seatrial.stats.bounded_mean import per_cluster

_VALUE = {Winner.CANDIDATE: 1.0, Winner.TIE: 0.5, Winner.BASELINE: 0.0}


class Position(Struct, frozen=True, kw_only=True):
    """Of the rows with a winner, how many were won by what the judge saw first; of the ids shown in both orders, how
    many had another winner when the order was turned."""

    first_wins: int
    decided: int
    turned: int
    both: int


class Agreement(Struct, frozen=True, kw_only=True):
    """What the judge and people said of the ids that people looked at."""

    pairs: tuple[tuple[Winner, Winner], ...]

    @property
    def agreed(self) -> int:
        return sum(judge is human for judge, human in self.pairs)


def value(preference: Preference) -> float:
    """The share of the candidate in the wins of one id: 0, a quarter, a half, three quarters or 1."""
    winners = preference.winners
    return sum(_VALUE[winner] for winner in winners) / len(winners)


def from_half(preferences: Preferences) -> tuple[float, ...]:
    """How far each id, or each cluster of ids, is from one half."""
    if not preferences.clustered:
        return tuple(value(one) - 0.5 for one in preferences.by_id)
    clusters: dict[str | None, list[float]] = {}
    for one in preferences.by_id:
        clusters.setdefault(one.cluster, []).append(value(one) - 0.5)
    return per_cluster(clusters.values())


def position(preferences: Sequence[Preference]) -> Position:
    """How the judge goes by position."""
    first_wins = decided = turned = both = 0
    for one in preferences:
        for winner, first in ((one.candidate_first, Winner.CANDIDATE), (one.baseline_first, Winner.BASELINE)):
            if winner is not None and winner is not Winner.TIE:
                decided += 1
                first_wins += winner is first
        if len(one.winners) > 1:
            both += 1
            turned += one.candidate_first is not one.baseline_first
    return Position(first_wins=first_wins, decided=decided, turned=turned, both=both)


def agreement(preferences: Sequence[Preference]) -> Agreement:
    """The judge beside people, one pair for each id that people looked at."""
    return Agreement(pairs=tuple((_said(one), one.human) for one in preferences if one.human is not None))


def _said(preference: Preference) -> Winner:
    """The judge's word on an id over all its orders; a tie where they say opposite things."""
    share = value(preference)
    if share == 0.5:
        return Winner.TIE
    return Winner.CANDIDATE if share > 0.5 else Winner.BASELINE
