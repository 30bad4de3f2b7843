"""`seatrial why --skip STAGE`: why a stage would not run, and what that rests on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from msgspec.structs import asdict

from seatrial.cli.evidence_text import said
from seatrial.cli.loading import load_project
from seatrial.errors import some_of
from seatrial.flows.skipping import explain_skip
from seatrial.pipeline.select import Action
from seatrial.pipeline.why_skip import Ground, Passed, Skipping, Stored, Watched
from seatrial.report.escape import plain
from seatrial.wiring import open_workspace

SCHEMA_VERSION = 1
_MOST = 12
_INDENT = " " * 12
_WOULD = {Action.RUN: "it would run", Action.RUN_IF_CHANGED: "it may have to run"}


def show_skip(stage: str, tier: str | None, set_param: tuple[str, ...], base: str | None, *, as_json: bool) -> None:
    """Explain why a stage would not run, and print it."""
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        project = load_project(workspace, set_param)
        found = explain_skip(workspace, project.policy, tier, stage, base)
    if as_json:
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "cells": list(map(_facts, found))}, indent=2))
        return
    click.echo("\n\n".join(map(text, found)))


def _facts(one: Skipping) -> dict[str, object]:
    return {
        "cell": one.cell,
        "skipped": one.skipped,
        "action": one.action.value,
        "reason": one.reason,
        "built_in": one.built_in,
        "base": one.base,
        "paths": [asdict(path) for path in one.paths],
        "ground": asdict(one.ground),
        "watched": None if one.watched is None else asdict(one.watched),
        "stored": None if one.stored is None else asdict(one.stored),
    }


def text(one: Skipping) -> str:
    """One cell for people."""
    lines = [plain(one.cell)]
    if one.skipped:
        lines += _row("skipped", _skipped(one))
    else:
        lines += _row("runs", f"{_WOULD.get(one.action, one.action.value)}: {one.reason}")
    lines += _row("changed", _counted(one))
    lines += _paths(one.paths)
    lines += _what_it_rests_on(one)
    if one.skipped or one.stored is not None:
        lines += _row("result", _stored(one.stored, one.action))
    return "\n".join(lines)


def _what_it_rests_on(one: Skipping) -> list[str]:
    if one.built_in:
        return _row("reads", "what `datasets:` names, and no code of this project: it is a built-in stage")
    doubts = [said(sentence, _INDENT) for sentence in _doubts(one.ground)]
    return [*_row("reads", _ground(one.ground)), *doubts, *_row("watched", _watched(one.watched))]


def _row(label: str, sentence: str) -> list[str]:
    first, *rest = said(sentence, _INDENT).split("\n")
    return [f"  {label:<10}{first.strip()}", *rest]


def _skipped(one: Skipping) -> str:
    if one.action is Action.REUSE:
        reached = any(path.reaches for path in one.paths)
        return "it is reused" + (": something reaches it, and a result of the same inputs is stored" if reached else "")
    return one.reason


def _counted(one: Skipping) -> str:
    count = len(one.paths)
    since = f"{count or 'no'} changed {'path' if count == 1 else 'paths'} since {one.base[:12]}"
    reaching = sum(path.reaches for path in one.paths)
    if not count:
        return since
    return f"{since}, {reaching or 'none'} of which {'reach' if reaching > 1 else 'reaches'} it"


def _paths(paths: Sequence[Passed]) -> list[str]:
    lines = [
        said(f"{path.path}: {'reaches it: ' if path.reaches else ''}{path.reason}", _INDENT) for path in paths[:_MOST]
    ]
    more = len(paths) - _MOST
    return lines + ([f"{_INDENT}and {more} more, which `--json` tells"] if more > 0 else [])


def _ground(ground: Ground) -> str:
    if ground.whole_tree:
        return f"all {ground.files} files of the tree count: neither its command nor `deps:` says which it reads"
    start = some_of(ground.starts) or "nothing"
    tools = f", {ground.tools} of them configuration of tools" if ground.tools else ""
    return f"{ground.files} files{tools}; its code starts from {start}"


def _doubts(ground: Ground) -> Iterable[str]:
    if ground.computed:
        yield f"what is loaded at {some_of(ground.computed)} is computed: whole packages, or all files, count there"
    others = [path for path in ground.marked if not any(place.startswith(f"{path}:") for place in ground.computed)]
    if others:
        yield f"something computed decides what is loaded or started in {some_of(others)}"
    if not ground.computed and not others and not ground.whole_tree:
        yield "nothing computed decides what they load or start"


def _watched(watched: Watched | None) -> str:
    if watched is None:
        return "never: no result of it is stored"
    beyond = f"; {watched.reads} reads beyond its key" if watched.reads else ""
    if watched.tracer is None:
        return f"its last run was not traced{beyond}"
    whole = "all of it was seen" if watched.incomplete is None else f"not all of it was seen: {watched.incomplete}"
    return f"its last run was traced by {watched.tracer}, and {whole}{beyond}"


def _stored(stored: Stored | None, action: Action) -> str:
    if stored is None:
        return "none is stored: what needs it makes it run" if action is Action.SKIP else "none is stored"
    return f"that of run {stored.run}, made {stored.finished}"
