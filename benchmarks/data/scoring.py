"""What counts as found, as unsure and as a false alarm: one rule for all tools, and the rates with their intervals.

Found: the tool raises an alarm (a check and a column) that it does not raise on the same rows undamaged, and that at
most one in five clean samples raises; else a tool that alarms at random would find much. Unsure: it finds nothing, but
says of something that it cannot tell. An exception is neither.

A tool that alarms at random finds something by that rule all the same, if each of its alarms is rare. How much is
counted on clean samples: each is taken for a damaged one, with another clean one of its source for its control. That is
an upper limit, since a damaged sample shares its rows, and so much of its chance, with its control. Beside it stands
what is found by alarms that no clean sample raises.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.data.cases import Case, Sample
from benchmarks.data.power import ENOUGH
from seatrial.stats.proportion import clopper_pearson

OFTEN = 0.2
Alarm = tuple[str, str]
"""A check and a column; no figures, which differ from sample to sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a tool says of one file. `error` is the exception it ended in."""

    alarms: tuple[Alarm, ...] = ()
    unsure: tuple[Alarm, ...] = ()
    error: str | None = None
    cpu: float = 0.0


@dataclass(slots=True, kw_only=True)
class Score:
    """Counts of one case: in `tried` samples. `by` says which alarms found it, and how often. `sure` are those found
    by an alarm that no clean sample raises."""

    case: Case
    tried: int = 0
    found: int = 0
    sure: int = 0
    unsure: int = 0
    errors: int = 0
    by: Counter[Alarm] = field(default_factory=Counter)
    exceptions: Counter[str] = field(default_factory=Counter)

    @property
    def expected(self) -> bool:
        """Whether it is asked for: above the declared floor, and an honest test would show it."""
        return self.case.effect.above_floor and self.case.power >= ENOUGH


@dataclass(frozen=True, slots=True, kw_only=True)
class Clean:
    """Counts over samples in which nothing is wrong: `by` which alarms were false, `unsure_by` what was uncertain."""

    tried: int
    alarmed: int
    unsure: int
    errors: int
    by: Counter[Alarm]
    unsure_by: Counter[Alarm]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many of so many, with the exact interval of 95 %."""

    part: int
    whole: int

    @property
    def interval(self) -> tuple[float, float]:
        limits = clopper_pearson(self.part, self.whole, alpha=0.025)
        return limits.lower, limits.upper

    def __str__(self) -> str:
        if not self.whole:
            return "-"
        lower, upper = self.interval
        return (
            f"{100 * self.part / self.whole:.1f} % ({self.part} of {self.whole}; {100 * lower:.1f}..{100 * upper:.1f})"
        )


def clean_of(answers: Mapping[Sample, Answer]) -> Clean:
    """What was said of clean samples; controls are not among them."""
    clean = [answer for sample, answer in answers.items() if sample.case is None and not sample.is_control]
    return Clean(
        tried=len(clean),
        alarmed=sum(bool(answer.alarms) for answer in clean),
        unsure=sum(bool(answer.unsure) and not answer.alarms for answer in clean),
        errors=sum(answer.error is not None for answer in clean),
        by=Counter(alarm for answer in clean for alarm in set(answer.alarms)),
        unsure_by=Counter(alarm for answer in clean for alarm in set(answer.unsure)),
    )


def scores_of(answers: Mapping[Sample, Answer]) -> tuple[Score, ...]:
    """One score for each case, in the order in which they were asked."""
    clean = clean_of(answers)
    usual = usual_of(clean)
    controls = {(sample.source, sample.part): answer for sample, answer in answers.items() if sample.is_control}
    scores: dict[str, Score] = {}
    for sample, answer in answers.items():
        if sample.case is None:
            continue
        score = scores.setdefault(sample.case.name, Score(case=sample.case))
        _count(score, answer, controls[sample.source, sample.part], usual)
        score.sure += bool(_new(answer, controls[sample.source, sample.part], set(clean.by)))
    return tuple(scores.values())


def usual_of(clean: Clean) -> set[Alarm]:
    """Alarms that find nothing, because too many clean samples raise them."""
    return {alarm for alarm, times in clean.by.items() if times > OFTEN * clean.tried}


def by_chance(answers: Mapping[Sample, Answer]) -> Rate:
    """Of clean samples, in how many something would count as found beside the next clean one of the same source."""
    clean = {sample: answer for sample, answer in answers.items() if sample.case is None and not sample.is_control}
    usual = usual_of(clean_of(clean))
    sources: dict[int, list[Answer]] = {}
    for sample, answer in sorted(clean.items(), key=lambda pair: (pair[0].source, pair[0].part)):
        sources.setdefault(sample.source, []).append(answer)
    pairs = [(one, some[place - 1]) for some in sources.values() if len(some) > 1 for place, one in enumerate(some)]
    return Rate(part=sum(bool(_new(one, other, usual)) for one, other in pairs), whole=len(pairs))


def _new(answer: Answer, control: Answer, usual: set[Alarm]) -> set[Alarm]:
    """Nothing is new beside a control that ended in an exception: what it would have said is not known."""
    return set() if control.error is not None else set(answer.alarms) - set(control.alarms) - usual


def _count(score: Score, answer: Answer, control: Answer, usual: set[Alarm]) -> None:
    new = _new(answer, control, usual)
    score.tried += 1
    if answer.error is not None:
        score.errors += 1
        score.exceptions[answer.error] += 1
    score.found += bool(new)
    score.unsure += not new and bool(set(answer.unsure) - set(control.unsure))
    score.by.update(new)


def found(scores: Iterable[Score]) -> Rate:
    """Of what is asked for, how much was found."""
    asked = [score for score in scores if score.expected]
    return Rate(part=sum(score.found for score in asked), whole=sum(score.tried for score in asked))


def weakest(scores: Iterable[Score]) -> list[Score]:
    """Of each kind the first magnitude that is asked for: magnitudes are listed from weak to strong, and what is found
    of the strong ones repeats it."""
    first: dict[str, Score] = {}
    for score in scores:
        if score.expected:
            first.setdefault(score.case.kind.name, score)
    return list(first.values())


def surely_found(scores: Iterable[Score]) -> Rate:
    """The same, counting only alarms that no clean sample raises."""
    asked = [score for score in scores if score.expected]
    return Rate(part=sum(score.sure for score in asked), whole=sum(score.tried for score in asked))


def not_passed(scores: Iterable[Score]) -> Rate:
    """Of what lies above the floor with too few rows to show it: how much was found or said to be uncertain."""
    weak = [score for score in scores if score.case.effect.above_floor and not score.expected]
    return Rate(part=sum(score.found + score.unsure for score in weak), whole=sum(score.tried for score in weak))


def overdone(scores: Iterable[Score]) -> Rate:
    """Of what lies below the floor, how much was an alarm all the same."""
    small = [score for score in scores if not score.case.effect.above_floor]
    return Rate(part=sum(score.found for score in small), whole=sum(score.tried for score in small))


def misses(scores: Sequence[Score]) -> list[Score]:
    """Asked for, and not found each time."""
    return [score for score in scores if score.expected and score.found < score.tried]
