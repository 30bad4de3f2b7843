"""`seatrial bisect STAGE`: the first commit at which a stage fails, found by running it at few of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from seatrial.cli import exits
from seatrial.cli.loading import load_project
from seatrial.cli.log_end import show_log
from seatrial.cli.options import json_option, tier_option
from seatrial.cli.progress import Progress
from seatrial.cli.suspect_text import ends_json, ends_lines, suspect_json, suspect_lines
from seatrial.flows.bisecting import Bisected, Ended
from seatrial.flows.bisecting import bisect as search
from seatrial.flows.suspects import SuspectRequest
from seatrial.pipeline.bisection import Seen
from seatrial.report.numbers import plural
from seatrial.wiring import open_workspace

SCHEMA_VERSION = 1
_CODES = {Ended.FOUND: exits.OK, Ended.FAILS_AT_GOOD: exits.STAGE}


@click.command()
@click.argument("stage")
@click.option("--good", metavar="REV", help="A commit at which it passed; by default that of its last recorded pass.")
@click.option("--bad", metavar="REV", help="A commit at which it fails; by default that of its last failure, or HEAD.")
@click.option("--steps", type=click.IntRange(min=1), help="Test at most so many commits besides the two ends.")
@click.option(
    "--confirm",
    type=click.IntRange(min=0),
    help="Ask so many times more about the commit that is found; default: once, for a stage of less than a minute.",
)
@tier_option
@json_option
def bisect(
    stage: str,
    good: str | None,
    bad: str | None,
    steps: int | None,
    confirm: int | None,
    tier: str | None,
    as_json: bool,
) -> int:
    """Find the commit since which a stage fails.

    The stage is run, with what feeds it, at commits between the two ends, each in a scratch tree and with the cache.
    Commits that do not reach it are left out: `seatrial suspects` lists the others.
    """
    progress = Progress(sys.stderr, quiet=as_json)
    with open_workspace(Path.cwd(), listener=progress.event) as workspace:
        project = load_project(workspace)
        request = SuspectRequest(stage=stage, good=good, bad=bad, tier=tier)
        with progress:
            found = search(workspace, project.policy, request, steps=steps, confirm=confirm)
    code = _CODES.get(found.ended, exits.HELD)
    if as_json:
        click.echo(json.dumps(_document(found, code), indent=2))
        return code
    click.echo("\n".join(_lines(found)))
    if found.ended in (Ended.FOUND, Ended.FAILS_AT_GOOD):
        _show_failure(found)
    return code


def _document(found: Bisected, code: int) -> dict[str, object]:
    return {
        "schema_version": SCHEMA_VERSION,
        "stage": found.found.stage,
        "cells": list(found.found.cells),
        **ends_json(found.found.ends),
        "commits": found.found.commits,
        "suspects": len(found.found.suspects),
        "ended": found.ended.value,
        "blamed": [suspect_json(one) for one in found.blamed],
        "confirmed": found.confirmed,
        "tested": [
            {
                "commit": one.commit,
                "seen": one.seen.value,
                "reason": one.reason,
                "known": one.known,
                "seconds": round(one.seconds, 3),
                "log": one.log,
            }
            for one in found.tested
        ],
        "run": found.run or None,
        "exit_code": code,
    }


def _lines(found: Bisected) -> list[str]:
    lines = ends_lines(found.found)
    count, commits = len(found.found.suspects), plural(found.found.commits, "commit")
    lines.append(f"{plural(count, 'suspect')} among {commits}; {plural(len(found.tested), 'test')}")
    stage = found.found.stage
    match found.ended:
        case Ended.FOUND:
            again = f", seen {found.confirmed + 1} times" if found.confirmed else ""
            lines += ["", f"the first bad commit{again}:"]
        case Ended.RANGE:
            lines += ["", f"the first bad commit is one of {len(found.blamed)}; none between them could be told apart:"]
        case Ended.UNSURE:
            lines += ["", f"{stage} does not come to the same each time, so no commit is to blame for sure; suspected:"]
        case Ended.NO_SUSPECT:
            lines.append(f"none of them reaches {stage}: it may be flaky, or depend on something outside")
        case Ended.FAILS_AT_GOOD:
            lines.append(f"{stage} fails at the good commit too, so what changed is not in these commits")
        case Ended.PASSES_AT_BAD:
            lines.append(
                f"{stage} passes at the last commit that reaches it: it is flaky, or depends on something "
                "outside, or on a file that nobody sees it read"
            )
    for one in found.blamed:
        lines += ["", *suspect_lines(one)]
    skipped = [one for one in found.tested if one.seen is Seen.UNTESTABLE]
    lines += [f"not testable: {one.commit[:12]}: {one.reason}" for one in skipped]
    return lines


def _show_failure(found: Bisected) -> None:
    commit = found.blamed[0].commit if found.blamed else found.found.ends.good
    log = next((one.log for one in found.tested if one.commit == commit and one.log), None)
    if log is not None and found.folder is not None:
        show_log(found.found.stage, found.folder / log, "")
