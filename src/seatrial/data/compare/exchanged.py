"""Columns that stand under each other's names: two were exchanged, or the header was moved.

Called by `comparing` when all is judged, with the findings; it changes no verdict and adds a guess to one finding of
each such column. Each of them alarms already, several times, and every alarm tells of a drift where no value changed.

What is subtle: two profiles count a column in the bins of that column alone, so the column that was `B` and now stands
as `A` has all its rows in one bin of `A`. What can be held against `B` are figures without bins: moments of numbers,
ends of times, few words, and of other texts their lengths and what they hold. They are few, so the guess is strict:
only columns that FAIL are asked, what stands there must look like one other of these and much less like itself, and the
names must close a ring (`A` as `B`, `B` as `A`), or make a row of several steps, as a header does that slipped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from seatrial.data.claims import Severity
from seatrial.data.findings import DataFinding
from seatrial.data.profile.records import ColumnProfile, Items, Numbers, Profile, Texts, Times
from seatrial.data.result import weight
from seatrial.replacing import replace
from seatrial.verdict import Verdict

_NEAR = 0.25
"""How far two columns that are one may lie apart: a quarter of a standard deviation, or of all rows."""
_NEARER = 4.0
"""How many times farther a column must lie from itself than from the other."""
_NOISE = 0.05  # what other rows of one source differ by: less is not nearer
_WORDS = 50  # of more, samples of one source differ as much as two columns do
_STEPS = 3  # of a row of names that closes no ring
_MOST = 100  # columns that are looked at: time grows with the square


def exchanged(findings: Sequence[DataFinding], reference: Profile, current: Profile) -> tuple[DataFinding, ...]:
    """The same findings; the gravest of each column that looks like another one says like which."""
    failing = list(
        dict.fromkeys(
            finding.column
            for finding in findings
            if finding.verdict is Verdict.FAIL and finding.severity is not Severity.INFO and finding.column is not None
        )
    )
    if not 2 <= len(failing) <= _MOST:
        return tuple(findings)
    looks = _moved(failing, reference, current)
    gravest = {name: min((each for each in findings if each.column == name), key=weight) for name in looks}
    return tuple(
        replace(finding, message=finding.message + _guess(finding.column, looks[finding.column], looks))
        if finding.column is not None and finding is gravest.get(finding.column)
        else finding
        for finding in findings
    )


def _guess(name: str, other: str, looks: Mapping[str, str]) -> str:
    if looks.get(other) == name:
        return f"; it now looks as {other} did: were {name} and {other} exchanged?"
    return f"; it now looks as {other} did: were the names moved to other columns?"


def _moved(failing: Sequence[str], reference: Profile, current: Profile) -> dict[str, str]:
    """Columns by the one that each of them looks like, as far as rings and rows of them bear it out."""
    looks = {
        name: other
        for name in failing
        if name in reference.columns and name in current.columns
        if (other := _looks_as(name, failing, reference, current)) is not None
    }
    once = [other for other in looks.values() if list(looks.values()).count(other) == 1]
    looks = {name: other for name, other in looks.items() if other in once}
    return {name: other for name, other in looks.items() if _borne_out(name, looks)}


def _borne_out(name: str, looks: Mapping[str, str]) -> bool:
    """Whether a column is part of a ring, or of a row of enough steps. No two columns look like the same one, so each
    has at most one before it and one after it."""
    before = {other: one for one, other in looks.items()}
    steps, at = 0, name
    while at in looks:
        at, steps = looks[at], steps + 1
        if at == name:
            return True
    at = name
    while at in before:
        at, steps = before[at], steps + 1
    return steps >= _STEPS


def _looks_as(name: str, failing: Sequence[str], reference: Profile, current: Profile) -> str | None:
    """The only one of the failing columns that this one now looks like, and much more than like itself."""
    now = current.columns[name]
    near = [
        (apart, other)
        for other in failing
        if other != name and other in reference.columns
        if (apart := _apart(now, reference.columns[other])) <= _NEAR
    ]
    if len(near) != 1:
        return None
    apart, other = near[0]
    return other if _apart(now, reference.columns[name]) >= _NEARER * max(apart, _NOISE) else None


def _apart(one: ColumnProfile, other: ColumnProfile) -> float:
    """How unlike two columns are, by what needs no common bins: 0 of the same, infinite of unlike kinds."""
    if one.column.kind is not other.column.kind or not one.values or not other.values:
        return math.inf
    nulls = abs(one.nulls / one.values - other.nulls / other.values)
    if one.numbers is not None and other.numbers is not None:
        return nulls + _numbers_apart(one.numbers, other.numbers)
    if one.times is not None and other.times is not None:
        return nulls + _times_apart(one.times, other.times)
    if all(side.items.complete and 0 < len(side.items.counts) <= _WORDS for side in (one, other)):
        return nulls + _items_apart(one.items, other.items)
    if one.texts is not None and other.texts is not None:
        return nulls + _texts_apart(one.texts, other.texts)
    return math.inf


def _numbers_apart(one: Numbers, other: Numbers) -> float:
    """Means in standard deviations, the ratio of these, and how many are whole."""
    if not one.count or not other.count or not one.looked_at or not other.looked_at:
        return math.inf
    a, b = (math.sqrt(side.m2 / side.count) for side in (one, other))
    if a == b == 0.0:
        return 0.0 if one.mean == other.mean else math.inf
    if not (a > 0.0 and b > 0.0 and math.isfinite(a) and math.isfinite(b)):
        return math.inf  # numbers without end say nothing
    whole = abs(sum(one.decimals[:1]) / one.looked_at - sum(other.decimals[:1]) / other.looked_at)
    return abs(one.mean - other.mean) / math.sqrt(a * b) + abs(math.log(a / b)) + whole


def _times_apart(one: Times, other: Times) -> float:
    """Their ends, in lengths of the window."""
    if one.least is None or one.most is None or other.least is None or other.most is None:
        return math.inf
    length = other.most - other.least
    return (abs(one.least - other.least) + abs(one.most - other.most)) / length if length > 0 else math.inf


def _texts_apart(one: Texts, other: Texts) -> float:
    """Their lengths, how many words they have, and what they hold: digits, capitals, dates."""
    if not one.looked_at or not other.looked_at:
        return math.inf
    marks = [
        abs(one.marks.get(mark, 0) / one.looked_at - other.marks.get(mark, 0) / other.looked_at)
        for mark in dict.fromkeys((*one.marks, *other.marks))
    ]
    sizes = (_shares_apart(one.lengths, other.lengths), _shares_apart(one.tokens, other.tokens))
    return max(*sizes, *marks, 0.0)


def _items_apart(one: Items, other: Items) -> float:
    """The share of rows that would have to change their value (total variation)."""
    mine, theirs = dict(one.counts), dict(other.counts)
    names = dict.fromkeys((*mine, *theirs))
    return _shares_apart([mine.get(name, 0) for name in names], [theirs.get(name, 0) for name in names])


def _shares_apart(one: Sequence[int], other: Sequence[int]) -> float:
    first, second = sum(one), sum(other)
    if not first or not second:
        return math.inf
    padded = max(len(one), len(other))
    mine, theirs = ([*side, *[0] * (padded - len(side))] for side in (one, other))
    return sum(abs(a / first - b / second) for a, b in zip(mine, theirs, strict=True)) / 2
