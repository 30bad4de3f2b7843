"""`seatrial run`: run stages, judge the models, write the report."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import click

from seatrial.cli import exits
from seatrial.cli.loading import load_project
from seatrial.cli.options import json_option, set_param_option, tier_option
from seatrial.cli.progress import Progress
from seatrial.cli.terminal import wants_color
from seatrial.flows.candidate import run_candidate
from seatrial.flows.request import Candidate, Request
from seatrial.report.escape import log_line
from seatrial.report.serial import to_json
from seatrial.report.terminal import WIDTH, render_terminal
from seatrial.wiring import open_workspace

_LOG_LINES = 15


@click.command()
@click.argument("stages", nargs=-1, metavar="[STAGE]...")
@tier_option
@set_param_option
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="How many commands run at once; default: all cores.")
@click.option("--paranoid", is_flag=True, help="Read every input and every stored byte anew; believe no memory.")
@json_option
def run(
    stages: tuple[str, ...],
    tier: str | None,
    set_param: tuple[str, ...],
    jobs: int | None,
    paranoid: bool,
    as_json: bool,
) -> int:
    """Run stages, judge the models, write the report.

    \b
    seatrial run                 every stage that names no tier, then the gates
    seatrial run --tier nightly  a tier's stages, parameters, gates and baseline
    seatrial run train           one stage and what feeds it; nothing is judged
    """
    progress = Progress(sys.stderr, quiet=as_json)
    with open_workspace(Path.cwd(), listener=progress.event, jobs=jobs) as workspace:
        if paranoid:
            workspace.cache.distrust()
        loaded = load_project(workspace, set_param)
        request = Request(
            command=_typed(stages, tier, set_param, paranoid=paranoid),
            tier=tier,
            stages=stages,
            overridden=loaded.overridden,
        )
        with progress:
            candidate = run_candidate(workspace, loaded.policy, request)
        code = _code(candidate)
        if as_json:
            document = to_json(candidate.facts)
            report = str(candidate.folder / "report.md")
            click.echo(json.dumps({**document, "exit_code": code, "report": report}, indent=2, allow_nan=False))
        else:
            click.echo(render_terminal(candidate.facts, width=WIDTH, color=wants_color(sys.stdout)), nl=False)
            for stage in candidate.facts.stages:
                if stage.action == "failed" and stage.log:
                    _show_log(stage.name, candidate.folder / stage.log, candidate.python)
            shown = candidate.folder.relative_to(workspace.git.root) / "report.md"
            click.echo(f"report: {shown}")
    return code


def _show_log(stage: str, log: Path, python: str) -> None:
    """The end of a failed stage's output: the reason is nearly always there."""
    try:
        lines = log.read_bytes().decode(errors="replace").splitlines()
    except OSError:
        return
    click.echo(f"{stage} said last:" if lines else f"{stage} said nothing")
    for line in lines[-_LOG_LINES:]:
        click.echo(f"  | {log_line(line)}")
    if any("ModuleNotFoundError" in line for line in lines):
        click.echo(f"it ran in {python}; `python:` in seatrial.yaml names another interpreter")


def _code(candidate: Candidate) -> int:
    if candidate.failed:
        return exits.STAGE
    if candidate.decision is None:
        return exits.OK
    code = exits.exit_code(candidate.decision, candidate.verdicts)
    # A tier that was to promote and could not has not done what it says, however good the model is.
    if code or not candidate.unpromoted:
        return code
    from seatrial.cli.refusals import refusal_code  # brings the registry along

    return refusal_code(candidate.unpromoted[0])


def _typed(stages: tuple[str, ...], tier: str | None, set_param: tuple[str, ...], *, paranoid: bool) -> str:
    words = ["seatrial", "run", *(["--paranoid"] if paranoid else [])]
    if tier:
        words += ["--tier", tier]
    for one in set_param:
        words += ["--set-param", one]
    return shlex.join([*words, *stages])
