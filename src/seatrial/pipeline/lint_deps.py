"""What is wrong with declared globs, deps and roots: dead, redundant, or missing.

Pure. Called by `flows/linting.py`, which looks at the tree. Only what is certain is found: a dep that a command takes
as `${deps.NAME}` is never redundant, a literal that leads to nothing may be an out of the command, and of a commit
nobody can say that what git ignores is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from seatrial.change.closure import ROOT, Closure, Link
from seatrial.change.edges import Kind
from seatrial.errors import Place, some_of
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.globs import glob_pattern


class Fault(StrEnum):
    """What is wrong with a declaration."""

    DEAD = "dead"
    """It matches nothing."""
    REDUNDANT = "redundant"
    """Without it the same files count."""
    MISSING = "missing"
    """Something is read that nothing leads to, or that is there by luck."""


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that is wrong. `owner` is the stage, or the entry of a map; `subject` what is declared there, or the
    file that is not; `files` are those that the sentence speaks of."""

    fault: Fault
    owner: str
    place: Place
    subject: str
    message: str
    next_step: str
    files: tuple[str, ...] = ()


class LookedDep(Struct, frozen=True, kw_only=True):
    """One dep of a cell that lies in the tree. `files` are those it means; `there` is None where it cannot be told
    whether it exists; `taken` when the command takes it by name."""

    name: str
    path: str
    is_glob: bool
    taken: bool
    files: tuple[str, ...]
    there: bool | None
    place: Place


class Opened(Struct, frozen=True, kw_only=True):
    """A literal in a cell's code that is opened, and is an out of another cell."""

    by: str
    line: int
    path: str
    maker: str
    out: str


class Looked(Struct, frozen=True, kw_only=True):
    """One cell as its tree shows it. `reads` are the paths its last run was seen to read beyond what its key holds."""

    cell: Cell
    closure: Closure
    place: Place
    deps: tuple[LookedDep, ...] = ()
    missing_roots: tuple[str, ...] = ()
    reads: frozenset[str] = frozenset()
    opened: tuple[Opened, ...] = ()


def lint_stages(cells: Iterable[Looked], paths: frozenset[str]) -> tuple[Finding, ...]:
    """All findings about stages, each once for all cells of a stage, in the order of the file."""
    by_stage: dict[str, list[Looked]] = {}
    for one in cells:
        by_stage.setdefault(one.cell.stage, []).append(one)
    found: list[Finding] = []
    for stage, looked in by_stage.items():
        found += [*_dead(stage, looked), *_redundant(stage, looked), *_missing(stage, looked, paths)]
    return in_order(found)


def in_order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings by where they stand, each once."""
    return tuple(
        sorted(
            dict.fromkeys(found), key=lambda one: (one.place.file or "", one.place.line or 0, one.fault, one.subject)
        )
    )


def dead_globs(globs: Mapping[str, Place], paths: frozenset[str], section: str) -> tuple[Finding, ...]:
    """Globs outside of stages that match nothing; `section` is where they are declared."""
    return tuple(
        Finding(
            fault=Fault.DEAD,
            owner=section,
            place=place,
            subject=glob,
            message=f"the glob {glob} of `{section}` matches nothing",
            next_step="correct it, or remove it",
        )
        for glob, place in globs.items()
        if not any(map(glob_pattern(glob).match, paths))
    )


def _dead(stage: str, looked: Sequence[Looked]) -> Iterator[Finding]:
    for one in looked:
        for root in one.missing_roots:
            line = one.cell.spec.lines.get(f"roots.{root}")
            yield Finding(
                fault=Fault.DEAD,
                owner=stage,
                place=Place(file=one.place.file, line=line or one.place.line),
                subject=root,
                message=f"root {root} of stage {stage} does not exist",
                next_step="correct it, or remove it from `roots:`",
            )
        for dep in one.deps:
            if not dep.files and (dep.is_glob or dep.there is False):
                what = (
                    f"the glob {dep.path} of stage {stage} matches nothing"
                    if dep.is_glob
                    else f"dep {dep.path} of stage {stage} does not exist"
                )
                step = "correct it; ignored files and outs are not matched" if dep.is_glob else "create or correct it"
                yield Finding(
                    fault=Fault.DEAD,
                    owner=stage,
                    place=dep.place,
                    subject=dep.path,
                    message=what,
                    next_step=f"{step}, or remove it",
                )


def _redundant(stage: str, looked: Sequence[Looked]) -> Iterator[Finding]:
    first, *others = looked
    spare = [dep.name for dep in first.deps if _adds_nothing(dep, first.closure)]
    spare = [
        name
        for name in spare
        if all(_adds_nothing(dep, other.closure) for other in others for dep in other.deps if dep.name == name)
    ]
    every = len(spare) == len(first.cell.deps or ())
    for dep in first.deps:
        if dep.name in spare:
            yield Finding(
                fault=Fault.REDUNDANT,
                owner=stage,
                place=dep.place,
                subject=dep.path,
                message=f"dep {dep.path} of stage {stage} adds nothing: {_found_anyway(dep, first.closure)}",
                next_step="write `deps: []`" if every else "remove it",
                files=dep.files,
            )


def _adds_nothing(dep: LookedDep, closure: Closure) -> bool:
    if not dep.files or dep.taken or not closure.files.keys() >= frozenset(dep.files):
        return False
    return not any(_by_guess(link) for path in dep.files for _, link in closure.chain(path))


def _by_guess(link: Link) -> bool:
    """Whether a link stands for all that something computed might mean: once that is mended, it leads there no more."""
    return link.kind in (Kind.SCRIPT, Kind.ENTRY_POINT) or (link.kind == Kind.COMPUTED and not link.name)


def is_sure(closure: Closure, path: str) -> bool:
    """Whether a file is code that a cell runs: named by its command, and imported from there on."""
    kinds = {link.kind for _, link in closure.chain(path)}
    return kinds <= {ROOT, Kind.IMPORT, Kind.PACKAGE}


def _found_anyway(dep: LookedDep, closure: Closure) -> str:
    if len(dep.files) > 1:
        return f"all {len(dep.files)} files are found by imports already"
    link = closure.files[dep.files[0]]
    if link.path is None:
        return f"it is a {link.kind} already"
    return f"it is found already ({link.kind} at {link.path}{f':{link.line}' if link.line else ''})"


def _missing(stage: str, looked: Sequence[Looked], paths: frozenset[str]) -> Iterator[Finding]:
    def lacks(subject: str, message: str, step: str) -> Finding:
        return Finding(
            fault=Fault.MISSING, owner=stage, place=looked[0].place, subject=subject, message=message, next_step=step
        )

    seen: set[str] = set()
    for one in looked:
        declared = declared_by(one.deps)
        for path, link in one.closure.files.items():
            ignored = link.kind == Kind.OPENED and path not in paths and path not in seen
            if ignored and link.path is not None and is_sure(one.closure, link.path) and not declared(path):
                seen.add(path)
                yield lacks(
                    path,
                    f"{link.path}:{link.line} opens {path} for stage {stage}, which git ignores and no dep declares",
                    "declare it in `deps:`, so that a machine without it is told",
                )
        for opened in one.opened:
            if opened.path not in seen:
                seen.add(opened.path)
                yield lacks(
                    opened.path,
                    f"{opened.by}:{opened.line} opens {opened.path} for stage {stage}; {opened.maker} makes it, and no "
                    "dep says so",
                    f"add {opened.maker}.{opened.out} to `deps:`",
                )
        unled = sorted(path for path in one.reads if path not in one.closure.files and not declared(path))
        unled = [path for path in unled if path not in seen]
        seen.update(unled)
        if unled:
            yield lacks(
                unled[0],
                f"the last run of stage {stage} was seen to read {some_of(unled)}, to which nothing leads",
                "declare it in `deps:`, or let code name it",
            )


def declared_by(deps: Iterable[LookedDep]) -> Callable[[str], bool]:
    """Whether some deps mean a path: it, the folder it lies in, or a glob that matches it."""
    plain = [dep.path.rstrip("/") for dep in deps if not dep.is_glob]
    globs = [glob_pattern(dep.path) for dep in deps if dep.is_glob]

    def declared(path: str) -> bool:
        return any(path == one or path.startswith(f"{one}/") or one == "." for one in plain) or any(
            glob.match(path) for glob in globs
        )

    return declared
