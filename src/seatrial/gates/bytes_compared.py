"""Bytes against a limit and against the baseline's: points, without an interval, and said to be so.

Called by the gates `memory` and `size`, whose rules are of one shape, `ByteLimits`. A point compared is right as
often as measuring it again gives the same: always for the size of an artifact, nearly always for memory, whose
gate says how many starts were measured.
"""

from __future__ import annotations

from typing import assert_never

from msgspec import Struct

from seatrial.errors import Place
from seatrial.gates import wording
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Absent, Baseline, LeftOut, Present
from seatrial.gates.figures import kept
from seatrial.gates.margin import Margin
from seatrial.gates.missing_baseline import missing
from seatrial.verdict import Finding, Verdict

_BINARY = ("KiB", "MiB", "GiB", "TiB")
_UNITS = {
    "B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}  # fmt: skip
_DIGITS = 4


class ByteLimits(Struct, frozen=True, kw_only=True):
    """A limit on bytes, and on how many more than the baseline's. At least one of the two is given."""

    max: int | None = None
    max_increase: Margin | None = None
    place: Place | None = None

    @property
    def needs_baseline(self) -> bool:
        """Whether the baseline has to be measured too."""
        return self.max_increase is not None


class Taken(Struct, frozen=True, kw_only=True):
    """The bytes of one model: `seen` says how they were measured (`, the largest of 3 starts (...)`), `n` how often."""

    count: int
    seen: str = ""
    n: int | None = None


class Subject(Struct, frozen=True, kw_only=True):
    """What a gate measures, in the words of its findings. `method` names how."""

    kind: str
    metric: str
    name: str
    method: str


def against_limit(subject: Subject, taken: Taken, limit: int, digests: dict[str, str]) -> Finding:
    """The finding about the limit on the candidate."""
    met = taken.count <= limit
    size, most = sizes(taken.count, limit)
    return Finding(
        name=f"{subject.kind}.max",
        kind=subject.kind,
        metric=subject.metric,
        verdict=Verdict.PASS if met else Verdict.FAIL,
        reason=Reason.WITHIN_LIMIT if met else Reason.ABOVE_MAX,
        message=f"{subject.name} {size}{taken.seen} is {'' if met else 'not '}at most {most}",
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
    size, its = sizes(taken.count, other.count)
    most = grown(margin.value, margin)
    change = f"{_by(abs(growth), margin)} {'more' if more > 0 else 'less'} than" if more else "as much as"
    return Finding(
        name=f"{subject.kind}.max_increase",
        kind=subject.kind,
        metric=subject.metric,
        verdict=Verdict.PASS if met else Verdict.FAIL,
        reason=Reason.NOT_WORSE if met else Reason.WORSE,
        message=f"{subject.name} {size}{taken.seen}, {change} {label} at {its}{other.seen}, "
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


def sizes(one: int, other: int) -> tuple[str, str]:
    """Two numbers of bytes, told apart: in the unit that says them shortest, else to the byte."""
    a, b = size_in_words(one), size_in_words(other)
    return (a, b) if a != b or one == other else (f"{one:,} B", f"{other:,} B")


def size_in_words(count: int) -> str:
    """A number of bytes as a person would write it, `2 GiB` or `500 MB`; what no unit says exactly, to four digits."""
    exact = [
        f"{text} {unit}"
        for unit, factor in _UNITS.items()
        if factor <= count and len((text := f"{count / factor:.12g}").replace(".", "")) <= _DIGITS
    ]
    if exact:
        return min(exact, key=len)
    unit, factor = max(
        ((unit, _UNITS[unit]) for unit in _BINARY if _UNITS[unit] <= count), key=_factor, default=("B", 1)
    )
    return f"{count / factor:.{_DIGITS}g} {unit}"


def _factor(unit: tuple[str, int]) -> int:
    return unit[1]


def grown(value: float, margin: Margin) -> str:
    """A margin as a person wrote it: `10 %`, or a size."""
    return wording.percent(value) if margin.relative else size_in_words(round(value))


def _by(value: float, margin: Margin) -> str:
    if margin.relative:
        return f"{wording.told_apart(100.0 * value, 100.0 * margin.value)} %"
    return sizes(round(value), round(margin.value))[0]
