"""`seatrial workflows render|check|eject`: files for the CI of a forge, written from seatrial.yaml.

`render` writes them and keeps the user's edits, `check` says whether that would change anything, `eject` gives the
files to the user for good.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click
from msgspec import Struct

from seatrial import __version__
from seatrial.cli import exits
from seatrial.cli.loading import load_project
from seatrial.cli.options import json_option
from seatrial.errors import UsageError
from seatrial.flows.workflow_files import eject as eject_files
from seatrial.flows.workflow_files import planned, refusals, write
from seatrial.flows.workflow_wants import wanted_of
from seatrial.forge.policy import Kind
from seatrial.forge.workflows.advice import advice
from seatrial.forge.workflows.forges import FORGES, Rendering, forge_of
from seatrial.forge.workflows.keeping import Did, Step
from seatrial.report.escape import log_line
from seatrial.report.numbers import plural
from seatrial.wiring import open_workspace, read_configuration

SCHEMA_VERSION = 1
_LONGEST = 2_000
_MOST_SHOWN = 12

forge_option = click.option(
    "--forge",
    type=click.Choice([kind.value for kind in FORGES]),
    help="Which forge; by default the one that the project is on.",
)


class _Asked(Struct, frozen=True, kw_only=True):
    """What is wanted of which forge, and what it comes to. `notes` are what people have to do themselves."""

    root: Path
    kind: Kind
    rendering: Rendering
    files: Mapping[str, str]
    notes: tuple[str, ...]


@click.group()
def workflows() -> None:
    """Write the files of a forge's CI, and keep your edits in them."""


@workflows.command()
@forge_option
@click.option("--again", multiple=True, metavar="NAME", help="Bring a file back that you had deleted; may be repeated.")
@json_option
def render(forge: str | None, again: tuple[str, ...], as_json: bool) -> int:
    """Write the workflows, and keep the edits in those that are there.

    Where you and a new version have changed the same lines, yours stay and the others are told. A file that was not
    rendered is never overwritten, one that you deleted stays deleted.
    """
    asked = _asked(forge)
    steps = planned(asked.root, asked.rendering.layout, asked.files, again)
    _refuse_unknown(again, steps)
    write(asked.root, asked.rendering.layout, steps)
    if as_json:
        click.echo(json.dumps(document(asked, steps, exits.OK), indent=2))
        return exits.OK
    for line in told(steps):
        click.echo(log_line(line, bound=_LONGEST))
    for sentence in asked.notes:
        click.echo(log_line(f"note: {sentence}", bound=_LONGEST))
    folder = asked.rendering.layout.copies.partition("/")[0]
    if any(not step.in_step for step in steps):
        click.echo(f"next: git add {folder}, look at what changed, and commit it")
    return exits.OK


@workflows.command()
@forge_option
@json_option
def check(forge: str | None, as_json: bool) -> int:
    """Say whether rendering would change anything.

    The exit code is 0 if not, 2 with the difference if so.
    """
    asked = _asked(forge)
    steps = planned(asked.root, asked.rendering.layout, asked.files)
    stale = [step for step in steps if not step.in_step]
    code = exits.USER if stale else exits.OK
    if as_json:
        click.echo(json.dumps(document(asked, steps, code), indent=2))
        return code
    for problem in refusals(steps):
        click.echo(log_line(f"{problem}; {problem.next_step}", bound=_LONGEST))
    for line in (line for step in stale for line in (*difference(step), *_conflicts(step))):
        click.echo(log_line(line, bound=_LONGEST))
    for step in steps:
        if step.did in (Did.LEFT, Did.DELETED):
            click.echo(log_line(f"{step.path}: {step.why}", bound=_LONGEST))
    files = plural(len(steps), "file")
    click.echo("next: seatrial workflows render" if stale else f"{files}, in step with seatrial.yaml")
    return code


@workflows.command()
@forge_option
@json_option
def eject(forge: str | None, as_json: bool) -> int:
    """Make the rendered files your own: nothing renders them any more."""
    asked = _asked(forge)
    theirs = eject_files(asked.root, asked.rendering.layout, asked.files)
    if as_json:
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "forge": asked.kind.value, "ejected": list(theirs)}))
        return exits.OK
    if not theirs:
        raise UsageError(
            "nothing here was rendered, so there is nothing to eject", next_step="seatrial workflows render"
        )
    for path in theirs:
        click.echo(log_line(f"yours     {path}", bound=_LONGEST))
    return exits.OK


def _asked(forge: str | None) -> _Asked:
    """The project's wishes, and the files they come to. Raises what cannot be rendered."""
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        policy = load_project(workspace).policy
        git, root = workspace.git, workspace.git.root
        remote = git.config("remote.origin.url")
        default = git.default_branch()
        kind = (
            Kind(forge)
            if forge
            else forge_of(policy.forge.kind, remote, has_gitlab=(root / ".gitlab-ci.yml").is_file())
        )
        main = default.removeprefix("origin/") if default else "main"
        wanted = wanted_of(policy, lambda path: read_configuration(root, path), main=main, version=__version__)
    rendering = FORGES[kind]
    own = None if rendering.own is None else read_configuration(root, rendering.own)
    lacking = rendering.notes(None if own is None else own.decode("utf-8", "replace"))
    return _Asked(
        root=root,
        kind=kind,
        rendering=rendering,
        files=rendering.render(wanted),
        notes=(*lacking, *advice(wanted)),
    )


def _refuse_unknown(again: Sequence[str], steps: Sequence[Step]) -> None:
    for name in again:
        known = [step.path for step in steps]
        if not any(name in (path, path.rpartition("/")[2]) for path in known):
            raise UsageError(f"no file {name} is rendered for this project", next_step=f"one of {', '.join(known)}")


def told(steps: Sequence[Step]) -> Iterator[str]:
    """What became of each file, and every place where the user's lines stand in the way of ours."""
    for step in steps:
        yield f"{step.did.value:9} {step.path}" + (f": {step.why}" if step.why else "")
        if step.next_step:
            yield f"          {step.next_step}"
        yield from _conflicts(step)


def _conflicts(step: Step) -> Iterator[str]:
    for conflict in step.conflicts:
        yield f"{step.path}:{conflict.line}: your lines are kept; without your edit they would be"
        yield from (f"    {line}" for line in conflict.ours[:_MOST_SHOWN])
        if len(conflict.ours) > _MOST_SHOWN:
            yield f"    ... and {len(conflict.ours) - _MOST_SHOWN} more lines"
        if not conflict.ours:
            yield "    (no lines)"


def difference(step: Step) -> Iterator[str]:
    """How a file would change, as a unified diff; a copy that is out of step in one line."""
    before, after = (step.before or "").splitlines(), (step.text or "").splitlines()
    names = (f"a/{step.path}", f"b/{step.path}")
    if step.changes:
        yield from difflib.unified_diff(before, after, *names, lineterm="")
    elif step.did is not Did.REFUSED:
        yield f"{step.path}: the copy of what was rendered is out of step"


def document(asked: _Asked, steps: Sequence[Step], code: int) -> dict[str, object]:
    """What became, or would become, of each file, for programs."""
    return {
        "schema_version": SCHEMA_VERSION,
        "forge": asked.kind.value,
        "files": [
            {
                "path": step.path,
                "did": step.did.value,
                "in_step": step.in_step,
                "why": step.why or None,
                "next_step": step.next_step or None,
                "conflicts": [{"line": one.line, "ours": list(one.ours)} for one in step.conflicts],
                "diff": list(difference(step)) if not step.in_step else [],
            }
            for step in steps
        ],
        "notes": list(asked.notes),
        "exit_code": code,
    }
