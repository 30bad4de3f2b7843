"""A finding in a few words: `f1 on size=small dropped 0.027 [0.004, 0.051] to 0.774, against main at 1a2b3c4`.

Called by `headline.py` for its second half, and by the sections that name slices. Pure; nothing is escaped yet, but
names are bounded, so that none pushes the figures out.

What is subtle: a finding's estimate is a difference in some gates, a share of the baseline in others, and the distance
of two groups in a third kind. What is not known to be a difference is never called one. "Dropped" and "rose" say where
the figure went, not whether that is good: a loss that dropped got better, and the verdict says so. The bracket is the
interval of what the word says, so a drop of 0.027 whose interval ends below zero may have been a rise.
"""

from __future__ import annotations

import math

from seatrial.gates.codes import Kind
from seatrial.report.escape import NAME_BOUND, plain
from seatrial.report.numbers import count, figure, interval, places, plural
from seatrial.verdict import Finding, Part, Verdict

JOINT = " x "
"""Between the columns and the values of a slice by several columns: `metrics.measure.JOINT`, which brings numpy."""
_ANCHOR = f"{Kind.REGRESSION}.anchor."
_ALIKE = 1e-9
_IN_BYTES = (Kind.SIZE, Kind.MEMORY)


def claim(finding: Finding, baseline: str | None) -> str:
    """A finding in a few words: `accuracy dropped 0.041 [0.026, 0.057] to 0.871, against digits@2 (production)`.

    An INCONCLUSIVE one says how many rows would decide, where that is known.
    """
    text = _compared(finding, baseline) or _groups(finding) or _limited(finding) or _first_clause(finding.message)
    if finding.verdict is Verdict.INCONCLUSIVE:
        if finding.n_needed is not None:
            text += f"; about {plural(finding.n_needed, 'row')} would decide"
            if finding.n is not None:
                text += f", {count(finding.n)} are there"
        elif finding.n is not None:
            text += f"; undecided with {plural(finding.n, 'row')}"
    return text


def slice_name(finding: Finding, part: Part) -> str:
    """A slice by its columns: `size=small`, or `region=west, size=small`."""
    grouping = finding.name.removeprefix(f"{finding.kind}.{finding.metric}.")
    columns = grouping.split(JOINT)
    values = part.name.split(JOINT) if len(columns) > 1 else [part.name]
    if len(values) != len(columns):  # a value holds the joint itself, and is not to be taken apart wrongly
        return f"{named(grouping)}={named(part.name)}"
    return ", ".join(f"{named(column)}={named(value)}" for column, value in zip(columns, values, strict=True))


def named(name: str) -> str:
    """A name inside a sentence, bounded so that the sentence stays readable."""
    return plain(name, bound=NAME_BOUND)


def moved(estimate: float, bounds: tuple[float, float] | None, decimals: int) -> str:
    """`dropped 0.027 [0.004, 0.051]`: which way, how far, and the interval of that."""
    if bounds is not None and estimate < 0:
        bounds = (-bounds[1], -bounds[0])
    size = figure(abs(estimate), decimals)
    between = "" if bounds is None else f" {interval(bounds, decimals, sign=False)}"
    return f"{'rose' if estimate > 0 else 'dropped'} {size}{between}"


def _compared(finding: Finding, baseline: str | None) -> str | None:
    """Only for what has both figures; the baseline's name is the report's, not the finding's."""
    if finding.metric is None or finding.candidate is None or finding.baseline is None or finding.estimate is None:
        return None
    if finding.kind in _IN_BYTES:
        return None  # their own sentence writes bytes as sizes
    decimals = places(finding.candidate, finding.baseline, difference=finding.estimate)
    against = "the anchor" if finding.name.startswith(_ANCHOR) else named(baseline or "the baseline")
    what = named(finding.metric) + _where(finding)
    value = figure(finding.candidate, decimals)
    if finding.estimate == 0:
        return f"{what} {value}, the same as {against}"
    if _is_share(finding):
        change = _moved_by_share(finding.estimate, finding.interval)
    else:
        change = moved(finding.estimate, finding.interval, decimals)
    return f"{what} {change} to {value}, against {against}{_more_slices(finding)}"


def _is_share(finding: Finding) -> bool:
    """Whether the estimate is a share of the baseline: what is certainly a difference is told as one."""
    if finding.kind in (Kind.REGRESSION, Kind.SLICES) or not finding.baseline or finding.candidate is None:
        return False
    share = finding.candidate / finding.baseline - 1
    return finding.estimate is not None and math.isclose(finding.estimate, share, rel_tol=1e-6, abs_tol=_ALIKE)


def _moved_by_share(share: float, bounds: tuple[float, float] | None) -> str:
    ends = None if bounds is None else (100 * bounds[0], 100 * bounds[1])
    return f"{moved(100 * share, ends, places(100 * share, difference=100 * share))} %"


def _where(finding: Finding) -> str:
    part = _shown(finding)
    return "" if part is None else f" on {slice_name(finding, part)}"


def _shown(finding: Finding) -> Part | None:
    """The slice whose figures a finding shows."""
    if finding.kind != Kind.SLICES:
        return None
    figures = (finding.verdict, finding.estimate, finding.interval, finding.candidate, finding.baseline)
    return next(
        (
            part
            for part in finding.parts
            if (part.verdict, part.estimate, part.interval, part.candidate, part.baseline) == figures
        ),
        None,
    )


def _more_slices(finding: Finding) -> str:
    """How many other slices have the verdict; of those that pass nobody needs to know."""
    if finding.kind != Kind.SLICES or finding.verdict is Verdict.PASS:
        return ""
    others = sum(part.verdict is finding.verdict for part in finding.parts) - 1
    word = "worse" if finding.verdict is Verdict.FAIL else "undecided"
    return f"; {plural(others, 'more slice')} {word}" if others > 0 else ""


def _groups(finding: Finding) -> str | None:
    """How far groups lie apart: `recall by sex: groups 0.120 [0.050, 0.190] apart (max 0.1)`."""
    if finding.kind != Kind.FAIRNESS or finding.metric is None:
        return None
    if finding.estimate is None or finding.threshold is None:
        return None
    by = finding.name.removeprefix(f"{Kind.FAIRNESS}.{finding.metric}.")
    grouping, _, what = by.rpartition(".")
    decimals = places(finding.estimate, difference=finding.estimate - finding.threshold)
    between = "" if finding.interval is None else f" {interval(finding.interval, decimals, sign=False)}"
    seen, limit = f"{figure(finding.estimate, decimals)}{between}", f"{finding.threshold:.12g}"
    match what if grouping else "":
        case "ratio":
            return f"{named(finding.metric)} by {named(grouping)}: one group has {seen} of another's (min {limit})"
        case "increase":
            return f"{named(finding.metric)} by {named(grouping)}: groups moved apart by {seen} (max {limit})"
        case _:
            return f"{named(finding.metric)} by {named(by)}: groups {seen} apart (max {limit})"


def _limited(finding: Finding) -> str | None:
    """For a figure held against a fixed limit."""
    if finding.metric is None or finding.estimate is None or finding.threshold is None or finding.kind in _IN_BYTES:
        return None
    end = finding.name.rpartition(".")[2]
    if finding.kind != Kind.PERFORMANCE and (finding.kind != Kind.LATENCY or end not in ("min", "max")):
        return None
    decimals = places(finding.estimate, difference=finding.estimate - finding.threshold)
    value = f"{named(finding.metric)} {figure(finding.estimate, decimals)}"
    return f"{value} ({'max' if end == 'max' else 'min'} {finding.threshold:.12g})"


def _first_clause(message: str) -> str:
    """A message up to its first `;`, those in brackets aside."""
    depth = 0
    for at, character in enumerate(message):
        depth += (character == "(") - (character == ")")
        if character == ";" and depth <= 0:
            return message[:at]
    return message
