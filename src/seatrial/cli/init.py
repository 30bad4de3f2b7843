"""`seatrial init`: look at a repository, propose what a run needs, write that and nothing else.

What is written is read back by our own loader before it reaches the disk, and the gates before the file that names
them, so that no half-written project is left. `seatrial.yaml` is created, never replaced. Where another description
of stages is to be taken over instead of scripts, only `_proposed` differs: everything after it works on a `Proposal`.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

import click

from seatrial.adopt.around_dvc import with_surroundings
from seatrial.adopt.dvc.project import convert
from seatrial.adopt.finding import find
from seatrial.adopt.found import Found, Git
from seatrial.adopt.missing_packages import missing_packages
from seatrial.adopt.proposal import Proposal
from seatrial.adopt.proposal_text import checked, files_of
from seatrial.adopt.proposing import propose
from seatrial.adopt.tree import ignored, repository_root
from seatrial.cli.init_text import as_text, facts
from seatrial.cli.options import json_option
from seatrial.cli.registry_here import print_document
from seatrial.config.load import FILE
from seatrial.errors import Place, UsageError
from seatrial.replacing import replace
from seatrial.wiring import read_configuration

_MOST_IGNORED = 44
"""Columns of the lines for .gitignore in a command that is to be copied."""


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@click.option("--from", "source", type=click.Choice(["dvc"]), help="Take the stages over from there instead.")
@json_option
def init(dry_run: bool, source: str | None, as_json: bool) -> None:
    """Look at this repository and write a first seatrial.yaml.

    Nothing of the repository is run or imported, and nothing but seatrial.yaml and its gates is written.

    \b
    seatrial init --dry-run     show the files first
    seatrial init               write them
    seatrial init --from dvc    turn dvc.yaml into stages
    """
    root, git = repository_root(Path.cwd())
    if git is None:
        raise UsageError(
            "this is no git repository: versions are of commits, so there must be one",
            next_step="git init && git add -A && git commit -m 'first commit'",
        )
    if not dry_run and os.path.lexists(root / FILE):
        raise UsageError(
            f"there is a {FILE} already, and init replaces nothing",
            place=Place(file=FILE),
            next_step="seatrial config --show, or seatrial init --dry-run to see what init would write today",
        )
    found = find(root, git, active=os.environ.get("VIRTUAL_ENV"))
    proposal = _with_ignored(root, _proposed(found) if source is None else _from_dvc(root, found))
    lacking = missing_packages(found, proposal)
    texts = files_of(proposal)
    checked(texts, lambda path: read_configuration(root, path))
    if not dry_run:
        _write(root, texts)
    steps = _next_steps(found, proposal, texts)
    if dry_run:
        steps = ("seatrial init" if source is None else f"seatrial init --from {source}",)
    elif root != Path.cwd().resolve():
        steps = (f"cd {shlex.quote(os.path.relpath(root))}", *steps)
    if lacking is not None:  # of this machine: told, and not written into the file
        proposal = replace(proposal, left_out=(lacking, *proposal.left_out))
    if as_json:
        print_document(**facts(found, proposal, texts, steps, wrote=not dry_run))
    else:
        click.echo(as_text(found, proposal, texts, steps, wrote=not dry_run, whole=source is not None))


def _proposed(found: Found) -> Proposal:
    """What to write. Raises UsageError where there is nothing that could be run."""
    if found.dvc is not None:
        raise UsageError(
            f"{found.dvc} says how this repository trains: guesses from its scripts would know less",
            place=Place(file=found.dvc),
            next_step="seatrial init --from dvc",
        )
    proposal = propose(found)
    if proposal.stages:
        return proposal
    if found.notebooks:
        raise UsageError(
            f"only notebooks were found ({found.notebooks[0]}), and a notebook is no stage: a run needs a command",
            next_step=f"jupyter nbconvert --to script {_quoted(found.notebooks[0])}, name the script train.py, "
            "then seatrial init again",
        )
    if found.unreadable:
        one = found.unreadable[0]
        raise UsageError(
            f"nothing was found that could be a stage; {one.path}: {one.why}", next_step="correct it first"
        )
    what = "this folder is empty" if not found.tree.files else "nothing was found that could be a stage"
    raise UsageError(
        f"{what}: no tests (test_*.py), and no script that trains or evaluates (train.py, evaluate.py)",
        next_step="seatrial demo shows a whole project; docs/your-own-project.md tells what to write by hand",
    )


def _from_dvc(root: Path, found: Found) -> Proposal:
    """The stages of dvc.yaml, and around them what init proposes for everybody."""
    return with_surroundings(found, convert(root).proposal)


def _quoted(path: str) -> str:
    return f"'{path}'" if " " in path else path


def _with_ignored(root: Path, proposal: Proposal) -> Proposal:
    """The lines that .gitignore lacks for the outs; what Seatrial keeps ignores itself. Paths with a value of an axis
    in them have been told by what read them."""
    outs = tuple(dict.fromkeys(out.path for stage in proposal.stages for out in stage.outs if "${" not in out.path))
    known = ignored(root, outs)
    lines = dict.fromkeys((*proposal.ignore, *(f"/{path}" for path in outs if path not in known)))
    return replace(proposal, ignore=tuple(dict.fromkeys(_line_for(line.removeprefix("/")) for line in lines)))


def _line_for(path: str) -> str:
    """`/outputs/` for what lies in a folder that runs write, `/model.joblib` for a single file."""
    top, slash, _ = path.partition("/")
    return f"/{top}/" if slash and top in ("outputs", "reports", "output", "artifacts") else f"/{path}"


def _write(root: Path, texts: Mapping[str, str]) -> None:
    """Create the files, `seatrial.yaml` last; none that is there is replaced."""
    for path in sorted(texts, key=lambda name: name == FILE):
        try:
            with (root / path).open("x", encoding="utf-8", newline="\n") as file:
                file.write(texts[path])
        except FileExistsError:
            raise UsageError(
                f"there is a {path} already, and init replaces nothing",
                place=Place(file=path),
                next_step="move it away, then seatrial init again",
            ) from None


def _next_steps(found: Found, proposal: Proposal, texts: Mapping[str, str]) -> tuple[str, ...]:
    """What to type now, in order."""
    files = " ".join([*texts, *((".gitignore",) if proposal.ignore else ())])
    steps = [f"printf '%s\\n' {lines} >> .gitignore" for lines in _lines_of_ignored(proposal.ignore)]
    added = "git add -A" if found.tree.git is Git.NO_COMMIT else f"git add {files}"
    steps += [f"{added} && git commit -m Seatrial", "seatrial run --tier pr"]
    train = next((one for one in proposal.datasets if one.role is None), None)
    if train is not None and train.contract is None:
        steps.append(f"seatrial check {_quoted(train.path)} --infer --output contract.yaml")
    return tuple(steps)


def _lines_of_ignored(ignore: tuple[str, ...]) -> list[str]:
    """Quoted for a shell, as many on a line as fit into a terminal."""
    found: list[str] = []
    for word in (shlex.quote(line) for line in ignore):
        if found and len(found[-1]) + len(word) < _MOST_IGNORED:
            found[-1] += f" {word}"
        else:
            found.append(word)
    return found
