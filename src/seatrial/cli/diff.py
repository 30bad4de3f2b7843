"""`seatrial diff A B`: two models side by side, each a version, a run, a commit or a predictions file."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import click

from seatrial.cli.loading import load_project
from seatrial.cli.options import json_option
from seatrial.cli.progress import Progress
from seatrial.cli.row_columns import column_options, columns_from
from seatrial.flows.diffing import Difference, Side, compare, file_side, is_table, reference_side
from seatrial.registry.serial import encode
from seatrial.report.escape import plain
from seatrial.report.numbers import count, figure, interval, places, signed
from seatrial.report.table import table
from seatrial.wiring import open_workspace

SCHEMA_VERSION = 1
_GROUPS_SHOWN = 5


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--model", metavar="NAME", help="Which model, where a commit or a run has several.")
@column_options
@json_option
def diff(before: str, after: str, model: str | None, as_json: bool, **columns: Any) -> None:
    """Compare two models: metrics with intervals, parameters.

    A and B are versions (NAME@17, NAME@ALIAS), runs (run:ID), commits, or predictions files (.csv,
    .jsonl, .parquet; these need no project, and the options say what their columns mean). Differences are
    B minus A, in all rows and in every group.
    """
    declared = columns_from(**columns)
    with ExitStack() as stack:
        progress = Progress(sys.stderr, quiet=as_json)
        found: list[Callable[[], Side]] = []
        if all(map(is_table, (before, after))):
            found = [partial(file_side, Path(text), declared) for text in (before, after)]
        else:
            workspace = stack.enter_context(open_workspace(Path.cwd(), listener=progress.event))
            policy = load_project(workspace).policy
            for text in (before, after):
                side = partial(file_side, Path(text), declared) if is_table(text) else None
                found.append(side or reference_side(workspace, policy, text, model))
        with progress:
            sides = [read() for read in found]
        difference = compare(*sides)
    if as_json:
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, **_json(difference)}, indent=2))
    else:
        click.echo(_text(difference))


def _json(difference: Difference) -> dict[str, object]:
    value = encode(difference)
    return dict(value) if isinstance(value, dict) else {}


def _text(difference: Difference) -> str:
    lines = [f"A  {plain(difference.before)}", f"B  {plain(difference.after)}", ""]
    if difference.same_artifact:
        lines += ["A and B are the very same artifact.", ""]
    rows = []
    for fact in difference.metrics:
        digits = places(fact.candidate, fact.baseline, difference=fact.difference)
        rows.append(
            (
                fact.name if fact.group is None else f"  {plain(fact.group)}: {fact.name}",
                figure(fact.baseline, digits),
                figure(fact.candidate, digits),
                signed(fact.difference, digits),
                interval(fact.interval, digits) if fact.interval else "",
            )
        )
    lines.append(table(rows, ("metric", "A", "B", "B - A", "90 % interval")) or "no metrics on either side")
    for one in difference.untold:
        of = "" if one.side is None else f" of {plain(one.side)}"
        lines.append(f"\nno {', '.join(map(plain, one.metrics))}{of}{_where(one.groups)}: {plain(one.why)}")
    if difference.rows is not None:
        answered = difference.disagreements
        differently = "" if answered is None else f"; {count(answered)} answered differently"
        lines.append(f"\n{count(difference.rows)} rows matched by id{differently}")
    elif difference.unmatched:
        lines.append(f"\nrows cannot be compared: {plain(difference.unmatched)}")
    changed = [(name, _shown(old), _shown(new)) for name, (old, new) in difference.params.items()]
    if changed:
        lines += ["", table(changed, ("parameter", "A", "B"))]
    return "\n".join(lines)


def _where(groups: tuple[str, ...]) -> str:
    """The groups that a reason is about: the first of many."""
    if not groups:
        return ""
    more = len(groups) - _GROUPS_SHOWN
    shown = ", ".join(map(plain, groups[:_GROUPS_SHOWN]))
    return f" in {shown}" + (f" and {count(more)} more" if more > 0 else "")


def _shown(value: object) -> str:
    return "(none)" if value is None else str(value)
