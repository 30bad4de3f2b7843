"""`seatrial why STAGE`: which part of a stage's key changed, old and new."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import click
from msgspec.structs import asdict

from seatrial.cli.loading import load_project
from seatrial.cli.options import json_option, set_param_option, tier_option
from seatrial.flows.explaining import explain_stage
from seatrial.pipeline.why import Explanation, change_lines
from seatrial.report.escape import plain
from seatrial.wiring import open_workspace

SCHEMA_VERSION = 1
_WIDTH = 80
_DID = {
    "ran": "ran",
    "reused": "was reused",
    "failed": "failed",
    "deferred": "was deferred",
    "skipped": "was skipped",
    "blocked": "was not started",
    "used": "ran, and its result was not stored",
    "missing": "was done by no machine",
}


@click.command()
@click.argument("stage")
@tier_option
@set_param_option
@json_option
def why(stage: str, tier: str | None, set_param: tuple[str, ...], as_json: bool) -> None:
    """Explain why a stage ran, or was reused, and what would happen now.

    STAGE is a stage, or one cell of a matrix: `train[seed=0]`.
    """
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        project = load_project(workspace, set_param)
        explanations = explain_stage(workspace, project.policy, tier, stage)
    if as_json:
        cells = list(map(_facts, explanations))
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "cells": cells}, indent=2))
        return
    click.echo("\n\n".join(map(said_of, explanations)))


def _facts(explanation: Explanation) -> dict[str, object]:
    """One cell for programs; the records in it one by one, since `asdict` gives those inside as they are."""
    past = explanation.past
    return asdict(explanation) | {
        "past": None if past is None else asdict(past) | {"changed": [asdict(one) for one in past.changed]},
        "changed": [asdict(one) for one in explanation.changed],
    }


def said_of(explanation: Explanation) -> str:
    """One cell: what the last run did with it, what a run would do now, what is owed of it."""
    lines = [explanation.cell]
    past = explanation.past
    if past is None:
        lines.append("  last run  no run in this work tree's cache knows it")
    else:
        did, _, beside = _DID.get(past.did, past.did).partition(", ")
        lines.append(f"  last run  {did} in {past.run} ({past.at}){', ' if beside else ''}{beside}")
        lines.append(f"            because: {past.reason}")
        lines += [f"            {line}" for line in change_lines(past.changed, explanation.links)]
        if past.previous and past.changed:
            lines.append(f"            compared with the result of run {past.previous}")
    lines.append(f"  now       {explanation.action}: {explanation.reason}")
    lines += [f"            {line}" for line in change_lines(explanation.changed, explanation.links)]
    if explanation.debt is not None:
        lines.append(f"  owed      {explanation.debt}")
    return "\n".join(_safe(line) for line in lines)


def _safe(line: str) -> str:
    """A line whose text comes from files and parameters, its own indentation kept, wrapped where it is long."""
    text = line.lstrip(" ")
    indent = line[: len(line) - len(text)]
    return textwrap.fill(
        plain(text),
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_on_hyphens=False,
        break_long_words=False,
    )
