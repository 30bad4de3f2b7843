"""The one comment that a pull request has for a model, or for a run that judged none.

Called by whatever posts to a forge, which adds its hidden marker and finds the comment again by it. The headline is
the model's own and comes first, with what was deferred; the commit that it speaks of stands right under it, so that
nobody takes an old verdict for one on a new commit. What a reviewer decides by stands open, the rest is folded.

What is subtle: a fold is one block that opens and closes itself (`markdown_parts.folded`), so that leaving out rows
can never cut one open. And nothing of a repository becomes markup: what users wrote passes `escape.py`, and the titles
of folds, which forges read as HTML, are our own words and numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from seatrial.report import data_parts, model_parts, run_parts
from seatrial.report.budget import Block, Row
from seatrial.report.escape import code, prose
from seatrial.report.facts import CheckFact, ModelFact, RunFacts, StageFact
from seatrial.report.headline import Headline, about, headline, headline_of
from seatrial.report.links import Links, line_of
from seatrial.report.markdown_parts import CURVE, EARLIER, NO, NOTE, folded, laid_out, list_of
from seatrial.report.numbers import plural
from seatrial.report.rows import DIRTY
from seatrial.verdict import Verdict

LIMIT = 60_000
"""Bytes. GitHub refuses a comment of more than 65,536 characters."""
MOST_EARLIER = 10
_COMMIT_DIGITS = 10
_QUIET = ("ran", "reused", "skipped")
_MOST_BLAMED = 3
_MOST_OPEN = 3  # warnings that stand open


class Earlier(Struct, frozen=True, kw_only=True):
    """What this comment said before: of which commit, by which run, and in one line."""

    sha: str
    run: str
    headline: str


def render_comment(
    facts: RunFacts,
    model: str | None,
    *,
    limit: int = LIMIT,
    links: Links | None = None,
    earlier: Sequence[Earlier] = (),
    chart: str | None = None,
    commit: str | None = None,
) -> str:
    """The comment on one model, None where the run judged none: at most `limit` bytes of UTF-8, ending with a line end.

    `earlier` is what it said before, newest first. `chart` is one curve as a fenced Mermaid block. `commit` is the one
    that the forge asked about, where what ran is its merge with the branch that it goes into.

    Raises ValueError for a model that the run did not judge, and for a limit below `budget.LEAST`.
    """
    chosen = next((one for one in facts.models if one.name == model), None)
    if model is not None and chosen is None:
        raise ValueError(f"this run judged no model {model!r}")
    blocks = [
        _top(facts, chosen, links, commit),
        *_unpromoted(facts if chosen is None else about(facts, chosen.name)),
        *(_model(chosen, links) if chosen else []),
        *_others(facts, chosen),
        *_data(facts.checks),
        *_took(facts),
        *_curves(facts, chart),
        *_tests(facts),
        *_warnings(facts),
        run_parts.closing(facts, "This run"),
        Block(above=("",)),
        *_earlier(earlier),
    ]
    return laid_out(blocks, limit)


def _top(facts: RunFacts, model: ModelFact | None, links: Links | None, commit: str | None) -> Block:
    line = headline(facts) if model is None else headline_of(facts, model.name)
    what = f"Project {code(facts.project)}" if model is None else f"Model {code(model.name)}"
    about = f"{what} {_commit(facts, commit)}."
    if line.decision is not None:
        about += f" Decision: **{line.decision}** ({line.meaning}).{_whole(facts, line)}"
    title = f"# {prose(line.words)}: {prose(line.why)}"  # the words name stages
    linked = line_of(links)
    return Block(above=(title, "", about, "", *((linked, "") if linked else ()), NOTE))


def _whole(facts: RunFacts, own: Headline) -> str:
    """What the run came to, where that is another thing than what is said of this model: the check that blocks a merge
    is the run's."""
    whole = headline(facts)
    if whole.decision is None or whole.decision is own.decision:
        return ""
    blamed = [code(one.name) for one in facts.judged if one.decision is whole.decision]
    more = f" and {len(blamed) - _MOST_BLAMED:,} more" if len(blamed) > _MOST_BLAMED else ""
    return f" The run as a whole: **{whole.decision}**, because of {', '.join(blamed[:_MOST_BLAMED])}{more}."


def _commit(facts: RunFacts, commit: str | None) -> str:
    """`at commit 1a2b3c4d5e, tier pr`; of a merge that ran, both commits."""
    ran = None if facts.commit is None else code(facts.commit[:_COMMIT_DIGITS])
    asked = None if commit is None else code(commit[:_COMMIT_DIGITS])
    tier = f", tier {code(facts.tier)}" if facts.tier else ""
    dirty = f"{tier}, **{DIRTY}**" if facts.dirty else tier
    if ran is None:
        return f"at commit {asked}{dirty}" if asked else f"without a commit{dirty}"
    if asked is None or asked == ran:
        return f"at commit {ran}{dirty}"
    return f"at commit {asked}, run as {ran}{dirty}"


def _unpromoted(facts: RunFacts) -> list[Block]:
    """A promotion that the tier asks for and that was refused holds a run back, whatever its models came to."""
    items = [
        f"**Not promoted**{f' {code(one.model)}' if one.model else ''} ({prose(one.kind)}): {prose(one.reason)}"
        for one in facts.unpromoted
    ]
    return list_of(None, items, NO, "promotion that was refused", "promotions that were refused")


def _model(model: ModelFact, links: Links | None) -> list[Block]:
    rest_in = "`report.html`" if links is not None and links.report else "`report.json`"
    unpassed = [finding for finding in model.findings if finding.verdict is not Verdict.PASS]
    passed = [finding for finding in model.findings if finding.verdict is Verdict.PASS]
    return [
        model_parts.about(model),
        *model_parts.metrics(model, "Metrics"),
        *model_parts.slices(model, "Slices", rest_in=rest_in),
        *model_parts.gates(unpassed, "Gates"),
        *(folded(f"{plural(len(passed), 'gate')} passed", each) for each in model_parts.gates(passed)),
        *model_parts.footprint(model, "Size and speed"),
    ]


def _others(facts: RunFacts, model: ModelFact | None) -> list[Block]:
    others = [one for one in facts.models if one is not model]
    return model_parts.overview(others, "Other models of this run", "other model")


def _data(checks: Sequence[CheckFact]) -> list[Block]:
    blocks: list[Block] = []
    for check in checks:
        blocks += data_parts.findings(check)
        blocks += [folded("Example rows", each) for each in data_parts.examples(check)]
        blocks += [folded("Distributions", each) for each in data_parts.distributions(check)]
        blocks += [folded("Statistics", each) for each in data_parts.statistics(check)]
    return blocks


def _took(facts: RunFacts) -> list[Block]:
    """What it took, and every stage that somebody has to know of; the others are folded."""
    known = [stage for stage in facts.stages if stage.action in run_parts.ATTENTION]
    others = [stage for stage in facts.stages if stage.action not in run_parts.ATTENTION]
    return [
        Block(
            above=("## Time, cost and stages", "", *(line for said in run_parts.effort(facts) for line in (said, "")))
        ),
        *run_parts.stages(known),
        *run_parts.logs(facts),
        *(folded(_tally(others), each) for each in run_parts.stages(others)),
    ]


def _tally(stages: Sequence[StageFact]) -> str:
    """`Stages: 3 ran, 2 reused`; only of actions that we know, since forges read it as HTML."""
    done = Counter(stage.action if stage.action in _QUIET else "other" for stage in stages)
    return f"Stages: {', '.join(f'{number:,} {action}' for action, number in sorted(done.items()))}"


def _curves(facts: RunFacts, chart: str | None) -> list[Block]:
    drawn = [] if chart is None else [Block(rows=(Row(text=chart, rank=CURVE, noun="chart"),), below=("",))]
    title = plural(len(facts.curves), "curve")
    return [*drawn, *(folded(title, each) for each in run_parts.curves(facts.curves))]


def _tests(facts: RunFacts) -> list[Block]:
    """Counts and tests in trouble; what all passed is folded."""
    if any(fact.failed or fact.errors for fact in facts.tests):
        return run_parts.results_of_tests(facts.tests, "Tests")
    passed = plural(sum(fact.passed for fact in facts.tests), "test")
    return [folded(f"{passed} passed", each) for each in run_parts.results_of_tests(facts.tests)]


def _warnings(facts: RunFacts) -> list[Block]:
    if len(facts.warnings) <= _MOST_OPEN:
        return run_parts.warnings(facts, "Warnings")
    return [folded(plural(len(facts.warnings), "warning"), each) for each in run_parts.warnings(facts)]


def _earlier(earlier: Sequence[Earlier]) -> list[Block]:
    shown = earlier[:MOST_EARLIER]
    items = [f"{code(each.sha[:_COMMIT_DIGITS])}, run {code(each.run)}: {prose(each.headline)}" for each in shown]
    title = f"Earlier: {plural(len(shown), 'revision')}"
    return [folded(title, each) for each in list_of(None, items, EARLIER, "earlier revision")]
