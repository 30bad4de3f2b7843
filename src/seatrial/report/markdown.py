"""A run as Markdown: what `report.md` holds and what a pull request comment shows.

Called by the flows and by `seatrial report`. The headline comes first and is never cut; the whole
is at most `limit` bytes whatever is in the facts (`budget.py`). Everything that comes from users
passes `escape.py`. No pictures and no links: curves are text, so nothing of a private repository
is sent to a third party and nothing can break.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.report import data_tables, rows
from seatrial.report.budget import Block, Row, fit
from seatrial.report.escape import TEXT_BOUND, code, prose
from seatrial.report.facts import CheckFact, CurveFact, ModelFact, RunFacts, StageFact, TestsFact
from seatrial.report.headline import headline, ordered, reason
from seatrial.report.markdown_parts import Line, list_of, table_of
from seatrial.verdict import Verdict

LIMIT = 60_000
"""Bytes. Forges refuse or cut comments of about 65,000."""

_FINDINGS = ("verdict", "check", "what was found", "figures", "contract")
_NOTE = "\x00"  # where the note on what was left out goes; no escaped text can hold it
_ALARMING = ("failed", "deferred")

# Ranks: what goes first when a report is too long. Within a rank the last row goes first.
_NO, _YES, _DETAIL, _WARNING, _FIGURE, _STAGE, _TROUBLE, _CURVE, _REUSED = range(9)


def render_markdown(facts: RunFacts, *, limit: int = LIMIT) -> str:
    """The report of one run, at most `limit` bytes of UTF-8, ending with a line end.

    Raises ValueError for a limit that not even the headline is sure to keep (`budget.LEAST`).
    """
    blocks = [_top(facts), *_models(facts.models)]
    for model in facts.models:
        blocks += _model(model)
    for check in facts.checks:
        blocks += _check(check)
    blocks += [*_stages(facts), *_curves(facts.curves), *_tests(facts.tests), *_warnings(facts), _bottom(facts)]
    fitted = fit(blocks, limit)
    note = f"{fitted.note}\n\n" if fitted.note else ""
    return fitted.text.replace(f"{_NOTE}\n", note, 1)


def _top(facts: RunFacts) -> Block:
    line = headline(facts)
    about = f"Project {code(facts.project)}."
    if line.decision is not None:
        about = f"Decision: **{line.decision}** ({line.meaning}). {about}"
    return Block(above=(f"# {line.words}: {prose(line.why)}", "", about, "", _NOTE))


def _models(models: Sequence[ModelFact]) -> list[Block]:
    """The verdict of each model, where there are several."""
    lines: list[Line] = [
        ((f"**{model.verdict}**", code(model.name), model.decision.value, prose(reason(model))), _rank(model.verdict))
        for model in models
    ]
    return table_of("Models", ("verdict", "model", "decision", "why"), lines, "model") if len(models) > 1 else []


def _model(model: ModelFact) -> list[Block]:
    title = f"## Model {code(model.name)}: {model.verdict}, {model.decision}"
    about = Row(
        text=" ".join(map(prose, rows.circumstances(model))),
        rank=_rank(model.verdict),
        noun="model in detail",
        many="models in detail",
    )
    metrics: list[Line] = [((code(name), *figures), _FIGURE) for name, *figures in map(rows.metric, model.metrics)]
    findings: list[Line] = [
        (
            (f"**{finding.verdict}**", code(finding.name), prose(finding.message)),
            _rank(finding.verdict) + 1,
        )
        for finding in ordered(model.findings)
    ]
    return [
        Block(above=(title, ""), rows=(about,), below=("",)),
        *table_of(None, rows.METRIC_HEADER, metrics, "metric", align="lrrrr"),
        *table_of(None, ("verdict", "gate", "what was found"), findings, "gate"),
    ]


def _check(check: CheckFact) -> list[Block]:
    """A dataset: what is wrong with it, and what is in it."""
    findings: list[Line] = [
        (
            (
                f"**{finding.verdict}**",
                code(finding.name),
                prose(finding.message),
                prose(detail.figures),
                code(detail.place) if detail.file else "",
            ),
            _rank(finding.verdict) + 1,
        )
        for finding, detail in check.told
    ]
    about = rows.checked(check)
    if check.left_out:
        about = f"{about} {check.left_out:,} more findings are in its record."
    title = f"## {rows.subject(check)} {code(check.dataset)}: {check.verdict}, {check.decision}"
    return [
        Block(above=(title, "", prose(about), "")),
        *table_of(None, _FINDINGS, findings, "finding"),
        *data_tables.examples(check.examples, _FIGURE, of=check.dataset),
        *data_tables.distributions(check.distributions, _FIGURE, of=check.dataset),
        *data_tables.statistics(check.statistics, _FIGURE, of=check.dataset),
    ]


def _rank(verdict: Verdict) -> int:
    """What says no stays longest."""
    return _NO if verdict in (Verdict.FAIL, Verdict.ERROR) else _YES


def _stages(facts: RunFacts) -> list[Block]:
    said = rows.expectation(facts)
    expected = (prose(said), "") if said else ()
    audited = rows.selection(facts.selection)
    trust = (prose(f"{audited}."), "") if audited else ()
    intro = Block(above=("## Stages", "", f"{prose(rows.effort(facts))}.", "", *expected, *trust))
    return [intro, *table_of(None, rows.STAGE_HEADER, list(map(_stage, facts.stages)), "stage", align="llrrrrl")]


def _stage(fact: StageFact) -> Line:
    name, action, *figures, why = rows.stage(fact)
    shown = f"**{prose(action)}**" if action in _ALARMING else prose(action)
    ranks = {**dict.fromkeys(_ALARMING, _NO), "blocked": _DETAIL, "reused": _REUSED}
    return (code(name), shown, *figures, prose(why)), ranks.get(action, _STAGE)


def _curves(curves: Sequence[CurveFact]) -> list[Block]:
    lines: list[Line] = []
    for fact in curves:
        name, shape, *figures, note = rows.curve(fact)
        lines.append(
            ((code(name), code(shape), *figures, f"**{note}**" if note else ""), _CURVE if not note else _DETAIL)
        )
    return table_of("Curves", rows.CURVE_HEADER, lines, "curve", align="llrrrrl")


def _tests(tests: Sequence[TestsFact]) -> list[Block]:
    lines: list[Line] = []
    for fact in tests:
        name, *counts = rows.tests(fact)
        lines.append(((code(name), *counts), _DETAIL if fact.failed or fact.errors else _FIGURE))
    troubles = [prose(trouble) for fact in tests for trouble in fact.troubles]
    return [
        *table_of("Tests", rows.TEST_HEADER, lines, "file of tests", "files of tests", align="lrrrr"),
        *list_of(None, troubles, _TROUBLE, "test in trouble", "tests in trouble"),
    ]


def _warnings(facts: RunFacts) -> list[Block]:
    return list_of("Warnings", list(map(prose, facts.warnings)), _WARNING, "warning")


def _bottom(facts: RunFacts) -> Block:
    repeat = f"To repeat it: {code(facts.repeat, bound=TEXT_BOUND)}"
    next_step = [f"Next: {_command(facts.next_step)}", ""] if facts.next_step else []
    origin = [f"{what} {code(value)}" for what, value in rows.origin(facts)]
    if facts.dirty:
        origin.append(f"**{rows.DIRTY}**")
    return Block(above=("## This run", "", *next_step, repeat, "", f"From {', '.join(origin)}."))


def _command(text: str) -> str:
    """A next step is a command, or a sentence that quotes one."""
    return prose(text) if "`" in text else code(text, bound=TEXT_BOUND)
