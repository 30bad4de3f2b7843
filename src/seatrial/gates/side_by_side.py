"""Every metric of two models side by side, and why where one of them, or both, has none.

Called by `diff`. What the rows of both give is measured by `differences`. Rows that cannot be paired are never cut to
what both have: each model's own figures are then shown without a difference.

Subtle: a metric of two models has no value where either has none, and does not tell which. What both together cannot
give is therefore asked of each alone: the one that has it keeps its figure, and the other says why it has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct, field

from seatrial.errors import EvidenceError
from seatrial.gates.differences import Lacking, MetricDifference, columns_of, everything, measured
from seatrial.gates.rows import Rows, measuring_of
from seatrial.metrics.catalog import Metric
from seatrial.replacing import replace

_At: TypeAlias = tuple[str, str | None, str | None]
"""Where a figure stands: its metric, the grouping and the group."""

_Reasons: TypeAlias = dict[tuple[str, str | None], dict[str, list[str]]]
"""By reason and side, the metrics, each with the groups in which it has no value (none: in all rows)."""


class Untold(Struct, frozen=True, kw_only=True):
    """Metrics that one model, or both, have no value of, for one reason. `side` is the model where it is one model's
    alone; `groups` are those where that is so, none where it is so in all rows."""

    metrics: tuple[str, ...]
    why: str
    side: str | None = None
    groups: tuple[str, ...] = ()


class SideBySide(Struct, frozen=True, kw_only=True):
    """Every metric of two models. `unmatched` says why their rows cannot be compared; figures are then each model's
    own, without a difference."""

    metrics: tuple[MetricDifference, ...]
    untold: tuple[Untold, ...] = ()
    unmatched: str | None = None


class _Found(Struct, frozen=True, kw_only=True):
    """What was measured, by where it stands, and where there was nothing and why. `places` are both, in order."""

    places: tuple[_At, ...] = ()
    figures: Mapping[_At, MetricDifference] = field(default_factory=dict)
    whys: Mapping[_At, str] = field(default_factory=dict)

    def why(self, at: _At) -> str | None:
        """Why there is no figure at a place, or none in its whole grouping."""
        name, grouping, _ = at
        return self.whys.get(at) or self.whys.get((name, grouping, None))


def side_by_side(
    mine: Rows | None, theirs: Rows | None, groupings: Sequence[str], labels: tuple[str, str]
) -> SideBySide:
    """All that the rows give; `labels` name the two models, ours first."""
    if mine is None or theirs is None:
        lacking = " and ".join(label for rows, label in zip((mine, theirs), labels, strict=True) if rows is None)
        return _apart(mine, theirs, groupings, labels, f"{lacking} has no predictions")
    try:
        rows = measuring_of(mine, theirs, columns_of(groupings))
    except EvidenceError as error:
        return _apart(mine, theirs, groupings, labels, _why_unmatched(error, mine, theirs))
    every = everything(rows)
    both = _found(measured(rows, every, groupings))
    without = {name for name, _, _ in both.whys}
    if not without:
        return SideBySide(metrics=tuple(both.figures.values()))
    some = [(name, metric) for name, metric in every if name in without]
    return _merged(both, _alone(mine, groupings, some), _alone(theirs, groupings, some), labels)


def _apart(
    mine: Rows | None, theirs: Rows | None, groupings: Sequence[str], labels: tuple[str, str], why: str
) -> SideBySide:
    """Each model by itself, asked for all that either of them could give."""
    ours, others = (
        None if rows is None else measuring_of(rows, None, columns_of(groupings)) for rows in (mine, theirs)
    )
    every = {name: metric for rows in (ours, others) if rows is not None for name, metric in everything(rows)}
    own, other = (
        _Found() if rows is None else _found(measured(rows, [*every.items()], groupings)) for rows in (ours, others)
    )
    return replace(_merged(_Found(), own, other, labels), unmatched=why)


def _alone(rows: Rows, groupings: Sequence[str], metrics: Sequence[tuple[str, Metric | None]]) -> _Found:
    """Some metrics of one model."""
    return _found(measured(measuring_of(rows, None, columns_of(groupings)), metrics, groupings))


def _found(made: Sequence[MetricDifference | Lacking]) -> _Found:
    return _Found(
        places=tuple(map(_at, made)),
        figures={_at(one): one for one in made if isinstance(one, MetricDifference)},
        whys={_at(one): one.why for one in made if isinstance(one, Lacking)},
    )


def _at(one: MetricDifference | Lacking) -> _At:
    return one.metric, one.grouping, one.group


def _merged(both: _Found, mine: _Found, theirs: _Found, labels: tuple[str, str]) -> SideBySide:
    """The figures of both, those that either has by itself where there are none, and why the rest is missing."""
    found = []
    reasons: _Reasons = {}
    for at in _places(both, mine, theirs):
        if at in both.figures:
            found.append(both.figures[at])
            continue
        own, other = mine.figures.get(at), theirs.figures.get(at)
        if other is not None:
            found.append(replace(own or replace(other, candidate=None), baseline=other.candidate))
        elif own is not None:
            found.append(own)
        for why, side in _whys(at, both, mine, theirs, labels):
            groups = reasons.setdefault((why, side), {}).setdefault(at[0], [])
            if at[1] is not None:
                groups.append(f"{at[1]} {at[2]}")
    return SideBySide(metrics=tuple(found), untold=_untold(reasons))


def _places(both: _Found, mine: _Found, theirs: _Found) -> list[_At]:
    """Every place of a figure: all rows, then the groupings, in each the metrics in their order, and the groups."""
    known = list(dict.fromkeys(at for one in (both, mine, theirs) for at in one.places))
    metrics, groupings = (
        {part: order for order, part in enumerate(dict.fromkeys(at[which] for at in known))} for which in (0, 1)
    )
    groups = {part: order for order, part in enumerate(dict.fromkeys(at[1:] for at in known))}
    return sorted(known, key=lambda at: (groupings[at[1]], metrics[at[0]], groups[at[1:]]))


def _whys(at: _At, both: _Found, mine: _Found, theirs: _Found, labels: tuple[str, str]) -> list[tuple[str, str | None]]:
    """Why there is no figure of both at a place: of the one model that has none, of each, or of both where it is one.

    Of a group only what leaves one figure standing alone, and what was not said of all rows.
    """
    ours, others = mine.why(at), theirs.why(at)
    sides = ((others, theirs, mine, labels[1]), (ours, mine, theirs, labels[0]))
    if at[1] is not None:
        whole = (at[0], None, None)
        return [(why, side) for why, of, other, side in sides if why and at in other.figures and whole not in of.whys]
    if ours is not None and ours == others:
        return [(ours, None)]
    said: list[tuple[str, str | None]] = [(why, side) for why, _, _, side in sides if why is not None]
    if not said and at in both.whys:
        return [(f"each model has its own, and the two cannot be compared: {both.whys[at]}", None)]
    return said


def _untold(reasons: _Reasons) -> tuple[Untold, ...]:
    """Metrics that lack a value for one reason in the same groups are told together."""
    told: dict[tuple[str, str | None, tuple[str, ...]], list[str]] = {}
    for (why, side), metrics in reasons.items():
        for name, groups in metrics.items():
            told.setdefault((why, side, tuple(groups)), []).append(name)
    return tuple(
        Untold(metrics=tuple(metrics), why=why, side=side, groups=groups)
        for (why, side, groups), metrics in told.items()
    )


def _why_unmatched(error: EvidenceError, mine: Rows, theirs: Rows) -> str:
    """Every problem, with the file that it is of where the two have different names, and what to do."""
    named = mine.source.path != theirs.source.path
    said = [
        f"{problem.place.file}: {problem.message}" if named and problem.place is not None else problem.message
        for problem in error.problems
    ]
    steps = dict.fromkeys(problem.next_step for problem in error.problems if problem.next_step)
    return "; ".join((*said, *steps))
