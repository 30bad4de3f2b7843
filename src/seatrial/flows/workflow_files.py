"""Rendered files on disk: what lies there, what becomes of it, and the writing of it, all or nothing refused.

Called by `cli.workflows` for `render`, `check` and `eject`. What is decided is in `forge.workflows.keeping`.

What is subtle: the live file is written before its copy. Killed in between, the next call finds a live file that is
what it would render, and no edit of the user's; the other way round it would take our own old lines for one. A file
keeps its line ends, whatever git makes of them in this clone.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from seatrial.change.git_process import ask
from seatrial.errors import OutsideError, Place, Problem, UserError
from seatrial.flows.workflow_yaml import fault
from seatrial.forge.workflows.keeping import COPY_HEAD, MARK, Did, Layout, Step, as_copy, decide, of_copy
from seatrial.store.atomic import write_atomic

MOST_BYTES = 1 << 20
_CONFLICTS = 127  # what git merge-file counts up to; above it, an error


def planned(root: Path, layout: Layout, wanted: Mapping[str, str], again: Collection[str] = ()) -> tuple[Step, ...]:
    """What would become of each file, with what is refused among it. Raises UserError for a file that cannot be what it
    must be (no text, behind a link), OutsideError."""
    problems: list[Problem] = []
    steps: list[Step] = []
    for path in dict.fromkeys((*wanted, *_rendered_before(root, layout, wanted))):
        try:
            mine, copy = _read(root, path), _read(root, layout.copy_of(path))
        except UserError as error:
            problems += error.problems
            continue
        steps.append(
            decide(
                path,
                new=wanted.get(path),
                copy=None if copy is None else of_copy(copy),
                mine=mine,
                again=path in again or Path(path).name in again,
                merge=_merged,
                fault=fault,
            )
        )
    if problems:
        raise UserError(problems[0].message, problems=tuple(problems))
    return tuple(steps)


def refusals(steps: Collection[Step]) -> tuple[Problem, ...]:
    """What stands against writing anything."""
    return tuple(
        Problem(message=step.why, place=Place(file=step.path), next_step=step.next_step)
        for step in steps
        if step.did is Did.REFUSED
    )


def write(root: Path, layout: Layout, steps: Collection[Step]) -> None:
    """Do it. Raises UserError, before anything is written, if anything is refused; OutsideError."""
    if problems := refusals(steps):
        raise UserError(problems[0].message, problems=problems)
    for step in steps:
        for path in (step.path, layout.copy_of(step.path)):
            _must_be_writable(root, path)
    for step in steps:
        if step.changes:
            _put(root, step.path, step.text, like=_line_end(root, step.path))
        copy = layout.copy_of(step.path)
        wanted = None if step.copy is None else as_copy(step.copy)
        if _read(root, copy) != wanted:
            _put(root, copy, wanted, like="\n")


def eject(root: Path, layout: Layout, wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Make the files the user's own: without our first lines, and without copies. The paths that are now theirs."""
    paths = tuple(dict.fromkeys((*wanted, *_rendered_before(root, layout, wanted))))
    known = [path for path in paths if _read(root, layout.copy_of(path)) is not None]
    for path in known:
        for each in (path, layout.copy_of(path)):
            _must_be_writable(root, each)
    theirs: list[str] = []
    for path in known:
        text = _read(root, path)
        if text is not None:
            _put(root, path, _without_head(text, layout.marker), like=_line_end(root, path))
            theirs.append(path)
        _put(root, layout.copy_of(path), None, like="\n")
    return tuple(theirs)


def _without_head(text: str, marker: str) -> str:
    """The text without the comment that says who rendered it."""
    lines = text.splitlines(keepends=True)
    if not lines or not lines[0].startswith(marker):
        return text
    rest = next((index for index, line in enumerate(lines) if not line.startswith("#") and line.strip()), len(lines))
    return "".join(lines[rest:])


def _rendered_before(root: Path, layout: Layout, wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Live files of which there is a copy, and that nobody wants any more. What else lies there is not ours."""
    folder = root / layout.copies
    if not folder.is_dir() or _beyond(root, layout.copies) is not None:
        return ()
    copies = {layout.copy_of(path) for path in wanted}
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_symlink() or _is_copy(entry))
    return tuple(layout.live_of(name) for name in names if f"{layout.copies}/{name}" not in copies)


def _is_copy(file: Path) -> bool:
    """Whether a file says of itself that it is a copy."""
    if not file.is_file():
        return False
    with file.open("rb") as opened:
        return opened.read(len(COPY_HEAD)) == COPY_HEAD.encode()


def _merged(mine: str, copy: str, new: str) -> str:
    """What git makes of the three, with marks where both have changed the same lines. Raises OutsideError."""
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in (("mine", mine), ("copy", copy), ("new", new)):
            Path(scratch, name).write_bytes(text.encode())
        labels = ("-L", "mine", "-L", "copy", "-L", "new")
        said = ask(("merge-file", "-p", f"--marker-size={MARK}", *labels, "mine", "copy", "new"), scratch)
    if said.code < 0 or said.code > _CONFLICTS:
        raise OutsideError(
            f"git could not merge a workflow: {said.err.decode('utf-8', 'replace').strip()}",
            next_step="git --version; a git from 2.17 on is needed",
        )
    return said.out.decode()


def _beyond(root: Path, path: str) -> str | None:
    """The part of a path that is a link, and so may lead anywhere; None where there is none."""
    place = root
    for part in Path(path).parts:
        place = place / part
        if place.is_symlink():
            return str(place.relative_to(root))
    return None


def _read(root: Path, path: str) -> str | None:
    """The text of a file with plain line ends, None where there is none. Raises UserError."""
    link = _beyond(root, path)
    if link is not None:
        raise _unfit(
            path, f"{link} is a link, and may lead out of the repository", f"replace {link} by a folder or file"
        )
    file = root / path
    if not file.exists():
        return None
    if not file.is_file():
        raise _unfit(path, "it is no file", f"move {path} away")
    if file.stat().st_size > MOST_BYTES:
        raise _unfit(path, f"it has more than {MOST_BYTES:,} bytes", f"move {path} away")
    try:
        return file.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise _unfit(path, "it is no text in UTF-8", f"save {path} in UTF-8, or move it away") from None


def _unfit(path: str, why: str, step: str) -> UserError:
    return UserError(why, problems=(Problem(message=why, place=Place(file=path), next_step=step),))


def _line_end(root: Path, path: str) -> str:
    """How the lines of a file end, as the first one does."""
    file = root / path
    if not file.is_file():
        return "\n"
    head, found, _ = file.read_bytes().partition(b"\n")
    return "\r\n" if found and head.endswith(b"\r") else "\n"


def _put(root: Path, path: str, text: str | None, *, like: str) -> None:
    """Write a file, or remove it with the folders that it leaves empty."""
    file = root / path
    if text is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, text.replace("\n", like).encode())
        return
    file.unlink(missing_ok=True)
    for folder in (file.parent, file.parent.parent):
        if folder != root and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _must_be_writable(root: Path, path: str) -> None:
    """Raises OutsideError where a file cannot be written, before any is."""
    place = (root / path).parent
    while not place.exists():
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        raise OutsideError(
            f"{path} cannot be written: {place} may not be changed by you",
            next_step="change its permissions, or work in a checkout of your own; nothing was written",
        )
