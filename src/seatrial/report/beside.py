"""A model's figures beside the baseline's, as rows of words: metrics, their gates, slices that moved, what it takes.

Called by `model_parts.py`, `page.py` and `page_slices.py`, which lay them out. Pure; nothing is escaped here. Words say
it, never a colour: `down` is a direction, `worse` a judgement, and `worse` is said only where the interval lies on one
side of zero and it is known which side is better.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from seatrial.gates.codes import Kind
from seatrial.report.claims import slice_name
from seatrial.report.escape import NAME_BOUND, plain
from seatrial.report.facts import FootprintFact, MetricFact, ModelFact
from seatrial.report.headline import ordered
from seatrial.report.numbers import UNKNOWN, count, figure, interval, places, plural, signed, size
from seatrial.verdict import Finding, Part, Verdict

NO_GATE = "no gate"
_BOUND = 40  # characters of a baseline's name above a column
_BY_METRIC = (Kind.REGRESSION, Kind.PERFORMANCE)
_NO = (Verdict.FAIL, Verdict.ERROR)


class MovedSlice(Struct, frozen=True, kw_only=True):
    """A slice that moved, with the finding that it is of."""

    finding: Finding
    part: Part


class Slices(Struct, frozen=True, kw_only=True):
    """The slices of a model: those that moved, what says no first, and how many there are, and are undecided."""

    moved: tuple[MovedSlice, ...]
    in_all: int
    undecided: int

    def __str__(self) -> str:
        """`3 of 40 slices moved, 2 undecided`."""
        said = f"{count(len(self.moved))} of {plural(self.in_all, 'slice')} moved"
        return f"{said}, {count(self.undecided)} undecided" if self.undecided else said


def side(model: ModelFact) -> str:
    """What the baseline is called above a column: `main`, `digits@2`."""
    label = (model.baseline or "").strip()
    if not label:
        return "baseline"
    return plain(label.rpartition(" at ")[0] or label.split()[0], bound=_BOUND)


def interval_header(levels: Sequence[float | None]) -> str:
    """`90 % interval` where all have that level; else the level stands in the cell."""
    known = set(levels)
    level = known.pop() if len(known) == 1 else None
    return "interval" if level is None else f"{_percent(level)} interval"


def levels(metrics: Sequence[MetricFact]) -> list[float | None]:
    """The levels of those metrics that have an interval."""
    return [fact.level for fact in metrics if fact.interval is not None]


def metric(fact: MetricFact, *, level_in_cell: bool) -> tuple[str, ...]:
    """A metric's name, the baseline's figure, its own, the change, and its interval."""
    decimals = places(fact.candidate, fact.baseline, difference=fact.difference)
    # A metric far below one would lose its digits to shared decimals when there is nothing to compare.
    shared = decimals if fact.difference is not None else None
    between = interval(fact.interval, decimals)
    if level_in_cell and fact.interval is not None and fact.level is not None:
        between += f" ({_percent(fact.level)})"
    return (
        fact.name,
        figure(fact.baseline, shared),
        figure(fact.candidate, shared),
        change(fact.difference, fact.interval, decimals, better=fact.better),
        between,
    )


def gates_of(fact: MetricFact, findings: Sequence[Finding]) -> list[tuple[Verdict, str]]:
    """The gates on a metric, each with its verdict and its rule: `not worse by 0.01`, `min 0.9`."""
    found = (one for one in ordered(findings) if one.metric == fact.name and one.kind in _BY_METRIC)
    return [(one.verdict, _rule(one)) for one in found]


def change(
    difference: float | None, bounds: tuple[float, float] | None, decimals: int, *, better: str | None = None
) -> str:
    """`-0.041 down, worse`; without the last word where nobody knows, or the interval holds zero."""
    said = signed(difference, decimals)
    if not difference or not math.isfinite(difference):
        return said
    said += " up" if difference > 0 else " down"
    if bounds is None or better not in ("higher", "lower") or bounds[0] <= 0 <= bounds[1]:
        return said
    return f"{said}, {'better' if (difference > 0) == (better == 'higher') else 'worse'}"


def slices(model: ModelFact) -> Slices:
    """The slices whose interval lies on one side of zero, or that fail: those first, then by how far they moved."""
    found = [
        MovedSlice(finding=one, part=part) for one in model.findings if one.kind == Kind.SLICES for part in one.parts
    ]
    moved = [each for each in found if each.part.verdict in _NO or _off_zero(each.part)]
    moved.sort(key=lambda each: (each.part.verdict not in _NO, -abs(each.part.estimate or 0.0)))
    undecided = sum(each.part.verdict is Verdict.INCONCLUSIVE for each in found)
    return Slices(moved=tuple(moved), in_all=len(found), undecided=undecided)


def slice_cells(each: MovedSlice) -> tuple[str, ...]:
    """A slice's name, its metric, both figures, the change with its interval, and its rows; the verdict is apart."""
    part, finding = each.part, each.finding
    decimals = places(part.candidate, part.baseline, difference=part.estimate)
    lower = finding.threshold is not None and finding.threshold > 0
    better = None if finding.threshold in (None, 0) else "lower" if lower else "higher"
    return (
        slice_name(finding, part),
        finding.metric or UNKNOWN,
        figure(part.baseline, decimals),
        figure(part.candidate, decimals),
        change(part.estimate, part.interval, decimals, better=better),
        interval(part.interval, decimals),
        count(part.n),
    )


def footprint(fact: FootprintFact) -> tuple[str, ...]:
    """A name, the baseline's figure, its own, and the change as a share."""
    mine, other = fact.candidate, fact.baseline
    share = None if mine is None or not other else 100 * (mine / other - 1)
    if share is None:
        said = UNKNOWN
    elif share == 0:
        said = "the same"
    else:
        said = f"{signed(share, 1)} % {'up' if share > 0 else 'down'}"
    return (fact.name, _amount(other, fact.unit), _amount(mine, fact.unit), said)


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return UNKNOWN
    if unit == "bytes":
        return size(value)
    return f"{figure(value)} ms" if unit == "ms" else figure(value)  # cells of figures are not escaped any more


def _rule(finding: Finding) -> str:
    if finding.threshold is None:
        return plain(finding.name, bound=NAME_BOUND)
    limit = f"{abs(finding.threshold):.12g}"
    if finding.kind == Kind.REGRESSION:
        beside = " than the anchor" if finding.name.startswith(f"{Kind.REGRESSION}.anchor.") else ""
        return f"not worse{beside} by {limit}"
    return f"{'max' if finding.name.endswith('.max') else 'min'} {finding.threshold:.12g}"


def _off_zero(part: Part) -> bool:
    return part.interval is not None and not part.interval[0] <= 0 <= part.interval[1]


def _percent(level: float) -> str:
    return f"{100 * level:.6g} %"
