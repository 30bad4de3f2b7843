"""A run as Markdown, whole: what `report.md` holds, and what a CI job shows as its summary.

Called by the flows and by `seatrial report`. The headline comes first and is never cut; the whole
is at most `limit` bytes whatever is in the facts (`budget.py`). What a section says is written once, in `model_parts`,
`data_parts` and `run_parts`: here is their order. The comment of a pull request is about one model, and is
`comment.py`'s.
"""

from __future__ import annotations

from seatrial.report import data_parts, model_parts, run_parts
from seatrial.report.budget import Block
from seatrial.report.escape import code, prose
from seatrial.report.facts import CheckFact, ModelFact, RunFacts
from seatrial.report.headline import headline
from seatrial.report.links import Links, line_of
from seatrial.report.markdown_parts import NOTE, laid_out

LIMIT = 60_000
"""Bytes. Forges refuse or cut comments of about 65,000."""
SUMMARY_LIMIT = 900_000
"""Bytes of a job summary: GitHub takes 1 MiB of a step, and drops what is near or above that without a word."""


def render_markdown(facts: RunFacts, *, limit: int = LIMIT, links: Links | None = None) -> str:
    """The report of one run, at most `limit` bytes of UTF-8, ending with a line end.

    Raises ValueError for a limit that not even the headline is sure to keep (`budget.LEAST`).
    """
    blocks = [_top(facts, links)]
    if len(facts.models) > 1:
        blocks += model_parts.overview(facts.models, "Models")
    for model in facts.models:
        blocks += _model(model)
    for check in facts.checks:
        blocks += _check(check)
    blocks += [
        Block(above=("## Stages", "", *(line for said in run_parts.effort(facts) for line in (said, "")))),
        *run_parts.stages(facts.stages),
        *run_parts.logs(facts),
        *run_parts.curves(facts.curves, "Curves"),
        *run_parts.results_of_tests(facts.tests, "Tests"),
        *run_parts.warnings(facts, "Warnings"),
        run_parts.closing(facts, "This run"),
    ]
    return laid_out(blocks, limit)


def render_summary(facts: RunFacts, *, links: Links | None = None) -> str:
    """The whole run as the summary of a CI job: the same report with the room that a summary has."""
    return render_markdown(facts, limit=SUMMARY_LIMIT, links=links)


def _top(facts: RunFacts, links: Links | None) -> Block:
    line = headline(facts)
    about = f"Project {code(facts.project)}."
    if line.decision is not None:
        about = f"Decision: **{line.decision}** ({line.meaning}). {about}"
    title = f"# {prose(line.words)}: {prose(line.why)}"  # the words name stages
    linked = line_of(links)
    return Block(above=(title, "", about, "", *((linked, "") if linked else ()), NOTE))


def _model(model: ModelFact) -> list[Block]:
    about = model_parts.about(model)
    return [
        Block(
            above=(f"## Model {code(model.name)}: {model.verdict}, {model.decision}", ""),
            rows=about.rows,
            below=about.below,
        ),
        *model_parts.metrics(model),
        *model_parts.slices(model),
        *model_parts.footprint(model),
        *model_parts.gates(model.findings),
    ]


def _check(check: CheckFact) -> list[Block]:
    parts = (data_parts.findings, data_parts.examples, data_parts.distributions, data_parts.statistics)
    return [block for part in parts for block in part(check)]
