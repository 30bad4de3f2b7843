"""`seatrial suspects STAGE`: what was merged since a stage passed last and reaches it, the likeliest first."""

from __future__ import annotations

import json
from pathlib import Path

import click

from seatrial.cli.loading import load_project
from seatrial.cli.options import json_option, tier_option
from seatrial.cli.suspect_text import ends_json, ends_lines, suspect_json, suspect_lines
from seatrial.flows.suspects import SuspectRequest, Suspects, find_suspects
from seatrial.pipeline.suspects import ranked
from seatrial.report.numbers import plural
from seatrial.wiring import open_workspace

SCHEMA_VERSION = 1
_MOST = 20


@click.command()
@click.argument("stage")
@click.option("--good", metavar="REV", help="A commit at which it passed; by default that of its last recorded pass.")
@click.option("--bad", metavar="REV", help="A commit at which it fails; by default that of its last failure, or HEAD.")
@tier_option
@json_option
def suspects(stage: str, good: str | None, bad: str | None, tier: str | None, as_json: bool) -> None:
    """Tell which merges since a stage's last pass reach it.

    STAGE is a stage, or one cell of a matrix: `train[seed=0]`. Every commit on the first-parent line between the two
    ends is asked for the way from the stage, or from what feeds it, to what it changed.
    """
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        project = load_project(workspace)
        request = SuspectRequest(stage=stage, good=good, bad=bad, tier=tier)
        found = find_suspects(workspace, project.policy, request)
    click.echo(json.dumps(_document(found), indent=2) if as_json else "\n".join(_lines(found)))


def _document(found: Suspects) -> dict[str, object]:
    return {
        "schema_version": SCHEMA_VERSION,
        "stage": found.stage,
        "cells": list(found.cells),
        **ends_json(found.ends),
        "commits": found.commits,
        "cleared": found.cleared,
        "uncommitted": found.dirty,
        "suspects": [suspect_json(one) for one in ranked(found.suspects)],
    }


def _lines(found: Suspects) -> list[str]:
    lines = ends_lines(found)
    count = len(found.suspects)
    between = plural(found.commits, "commit")
    if not count:
        lines.append(f"none of {between} between them reaches {found.stage}")
        lines.append("next: run it again; it may be flaky, or depend on something outside of the repository")
        return lines
    lines.append(f"{count} of {between} {'reaches' if count == 1 else 'reach'} it; the others cannot be to blame")
    for one in ranked(found.suspects)[:_MOST]:
        lines += ["", *suspect_lines(one)]
    if count > _MOST:
        lines += ["", f"and {count - _MOST} more, with `--json`"]
    return lines
