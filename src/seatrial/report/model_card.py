"""A version as a model card: what it is, what it was made of, how good it is and where, what is not known.

Called by `seatrial models card`. Pure. The sections are those of Mitchell et al. (2019, "Model Cards for Model
Reporting", FAT*), in their order, and each is there: one that nothing is recorded for says so, and says what would
record it. What only people can say (what a model is meant for) comes from tags. Figures stand with their intervals and
gates with their verdicts, laid out by the parts that a report is made of, so that a card and a report cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from seatrial.gates.codes import Kind
from seatrial.report import data_parts, model_parts
from seatrial.report.budget import Block
from seatrial.report.card_facts import ETHICS, INTENDED, OUT_OF_SCOPE, WRITTEN, CardFacts
from seatrial.report.claims import slice_name
from seatrial.report.escape import TEXT_BOUND, code, prose
from seatrial.report.facts import ModelFact
from seatrial.report.headline import ordered
from seatrial.report.markdown_parts import (
    DETAIL,
    NO,
    NOTE,
    SLICE,
    STAGE,
    WARNING,
    YES,
    Line,
    laid_out,
    list_of,
    lowered,
    sentence_of,
    table_of,
)
from seatrial.report.numbers import UNKNOWN, count, figure, interval, places, size
from seatrial.verdict import Finding, Verdict

LIMIT = 200_000
"""Bytes: a card is a file, and longer than a comment may be, but still one that people read."""
_DIGITS = 12  # of a commit
_LONGEST = 2000  # characters of what a person wrote in a tag
_GROUPS = (Kind.SLICES, Kind.FAIRNESS)


class Section(Struct, frozen=True, kw_only=True):
    """A part of a card. `known`: something is recorded for it."""

    title: str
    known: bool
    blocks: tuple[Block, ...]


def render_card(facts: CardFacts, *, limit: int = LIMIT) -> str:
    """The card as Markdown, at most `limit` bytes of UTF-8, ending with a line end."""
    top = Block(above=(f"# Model card: {code(facts.ref)}", "", _summary(facts), "", NOTE))
    return laid_out([top, *(block for each in sections(facts) for block in each.blocks)], limit)


def unknown(facts: CardFacts) -> tuple[str, ...]:
    """The titles of sections that nothing is recorded for."""
    return tuple(section.title for section in sections(facts) if not section.known)


def sections(facts: CardFacts) -> tuple[Section, ...]:
    """All sections, in order."""
    judged = facts.judged
    return (
        _section("Model details", _details(facts), ""),
        _section("Intended use", _intended(facts), _ask(facts, INTENDED, "what this model is meant for, and what not")),
        _section(
            "Factors",
            _factors(judged),
            "No slice and no group of the rows was looked at. Name them under "
            "`slices:` or `fairness:` in `gates.yaml`.",
        ),
        _section("Metrics", _metrics(judged), "Nobody judged this version, so no limit is known that it was held to."),
        _section("Evaluation data", _evaluation(facts), "No rows of an evaluation are kept."),
        _section(
            "Training data",
            _training(facts),
            "No dataset is declared, so what it was trained on is not known. "
            "Name it under `datasets:` in `seatrial.yaml`.",
        ),
        _section("Quantitative analyses", _analyses(facts), "No figure is recorded."),
        _section(
            "Ethical considerations",
            _ethics(facts),
            _ask(facts, ETHICS, "risks and harms") + " No fairness gate was applied.",
        ),
        _section(
            "Caveats and recommendations",
            _caveats(facts),
            "Nothing is recorded that limits what is said above. That is no proof that nothing does.",
        ),
        _section("How to reproduce it", _reproduce(facts), ""),
    )


def _section(title: str, blocks: Iterable[Block], otherwise: str) -> Section:
    found = tuple(blocks)
    body = found or (sentence_of(prose(otherwise, bound=_LONGEST), NO, "sentence"),)
    return Section(title=title, known=bool(found), blocks=(Block(above=(f"## {title}", "")), *body))


def _ask(facts: CardFacts, tag: str, what: str) -> str:
    return f'Nobody wrote down {what}. To do so: `seatrial models tag {facts.ref} {tag}="..."`.'


def _summary(facts: CardFacts) -> str:
    judged = facts.judged
    if judged is None:
        said = "Nobody judged it."
    else:
        said = f"Judged **{judged.verdict}** when it was registered, decision **{judged.decision}**."
    held = f" It holds {', '.join(map(code, facts.holds))}." if facts.holds else " It holds no alias."
    return said + held


def _details(facts: CardFacts) -> list[Block]:
    commit = UNKNOWN if facts.commit is None else code(facts.commit[:_DIGITS])
    rows = [
        ("version", code(facts.ref)),
        ("registered", prose(f"{facts.registered} by {facts.by} (known from {facts.by_known_from})")),
        ("commit", commit + (" with changes that are not committed" if facts.dirty else "")),
        ("made by", f"stage {code(facts.made_by)}" if facts.made_by else UNKNOWN),
        ("run", code(facts.run) + (f", tier {code(facts.tier)}" if facts.tier else "")),
        ("artifact", f"{code(facts.artifact)}, {size(facts.size)}"),
        ("environment", code(facts.environment)),
        ("configuration", code(facts.config)),
        ("machine", prose(facts.machine or UNKNOWN)),
        *((f"tag {code(name)}", prose(text)) for name, text in facts.tags.items() if name not in WRITTEN),
        *(("see also", code(url, bound=TEXT_BOUND)) for url in facts.links),
    ]
    lines: list[Line] = [(row, STAGE) for row in rows]
    return [
        *table_of(None, ("what", "value"), lines, "detail"),
        *list_of(None, map(prose, facts.moves), WARNING, "step of the ledger", "steps of the ledger"),
    ]


def _intended(facts: CardFacts) -> list[Block]:
    return [*_written(facts, INTENDED, "Meant for"), *_written(facts, OUT_OF_SCOPE, "Not meant for")]


def _written(facts: CardFacts, tag: str, label: str) -> list[Block]:
    text = facts.tags.get(tag, "").strip()
    return [sentence_of(f"{label}: {prose(text, bound=_LONGEST)}", NO, "sentence")] if text else []


def _factors(judged: ModelFact | None) -> list[Block]:
    """By what the rows were divided."""
    found = [one for one in _of(judged, *_GROUPS) if one.parts]
    lines: list[Line] = [
        ((code(one.name), code(one.metric or UNKNOWN), count(len(one.parts))), DETAIL) for one in found
    ]
    return table_of(None, ("gate", "metric", "slices or groups"), lines, "grouping", align="llr")


def _metrics(judged: ModelFact | None) -> list[Block]:
    """The gates as applied, with their verdicts."""
    return [] if judged is None else [model_parts.about(judged), *model_parts.gates(judged.findings)]


def _evaluation(facts: CardFacts) -> list[Block]:
    rows = [
        ("test set", code(facts.test_set) if facts.test_set else ""),
        ("rows", "" if facts.rows is None else count(facts.rows)),
        ("evaluated by", code(facts.evaluation) if facts.evaluation else ""),
    ]
    lines: list[Line] = [(row, STAGE) for row in rows if row[1]]
    return table_of(None, ("what", "value"), lines, "detail")


def _training(facts: CardFacts) -> list[Block]:
    data: list[Line] = [((code(name), code(text)), STAGE) for name, text in facts.data.items()]
    blocks = table_of(None, ("dataset", "digest"), data, "dataset")
    if data:
        which = (
            "Every dataset of the project, as the run saw it; from which of them it learned, its configuration says."
        )
        blocks.append(sentence_of(which, STAGE, "sentence"))
    for check in facts.checks:
        blocks += map(lowered, [*data_parts.findings(check), *data_parts.statistics(check)])
    return blocks


def _analyses(facts: CardFacts) -> list[Block]:
    """Unitary results, then those of slices and groups."""
    judged = facts.judged
    if judged is None:
        return []
    return [
        *model_parts.metrics(judged),
        *model_parts.footprint(judged),
        *(lowered(block) for one in _of(judged, *_GROUPS) for block in _parts(one)),
    ]


def _parts(finding: Finding) -> list[Block]:
    """Every slice or group that a gate looked at."""
    lines: list[Line] = []
    for part in finding.parts:
        decimals = places(part.candidate, part.baseline, difference=part.estimate)
        name = slice_name(finding, part) if finding.kind == Kind.SLICES else part.name
        cells = (
            code(name),
            figure(part.baseline, decimals),
            figure(part.candidate, decimals),
            figure(part.estimate, decimals),
            interval(part.interval, decimals, sign=finding.kind == Kind.SLICES),
            count(part.n),
            "" if part.verdict is None else f"**{part.verdict}**",
            prose(part.note or ""),
        )
        lines.append((cells, SLICE))
    estimate = "change" if finding.kind == Kind.SLICES else "estimate"
    header = ("slice or group", "baseline", "this", estimate, "interval", "rows", "gate", "note")
    return table_of(code(finding.name), header, lines, "slice or group", "slices or groups", align="lrrrrrll")


def _ethics(facts: CardFacts) -> list[Block]:
    fairness = _of(facts.judged, Kind.FAIRNESS)
    said = [f"**{one.verdict}** {code(one.name)}: {prose(one.message)}" for one in fairness]
    return [
        *_written(facts, ETHICS, "Written down"),
        *list_of(None, said, YES, "finding on fairness", "findings on fairness"),
    ]


def _caveats(facts: CardFacts) -> list[Block]:
    """What was not judged, could not be decided, or was not run."""
    findings = () if facts.judged is None else facts.judged.findings
    open_ones = [one for one in ordered(findings) if one.verdict in (Verdict.INCONCLUSIVE, Verdict.ERROR)]
    said = [f"**{one.verdict}** {code(one.name)}: {prose(one.message)}" for one in open_ones]
    said += [prose(text) for text in facts.missing]
    if facts.judged is not None and not facts.run_known:
        said.append(
            "The report of its run is not at hand: figures are those of the record and of the gates, and what else the "
            "run measured is not shown."
        )
    return list_of(None, said, NO, "caveat")


def _reproduce(facts: CardFacts) -> list[Block]:
    seeds = f"It was trained with {facts.seeds:,} seeds." if facts.seeds else ""
    steps = [
        "The commit is not known, so it cannot be made again."
        if facts.commit is None
        else f"Check out the commit: {code(f'git checkout {facts.commit}')}",
        f"Run it: {code(facts.repeat, bound=TEXT_BOUND)}"
        if facts.repeat
        else "The command that ran is not at hand: the report of its run is not in this work tree's cache.",
        f"In the environment {code(facts.environment)}.",
    ]
    return [
        *list_of(None, filter(None, (*steps, seeds)), NO, "step"),
        *_values("Parameters", facts.params, DETAIL),
        *_values("Parameters that the tier or the command line changed", facts.changed_params, DETAIL),
    ]


def _values(title: str, values: Mapping[str, str], rank: int) -> list[Block]:
    lines: list[Line] = [((code(name), code(text)), rank) for name, text in values.items()]
    return table_of(None, (title, "value"), lines, "parameter")


def _of(judged: ModelFact | None, *kinds: str) -> Sequence[Finding]:
    return () if judged is None else [one for one in judged.findings if one.kind in kinds]
