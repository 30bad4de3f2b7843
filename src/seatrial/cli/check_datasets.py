"""`seatrial check` in a project: all its datasets, or one by name, and their history.

Called by `check` when no file is named, or when what is named is no file.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import pairwise
from pathlib import Path

import click

from seatrial.cli.check_text import check_text
from seatrial.cli.exits import exit_code
from seatrial.cli.failures import show
from seatrial.cli.loading import load_project
from seatrial.cli.panics import without_panics
from seatrial.cli.progress import Line
from seatrial.cli.terminal import wants_color
from seatrial.config.contract import load_contract
from seatrial.config.load import FILE
from seatrial.data.columns import type_in_words
from seatrial.data.policy import Contract
from seatrial.data.reading.identity import refuse_absent
from seatrial.data.result import Check
from seatrial.data.serial import check_json
from seatrial.errors import SeatrialError, UsageError, UserError, some_of
from seatrial.flows.checking_datasets import asked_for, check_datasets, decision_of, grave
from seatrial.flows.dataset_records import history, known_datasets
from seatrial.flows.dataset_references import Recorded, recorded_profile
from seatrial.flows.policy import DatasetPolicy
from seatrial.flows.workspace import Workspace
from seatrial.registry.datasets import Change, DatasetVersion, change
from seatrial.report.data_record import unreadable
from seatrial.report.escape import plain
from seatrial.report.fit import wrap
from seatrial.report.table import table
from seatrial.verdict import Verdict
from seatrial.wiring import open_workspace

SCHEMA_VERSION = 1
_WIDTH = 80
MOST_VERSIONS = 20
"""Versions that the text shows, the newest."""
_SHORT = 15  # characters of an identity: `b3:` and twelve of its digest, or `dvc:md5:` and seven


def check_project(
    name: str | None, *, examples: int, jobs: int | None, as_json: bool, reference: str | None = None
) -> int:
    """Judge the datasets of the project around here; the exit code of the strictest decision. `reference` is a recorded
    version that one of them is compared with."""
    checks: list[Check | UserError] = []
    shown: list[dict[str, object]] = []
    with _opened(name) as workspace:
        datasets = asked_for(load_project(workspace).policy, name, against=reference is not None)
        with (
            nullcontext() if reference is None else recorded_profile(workspace, reference) as against,
            without_panics(),
            Line(sys.stderr, quiet=as_json) as line,
        ):
            for dataset, found, warnings in check_datasets(
                workspace,
                datasets,
                contract_of=_contract,
                examples=examples,
                jobs=jobs,
                pictures=True,
                say=line.say,
                against=against,
            ):
                if isinstance(found, UserError) and len(datasets) == 1:
                    raise found
                checks.append(found)
                shown.append(_check_json(dataset, found, warnings))
                if not as_json:
                    _show(dataset, found, warnings, gap="\n" if len(checks) > 1 else "")
    code = exit_code(decision_of(checks), grave(checks))
    if as_json:
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "datasets": shown, "exit_code": code}, indent=2))
    return code


def _check_json(dataset: DatasetPolicy, found: Check | UserError, warnings: tuple[str, ...]) -> dict[str, object]:
    """One of several checks. One that could not be made is an ERROR among them, as in the record of a stage."""
    document = check_json(found) if isinstance(found, Check) else unreadable(dataset.path, found)
    return {"name": dataset.name, **document, "warnings": list(warnings)}


def _show(dataset: DatasetPolicy, found: Check | UserError, warnings: tuple[str, ...], *, gap: str) -> None:
    if isinstance(found, Check):
        click.echo(f"{gap}{dataset.name}: {check_text(found, color=wants_color(sys.stdout))}")
    else:
        click.echo(f"{gap}{dataset.name}: {Verdict.ERROR}: it could not be judged")
        show(found, as_json=False)
    for warning in warnings:
        click.echo(f"warning: {plain(warning)}", err=True)


@contextmanager
def recorded_reference(text: str) -> Iterator[Recorded]:
    """The profile of a version that the project around here has a record of, for a file that is checked against it."""
    with _opened(text) as workspace:
        load_project(workspace)
        with recorded_profile(workspace, text) as found:
            yield found


@contextmanager
def _opened(name: str | None) -> Iterator[Workspace]:
    """The project around here. Outside of one, a file was meant."""
    entered: Workspace | None = None
    try:
        with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
            entered = workspace
            yield workspace
    except SeatrialError as error:
        if entered is not None and (name is None or (entered.git.root / FILE).exists()):
            raise
        if name:
            refuse_absent(Path(name), name)
        what = f"{name} does not exist" if name else "no data is named"
        step = "seatrial check data.parquet --reference profile.json"
        raise UsageError(f"{what}, and {error}", next_step=step) from None


def _contract(path: Path) -> Contract:
    """A contract under the name that it has from here: what its places say can be opened, and what it names found."""
    return load_contract(path.read_bytes(), os.path.relpath(path))


def show_history(name: str | None, *, as_json: bool) -> int:
    """Show every version of the project's datasets that was ever judged."""
    with _opened(name) as workspace:
        policy = load_project(workspace).policy
        if name is not None and name not in known_datasets(workspace):
            asked_for(policy, name)  # a name that is none is a mistake; one without records has no history yet
        names = [name] if name is not None else sorted({*known_datasets(workspace), *policy.datasets})
        found = {each: history(workspace, each) for each in names}
    if as_json:
        datasets = {
            each: [_version_json(version, before) for before, version in zip((None, *versions), versions, strict=False)]
            for each, versions in found.items()
        }
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "datasets": datasets}, indent=2))
    else:
        click.echo("\n\n".join(_history_text(each, versions) for each, versions in found.items()) or "no dataset")
    return 0


def _version_json(version: DatasetVersion, before: DatasetVersion | None) -> dict[str, object]:
    last = version.last
    became = None if before is None else change(before, version)
    return {
        "number": version.number,
        "identity": version.first.identity,
        "first_seen": version.first.at,
        "last_seen": last.at,
        "rows": last.rows,
        "columns": dict(last.columns),
        "change": None
        if became is None
        else {
            "rows": became.rows,
            "added": dict(became.added),
            "removed": dict(became.removed),
            "retyped": {name: list(types) for name, types in became.retyped.items()},
        },
        "current": version.current,
        "why": list(last.why),
        "pointer": last.pointer,
        "profile": last.profile.digest if last.profile is not None else None,
        "verdict": last.verdict.value,
        "decision": last.decision.value,
        "run": last.run,
        "commit": version.first.commit,
        "looks": version.looks,
    }


def _history_text(name: str, versions: tuple[DatasetVersion, ...]) -> str:
    if not versions:
        return f"{plain(name)}: never judged; type seatrial check {plain(name)}"
    shown = versions[-MOST_VERSIONS:]
    before = f" (the last {len(shown)} of {len(versions)}; --json has all)" if len(shown) < len(versions) else ""
    lines = [
        (
            str(version.number),
            _minute(version.first.at),
            f"{version.last.rows:,}",
            str(len(version.last.columns)),
            version.last.verdict.value,
            (version.last.pointer or version.first.identity)[:_SHORT],
        )
        for version in shown
    ]
    head = ("no", "first seen", "rows", "columns", "verdict", "identity")
    return "\n".join([f"{plain(name)}{before}", table(lines, head, width=_WIDTH, align="rlrrll"), *_remarks(shown)])


def _remarks(versions: tuple[DatasetVersion, ...]) -> Iterator[str]:
    """What became of rows and columns, which findings stood against a version, and which one the data is now."""
    for old, new in pairwise(versions):
        yield from _hanging(f"{old.number} -> {new.number}: ", _change_text(change(old, new)))
    for version in versions:
        if version.last.why:
            names = some_of([plain(name, bound=60) for name in version.last.why])
            yield from _hanging(f"{version.number}: ", f"{version.last.verdict} by {names}")
    for version in versions[:-1]:
        if version.current:
            yield f"now: version {version.number}, back since {_minute(version.last.at)}"


def _minute(instant: str) -> str:
    return instant[:16].replace("T", " ")


def _change_text(became: Change) -> str:
    """What became of the rows and the columns, the first of each kind by name."""
    rows = f"{became.rows:+,} rows" if became.rows else "as many rows"
    kinds = {name: tuple(map(type_in_words, types)) for name, types in became.retyped.items()}
    told = [
        ("added", [f"{name} ({type_in_words(kind)})" for name, kind in became.added.items()]),
        ("removed", list(became.removed)),
        ("retyped", [f"{name} ({old}, now {new})" for name, (old, new) in kinds.items()]),
    ]
    parts = [f"{what} {some_of([plain(name, bound=60) for name in names])}" for what, names in told if names]
    return "; ".join([rows, *(parts or ["the same columns"])])


def _hanging(start: str, text: str) -> list[str]:
    first, *rest = wrap(text, _WIDTH - len(start))
    return [f"{start}{first}", *(f"{' ' * len(start)}{line}" for line in rest)]
