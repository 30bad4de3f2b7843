"""`seatrial gate`: judge prediction files named on the command line, without a project or git.

The headless face of `gates.judge`. Everything heavier than click is imported inside the command,
because this module is loaded by every `seatrial` command that lists its siblings.
"""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from seatrial.evidence.policy import Columns
    from seatrial.gates.evidence import Baseline
    from seatrial.gates.judge import Judgement
    from seatrial.gates.policy import GateSet
    from seatrial.verdict import Finding

_FILE = click.Path(path_type=Path)
_WIDTH = 80
_INDENT = " " * 14  # the width of the longest verdict and two spaces


@click.command("gate")
@click.option("--candidate", type=_FILE, required=True, help="The candidate's predictions: .csv, .jsonl or .parquet.")
@click.option("--production", type=_FILE, help="The predictions of the model in production, on the same rows.")
@click.option("--gates", type=_FILE, required=True, help="The file of gate sets, for example gates.yaml.")
@click.option("--set", "set_name", metavar="NAME", help="Which gate set; by default `promote`, or the only one.")
@click.option("--id", "id_column", default="id", show_default=True, help="The column that names a row.")
@click.option("--label", default="y", show_default=True, help="The column with the truth.")
@click.option("--prediction", default="p", show_default=True, help="The column with the model's answer.")
@click.option("--score", help="The column with the model's score, if there is one.")
@click.option("--group", "groups", multiple=True, help="A column that splits the rows into groups; may be repeated.")
@click.option("--metrics", type=_FILE, multiple=True, help="A metrics file of the candidate; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print the judgement as one JSON object.")
@click.pass_context
def gate(
    context: click.Context,
    candidate: Path,
    production: Path | None,
    gates: Path,
    set_name: str | None,
    id_column: str,
    label: str,
    prediction: str,
    score: str | None,
    groups: tuple[str, ...],
    metrics: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Judge predictions files against gates, without a project.

    Says PASS, FAIL, INCONCLUSIVE or ERROR for every gate of the set, with the figures behind it.
    The exit code is that of the decision: 0 allowed, 1 blocked, 2 something to fix, 3 held.
    """
    # Heavy modules (polars, pydantic) stay off the start-up path of every other command.
    from seatrial.cli.exits import exit_code
    from seatrial.evidence.policy import Columns
    from seatrial.gates.serial import judgement_json

    columns = Columns(id=id_column, label=label, prediction=prediction, score=score, groups=groups)
    judgement = _judge(_gate_set(gates, set_name), candidate, production, columns, metrics)
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
    gate_set: GateSet, candidate: Path, production: Path | None, columns: Columns, metrics: tuple[Path, ...]
) -> Judgement:
    from seatrial.evidence.metrics import read_metrics
    from seatrial.evidence.predictions import read_predictions  # heavy, see `gate`
    from seatrial.gates.evidence import Absent, AbsentReason, Evidence, Present, collect
    from seatrial.gates.judge import conclude, judge

    shown = Evidence(
        predictions=read_predictions(candidate, columns, shown=str(candidate)),
        metrics=collect(read_metrics(path, shown=str(path)) for path in metrics),
    )
    baseline: Baseline = Absent(
        reason=AbsentReason.NO_BASELINE, next_step="name the production model's predictions with --production"
    )
    if production is not None:
        rows = read_predictions(production, columns, shown=str(production))
        baseline = Present(evidence=Evidence(predictions=rows), label="production")
    return conclude(gate_set, judge(gate_set, shown, baseline))


def as_text(judgement: Judgement) -> str:
    """The judgement for a terminal: the decision, then every gate with its sentence, 80 columns wide."""
    lines = [f"{judgement.verdict.value}: decision {judgement.decision.value}, gate set {judgement.gate_set}", ""]
    from seatrial.report.headline import ordered  # heavy, see `gate`

    for finding in ordered(judgement.findings):
        lines.extend(_finding_lines(finding))
    if not judgement.findings:
        lines.append("The gate set checked nothing, which is not a pass.")
    return "\n".join(lines)


def _finding_lines(finding: Finding) -> list[str]:
    head = f"{finding.verdict.value:<14}{finding.name}  ({finding.reason})"
    message = _printable(finding.message)
    body = textwrap.wrap(message, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False)
    return [_printable(head), *body]


def _printable(text: str) -> str:
    """Text from files (ids, labels, metric names) without control characters, which a terminal would obey."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
