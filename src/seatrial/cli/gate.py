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
    from seatrial.evidence.policy import Columns
    from seatrial.gates.evidence import Baseline, Evidence
    from seatrial.gates.judgement import Judgement
    from seatrial.gates.policy import GateSet

_FILE = click.Path(path_type=Path)


@click.command("gate")
@click.option("--candidate", type=_FILE, required=True, help="The candidate's predictions: .csv, .jsonl or .parquet.")
@click.option("--production", type=_FILE, help="The predictions of the model in production, on the same rows.")
@click.option("--anchor", type=_FILE, help="The predictions of an older model that none may fall too far behind.")
@click.option("--gates", type=_FILE, required=True, help="The file of gate sets, for example gates.yaml.")
@click.option("--set", "set_name", metavar="NAME", help="Which gate set; by default `promote`, or the only one.")
@column_options
@click.option("--metrics", type=_FILE, multiple=True, help="A metrics file of the candidate; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print the judgement as one JSON object.")
@click.pass_context
def gate(
    context: click.Context,
    /,
    candidate: Path,
    production: Path | None,
    anchor: Path | None,
    gates: Path,
    set_name: str | None,
    metrics: tuple[Path, ...],
    as_json: bool,
    **columns: Any,
) -> None:
    """Judge predictions files against gates, without a project.

    Says PASS, FAIL, INCONCLUSIVE or ERROR for every gate of the set, with the figures behind it.
    The exit code is that of the decision: 0 allowed, 1 blocked, 2 something to fix, 3 held.
    """
    # Heavy modules (polars) stay off the start-up path of every other command.
    from seatrial.cli.exits import exit_code
    from seatrial.cli.gate_text import as_text
    from seatrial.gates.needs import columns_for
    from seatrial.gates.serial import judgement_json

    declared = columns_from(**columns)
    gate_set = _gate_set(gates, set_name)
    judgement = _judge(gate_set, candidate, production, anchor, columns_for(gate_set, declared), metrics)
    if as_json:
        click.echo(json.dumps(judgement_json(judgement), indent=2, allow_nan=False))
    else:
        click.echo(as_text(judgement))
    context.exit(exit_code(judgement.decision, [finding.verdict for finding in judgement.findings]))


def _gate_set(path: Path, name: str | None) -> GateSet:
    from seatrial.config.gates import load_gates  # heavy, see `gate`
    from seatrial.errors import Place, UsageError
    from seatrial.gates.choice import choose

    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"the gates file cannot be read: {error.strerror or error}",
            place=Place(file=str(path)),
            next_step="name an existing file with --gates",
        ) from error
    return choose(load_gates(data, str(path)), name, str(path))


def _judge(
    gate_set: GateSet,
    candidate: Path,
    production: Path | None,
    anchor: Path | None,
    columns: Columns,
    metrics: tuple[Path, ...],
) -> Judgement:
    from seatrial.evidence.metrics import read_metrics
    from seatrial.gates.evidence import Absent, AbsentReason, Present, collect
    from seatrial.gates.judge import judge
    from seatrial.gates.judgement import conclude
    from seatrial.replacing import replace

    shown = _rows(candidate, columns)
    shown = replace(shown, metrics=collect(read_metrics(path, shown=str(path)) for path in metrics))
    baseline: Baseline = Absent(
        reason=AbsentReason.NO_BASELINE, next_step="name the production model's predictions with --production"
    )
    if production is not None:
        baseline = Present(evidence=_rows(production, columns), label="production")
    older = None if anchor is None else Present(evidence=_rows(anchor, columns), label="the anchor")
    return conclude(gate_set, judge(gate_set, shown, baseline, anchor=older))


def _rows(path: Path, columns: Columns) -> Evidence:
    from seatrial.evidence.predictions import read_predictions  # heavy, see `gate`
    from seatrial.gates.evidence import Evidence

    return Evidence(predictions=read_predictions(path, columns, shown=str(path)))
