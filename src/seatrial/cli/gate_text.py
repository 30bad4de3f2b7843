"""A judgement for a terminal: the decision, then every gate with its sentence and its parts, 80 columns wide."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seatrial.gates import wording
from seatrial.gates.codes import Kind
from seatrial.report.escape import uncommanding
from seatrial.report.headline import ordered
from seatrial.report.numbers import figure, places, signed
from seatrial.report.table import table
from seatrial.verdict import Finding, Part, Verdict

if TYPE_CHECKING:
    from seatrial.gates.judgement import Judgement
    from seatrial.gates.power.outlook import Outlook

_WIDTH = 80
_INDENT = " " * 14  # the width of the longest verdict and two spaces
_MOST_PARTS = 12
_ORDER = (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE, None, Verdict.PASS)


def as_text(judgement: Judgement) -> str:
    """The whole judgement."""
    lines = [f"{judgement.verdict.value}: decision {judgement.decision.value}, gate set {judgement.gate_set}", ""]
    for finding in ordered(judgement.findings):
        lines.extend(_finding_lines(finding))
    if not judgement.findings:
        lines.append("The gate set checked nothing, which is not a pass.")
    return "\n".join(lines)


def plan_text(plan: Sequence[Outlook]) -> str:
    """What gates can decide with the rows at hand."""
    if not plan:
        return "This set has no gate, so there is nothing to plan."
    lines = ["What these rows can decide, for a model as good as production:", ""]
    for one in plan:
        word = {False: "never", None: "untold", True: "can pass"}[one.can_pass]
        lines += wrapped(f"{word:<10}{one.name}", " " * 10)
        lines += wrapped(_plan_line(one), " " * 10, first=" " * 10)
    return "\n".join(lines)


def _plan_line(one: Outlook) -> str:
    """What was found, the limit that was asked and the rows it was found with, and the rows that would do."""
    said = [one.message]
    if one.limit is not None and one.n:
        limit = "margin" if one.kind in (Kind.REGRESSION, Kind.SLICES) else "limit"
        there = f"there are {one.n:,} {one.units}" if one.n > 1 else "there is one"
        asked = wording.percent(one.limit) if one.relative else wording.margin(one.limit)
        said.append(f"{limit} {asked} asked, {there}")
    if one.n_needed is not None:
        said.append(f"about {one.n_needed:,} {one.units} would do")
    return "; ".join(said)


def _finding_lines(finding: Finding) -> list[str]:
    head = wrapped(f"{finding.verdict.value:<14}{finding.name}  ({finding.reason})", _INDENT)
    return [*head, *wrapped(finding.message, _INDENT, first=_INDENT), *_part_lines(finding)]


def wrapped(text: str, indent: str = "", *, first: str = "") -> list[str]:
    """The text in lines as wide as a terminal is; all but the first are indented by `indent`."""
    return textwrap.wrap(
        _printable(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _part_lines(finding: Finding) -> list[str]:
    if not finding.parts or finding.verdict is Verdict.PASS:
        return []
    shown = sorted(finding.parts, key=_told_first)[:_MOST_PARTS]
    compared = any(part.baseline is not None for part in shown)
    known = [_places(part, compared=compared) for part in shown if _value(part) is not None]
    digits = max(known, default=0)  # parts are values of one metric, read down the column
    rows = [_row(part, compared=compared, digits=digits) for part in shown]
    header = ("", "rows", "value", "difference", "") if compared else ("", "rows", "value", "")
    lines = [f"  {line}" for line in table(rows, header).splitlines()]
    if len(finding.parts) > len(shown):
        lines.append(f"  and {len(finding.parts) - len(shown)} more")
    return [*lines, ""]


def _told_first(part: Part) -> tuple[int, float]:
    return _ORDER.index(part.verdict), part.estimate if part.estimate is not None else 0.0


def _places(part: Part, *, compared: bool) -> int:
    return places(part.candidate, part.baseline, difference=part.estimate if compared else None)


def _row(part: Part, *, compared: bool, digits: int) -> tuple[str, ...]:
    plain = part.verdict in (None, Verdict.PASS) or (part.verdict is Verdict.INCONCLUSIVE and part.note)
    said = [] if plain else [str(part.verdict)]  # why nothing can be said is more than that nothing can be
    said += [part.note] if part.note else []
    count = "" if part.n is None else f"{part.n:,}"
    difference = (signed(part.estimate, digits) if part.baseline is not None else "",) if compared else ()
    return (
        _printable(part.name)[:28],
        count,
        "" if part.candidate is None and part.estimate is None else figure(_value(part), digits),
        *difference,
        textwrap.shorten(_printable(", ".join(said)), width=34, placeholder=" ..."),
    )


def _value(part: Part) -> float | None:
    return part.candidate if part.candidate is not None else part.estimate


def _printable(text: str) -> str:
    """Text from files (ids, labels, metric names) without what a terminal or a CI job would obey."""
    return uncommanding(
        "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    )
