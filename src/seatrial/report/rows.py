"""The tables of a report as rows of plain strings, before any face lays them out.

Called by the sections of Markdown, by the page, by `terminal.py` and by `junit_xml.py`, so that no two can disagree on
a figure. Pure; nothing is escaped here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from seatrial.pipeline.device_hours import Hours
from seatrial.report.claims import named
from seatrial.report.expectation import compared
from seatrial.report.facts import (
    TRIAL,
    CheckFact,
    CurveFact,
    MetricFact,
    ModelFact,
    RunFacts,
    SelectionFact,
    StageFact,
    TestsFact,
    UnderBaseFact,
)
from seatrial.report.headline import tally
from seatrial.report.numbers import UNKNOWN, count, duration, figure, interval, places, plural, signed, size
from seatrial.report.sparkline import sparkline
from seatrial.verdict import Decision

METRIC_HEADER = ("metric", "candidate", "baseline", "difference", "interval")
STAGE_HEADER = ("stage", "action", "wall", "CPU", "peak memory", "saved", "why")
CURVE_HEADER = ("curve", "shape", "first", "lowest", "highest", "last", "note")
TEST_HEADER = ("tests", "passed", "failed", "errors", "skipped")
CHECK_HEADER = ("verdict", "check", "what was found", "figures", "contract")
_COMMIT_DIGITS = 12
_WORTH_SAYING = 1.0  # seconds of waiting
_SMALL_SHARE = 0.01
_BEGAN = ("ran", "used", "failed")
_HOUR = 3600.0
_NEVER_BEGAN = ("blocked", "deferred", "skipped", "missing")


def metric(fact: MetricFact) -> tuple[str, ...]:
    """One metric; all its figures share their decimals."""
    decimals = places(fact.candidate, fact.baseline, difference=fact.difference)
    # A metric far below one would lose its digits to shared decimals when there is nothing to compare.
    shared = decimals if fact.difference is not None else None
    return (
        fact.name,
        figure(fact.candidate, shared),
        figure(fact.baseline, shared),
        signed(fact.difference, decimals),
        interval(fact.interval, decimals),
    )


def stage(fact: StageFact) -> tuple[str, ...]:
    """One stage; what does not apply is empty, so that a column nobody needs can go.
    A blocked, deferred or missing stage never began, whatever its clock says, nor did one that failed in no time."""
    began = fact.action not in _NEVER_BEGAN and (fact.wall != 0 or fact.action != "failed")
    known = (
        duration(fact.wall) if fact.wall is not None and began else "",
        duration(fact.cpu) if fact.cpu is not None else "",
        size(fact.peak_memory) if fact.peak_memory is not None else "",
        duration(fact.saved) if fact.saved is not None else "",
    )
    why = f"{fact.reason} (log: {named(fact.log)})" if fact.log and fact.action == "failed" else fact.reason
    if fact.waited_for and fact.waited is not None and fact.waited >= _WORTH_SAYING:
        why += f"; waited {duration(fact.waited)}: {fact.waited_for}"
    return (fact.name, fact.action, *known, why)


def curve(fact: CurveFact) -> tuple[str, ...]:
    """One curve: its shape, the figures that the shape cannot give, and in words where it diverged."""
    known = [value for value in fact.values if math.isfinite(value)]
    if not known:
        return (fact.name, sparkline(fact.values), *[UNKNOWN] * 4, diverged(fact) or "it has no values")
    ends = (fact.values[0], min(known), max(known), fact.values[-1])
    return (fact.name, sparkline(fact.values), *map(figure, ends), diverged(fact))


def diverged(fact: CurveFact) -> str:
    """`diverged at step 40`, or that values are missing, or nothing."""
    if fact.diverged_at is not None:
        return f"diverged at step {fact.diverged_at:.12g}"
    gaps = sum(not math.isfinite(value) for value in fact.values)
    return f"{plural(gaps, 'value')} not finite" if gaps else ""


def tests(fact: TestsFact) -> tuple[str, ...]:
    """One file of test results, counted."""
    return (fact.name, *map(count, (fact.passed, fact.failed, fact.errors, fact.skipped)))


def circumstances(fact: ModelFact) -> list[str]:
    """Sentences on how a model was judged and what became of it."""
    against = f"compared with {named(fact.baseline)}" if fact.baseline else "compared with nothing"
    sentences = [f"Gate set {named(fact.gate_set)}, {against}."]
    if fact.rescored:
        sentences.append(f"The baseline was scored again: {fact.rescored}.")
    if fact.under_base:
        sentences.append(_under_base(fact, fact.under_base))
    if fact.registered is not None:
        sentences.append(f"Registered as {named(fact.name)}@{fact.registered}.")
    if fact.promoted_to:
        sentences.append(f"Promoted to {named(fact.promoted_to)}.")
    return sentences


def effort(facts: RunFacts) -> str:
    """What ran and what that took: `3 ran, 2 reused; 2 m 10 s in all, 1 m 05 s saved`."""
    parts = [tally(facts.stages)]
    took = [f"{duration(facts.seconds)} in all"]
    cpu = _total([each.cpu for each in facts.stages])
    if cpu is not None:
        took.append(f"{duration(cpu)} of CPU time")
    devices = device_hours(facts.stages)
    if devices is not None:
        took.append(str(Hours(gpu=devices)))
    saved = _total([each.saved for each in facts.stages])
    if saved is not None:
        took.append(f"{duration(saved)} saved by reuse")
    return "; ".join([*parts, ", ".join(took)])


def device_hours(stages: Sequence[StageFact]) -> float | None:
    """Hours of devices that stages held while they ran, failed ones too; None where none asked for one."""
    held = [each.gpus * each.wall for each in stages if each.gpus and each.wall is not None and each.action in _BEGAN]
    return sum(held) / _HOUR if held else None


def expectation(facts: RunFacts) -> str | None:
    """How the time that was expected compares with what the stages took; None when nothing was."""
    return compared(facts.forecast) if facts.forecast is not None else None


def selection(fact: SelectionFact | None) -> str | None:
    """What audits say of the selection; None where there are none."""
    if fact is None:
        return None
    found = plural(fact.misses, "miss", "misses")
    seen = "" if not fact.misses else f"miss rate {_share(fact.misses / fact.audited)}, "
    bound = f"{'miss rate ' if not seen else ''}below {_share(fact.misses_below)} with 95 % confidence"
    return f"selection: {found} in {plural(fact.audited, 'audited skip')} ({seen}{bound})"


def _share(value: float) -> str:
    """A share in per cent, never rounded down: it stands for a bound."""
    digits = 1 if value >= _SMALL_SHARE else 2
    shown = math.ceil(round(value * 100 * 10**digits, 6)) / 10**digits
    return f"{shown:.{digits}f} %"


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def origin(facts: RunFacts) -> list[tuple[str, str]]:
    """Where the run comes from, as (what, value)."""
    commit = UNKNOWN if facts.commit is None else facts.commit[:_COMMIT_DIGITS]
    known = [("run", facts.run), ("commit", commit), ("started", facts.started)]
    if facts.tier:
        known.append(("tier", facts.tier))
    if facts.machine:
        known.append(("machine", facts.machine))
    return known


DIRTY = "with changes that are not committed"


def subject(check: CheckFact) -> str:
    """What kind of thing was judged, as the first word of a title."""
    return "Training" if check.judges == TRIAL else "Data"


def checked(check: CheckFact) -> str:
    """How much was looked at, and what to do about it."""
    held = f"{plural(check.rows, 'row')}; {plural(check.passed, 'statement')} held"
    if check.judges == TRIAL:
        held = f"{plural(check.rows, 'step')} on one batch" if check.rows else "no step on its batch"
    return f"{held}. Next: {check.next_step.rstrip('.')}." if check.next_step else f"{held}."


def checked_in_part(check: CheckFact) -> str:
    """The same, with what the facts leave out."""
    if not check.left_out:
        return checked(check)
    is_ = "is" if check.left_out == 1 else "are"
    return f"{checked(check)} {plural(check.left_out, 'more finding')} {is_} in its record."


def _under_base(fact: ModelFact, base: UnderBaseFact) -> str:
    """What the gates of the base say, beside those that the change brings."""
    said = f"This change alters the gates. Under those of {base.label} it is {base.verdict.value}"
    own = {finding.name: finding.verdict for finding in fact.findings}
    other = [finding for finding in base.findings if own.get(finding.name) is not finding.verdict]
    if other:
        differing = "; ".join(f"{finding.verdict.value} {finding.name}: {finding.message}" for finding in other[:3])
        said += f" ({differing}" + (f"; and {len(other) - 3} more)" if len(other) > 3 else ")")
    held = fact.decision is Decision.HOLD and not base.decision.lets_through
    return f"{said}." + (" What only the changed gates let through is held for a person." if held else "")
