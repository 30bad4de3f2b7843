"""`seatrial plan --matrix github`: the cells that are to be done, as the outputs of a step of GitHub Actions.

Called in the job that plans, of the workflows that `seatrial workflows render` writes. `wave-N` is the `include` of the
matrix of wave N, `reuse` the cells (one on each line) whose results are here, `nothing` is `true` where nobody has
anything to do.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from seatrial.cli.loading import load_project
from seatrial.flows.matrix import Matrix, Part, plan_matrix
from seatrial.report.escape import log_line
from seatrial.report.numbers import plural
from seatrial.wiring import open_workspace

SCHEMA_VERSION = 1
HOSTED = ("ubuntu-latest",)
OUTPUTS = "GITHUB_OUTPUT"


def show_matrix(forge: str, tier: str | None, base: str | None, *, as_json: bool) -> None:
    """Plan the work tree for jobs of a forge; write the step's outputs, and say what there is to do."""
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        project = load_project(workspace)
        found = plan_matrix(workspace, project.policy, tier, base)
        target = workspace.environ.get(OUTPUTS)
        if target:
            from seatrial.forge.github.step_files import add_outputs  # in a step of GitHub Actions alone

            add_outputs(Path(target), outputs(found))
    if as_json:
        click.echo(json.dumps(document(found, forge, tier, base), indent=2))
        return
    click.echo(log_line(_counted(found)))
    for number, wave in enumerate(found.waves, 1):
        for part in wave:
            machine = ", ".join(part.labels or HOSTED)
            click.echo(log_line(f"wave {number}: {', '.join(part.cells)} on {machine}", bound=2_000))


def outputs(found: Matrix) -> dict[str, str]:
    """What the step puts out, by name."""
    rows = {
        f"wave-{number}": json.dumps([_row(part) for part in wave], separators=(",", ":"))
        for number, wave in enumerate(found.waves, 1)
    }
    return {**rows, "reuse": "\n".join(found.reuse), "nothing": "true" if found.nothing else "false"}


def document(found: Matrix, forge: str, tier: str | None, base: str | None) -> dict[str, object]:
    """The matrix for programs."""
    return {
        "schema_version": SCHEMA_VERSION,
        "forge": forge,
        "tier": tier,
        "base": base,
        "waves": [[_row(part) for part in wave] for wave in found.waves],
        "reuse": list(found.reuse),
        "nothing": found.nothing,
    }


def _row(part: Part) -> dict[str, object]:
    """One job: how it is called, its cells (one on each line), the labels of its machine, when it is given up."""
    return {
        "name": part.name,
        "cells": "\n".join(part.cells),
        "runner": list(part.labels or HOSTED),
        "minutes": part.minutes,
    }


def _counted(found: Matrix) -> str:
    jobs = sum(len(wave) for wave in found.waves)
    if found.nothing:
        return "nothing is to be done"
    return f"{plural(jobs, 'job')}; {plural(len(found.reuse), 'cell')} {'is' if len(found.reuse) == 1 else 'are'} here"
