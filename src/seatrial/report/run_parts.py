"""What a report says of a run as a whole, as blocks of Markdown: stages, time, curves, tests, warnings, how to repeat.

Called by `markdown.py`, which shows them open, and by `comment.py`, which folds most of them. Everything that comes
from users passes `escape.py` here. No pictures and no links: curves are text, so nothing of a private repository is
sent to a third party and nothing can break.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from seatrial.report import rows
from seatrial.report.budget import Block, Row
from seatrial.report.escape import TEXT_BOUND, code, log_line, prose
from seatrial.report.facts import CurveFact, RunFacts, StageFact, TestsFact
from seatrial.report.markdown_parts import (
    CURVE,
    DETAIL,
    FIGURE,
    LOG,
    NO,
    REUSED,
    STAGE,
    TROUBLE,
    WARNING,
    Line,
    list_of,
    table_of,
)
from seatrial.report.next_steps import is_command, marked
from seatrial.report.numbers import plural

ATTENTION = ("failed", "deferred", "blocked", "missing", "used")
"""Actions of stages that somebody has to know of."""
_ALARMING = ("failed", "deferred", "missing")
_MOST_LOGS = 3
_TICKS = re.compile("`+")


def effort(facts: RunFacts) -> list[str]:
    """Paragraphs: what ran and what that took, what was expected, how far the selection can be trusted."""
    audited = rows.selection(facts.selection)
    said = (f"{rows.effort(facts)}.", rows.expectation(facts), f"{audited}." if audited else None)
    return [prose(each) for each in said if each]


def stages(facts: Sequence[StageFact], title: str | None = None) -> list[Block]:
    """What each stage did, and why."""
    return table_of(title, rows.STAGE_HEADER, list(map(_stage, facts)), "stage", align="llrrrrl")


def _stage(fact: StageFact) -> Line:
    name, action, *figures, why = rows.stage(fact)
    shown = f"**{prose(action)}**" if action in _ALARMING else prose(action)
    ranks = {**dict.fromkeys(_ALARMING, NO), "blocked": DETAIL, "reused": REUSED}
    return (code(name), shown, *figures, prose(why)), ranks.get(action, STAGE)


def logs(facts: RunFacts) -> list[Block]:
    """The ends of the logs of stages that failed, each as one row: budgets leave it out whole."""
    told = [stage for stage in facts.broken if stage.log_end]
    lines = [
        Row(text=f"The log of {code(stage.name)} ends with:\n\n{_fenced(stage.log_end)}\n", rank=LOG, noun="log")
        for stage in told[:_MOST_LOGS]
    ]
    if len(told) > _MOST_LOGS:
        more = plural(len(told) - _MOST_LOGS, "more log", "more logs")
        lines.append(Row(text=f"And {more}, in `report.json`.\n", rank=LOG, noun="log"))
    return [Block(rows=tuple(lines))] if lines else []


def _fenced(log: Sequence[str]) -> str:
    """Lines as a block of code. They are indented, so that none is a command of GitLab's or ends the block, whose
    fence is longer than any row of backticks in it."""
    lines = list(map(log_line, log))
    ticks = max((len(found) for line in lines for found in _TICKS.findall(line)), default=0)
    fence = "`" * max(3, ticks + 1)
    return "\n".join((fence, *(f"  {line}".rstrip() for line in lines), fence))


def curves(facts: Sequence[CurveFact], title: str | None = None) -> list[Block]:
    """Each curve as one line."""
    lines: list[Line] = []
    for fact in facts:
        name, shape, *figures, note = rows.curve(fact)
        lines.append(
            ((code(name), code(shape), *figures, f"**{note}**" if note else ""), CURVE if not note else DETAIL)
        )
    return table_of(title, rows.CURVE_HEADER, lines, "curve", align="llrrrrl")


def results_of_tests(facts: Sequence[TestsFact], title: str | None = None) -> list[Block]:
    """Test results, counted, and the tests that failed."""
    lines: list[Line] = []
    for fact in facts:
        name, *counts = rows.tests(fact)
        lines.append(((code(name), *counts), DETAIL if fact.failed or fact.errors else FIGURE))
    troubles = [prose(trouble) for fact in facts for trouble in fact.troubles]
    return [
        *table_of(title, rows.TEST_HEADER, lines, "file of tests", "files of tests", align="lrrrr"),
        *list_of(None, troubles, TROUBLE, "test in trouble", "tests in trouble"),
    ]


def warnings(facts: RunFacts, title: str | None = None) -> list[Block]:
    """Sentences for people."""
    return list_of(title, list(map(prose, facts.warnings)), WARNING, "warning")


def closing(facts: RunFacts, title: str) -> Block:
    """What to type now, the command that repeats the run, and where it comes from."""
    repeat = f"To repeat it: {code(facts.repeat, bound=TEXT_BOUND)}"
    next_step = [f"Next: {_command(facts.next_step)}", ""] if facts.next_step else []
    origin = [f"{what} {code(value)}" for what, value in rows.origin(facts)]
    if facts.dirty:
        origin.append(f"**{rows.DIRTY}**")
    return Block(above=(f"## {title}", "", *next_step, repeat, "", f"From {', '.join(origin)}."))


def _command(text: str) -> str:
    """A next step is a command, or a sentence in which commands stand."""
    return code(text, bound=TEXT_BOUND) if is_command(text) else prose(marked(text))
