"""The end of a stage's output, for people: the reason of a failure is nearly always there. Called by `run`."""

from __future__ import annotations

from pathlib import Path

import click

from seatrial.report.escape import log_line
from seatrial.report.facts import MOST_LOG_LINES


def show_log(stage: str, log: Path, python: str) -> None:
    """Print the last lines of a log; `python` is the interpreter that the stage ran in."""
    try:
        lines = log.read_bytes().decode(errors="replace").splitlines()
    except OSError:
        return
    click.echo(f"{stage} said last:" if lines else f"{stage} said nothing")
    for line in lines[-MOST_LOG_LINES:]:
        click.echo(f"  | {log_line(line)}")
    if any("ModuleNotFoundError" in line for line in lines):
        click.echo(f"it ran in {python}; `python:` in seatrial.yaml names another interpreter")
