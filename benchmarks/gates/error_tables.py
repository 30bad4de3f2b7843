"""The tables of a simulation, in Markdown: what gates get wrong, how often they decide, and what others' rule does.

Called by `__main__`. A row stands for many populations, and shows the worst of them, so that no cell hides in a mean;
what misses its bar is marked and listed with its population. INCONCLUSIVE has columns of its own: a gate that never
decides never errs.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence

from benchmarks.change.tables import Bar, aligned
from benchmarks.gates import bars, reference
from benchmarks.gates.grid import AT_THE_MARGIN, EQUAL, ONE_WORSE
from benchmarks.gates.simulation import Outcome, Run

MARK = "**"


def compared(outcomes: Sequence[Outcome]) -> str:
    """One row for each metric and number of rows, over all its populations and margins."""
    rows: list[tuple[str, ...]] = [
        (
            "metric", "rows", "populations", "passes at the margin", "others' rule", "fails at the margin",
            "fails if equal", "passes if equal", "too few rows", "covered by 90 %",
        )
    ]  # fmt: skip
    for some in _grouped(outcomes, lambda each: (_kind(each), each.cell.n)):
        worse = [each for each in some if each.cell.truth == AT_THE_MARGIN]
        equal = [each for each in some if each.cell.truth == EQUAL]
        rows.append(
            (
                _kind(some[0]), f"{some[0].cell.n:,}", f"{len(worse)} + {len(equal)}",
                _worst(worse, "passed"), _usual(worse, "naive"), _worst(worse, "failed"), _worst(equal, "failed"),
                _usual(equal, "passed"), _few([*worse, *equal]), _coverage(some),
            )
        )  # fmt: skip
    return aligned(rows)


def accuracy(outcomes: Sequence[Outcome]) -> str:
    """By how bad the candidate truly is: others' rule, and PASS / INCONCLUSIVE / FAIL, at a margin of 0.01."""
    truths = sorted({each.cell.truth for each in outcomes})
    rows: list[tuple[str, ...]] = [("apart", "rows", *(f"{-0.01 * truth:g}" if truth else "0" for truth in truths))]
    for some in _grouped(outcomes, lambda each: (each.cell.disagreement, each.cell.n)):
        by_truth = {each.cell.truth: each for each in some}
        cells = [_verdicts(by_truth[truth]) if truth in by_truth else "cannot be" for truth in truths]
        rows.append((f"{100 * some[0].cell.disagreement:g} %", f"{some[0].cell.n:,}", *cells))
    return aligned(rows)


def _verdicts(each: Outcome) -> str:
    passed, failed = each.tally.share("passed"), each.tally.share("failed")
    text = f"{passed:.3f}/{1 - passed - failed:.3f}/{failed:.3f}"
    asked = {limit.counted for limit in each.missed} & {"passed", "failed"}
    return f"{each.tally.share('naive'):.2f}, {MARK * bool(asked)}{text}{MARK * bool(asked)}"


def slices(outcomes: Sequence[Outcome]) -> str:
    """How often an identical model is blocked, and how often one worse slice is found."""
    rows: list[tuple[str, ...]] = [
        (
            "slices", "metric", "points", "each p < 0.05", "gate", "gate, `decline`", "worse slice found",
            "reference", "found, `decline`", "reference",
        )
    ]  # fmt: skip
    for some in _grouped(outcomes, lambda each: (each.cell.groups, each.cell.n, each.metric)):
        groups, n = some[0].cell.groups, some[0].cell.n
        equal = next(each for each in some if each.cell.what != ONE_WORSE)
        worse = next((each for each in some if each.cell.what == ONE_WORSE), None)
        found = ("", "", "", "")
        if worse is not None:
            beyond, declined = reference.SLICES[groups, n]
            found = (_marked(worse, "failed"), f"{beyond:g}", _marked(worse, "declined"), f"{declined:g}")
        shares = [f"{equal.tally.share(name):.3f}" for name in ("naive_blocked", "uncorrected")]
        rows.append(
            (f"{groups} x {n:,}", equal.metric, *shares, _marked(equal, "failed"), _marked(equal, "declined"), *found)
        )
    return aligned(rows)


def fairness(outcomes: Sequence[Outcome]) -> str:
    """How often equal groups are blocked, and what becomes of groups exactly at the limit."""
    rows: list[tuple[str, ...]] = [
        (
            "groups", "positives each", "points block equal", "gate blocks equal", "gate passes equal",
            "points block at limit", "gate blocks at limit", "gate passes at limit",
        )
    ]  # fmt: skip
    for some in _grouped(outcomes, lambda each: (each.cell.groups, each.cell.n)):
        cells: list[str] = []
        for truth in (EQUAL, AT_THE_MARGIN):
            each = next(one for one in some if one.cell.truth == truth)
            cells += [f"{each.tally.share('naive_blocked'):.3f}", _marked(each, "failed"), _marked(each, "passed")]
        rows.append((str(some[0].cell.groups), f"{some[0].cell.n:,}", *cells))
    return aligned(rows)


def intervals(outcomes: Sequence[Outcome]) -> str:
    """Least and most coverage of the intervals that stand by themselves."""
    rows: list[tuple[str, ...]] = [("interval of 90 %", "rows", "shares", "covered")]
    alone = [each for each in outcomes if each.cell.part == "intervals"]
    for some in _grouped(alone, lambda each: (each.metric, each.cell.n)):
        shares = ", ".join(f"{each.cell.disagreement:g}" for each in some)
        rows.append((some[0].metric, f"{some[0].cell.n:,}", shares, _coverage(some)))
    newcombe = [
        each for each in outcomes if "newcombe" in each.tally.counts and bars.covers(each.cell, each.metric, each.tally)
    ]
    rows += [
        ("newcombe, paired", f"{some[0].cell.n:,}", "all of accuracy", _ends(some, "newcombe"))
        for some in _grouped(newcombe, lambda each: each.cell.n)
    ]
    return aligned(rows)


def few_apart(outcomes: Iterable[Outcome]) -> str:
    """Coverages that no bar asks for, because hardly a row tells the models apart."""
    few = [
        each
        for each in outcomes
        if each.metric in ("accuracy", "recall") and bars.apart(each.cell, each.metric) < bars.FEWEST_APART
    ]
    rows: list[tuple[str, ...]] = [("metric", "rows that tell the models apart", "cells", "covered", "Newcombe")]
    for some in _grouped(sorted(few, key=_apart), lambda each: (each.metric, _apart(each))):
        count = f"{_apart(some[0]):g}"
        rows.append((some[0].metric, count, str(len(some)), _ends(some, "covered"), _ends(some, "newcombe")))
    return aligned(rows)


def _apart(each: Outcome) -> float:
    return round(bars.apart(each.cell, each.metric), 6)


def missing(outcomes: Iterable[Outcome]) -> list[str]:
    """Every cell that misses a bar, in words."""
    said = []
    for each in outcomes:
        for limit in each.missed:
            share, error = each.tally.share(limit.counted), each.tally.error(limit.counted)
            bound = f"at most {limit.most:g}" if share > limit.most else f"at least {limit.least:g}"
            said.append(f"{each.metric}: {limit.counted} {share:.4f} (+- {error:.4f}), {bound}: {each.cell.name}")
    return said


def of_bars(run: Run) -> list[Bar]:
    """One bar for each promise: its worst cell, and how many miss it."""
    promises: dict[tuple[str, str], list[tuple[Outcome, bars.Limit]]] = {}
    for each in run.outcomes:
        for limit in bars.limits(each.cell, each.metric, each.tally):
            promises.setdefault((_kind(each), _promise(limit, each)), []).append((each, limit))
    made = []
    for (kind, promise), some in promises.items():
        off = [limit.missed(each.tally) for each, limit in some]
        shares = [each.tally.share(limit.counted) for each, limit in some]
        made.append(
            Bar(
                name=f"{kind}: {promise.partition(',')[0]}, {len(some)} cells",
                measured=f"{min(shares):.3f} .. {max(shares):.3f}" + (f", {sum(off)} miss" if any(off) else ""),
                promised=promise.partition(", ")[2],
                met=not any(off),
            )
        )
    return made


def _kind(each: Outcome) -> str:
    if each.cell.part in ("slices", "fairness"):
        return f"{each.cell.part}, {each.metric}"
    return f"{each.metric}{', relative' * each.cell.relative}"


def _promise(limit: bars.Limit, each: Outcome) -> str:
    counted = {"covered": "coverage of 90 %", "newcombe": "coverage of Newcombe's 90 %"}.get(limit.counted)
    if counted is not None:
        ends = f"at least {limit.least:.2f}" + (f", at most {limit.most:.2f}" if limit.most < 1 else "")
        return f"{counted}, {ends}"
    if limit.counted in reference.power(each.cell):
        return f"{limit.counted} as the reference, within {reference.WITHIN:g}"
    where = each.cell.what if each.cell.part in ("slices", "fairness") else _truth(each.cell.truth)
    many = f" ({each.cell.groups} groups)" if each.cell.part == "slices" else ""
    return f"{limit.counted} where {where}{many}, at most {limit.most:g}"


def _truth(truth: float) -> str:
    if truth == EQUAL:
        return "equal"
    return "at the margin" if truth == AT_THE_MARGIN else "beyond the margin"


def _grouped(outcomes: Iterable[Outcome], key: Callable[[Outcome], object]) -> Iterable[list[Outcome]]:
    """Those with the same key together, in the order of the first of each."""
    found: dict[object, list[Outcome]] = {}
    for each in outcomes:
        found.setdefault(key(each), []).append(each)
    return found.values()


def _worst(outcomes: Sequence[Outcome], name: str) -> str:
    """Mean and worst, in per cent."""
    if not outcomes:
        return ""
    shares = [each.tally.share(name) for each in outcomes]
    text = f"{100 * statistics.fmean(shares):.1f}, worst {100 * max(shares):.1f}"
    off = any(limit.counted == name for each in outcomes for limit in each.missed)
    return f"{MARK}{text}{MARK}" if off else text


def _usual(outcomes: Sequence[Outcome], name: str) -> str:
    """The middle and the ends, in per cent."""
    if not outcomes:
        return ""
    shares = sorted(100 * each.tally.share(name) for each in outcomes)
    return f"{statistics.median(shares):.0f} ({shares[0]:.0f}..{shares[-1]:.0f})"


def _few(outcomes: Sequence[Outcome]) -> str:
    """Samples that hold too few rows for any verdict by this interval: in all, in per cent."""
    shares = [1 - each.tally.share("bounded") for each in outcomes]
    return f"{100 * statistics.fmean(shares):.0f}"


def _coverage(outcomes: Sequence[Outcome]) -> str:
    return _ends([each for each in outcomes if bars.covers(each.cell, each.metric, each.tally)], "covered")


def _ends(outcomes: Sequence[Outcome], name: str) -> str:
    shares = [each.tally.share(name) for each in outcomes if name in each.tally.counts]
    shares = [share for share in shares if not math.isnan(share)]
    if not shares:
        return ""
    text = f"{min(shares):.3f}..{max(shares):.3f}"
    off = any(limit.counted == name for each in outcomes for limit in each.missed)
    return f"{MARK}{text}{MARK}" if off else text


def _marked(each: Outcome, name: str) -> str:
    text = f"{each.tally.share(name):.3f}"
    return f"{MARK}{text}{MARK}" if any(limit.counted == name for limit in each.missed) else text
