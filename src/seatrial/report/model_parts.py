"""What a report says of one model, as blocks of Markdown: metrics, slices, what it takes, gates.

Called by `markdown.py` for every model of a run, by `comment.py` for the one that a comment is about, and by the
model card, so that they cannot disagree. Everything that comes from users passes `escape.py` here.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.report import beside, rows
from seatrial.report.budget import Block
from seatrial.report.escape import code, prose
from seatrial.report.facts import ModelFact
from seatrial.report.headline import ordered, reason
from seatrial.report.markdown_parts import DETAIL, FIGURE, NO, SLICE, YES, Line, sentence_of, table_of
from seatrial.verdict import Finding, Verdict

MOST_SLICES = 10
"""Slices that are shown; how many more there are is said."""
_NO = (Verdict.FAIL, Verdict.ERROR)
_GATE_HEADER = ("verdict", "gate", "what was found")


def rank_of(verdict: Verdict) -> int:
    """What says no stays longest."""
    return NO if verdict in _NO else YES


def overview(models: Sequence[ModelFact], title: str, noun: str = "model", many: str | None = None) -> list[Block]:
    """The verdict of each model in a line."""
    lines: list[Line] = [
        (
            (f"**{model.verdict}**", code(model.name), model.decision.value, prose(reason(model))),
            rank_of(model.verdict),
        )
        for model in models
    ]
    return table_of(title, ("verdict", "model", "decision", "why"), lines, noun, many)


def about(model: ModelFact) -> Block:
    """How it was judged and what became of it."""
    text = " ".join(map(prose, rows.circumstances(model)))
    return sentence_of(text, rank_of(model.verdict), "model in detail", "models in detail")


def metrics(model: ModelFact, title: str | None = None) -> list[Block]:
    """Every metric beside the baseline's, with its interval and its gates in words."""
    levels = beside.levels(model.metrics)
    apart = len(set(levels)) > 1
    lines: list[Line] = []
    for fact in model.metrics:
        name, *figures = beside.metric(fact, level_in_cell=apart)
        gates = beside.gates_of(fact, model.findings)
        said = ", ".join(f"**{verdict}** ({prose(rule)})" for verdict, rule in gates) or beside.NO_GATE
        lines.append(((code(name), *figures, said), DETAIL if gates else FIGURE))
    header = ("metric", prose(beside.side(model)), "this", "change", beside.interval_header(levels), "gate")
    return table_of(title, header, lines, "metric", align="lrrrrl")


def slices(model: ModelFact, title: str | None = None, *, rest_in: str = "`report.json`") -> list[Block]:
    """The slices that moved, at most `MOST_SLICES`, and how many others there are."""
    found = beside.slices(model)
    if not found.in_all:
        return []
    shown = found.moved[:MOST_SLICES]
    more = len(found.moved) - len(shown)
    said = f"{found}; and {more:,} more in {rest_in}" if more else str(found)
    lines: list[Line] = []
    for each in shown:
        name, metric, *figures = beside.slice_cells(each)
        verdict = "" if each.part.verdict is None else f"**{each.part.verdict}**"
        lines.append(((code(name), code(metric), *figures, verdict), NO + 1 if each.part.verdict in _NO else SLICE))
    header = ("slice", "metric", prose(beside.side(model)), "this", "change", "interval", "rows", "gate")
    heading = () if title is None else (f"## {title}", "")
    intro = sentence_of(f"{said}.", NO + 1, "sentence on slices", "sentences on slices")
    return [
        Block(above=heading, rows=intro.rows, below=intro.below),
        *table_of(None, header, lines, "slice", align="llrrrrrl"),
    ]


def footprint(model: ModelFact, title: str | None = None) -> list[Block]:
    """Size, and speed and memory where somebody measured them."""
    lines: list[Line] = [((prose(name), *figures), FIGURE) for name, *figures in map(beside.footprint, model.footprint)]
    header = ("what it takes", prose(beside.side(model)), "this", "change")
    return table_of(title, header, lines, "size or time", "sizes and times", align="lrrr")


def gates(findings: Sequence[Finding], title: str | None = None) -> list[Block]:
    """Each gate with its finding as a sentence, those that say no first."""
    lines: list[Line] = [
        (
            (f"**{finding.verdict}**", code(finding.name), prose(finding.message)),
            rank_of(finding.verdict) + 1,
        )
        for finding in ordered(findings)
    ]
    return table_of(title, _GATE_HEADER, lines, "gate")
