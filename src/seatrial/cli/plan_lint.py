"""`seatrial plan --lint`: declarations that are dead or redundant, and those that are missing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click

from seatrial.cli import exits
from seatrial.cli.commits import request_of
from seatrial.cli.evidence_text import said
from seatrial.config.dependency_map import read_map
from seatrial.errors import UsageError
from seatrial.flows.linting import Lint, lint_commit, lint_tree
from seatrial.pipeline.lint_deps import Fault, Finding
from seatrial.pipeline.lint_map import Entry
from seatrial.wiring import open_repository, open_workspace

SCHEMA_VERSION = 1


def show_lint(
    maps: tuple[str, ...],
    head: str | None,
    repo: str | None,
    config: str | None,
    tier: str | None,
    stages: tuple[str, ...],
    *,
    strict: bool,
    as_json: bool,
) -> int:
    """Lint a tree, print what was found, and give the exit code."""
    entries = tuple(_entries(maps))
    if head is None and repo is None and config is None:
        found = _in_work_tree(entries, tier, stages)
    else:
        request = request_of(head, config, tier, stages)
        with open_repository(Path(repo or ".")) as repository:
            found = lint_commit(repository, request, entries)
    code = exits.USER if strict and found.findings else exits.OK
    click.echo(json.dumps(document(found, code), indent=2) if as_json else text(found))
    return code


def _in_work_tree(entries: tuple[Entry, ...], tier: str | None, stages: tuple[str, ...]) -> Lint:
    from seatrial.cli.loading import load_project  # for a work tree alone

    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        project = load_project(workspace)
        return lint_tree(workspace, project.policy, tier, stages, entries)


def _entries(maps: Iterable[str]) -> Iterable[Entry]:
    for name in maps:
        try:
            data = Path(name).read_bytes()
        except (FileNotFoundError, IsADirectoryError) as error:
            raise UsageError(f"there is no map {name}", next_step="name a YAML file with `--map`") from error
        yield from read_map(data, name)


def document(found: Lint, code: int) -> dict[str, object]:
    """The findings for programs."""
    return {
        "schema_version": SCHEMA_VERSION,
        "findings": [
            {
                "fault": one.fault.value,
                "owner": one.owner,
                "file": one.place.file,
                "line": one.place.line,
                "subject": one.subject,
                "message": one.message,
                "next_step": one.next_step,
                "files": list(one.files),
            }
            for one in found.findings
        ],
        "stages": found.stages,
        "declared": found.declared,
        "notes": list(found.notes),
        "exit_code": code,
    }


def text(found: Lint) -> str:
    """The findings for people, as a compiler would tell them."""
    lines: list[str] = []
    for one in found.findings:
        lines += [said(f"{_where(one)}: {one.fault.value}: {one.message}"), said(f"next: {one.next_step}", "  ")]
    counts = {fault: sum(one.fault is fault for one in found.findings) for fault in Fault}
    shown = ", ".join(f"{count} {fault.value}" for fault, count in counts.items() if count)
    stages = f"{found.declared} deps and roots of {found.stages} {'stage' if found.stages == 1 else 'stages'}"
    lines.append(f"{stages}: {shown or 'nothing dead, redundant or missing'}")
    lines += [said(f"note: {note}") for note in found.notes]
    return "\n".join(lines)


def _where(one: Finding) -> str:
    return f"{one.place.file}:{one.place.line}" if one.place.line else str(one.place.file)
