"""Every answer held against what its case expects: counts for each case, and what the first miss looked like.

Called by `judge`. What cannot be told (a matcher that needs a column which is empty, a pair of scores without a
score) is listed apart and is never counted as passed or as failed.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from seatrial.evidence.canonical_scalar import canonical_one
from seatrial.evidence.case_records import Answer, Answers, Case, Cases, Compared, Pair, Relation
from seatrial.gates.behavioral.matchers.matching import Matcher, normal
from seatrial.gates.behavioral.matchers.numeric import as_written, number_in
from seatrial.gates.behavioral.matchers.table import matcher_of
from seatrial.gates.quoting import shown


class Tally(Struct, frozen=True, kw_only=True):
    """One judged case: how many of its answers passed, and, where one did not, what was wanted and what came."""

    case: Case
    passed: int
    asked: int
    wanted: str = ""
    got: str = ""

    @property
    def share(self) -> float:
        return self.passed / self.asked


class Tallies(Struct, frozen=True, kw_only=True):
    """All judged cases in the order of their files, and those that could not be judged with the reason."""

    cases: tuple[Tally, ...]
    untold: tuple[tuple[str, str], ...]


def tally(cases: Cases, answers: Answers) -> Tallies:
    """Hold every answer against its case. Every case must have its answers (`judge` has seen to that)."""
    done: list[Tally] = []
    untold: list[tuple[str, str]] = []
    for case in cases.cases:
        if not case.judged:
            continue
        matchers = [matcher_of(expectation) for expectation in case.expectations]
        given = answers.by_case[case.id]
        others = answers.by_case[case.pair.of] if case.pair is not None else given
        passed, wanted, got, unknown = 0, "", "", ""
        for answer, other in zip(given, others, strict=True):
            missed = _missed(case, matchers, answer, other)
            if missed is None:
                passed += 1
            elif missed.untold:
                unknown = missed.wanted
            elif not wanted:
                wanted, got = missed.wanted, missed.got
        if unknown:
            untold.append((case.id, unknown))
        else:
            done.append(Tally(case=case, passed=passed, asked=len(given), wanted=wanted, got=got))
    return Tallies(cases=tuple(done), untold=tuple(untold))


class _Missed(Struct, frozen=True, kw_only=True):
    wanted: str
    got: str = ""
    untold: bool = False


def _missed(case: Case, matchers: Iterable[Matcher], answer: Answer, other: Answer) -> _Missed | None:
    """The first demand that an answer does not meet, or that nobody can tell; None where it meets all."""
    for matcher in matchers:
        holds = matcher.holds(answer)
        if holds is None:
            return _Missed(wanted=f"{matcher.wanted} cannot be told of it", untold=True)
        if not holds:
            why = matcher.why(answer) if matcher.why is not None else None
            return _Missed(wanted=matcher.wanted, got=f"{_quoted(answer.text)}{f', and {why}' if why else ''}")
    return None if case.pair is None else _pair_missed(case.pair, answer, other)


def _pair_missed(pair: Pair, answer: Answer, other: Answer) -> _Missed | None:
    wanted = _wanted(pair)
    if pair.on is Compared.SCORE:
        if answer.score is None or other.score is None:
            return _Missed(wanted="there is no score to compare", untold=True)
        got = f"{answer.score:.12g} and {other.score:.12g}"
        return None if _stands(pair, answer.score, other.score) else _Missed(wanted=wanted, got=got)
    got = f"{_quoted(answer.text)} and {_quoted(other.text)}"
    if pair.relation is Relation.SAME:
        same = canonical_one(normal(answer.text)) == canonical_one(normal(other.text))
        return None if same else _Missed(wanted=wanted, got=got)
    mine, theirs = number_in(answer.text), number_in(other.text)
    if mine is not None and theirs is not None and _stands(pair, mine, theirs):
        return None
    return _Missed(wanted=wanted, got=got)


def _stands(pair: Pair, mine: float, theirs: float) -> bool:
    apart, by = as_written(mine) - as_written(theirs), as_written(pair.by)
    match pair.relation:
        case Relation.SAME:
            return apart == 0
        case Relation.WITHIN:
            return abs(apart) <= by
        case Relation.HIGHER:
            return apart >= by and apart > 0
        case Relation.LOWER:
            return -apart >= by and apart < 0


def _wanted(pair: Pair) -> str:
    what = "a score" if pair.on is Compared.SCORE else "an answer"
    other = f"that of {_quoted(pair.of)}"
    match pair.relation:
        case Relation.SAME:
            return f"{what} equal to {other}"
        case Relation.WITHIN:
            return f"{what} within {pair.by:g} of {other}"
        case _:
            least = f" by at least {pair.by:g}" if pair.by else ""
            return f"{what} {pair.relation} than {other}{least}"


def _quoted(text: str) -> str:
    return f"'{shown(text)}'"


class TagCount(Struct, frozen=True, kw_only=True):
    """The cases that carry one tag: how many pass, of how many."""

    tag: str
    passed: int
    n: int


def by_tag(cases: Iterable[tuple[Case, bool]]) -> tuple[TagCount, ...]:
    """For every tag how many of its cases pass; the lowest share first, then by name."""
    counts: dict[str, tuple[int, int]] = {}
    for case, passed in cases:
        for tag in case.tags:
            good, n = counts.get(tag, (0, 0))
            counts[tag] = (good + passed, n + 1)
    parts = (TagCount(tag=tag, passed=good, n=n) for tag, (good, n) in counts.items())
    return tuple(sorted(parts, key=lambda part: (part.passed / part.n, part.tag)))
