"""`seatrial report`: an earlier run's report, rendered again from its facts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from seatrial.cli.check_files import DataPath, write_file
from seatrial.cli.check_outputs import refuse_place
from seatrial.cli.options import json_option
from seatrial.cli.terminal import wants_color
from seatrial.errors import UsageError
from seatrial.flows.facts import REPORT_JSON
from seatrial.flows.workspace import Workspace
from seatrial.report.markdown import render_markdown
from seatrial.report.page import is_page, render_page
from seatrial.report.serial import from_text, to_text
from seatrial.report.terminal import render_terminal
from seatrial.store.ulid import is_ulid
from seatrial.wiring import open_workspace


@click.command()
@click.option("--run", "run_id", metavar="RUN", help="The run; default: the newest.")
@click.option("--markdown", is_flag=True, help="Print Markdown instead of terminal text.")
@click.option("--html", type=DataPath(path_type=Path), metavar="FILE", help="Write the page with its pictures.")
@json_option
def report(run_id: str | None, markdown: bool, html: Path | None, as_json: bool) -> None:
    """Show the report of a run again."""
    if html is not None:
        refuse_place(html, "--html", holds=is_page, what="report of a run")
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        path = _find(workspace, run_id)
        facts = from_text(path.read_bytes(), file=str(path))
    if html is not None:
        write_file(html, render_page(facts))
    elif as_json:
        click.echo(to_text(facts))
    elif markdown:
        click.echo(render_markdown(facts), nl=False)
    else:
        click.echo(render_terminal(facts, width=80, color=wants_color(sys.stdout)), nl=False)


def _find(workspace: Workspace, run_id: str | None) -> Path:
    if run_id is not None:
        path = workspace.cache.runs / run_id / REPORT_JSON
        if is_ulid(run_id) and path.exists():
            return path
        raise UsageError(f"there is no report of run {run_id} in this work tree's cache", next_step="seatrial report")
    reports = sorted(workspace.cache.runs.glob(f"*/{REPORT_JSON}"), reverse=True)
    if not reports:
        raise UsageError("no run in this work tree's cache has a report", next_step="seatrial run")
    return reports[0]
