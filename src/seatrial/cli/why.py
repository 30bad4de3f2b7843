"""`seatrial why STAGE`: which part of a stage's key changed, old and new."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import click
from msgspec.structs import asdict

from seatrial.cli.evidence_text import chain_lines, evidence_rows
from seatrial.cli.loading import load_project
from seatrial.cli.options import json_option, set_param_option, tier_option
from seatrial.flows.explaining import explain_stage
from seatrial.pipeline.why import Explanation, change_lines
from seatrial.report.escape import plain
from seatrial.wiring import open_workspace

SCHEMA_VERSION = 1
_WIDTH = 80
_MOST_WAYS = 4
_LABELLED = "  "
_BELOW = " " * 14
"""Where a sentence goes on that began behind a label."""
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
@click.option("--base", metavar="REV", help="Explain what differs from this revision (from where the two parted).")
@click.option("--skip", is_flag=True, help="Explain instead why the stage would not run.")
@json_option
def why(stage: str, tier: str | None, set_param: tuple[str, ...], base: str | None, skip: bool, as_json: bool) -> None:
    """Explain why a stage ran, or was reused, and what would happen now.

    STAGE is a stage, or one cell of a matrix: `train[seed=0]`.
    """
    if skip:
        from seatrial.cli.why_skip import show_skip  # each of the two loads its own

        show_skip(stage, tier, set_param, base, as_json=as_json)
        return
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        project = load_project(workspace, set_param)
        explanations = explain_stage(workspace, project.policy, tier, stage, base)
    if as_json:
        known = next((one.change.base for one in explanations if one.change is not None), None)
        cells = list(map(_facts, explanations))
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "base": known, "cells": cells}, indent=2))
        return
    click.echo("\n\n".join(map(said_of, explanations)))


def _facts(explanation: Explanation) -> dict[str, object]:
    """One cell for programs; the records in it one by one, since `asdict` gives those inside as they are."""
    past = explanation.past
    return asdict(explanation) | {
        "past": None if past is None else asdict(past) | {"changed": [asdict(one) for one in past.changed]},
        "changed": [asdict(one) for one in explanation.changed],
        "evidence": evidence_rows(explanation.evidence),
        "change": None if explanation.change is None else asdict(explanation.change),
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
    if explanation.change is not None:
        change = explanation.change
        lines.append(f"  change    since {change.base[:12]}: {change.action}: {change.reason}")
    shown = [_safe(line) for line in lines]
    for one in explanation.evidence[:_MOST_WAYS]:
        shown += [_safe(f"  way       {one.reason} ({one.grade.value})"), *chain_lines(one.chain, " " * 14)]
    more = len(explanation.evidence) - _MOST_WAYS
    if more > 0:
        shown.append(f"            and {more} more, which `--json` tells")
    if explanation.debt is not None:
        shown.append(_safe(f"  owed      {explanation.debt}"))
    return "\n".join(shown)


def _safe(line: str) -> str:
    """A line whose text comes from files and parameters, its own indentation kept, wrapped where it is long."""
    text = line.lstrip(" ")
    indent = line[: len(line) - len(text)]
    return textwrap.fill(
        plain(text),
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=_BELOW if len(indent) == len(_LABELLED) else f"{indent}  ",
        break_on_hyphens=False,
        break_long_words=False,
    )
