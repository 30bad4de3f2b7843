"""What a run rests on, gathered for its memo, and compared once more with what the run says of it.

Called by `settling.py`. Whatever a plan looked at must be here: a file that was forgotten could change
without the memo noticing. So the plan's own lists are taken, also of what it looked for in vain.
"""

# ruff: noqa: PTH110, PTH113, PTH114, PTH118  (a Path for each of thousands of files costs more than looking at them)
from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from seatrial import digest
from seatrial.digest import Json
from seatrial.environment import interpreter
from seatrial.flows.policy import configuration_digest
from seatrial.flows.settled import MOST_TO_READ
from seatrial.flows.uncommitted import configuration_files
from seatrial.flows.under_way import Run
from seatrial.pipeline.cache import FOLDER
from seatrial.pipeline.inputs import dep_identity
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.reads import holds
from seatrial.pipeline.results import StageResult
from seatrial.store.fingerprint import fingerprint
from seatrial.store.looks import Look, Trace

Results = Mapping[str, StageResult]
"""What the cells of a run are reused from next time, by name."""

_MOST_ENTRIES = 5_000
"""Entries that are watched one by one."""

_MANY = 500
"""Files from which on a folder is watched as a whole, by one mark for each folder in it."""


class Unsettled(Exception):  # noqa: N818 - a way out, not an error
    """There is something that a memo cannot watch, or that moved."""


class Ground(Struct):
    """What a plan rests on, as absolute paths. `followed` and `plain` differ in links being followed or not.

    `trusted` need no second look when they are restless: written once and never changed, or watched by
    their times alone in the ordinary way too. `folders` are the marks of those inside a large one, as a look of
    this run left them, and `young` what that look read of files too young for a mark to say enough.
    `compared` are the large ones.
    """

    followed: dict[str, None] = field(default_factory=dict)
    plain: dict[str, None] = field(default_factory=dict)
    no_file: dict[str, None] = field(default_factory=dict)
    nothing: dict[str, None] = field(default_factory=dict)
    trusted: set[str] = field(default_factory=set)
    folders: dict[str, bytes] = field(default_factory=dict)
    young: dict[str, str] = field(default_factory=dict)
    compared: set[str] = field(default_factory=set)
    entries: int = 0

    def add(self, path: str, rows: dict[str, None]) -> None:
        """A file, or a folder with all that is in it. Raises Unsettled for a link in a folder, and for too much."""
        rows[path] = None
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                entry = f"{folder}/{name}"
                if os.path.islink(entry):
                    raise Unsettled
                rows[entry] = None
                self.entries += 1
            if self.entries > _MOST_ENTRIES:
                raise Unsettled

    def watch(self, place: str, trace: Trace) -> None:
        """A large folder, by what a look of this run left of it. Raises Unsettled when too much of it is young."""
        self.compared.add(place)
        self.folders.update(trace.marks)
        self.young.update(trace.young)
        self.followed.update(dict.fromkeys(trace.young))
        if len(self.young) > _MOST_ENTRIES or sum(map(os.path.getsize, self.young)) > MOST_TO_READ:
            raise Unsettled

    def trust(self, path: str) -> None:
        self.plain[path] = None
        self.trusted.add(path)


def gather(run: Run, results: Results) -> Ground:
    """Everything a plan and its results rest on. Raises Unsettled for what cannot be watched, OSError."""
    ground, root = Ground(), str(run.workspace.git.root)
    for path in configuration_files(run.policy):
        ground.followed[f"{root}/{path}"] = None
    _add_inputs(run, ground, root)
    for cell in run.prepared.cells:
        _add_result(run, ground, results[cell.name])
        for out in cell.outs:
            ground.add(f"{root}/{out.path}", ground.plain)
    for path in _of_git(root):
        ground.trust(path)
    _add_interpreter(run, ground)
    return ground


def _add_inputs(run: Run, ground: Ground, root: str) -> None:
    survey = run.prepared.survey
    for planned in run.prepared.plan.cells:
        for path, counts in planned.inputs.watched.items():
            place = f"{root}/{path}"
            if (look := _look_at_large(run, path)) is not None and look.trace is not None:
                if look.artifact.digest != counts:
                    raise Unsettled
                ground.watch(place, look.trace)
            elif place not in ground.followed:
                ground.add(place, ground.followed)
    for path, there in survey.unlisted.items():
        (ground.followed if there else ground.no_file)[f"{root}/{path}"] = None
    for path in survey.not_counted:
        place = f"{root}/{path}"
        (ground.plain if os.path.lexists(place) else ground.nothing)[place] = None


def _look_at_large(run: Run, path: str) -> Look | None:
    """The last look of this run at a large folder.

    It is as good as one of now: what was written since makes the marks differ, which the check will see.
    """
    look = run.workspace.cache.memory.look(str(run.workspace.git.root / path))
    return look if look is not None and look.trace is not None and look.artifact.files >= _MANY else None


def _add_result(run: Run, ground: Ground, result: StageResult) -> None:
    """A result with its blobs, and what its command was seen to read."""
    cache = run.workspace.cache
    for file in cache.results.files(result.action_key):
        ground.trust(str(file))
    for artifact in result.outs.values():
        for name in cache.blobs.reachable(artifact):
            ground.trust(str(cache.blobs.path_of(name)))
    for read in result.reads:
        place = os.path.join(run.workspace.git.root, read.path)
        if read.digest is None:
            ground.nothing[place] = None
        elif read.path.endswith("/"):
            ground.followed[place] = None  # its own times move with the names in it
        elif place not in ground.followed:
            ground.add(place, ground.followed)


def _add_interpreter(run: Run, ground: Ground) -> None:
    host, environ = run.prepared.host, run.workspace.environ
    watched = interpreter.watched(host.python, run.workspace.cache.memory)
    passed_over = interpreter.passed_over(host.python, host.policy.python, environ)
    if watched is None or not all(map(os.path.isabs, (*watched, *passed_over))):
        raise Unsettled
    for path in watched:
        if os.path.exists(path):
            ground.followed[path] = None
            ground.trusted.add(path)
        else:
            ground.nothing[path] = None
    ground.no_file.update(dict.fromkeys(passed_over))


def _of_git(root: str) -> Iterator[str]:
    """What tells that git tracks the same names: its index, which is replaced whole, and where that lies."""
    place = f"{root}/.git"
    if os.path.isfile(place):
        yield place
        place = os.path.join(root, Path(place).read_text().removeprefix("gitdir:").strip())
    yield f"{place}/index"
    yield f"{root}/{FOLDER}/.gitignore"


def compare(run: Run, results: Results, ground: Ground, overridden: Mapping[str, str]) -> None:
    """Raise Unsettled unless everything on disk is what the plan and its results say."""
    survey, root = run.prepared.survey, run.workspace.git.root
    files = {path: digest.of_file(root / path) for path in configuration_files(run.policy)}
    entries: dict[str, Json] = {}
    for planned in run.prepared.plan.cells:
        for listed in planned.inputs.files:
            entries.update(listed)
    if (
        configuration_digest(files, overridden) != run.policy.digest
        or any(survey.entry_now(path) != was for path, was in entries.items())
        or any(digest.of_file(Path(path)) != was for path, was in ground.young.items())
        or not all(_same(run, ground, planned, results[planned.cell.name]) for planned in run.prepared.plan.cells)
    ):
        raise Unsettled


def _same(run: Run, ground: Ground, planned: PlannedCell, result: StageResult) -> bool:
    """Whether a cell's literal deps, observed reads and outs are as they were. Raises OSError."""
    survey, cell, root = run.prepared.survey, planned.cell, run.workspace.git.root
    literal = [
        (dep, dep.path)
        for dep in cell.deps or ()
        if dep.path is not None and not dep.is_glob and f"{root}/{dep.path}" not in ground.compared
    ]
    return (
        all(
            dep_identity(cell, dep, survey.look(path), path) == planned.inputs.parts[f"deps.{dep.name}"]
            for dep, path in literal
        )
        and holds(result, survey.reads)
        and all(
            fingerprint(run.workspace.git.root / out.path, run.workspace.cache.memory) == result.outs[out.name]
            for out in cell.outs
        )
    )
