"""What a check of a dataset found, in words: the pieces that the terminal, Markdown and HTML put together.

Called by `cli/check_text.py`, `data_markdown.py` and `data_page.py`, so that no two faces disagree on a figure.
Pure. Nothing is escaped here; each face does that in its own way.

What is subtle: a PASS is only worth what it excludes. `excluded` reads that off the upper bounds of what passed, so a
check of forty rows does not look like one of a million. It does not say what would have been an alarm: that is the
floor's to decide, and the largest bound may lie below it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from seatrial.data.claims import Severity, Unit
from seatrial.data.codes import Reason
from seatrial.data.findings import DataFinding
from seatrial.data.result import Check, counts, weight
from seatrial.report.numbers import count, figure, interval, plural
from seatrial.verdict import Verdict

WHOLE = "whole dataset"
"""How what is said of no single column is headed."""

_NAMED = {Verdict.FAIL: "fail", Verdict.ERROR: "could not be judged", Verdict.INCONCLUSIVE: "could not be decided"}
# A distance that is limited has a measure of its own, so the weakest of several says nothing.
_EXCLUDED = {
    Unit.SD: "a shift of more than {}",
    Unit.SHARE: "a change of more than {}",
    Unit.CORRELATION: "one of more than {}",
    Unit.AUC: "rows told apart with more than {}",
}


def headline(check: Check) -> str:
    """The verdict, the decision and how many statements say so, in one line."""
    number = counts(check.judged)
    total = len(check.judged)
    start = f"{check.verdict}: decision {check.decision}, "
    if not total:
        return f"{start}nothing was checked"
    (first, *rest) = [(number[verdict], said) for verdict, said in _NAMED.items() if number[verdict]] or [(0, "")]
    if not first[0]:
        return f"{start}all {total:,} statements hold" if total > 1 else f"{start}the one statement holds"
    one = "s" if first == (1, _NAMED[Verdict.FAIL]) else ""
    said = f"{first[0]:,} of {plural(total, 'statement')} {first[1]}{one}"
    return f"{start}{', '.join([said, *(f'{few:,} {what}' for few, what in rest)])}"


def about(check: Check) -> str:
    """What was looked at, and what it was held against."""
    size = f"{plural(check.rows, 'row')}, {plural(check.columns, 'column')}"
    files = f" in {plural(check.files, 'file')}" if check.files != 1 else ""
    against = [name for name in (check.reference, check.contract) if name]
    return f"{check.dataset}: {size}{files}" + (f"; held against {' and '.join(against)}" if against else "")


def title(finding: DataFinding) -> str:
    """`drift.shift (differs)`, and for what does not block, that it does not."""
    slight = "" if finding.severity is Severity.ERROR else f", {finding.severity}"
    return f"{finding.check} ({finding.reason}{slight})"


def amount(value: float, unit: str | None, decimals: int | None = None) -> str:
    """A figure with its unit: `0.41 sd`, `1.3 % of rows`, `AUC 0.62`."""
    match unit:
        case Unit.SHARE:
            return f"{figure(100 * value, _decimals(100 * value, unit) if decimals is None else decimals)} % of rows"
        case None:
            return figure(value, decimals)
    decimals = _decimals(value, unit) if decimals is None else decimals
    match unit:
        case Unit.AUC:
            return f"AUC {figure(0.5 + value, decimals)}"
        case Unit.CORRELATION:
            return f"{figure(value, decimals)} of correlation"
        case _:
            return f"{figure(value, decimals)} {unit}"


def effect(finding: DataFinding) -> str | None:
    """The size of a difference with its bounds and the floor: `0.41 sd [0.38, 0.44], floor 0.1 sd`. None for a plain
    fact, whose sentence says all there is."""
    if finding.estimate is None or finding.interval is None:
        return None
    offset, scale = _scale(finding.unit)
    low, high = (offset + scale * bound for bound in finding.interval)
    decimals = _decimals(scale * finding.estimate, finding.unit)
    text = f"{amount(finding.estimate, finding.unit, decimals)} {interval((low, high), decimals, sign=False)}"
    if finding.threshold is not None:
        text += f", floor {offset + scale * finding.threshold:.4g}"
    return text


def _decimals(shown: float, unit: str | None) -> int:
    """Two as a rule, one for shares in per cent, more where nothing else would be left of a small effect."""
    plain = 1 if unit == Unit.SHARE else 2
    return plain if not 0 < abs(shown) < 10.0**-plain else plain + 2


def sides(finding: DataFinding) -> str | None:
    """What was and what is, in the column's own unit."""
    if finding.current is None or finding.reference is None:
        return None
    return f"{finding.reference} -> {finding.current}"


def rests_on(finding: DataFinding) -> str | None:
    """How many rows a finding rests on, and how many would decide."""
    if finding.n is None:
        return None
    text = plural(finding.n, "row")
    if finding.n_reference is not None:
        text += f", {count(finding.n_reference)} in the reference"
    if finding.verdict is Verdict.INCONCLUSIVE:
        needed = _needed(finding)
        if needed is not None:
            text += f"; about {needed} would decide"
        elif finding.reason != Reason.NOT_LOOKED_AT:
            text += "; how many rows would decide cannot be said"
    return text


def _needed(finding: DataFinding) -> str | None:
    """How many rows would decide, and whether the reference needs them too."""
    if finding.n_needed is None:
        return None
    both = " in the reference and as many in current" if finding.n_reference_needed is not None else ""
    return plural(finding.n_needed, "row") + both


def figures(finding: DataFinding, *, both_sides: bool = False) -> str:
    """The figures of a finding as one line, empty where it is a plain fact. What its sentence has said is left out.
    `both_sides`: with what was and what is, where there is room for that."""
    known = (_unsaid(finding), sides(finding) if both_sides else None, rests_on(finding))
    return "; ".join(text for text in known if text)


def _unsaid(finding: DataFinding) -> str | None:
    """The effect, or only its floor where the sentence tells the rest."""
    text = effect(finding)
    if text is None or finding.estimate is None or finding.threshold is None:
        return text
    offset, scale = _scale(finding.unit)
    bounds = [offset + scale * bound for bound in (finding.estimate, *(finding.interval or ()))]
    decimals = _decimals(scale * finding.estimate, finding.unit)
    said = all(figure(bound, decimals) in finding.message for bound in bounds)
    return f"floor {amount(finding.threshold, finding.unit)}" if said else text


def grouped(findings: Iterable[DataFinding]) -> list[tuple[str, list[DataFinding]]]:
    """Findings by column, the worst column first and within it the worst finding."""
    groups: dict[str | None, list[DataFinding]] = {}
    for finding in sorted(findings, key=weight):
        groups.setdefault(finding.column, []).append(finding)
    return [(WHOLE if column is None else column, members) for column, members in groups.items()]


def notable(check: Check) -> list[DataFinding]:
    """What is shown in full: whatever counts and is not a PASS."""
    return [finding for finding in check.judged if finding.verdict is not Verdict.PASS]


def remarks(check: Check) -> list[str]:
    """What is worth knowing and decides nothing: notes, and findings that are no more than that."""
    told = [finding for finding in check.findings if finding.severity is Severity.INFO]
    shown = [finding.message for finding in sorted(told, key=weight) if finding.verdict is not Verdict.PASS]
    return list(dict.fromkeys([*check.notes, *shown]))


def excluded(findings: Sequence[DataFinding]) -> str | None:
    """What the findings that passed exclude: the largest upper bound of each kind, rounded up. A kind in which one
    has no bound is left out, for nothing is excluded there."""
    weakest: dict[Unit, float] = {}
    for finding in findings:
        if finding.verdict is Verdict.PASS and finding.interval is not None and finding.unit in list(_EXCLUDED):
            unit = Unit(finding.unit)
            weakest[unit] = max(weakest.get(unit, 0.0), finding.interval[1])
    told = [
        _EXCLUDED[unit].format(_at_most(weakest[unit], unit))
        for unit in _EXCLUDED
        if unit in weakest and math.isfinite(weakest[unit])
    ]
    return ", ".join(told) or None


def _at_most(bound: float, unit: Unit) -> str:
    """An upper bound that rounding has not made smaller than it is."""
    offset, scale = _scale(unit)
    decimals = _decimals(scale * bound, unit)
    step = 10.0**decimals
    up = math.ceil(round((offset + scale * bound) * step, 6)) / step  # 0.07 * 100 is not 7.000000000000001
    return amount((up - offset) / scale, unit, decimals)


def passed(check: Check) -> str | None:
    """One line for all that passed, with what it excludes."""
    good = [finding for finding in check.judged if finding.verdict is Verdict.PASS]
    if not good:
        return None
    rules = sum(finding.estimate is None or finding.interval is None for finding in good)
    parts = [f"{plural(rules, 'rule')} {'holds' if rules == 1 else 'hold'}"] if rules else []
    if len(good) > rules:
        some = len(good) - rules
        verb = "excludes" if some == 1 else "exclude"
        limits = excluded(good)
        told = f"which {verb} {limits}" if limits else "without a bound"
        parts.append(f"{plural(some, 'comparison')}, {told}")
    return f"PASS {len(good):,}: {'; '.join(parts)}"


def next_step(check: Check) -> str | None:
    """What to type or to look at next; None when there is nothing to do."""
    worst = sorted(notable(check), key=weight)
    named = next((finding.next_step for finding in worst if finding.next_step), None)
    if named is not None:
        return named
    if not check.judged:
        return "name a reference with --reference, or write a contract with --infer and name it with --contract"
    if check.verdict is Verdict.INCONCLUSIVE:
        known = [finding for finding in worst if finding.n_needed is not None]
        if not known:
            return None
        return f"check again with about {_needed(max(known, key=lambda finding: finding.n_needed or 0))}"
    if check.verdict is Verdict.FAIL and any(finding.check.startswith("contract.") for finding in worst):
        return f"repair the data, or edit {check.contract or 'the contract'} if the data is right"
    if check.verdict is Verdict.FAIL and check.reference is None:
        return "look at how this data was made; a column that says nothing can go"
    if check.verdict is Verdict.FAIL:
        return "look at how this data was made; if it is right, make its profile the reference with --save-profile"
    return None


def _scale(unit: str | None) -> tuple[float, float]:
    """What to add to and multiply an effect with, to have it as `amount` shows it."""
    return (0.5, 1.0) if unit == Unit.AUC else (0.0, 100.0) if unit == Unit.SHARE else (0.0, 1.0)
