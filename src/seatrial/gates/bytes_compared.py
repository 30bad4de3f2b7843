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
from seatrial.gates.missing_baseline import missing
from seatrial.verdict import Finding, Verdict

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


class Growth(Struct, frozen=True, kw_only=True):
    """How much more than the baseline is still acceptable: a share of it, or bytes."""

    value: float
    relative: bool


class ByteLimits(Struct, frozen=True, kw_only=True):
    """A limit on bytes, and on how many more than the baseline's. At least one of the two is given."""

    max: int | None = None
    max_increase: Growth | None = None
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
    subject: Subject, taken: Taken, other: Taken, margin: Growth, label: str, digests: dict[str, str]
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
    """Two numbers of bytes in the unit of the larger, with as many digits as tell them apart: `1.42 GiB`, `2 GiB`."""
    power = 0
    while max(one, other) >= 1024 ** (power + 1) and power + 1 < len(_UNITS):
        power += 1
    a, b = one / 1024**power, other / 1024**power
    return f"{wording.told_apart(a, b)} {_UNITS[power]}", f"{wording.told_apart(b, a)} {_UNITS[power]}"


def grown(value: float, margin: Growth) -> str:
    """A margin as a person wrote it: `10 %`, or a size."""
    return wording.percent(value) if margin.relative else sizes(round(value), 0)[0]


def _by(value: float, margin: Growth) -> str:
    if margin.relative:
        return f"{wording.told_apart(100.0 * value, 100.0 * margin.value)} %"
    return sizes(round(value), round(margin.value))[0]
