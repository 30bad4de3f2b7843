"""A run as one HTML page, with its pictures: what `report.html` holds.

Called by the flows and by `seatrial report --html`; pure. It says what `report.md` says, in the same order and with the
same figures (`rows.py`, `beside.py`), and has room for what a comment has not: every picture, every slice, statistics
of the data. The page stands alone (`html.py` says how): it can be kept as an artifact, opened years later or mailed,
and nothing of it asks anybody for anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.report import beside, rows
from seatrial.report.data_svg import STYLE as PLOT_STYLE
from seatrial.report.escape import NAME_BOUND
from seatrial.report.facts import CheckFact, CurveFact, ModelFact, RunFacts, StageFact, TestsFact
from seatrial.report.headline import headline, ordered, reason
from seatrial.report.html import (
    Markup,
    bullets,
    code,
    details,
    filled_table,
    is_made,
    log,
    page,
    paragraph,
    sentence,
    table,
    text,
    verdict,
)
from seatrial.report.next_steps import is_command, marked
from seatrial.report.numbers import count, plural
from seatrial.report.page_data import check_part
from seatrial.report.page_slices import slices_part
from seatrial.report.plot_facts import CURVE, DRIFT, KINDS, PlotFact
from seatrial.report.plot_frame import FIGURES
from seatrial.report.plot_svg import figures
from seatrial.report.run_parts import ATTENTION

MADE = "Seatrial, the report of a run"
MOST_ROWS = 2_000
"""Rows of one table; a page of more is no page."""
_STYLE = (
    "body{max-width:78rem}.lead{font-size:1rem}.end{margin-top:2.2rem}"
    ".failed,.missing{color:var(--bad)}.deferred,.blocked,.used{color:var(--unsure)}"
    "pre{border-left:3px solid var(--bad);margin:.3rem 0;padding:.2rem .8rem;white-space:pre-wrap;"
    "overflow-wrap:anywhere;font-size:13px}\n"
)
_MOST_LOGS = 50
_FOLDED = 30  # rows of stages from which on those that were reused are folded away


def render_page(facts: RunFacts) -> str:
    """The whole page."""
    line = headline(facts)
    body = [
        *_top(facts),
        *_models(facts.models),
        *(part for model in facts.models for part in _model(model, _of(facts, model))),
        *(part for check in facts.checks for part in check_part(check, _of(facts, check))),
        *_stages(facts),
        *_nobodys(facts),
        *_curves(facts),
        *_tests(facts.tests),
        *_warnings(facts.warnings),
        *_bottom(facts),
    ]
    style = f"{_STYLE}{FIGURES}{PLOT_STYLE}"
    return page(f"{facts.project}: {line.words}", body, style=style, made=MADE)


def is_page(head: bytes) -> bool:
    """Whether a file that begins so is a page of a run."""
    return is_made(head, MADE)


def _of(facts: RunFacts, one: ModelFact | CheckFact) -> list[PlotFact]:
    """The pictures of a model, or of a check of data, which may have one name."""
    about = (DRIFT,) if isinstance(one, CheckFact) else tuple(kind for kind in KINDS if kind not in (CURVE, DRIFT))
    return [plot for plot in facts.plots if plot.of == one.name and plot.kind in about]


def _nobodys(facts: RunFacts) -> list[str]:
    """Pictures of what was not judged in the end: nothing that was drawn is kept from a reader."""
    shown = {id(plot) for one in facts.judged for plot in _of(facts, one)}
    others = [plot for plot in facts.plots if plot.kind != CURVE and id(plot) not in shown]
    return ["<h2>More pictures</h2>", *figures(others)] if others else []


def _top(facts: RunFacts) -> list[str]:
    line = headline(facts)
    first, separator, others = line.words.partition(" · ")  # the colour is that of the first word
    shown: str = text(line.words)
    if line.verdict is not None:
        shown = f"<span class={line.verdict.value}>{text(first)}</span>{separator}{text(others)}"
    about = f"Project {code(facts.project, bound=NAME_BOUND)}."
    if line.decision is not None:
        about = f"Decision: <strong>{line.decision.value}</strong> ({text(line.meaning)}). {about}"
    return [f"<h1>{shown}: {sentence(line.why)}</h1>", f"<p class=lead>{about}</p>"]


def _models(models: Sequence[ModelFact]) -> list[str]:
    """The verdict of each model, where there are several."""
    if len(models) < 2:
        return []
    lines = [
        (verdict(one.verdict), code(one.name, bound=NAME_BOUND), one.decision.value, sentence(reason(one)))
        for one in models
    ]
    return ["<h2>Models</h2>", *table(("verdict", "model", "decision", "why"), lines)]


def _model(model: ModelFact, plots: Sequence[PlotFact]) -> list[str]:
    name = code(model.name, bound=NAME_BOUND)
    findings = [
        (verdict(one.verdict), code(one.name, bound=NAME_BOUND), sentence(one.message))
        for one in ordered(model.findings)[:MOST_ROWS]
    ]
    said = f"<span class={model.verdict.value}>{model.verdict.value}</span>, {model.decision.value}"
    return [
        f"<h2>Model {name}: {said}</h2>",
        f"<p>{' '.join(map(sentence, rows.circumstances(model)))}</p>",
        *_metrics(model),
        *slices_part(model),
        *_footprint(model),
        *_titled("Gates", ("verdict", "gate", "what was found"), findings, all_of=len(model.findings)),
        *figures(plots),
    ]


def _metrics(model: ModelFact) -> list[str]:
    """Every metric beside the baseline's, with its interval and its gates in words."""
    levels = beside.levels(model.metrics)
    apart = len(set(levels)) > 1
    lines = []
    for fact in model.metrics[:MOST_ROWS]:
        name, *figures_ = beside.metric(fact, level_in_cell=apart)
        gates = [f"{verdict(each)} ({text(rule)})" for each, rule in beside.gates_of(fact, model.findings)]
        lines.append((code(name, bound=NAME_BOUND), *figures_, Markup(", ".join(gates)) if gates else beside.NO_GATE))
    header = ("metric", beside.side(model), "this", "change", beside.interval_header(levels), "gate")
    return _titled("Metrics", header, lines, right=range(1, 5), all_of=len(model.metrics))


def _footprint(model: ModelFact) -> list[str]:
    """Size, and speed and memory where somebody measured them."""
    lines = list(map(beside.footprint, model.footprint[:MOST_ROWS]))
    header = ("what it takes", beside.side(model), "this", "change")
    return _titled("Size and speed", header, lines, right=range(1, 4), all_of=len(model.footprint))


def _curves(facts: RunFacts) -> list[str]:
    drawn = [plot for plot in facts.plots if plot.kind == CURVE]
    if not drawn and not facts.curves:
        return []
    lines = [_curve(fact) for fact in facts.curves[:MOST_ROWS]]
    listed = _table(rows.CURVE_HEADER, lines, right=range(2, 6), all_of=len(facts.curves)) if lines else []
    below = details("all curves in figures", listed) if drawn and listed else listed
    return ["<h2>Curves</h2>", *figures(drawn), *below]


def _curve(fact: CurveFact) -> tuple[str, ...]:
    name, *others = rows.curve(fact)
    return (code(name, bound=NAME_BOUND), *others)


def _stages(facts: RunFacts) -> list[str]:
    lead = [rows.effort(facts), rows.expectation(facts), rows.selection(facts.selection)]
    said = [part for one in lead if one for part in paragraph(f"{one.rstrip('.')}.")]
    kept, folded = sorted(facts.stages, key=_urgency), []
    if len(kept) > _FOLDED:
        folded = [stage for stage in kept if stage.action == "reused"]
        kept = [stage for stage in kept if stage.action != "reused"]
    below = details(f"{plural(len(folded), 'more stage')}, reused", _stage_table(folded)) if folded else []
    return ["<h2>Stages</h2>", *said, *(_stage_table(kept) if kept else []), *_logs(facts.broken), *below]


def _urgency(stage: StageFact) -> int:
    """What somebody has to know of comes first, else the order of the plan."""
    return ATTENTION.index(stage.action) if stage.action in ATTENTION else len(ATTENTION)


def _logs(broken: Sequence[StageFact]) -> list[str]:
    """The ends of the logs of stages that failed."""
    told = [stage for stage in broken if stage.log_end]
    shown = [
        line
        for stage in told[:_MOST_LOGS]
        for line in (
            f"<p>{code(stage.name, bound=NAME_BOUND)} <strong class=failed>failed</strong>. Its log ends with:</p>",
            log(stage.log_end),
        )
    ]
    more = len(told) - _MOST_LOGS
    return [*shown, *([f"<p class=soft>and {count(more)} more in report.json</p>"] if more > 0 else [])]


def _action(action: str) -> str:
    return Markup(f"<strong class={action}>{action}</strong>") if action in ATTENTION else action


def _stage_table(stages: Sequence[StageFact]) -> list[str]:
    lines = []
    for stage in stages[:MOST_ROWS]:
        name, action, *figures_, why = rows.stage(stage)
        lines.append((code(name, bound=NAME_BOUND), _action(action), *figures_, sentence(why)))
    return _table(rows.STAGE_HEADER, lines, right=range(2, 6), all_of=len(stages))


def _tests(tests: Sequence[TestsFact]) -> list[str]:
    if not tests:
        return []
    lines = [(code(first, bound=NAME_BOUND), *others) for first, *others in map(rows.tests, tests[:MOST_ROWS])]
    troubles = [trouble for fact in tests for trouble in fact.troubles]
    return [
        "<h2>Tests</h2>",
        *_table(rows.TEST_HEADER, lines, right=range(1, 5), all_of=len(tests)),
        *bullets(troubles[:MOST_ROWS]),
        *_more(len(troubles)),
    ]


def _warnings(warnings: Sequence[str]) -> list[str]:
    return ["<h2>Warnings</h2>", *bullets(warnings[:MOST_ROWS]), *_more(len(warnings))] if warnings else []


def _bottom(facts: RunFacts) -> list[str]:
    step = []
    if facts.next_step:
        step_text = facts.next_step
        step = [f"<p>Next: {code(step_text) if is_command(step_text) else sentence(marked(step_text))}</p>"]
    origin = [f"{text(what)} {code(value, bound=NAME_BOUND)}" for what, value in rows.origin(facts)]
    if facts.dirty:
        origin.append(f"<strong>{rows.DIRTY}</strong>")
    return [
        "<h2>This run</h2>",
        *step,
        f"<p>To repeat it: {code(facts.repeat)}</p>",
        f"<p class=soft>From {', '.join(origin)}.</p>",
    ]


def _titled(
    title: str, header: Sequence[str], lines: Sequence[Sequence[str]], *, right: range = range(0), all_of: int
) -> list[str]:
    return [f"<h3>{title}</h3>", *_table(header, lines, right=right, all_of=all_of)] if lines else []


def _table(header: Sequence[str], lines: Sequence[Sequence[str]], *, right: range = range(0), all_of: int) -> list[str]:
    """A table, and what of it is missing."""
    return [*filled_table(header, lines, right=right), *_more(all_of)]


def _more(all_of: int) -> list[str]:
    return [f"<p class=soft>and {count(all_of - MOST_ROWS)} more in report.json</p>"] if all_of > MOST_ROWS else []
