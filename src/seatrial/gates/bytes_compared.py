"""Bytes against a limit and against the baseline's: points, without an interval, and said to be so.

Called by the gates `memory` and `size`, whose rules are of one shape, `ByteLimits`. A point compared is right as
often as measuring it again gives the same: always for the size of an artifact, nearly always for memory, whose
gate says how many starts were measured.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, assert_never

from msgspec import Struct

from seatrial.errors import Place
from seatrial.gates import wording
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Absent, Baseline, LeftOut, Present
from seatrial.gates.figures import kept
from seatrial.gates.margin import Margin
from seatrial.gates.missing_baseline import missing
from seatrial.verdict import Finding, Verdict

_Family: TypeAlias = tuple[tuple[str, int], ...]
_DECIMAL: _Family = (("kB", 10**3), ("MB", 10**6), ("GB", 10**9), ("TB", 10**12))
_BINARY: _Family = (("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40))
_DIGITS = 4
_MOST_DIGITS = 16
_FRACTION = 0.01  # of a unit: `0.05 GB` is read, `0.000005 GB` is not


class ByteLimits(Struct, frozen=True, kw_only=True):
    """A limit on bytes, and on how many more than the baseline's. At least one of the two is given."""

    max: int | None = None
    max_increase: Margin | None = None
    place: Place | None = None

    @property
    def needs_baseline(self) -> bool:
        """Whether the baseline has to be measured too."""
        return self.max_increase is not None


Written: TypeAlias = Callable[[int], str]
"""A number of bytes in the unit of a sentence."""


class Taken(Struct, frozen=True, kw_only=True):
    """The bytes of one model: of `n` measurements the largest, and `least` the smallest; None where they are counted
    and not measured."""

    count: int
    least: int | None = None
    n: int | None = None

    @property
    def counts(self) -> tuple[int, ...]:
        """What a sentence about it names."""
        return (self.count,) if self.least is None else (self.count, self.least)

    def seen(self, written: Written) -> str:
        """How it was measured: ` (the largest of 3 starts, the least 400 MiB)`."""
        if self.n is None or self.least is None:
            return ""
        if self.n == 1:
            return " (one start, without an interval)"
        spread = f"the least {written(self.least)}" if self.least != self.count else "all alike"
        return f" (the largest of {self.n} starts, {spread})"


class Subject(Struct, frozen=True, kw_only=True):
    """What a gate measures, in the words of its findings. `method` names how."""

    kind: str
    metric: str
    name: str
    method: str


def against_limit(subject: Subject, taken: Taken, limit: int, digests: dict[str, str]) -> Finding:
    """The finding about the limit on the candidate."""
    met = taken.count <= limit
    written = in_one_unit(limit, *taken.counts)
    return Finding(
        name=f"{subject.kind}.max",
        kind=subject.kind,
        metric=subject.metric,
        verdict=Verdict.PASS if met else Verdict.FAIL,
        reason=Reason.WITHIN_LIMIT if met else Reason.ABOVE_MAX,
        message=f"{subject.name} {written(taken.count)}{taken.seen(written)} is "
        f"{'' if met else 'not '}at most {written(limit)}",
        estimate=float(taken.count),
        threshold=float(limit),
        n=taken.n,
        method=subject.method,
        candidate=float(taken.count),
        digests=digests,
    )


def against_baseline(
    subject: Subject, taken: Taken, other: Taken, margin: Margin, label: str, digests: dict[str, str]
) -> Finding:
    """The finding about the increase over the baseline."""
    more = taken.count - other.count
    growth = more / other.count if margin.relative else float(more)
    met = growth <= margin.value
    sizes = (other.count, *other.counts, *taken.counts)
    if margin.relative:
        written, most = in_one_unit(*sizes), wording.percent(margin.value)
    else:
        allowed = round(margin.value)
        written = in_one_unit(allowed, *sizes, also=(more,))
        most = written(allowed)
    by = f"{wording.told_apart(100.0 * abs(growth), 100.0 * margin.value)} %" if margin.relative else written(abs(more))
    change = f"{by} {'more' if more > 0 else 'less'} than" if more else "as much as"
    return Finding(
        name=f"{subject.kind}.max_increase",
        kind=subject.kind,
        metric=subject.metric,
        verdict=Verdict.PASS if met else Verdict.FAIL,
        reason=Reason.NOT_WORSE if met else Reason.WORSE,
        message=f"{subject.name} {written(taken.count)}{taken.seen(written)}, {change} {label} at "
        f"{written(other.count)}{other.seen(written)}, "
        f"{'within' if met else 'more than'} the {most} that it may grow",
        estimate=kept(growth),
        threshold=margin.value,
        n=taken.n,
        method=subject.method,
        candidate=float(taken.count),
        baseline=float(other.count),
        digests=digests,
    )


def without_baseline(
    subject: Subject, rule: ByteLimits, baseline: Baseline, artifact: str | None, digests: dict[str, str]
) -> Finding | None:
    """The finding about the increase where nothing has to be measured for it; None where it has, or none is asked."""
    if rule.max_increase is None:
        return None
    match baseline:
        case LeftOut():
            return None
        case Absent():
            found = missing(baseline, f"whether {subject.name} has grown")
            return unmeasured(subject, rule, "max_increase", found.verdict, found.reason, found.message, digests)
        case Present():
            if artifact is None or artifact != baseline.evidence.artifact:
                return None
            message = f"the candidate is the very same artifact as {baseline.label}: it has not grown"
            return unmeasured(subject, rule, "max_increase", Verdict.PASS, Reason.SAME_ARTIFACT, message, digests)
        case _:
            assert_never(baseline)


def unmeasured(
    subject: Subject,
    rule: ByteLimits,
    key: str,
    verdict: Verdict,
    reason: Reason,
    message: str,
    digests: dict[str, str],
) -> Finding:
    """A finding without figures, about `max` or `max_increase`."""
    limit = rule.max if key == "max" else None if rule.max_increase is None else rule.max_increase.value
    return Finding(
        name=f"{subject.kind}.{key}",
        kind=subject.kind,
        metric=subject.metric,
        verdict=verdict,
        reason=reason,
        message=message,
        threshold=None if limit is None else float(limit),
        digests=digests,
    )


def artifacts(artifact: str | None, baseline: Baseline) -> dict[str, str]:
    """The digests of both artifacts, as far as they are known."""
    other = baseline.evidence.artifact if isinstance(baseline, Present) else None
    known = {"candidate_artifact": artifact, "baseline_artifact": other}
    return {name: digest for name, digest in known.items() if digest is not None}


def in_one_unit(first: int, *others: int, also: tuple[int, ...] = ()) -> Written:
    """How the numbers of one sentence are written: all in one unit, so that they can be compared by eye.

    The unit is the largest that none of them is a fraction of, of the family in which the first one, a limit that a
    person wrote, is the shortest: 420 MiB, or 500 MB. Where two numbers would look the same, both get more digits;
    `also` are differences of two of them, which may be a fraction of the unit; far below it they have a smaller one.
    """
    counts = {first, *others}
    family = min(
        (_DECIMAL, _BINARY), key=lambda each: (_shortest(first, each), sum(_shortest(one, each) for one in counts))
    )
    unit, factor = _unit(family, min((each for each in counts if each > 0), default=0))
    differences = {abs(each) for each in also}
    numbers = counts | differences
    apart = (
        d for d in range(_DIGITS, _MOST_DIGITS) if len({_figure(one, factor, d) for one in numbers}) == len(numbers)
    )
    digits = next(apart, _MOST_DIGITS)
    digits += digits > _DIGITS  # one more than tells them apart: a rounded last digit would look exact
    texts = {each: f"{_figure(each, factor, digits)} {unit}" for each in numbers}
    for each in differences - counts:
        if 0 < each < factor * _FRACTION:
            its, size = _unit(family, each)
            texts[each] = f"{_figure(each, size, _DIGITS)} {its}"
    return texts.__getitem__


def _unit(family: _Family, least: int) -> tuple[str, int]:
    return next(((unit, factor) for unit, factor in reversed(family) if factor <= least), ("B", 1))


def _shortest(count: int, family: _Family) -> int:
    """The characters of a number in the unit of a family that says it exactly, and shortest."""
    return min(len(f"{count / factor:.15g}") for _, factor in (("B", 1), *family) if factor <= max(count, 1))


def _figure(count: int, factor: int, digits: int) -> str:
    """At least `digits` digits, and every one before the point."""
    value = count / factor
    whole = len(str(int(value)))
    text = f"{value:,.{max(0, digits - whole)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
