"""`seatrial gate`: judge prediction files named on the command line, without a project or git.

The headless face of `gates.judge`. Everything heavier than click is imported inside the command,
because this module is loaded by every `seatrial` command that lists its siblings.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seatrial.cli.row_columns import column_options, columns_from

if TYPE_CHECKING:
    from seatrial.gates.judgement import Judgement
    from seatrial.gates.power.outlook import Outlook

_FILE = click.Path(path_type=Path)


@click.command("gate")
@click.option("--candidate", type=_FILE, help="The candidate's predictions: .csv, .jsonl or .parquet.")
@click.option("--production", type=_FILE, help="The predictions of the model in production, on the same rows.")
@click.option("--anchor", type=_FILE, help="The predictions of an older model that none may fall too far behind.")
@click.option("--gates", type=_FILE, help="The file of gate sets, for example gates.yaml.")
@click.option("--set", "set_name", metavar="NAME", help="Which gate set; by default `promote`, or the only one.")
@click.option(
    "--fail-if-worse-than",
    "margin",
    metavar="MARGIN",
    help="Without --gates: how much less accurate than --production the candidate may be, 0.02 or 2%.",
)
@click.option("--power", is_flag=True, help="Judge nothing; say which gates these rows can decide, and how finely.")
@click.option("--disagreement", type=float, help="With --power: the share of rows that models answer differently.")
@click.option("--unlabelled-candidate", type=_FILE, help="The candidate's answers to rows without labels.")
@click.option("--unlabelled-production", type=_FILE, help="Production's answers to the same rows.")
@click.option("--to-label", type=_FILE, help="Write those of them that are worth a label: a .csv file.")
@click.option("--labelled", type=_FILE, help="That file with its labels filled in, to be judged too.")
@column_options
@click.option("--metrics", type=_FILE, multiple=True, help="A metrics file of the candidate; may be repeated.")
@click.option("--answers", type=_FILE, help="The candidate's answers to test cases.")
@click.option("--production-answers", type=_FILE, help="Production's answers to the same cases.")
@click.option("--preferences", type=_FILE, help="A judge's preferences between both models' answers.")
@click.option("--timings", type=_FILE, help="How long a served model took for each request.")
@click.option("--measurement", type=_FILE, help="The record beside the timings: machine, callers, memory.")
@click.option("--contract", type=_FILE, help="What was seen of a served model that was held to its contract.")
@click.option("--seed-run", "seed_runs", type=_FILE, multiple=True, help="Predictions or metrics of one seed.")
@click.option(
    "--production-seed-run", "production_seed_runs", type=_FILE, multiple=True, help="The same of production."
)
@click.option("--custom", type=_FILE, help="Results of gates of your own.")
@click.option("--artifact", type=_FILE, help="The candidate's file or folder, for its size.")
@click.option("--production-artifact", type=_FILE, help="Production's file or folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the judgement as one JSON object.")
@click.pass_context
def gate(
    context: click.Context,
    /,
    candidate: Path | None,
    production: Path | None,
    anchor: Path | None,
    gates: Path | None,
    set_name: str | None,
    margin: str | None,
    power: bool,
    disagreement: float | None,
    unlabelled_candidate: Path | None,
    unlabelled_production: Path | None,
    to_label: Path | None,
    labelled: Path | None,
    metrics: tuple[Path, ...],
    answers: Path | None,
    production_answers: Path | None,
    preferences: Path | None,
    timings: Path | None,
    measurement: Path | None,
    contract: Path | None,
    seed_runs: tuple[Path, ...],
    production_seed_runs: tuple[Path, ...],
    custom: Path | None,
    artifact: Path | None,
    production_artifact: Path | None,
    as_json: bool,
    **columns: Any,
) -> None:
    """Judge predictions files against gates, without a project.

    Says PASS, FAIL, INCONCLUSIVE or ERROR for every gate of the set, with the figures behind it.
    The exit code is that of the decision: 0 allowed, 1 blocked, 2 something to fix, 3 held.
    """
    # Heavy modules (polars) stay off the start-up path of every other command.
    from seatrial.cli.gate_files import Asked, gate_set_of, judge_files, plan_files, refuse_unused
    from seatrial.cli.to_label import More
    from seatrial.gates.needs import columns_for

    declared = columns_from(**columns)
    gate_set = gate_set_of(gates, set_name, margin)
    asked = Asked(
        candidate=candidate,
        production=production,
        anchor=anchor,
        columns=columns_for(gate_set, declared),
        metrics=metrics,
        answers=answers,
        production_answers=production_answers,
        preferences=preferences,
        timings=timings,
        measurement=measurement,
        contract=contract,
        seed_runs=seed_runs,
        production_seed_runs=production_seed_runs,
        custom=custom,
        artifact=artifact,
        production_artifact=production_artifact,
    )
    more = More(
        candidate=unlabelled_candidate,
        production=unlabelled_production,
        to_label=to_label,
        labelled=labelled,
        judged=candidate,
    )
    refuse_unused(gate_set, asked, more, power=power, disagreement=disagreement)
    if power:
        context.exit(_show_plan(plan_files(gate_set, asked, disagreement), as_json=as_json))
    judgement = judge_files(gate_set, asked, more.counts(asked.columns))
    context.exit(_show_judgement(judgement, more.write(judgement, asked.columns), as_json=as_json))


def _show_judgement(judgement: Judgement, written: str | None, *, as_json: bool) -> int:
    from seatrial.cli.exits import exit_code
    from seatrial.cli.gate_text import as_text, wrapped
    from seatrial.gates.serial import judgement_json

    if as_json:
        click.echo(json.dumps(judgement_json(judgement), indent=2, allow_nan=False))
        if written is not None:
            click.echo(written, err=True)
    else:
        click.echo(as_text(judgement) + ("" if written is None else "\n".join(["", *wrapped(written)])))
    return exit_code(judgement.decision, [finding.verdict for finding in judgement.findings])


def _show_plan(plan: tuple[Outlook, ...], *, as_json: bool) -> int:
    from seatrial.cli.exits import HELD, OK
    from seatrial.cli.gate_text import plan_text
    from seatrial.gates.serial import plan_json

    click.echo(json.dumps(plan_json(plan), indent=2, allow_nan=False) if as_json else plan_text(plan))
    return HELD if any(one.can_pass is False for one in plan) else OK
