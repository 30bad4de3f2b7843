"""What a cell depends on, looked up in one tree: files, closure, parameters, environment.

Called by the planner, once a cell. Everything found becomes parts of the key; files are
remembered as `watched`, because they are looked at again when the command has ended. All that
is missing is collected and reported at once, before anything runs.
"""

from __future__ import annotations

import contextlib
import json
import os
import posixpath
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from seatrial.change.closure import Closure, closure
from seatrial.change.imports import VERSION, FileFacts, Import, read_imports
from seatrial.digest import Json
from seatrial.environment.records import Environment
from seatrial.errors import Place, Problem, StageError
from seatrial.pipeline import roots, template, words
from seatrial.pipeline.cache import FOLDER
from seatrial.pipeline.expand import Cell, CellDep
from seatrial.pipeline.globs import glob_pattern
from seatrial.pipeline.key import FILES, listing
from seatrial.pipeline.policy import PipelinePolicy
from seatrial.store.blobs import Artifact
from seatrial.store.fingerprint import fingerprint
from seatrial.store.stat_cache import StatCache


@dataclass(frozen=True)
class Tree:
    """The files of one tree: its folder, and which of them count (tracked, or untracked and not ignored)."""

    root: Path
    files: tuple[str, ...]
    relist: Callable[[], tuple[str, ...]] | None = None
    """Lists the files again, as they are by then; None for a tree that only Seatrial writes in."""
    tracked: frozenset[str] = frozenset()
    """The names that git tracks."""

    @cached_property
    def paths(self) -> frozenset[str]:
        return frozenset(self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellInputs:
    """What one cell depends on besides what other cells produce.

    `parts` go into the key; where one is a listing, `listings` has it by its digest. `watched` maps
    each file or folder that was looked at to its digest. `paths` gives the paths behind each dep that
    is not produced. `globs` are those whose matches are part of the key, `whole_tree` whether all
    files are.
    """

    parts: Mapping[str, Json]
    watched: Mapping[str, str]
    paths: Mapping[str, tuple[str, ...]]
    closure: Closure
    listings: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    globs: tuple[str, ...] = ()
    whole_tree: bool = False


@dataclass(slots=True)
class _Found:
    parts: dict[str, Json] = field(default_factory=dict)
    watched: dict[str, str] = field(default_factory=dict)
    paths: dict[str, tuple[str, ...]] = field(default_factory=dict)
    listings: dict[str, Mapping[str, Json]] = field(default_factory=dict)
    globs: list[str] = field(default_factory=list)

    def list_files(self, part: str, entries: Mapping[str, Json]) -> None:
        """Take many files in as one part."""
        value, _ = listing(entries)
        self.parts[part] = value
        self.listings[str(value["listing"])] = entries


class Survey:
    """One look at one tree for all cells of a plan. `problems` collects what is missing."""

    def __init__(
        self,
        tree: Tree,
        policy: PipelinePolicy,
        environment: Environment,
        memory: StatCache,
        outs: frozenset[str],
    ) -> None:
        self._tree = tree
        self._policy = policy
        self._environment = environment
        self._memory = memory
        self._outs = outs
        self._sources = frozenset(path for path in tree.paths if not _within(path, outs))
        self._unlisted: dict[str, bool] = {}
        self._entries: dict[str, tuple[str, Json] | None] = {}
        self.problems: list[Problem] = []

    def inputs(self, cell: Cell) -> CellInputs:
        """Everything `cell` depends on that is already there."""
        found = _Found()
        found.parts.update(words.key_parts(cell.spec))
        found.parts["sources"] = list(self._policy.sources)
        found.parts["environment"] = self._environment.identity()
        found.parts["platform"] = self._environment.platform_class
        found.parts.update({f"matrix.{axis}": value for axis, value in cell.values.items()})
        found.parts.update({f"env.{name}": text for name, text in cell.spec.env.items()})
        found.parts.update({f"outs.{out.name}": out.key_part() for out in cell.outs})
        found.parts.update({f"params.{name}": value for name, value in self._parameters(cell).items()})
        for dep in cell.deps or ():
            if dep.path is not None:
                self._add_dep(cell, dep, found)
        reached = self._closure(cell)
        code = {path: value for path in sorted(reached.files) if (value := self._listed(path)) is not None}
        found.watched.update({path: value for path, (value, _) in code.items()})
        found.list_files(FILES, {path: entry for path, (_, entry) in code.items()})
        return CellInputs(
            parts=found.parts,
            watched=found.watched,
            paths=found.paths,
            closure=reached,
            listings=found.listings,
            globs=tuple(found.globs),
            whole_tree=roots.WHOLE_TREE in reached.files.values(),
        )

    @property
    def unlisted(self) -> Mapping[str, bool]:
        """The paths outside of git's listing that were looked for as code, and whether a file was there."""
        return self._unlisted

    @property
    def not_counted(self) -> tuple[str, ...]:
        """Listed paths that were looked at and hold nothing that counts: gone, or a link to a folder of the tree."""
        return tuple(path for path, entry in self._entries.items() if entry is None and path != roots.INLINE)

    def entry_now(self, path: str) -> Json:
        """How a path counts in a listing as it is now, None when it does not."""
        found = self._look_at(path)
        return None if found is None else found[1]

    def digest(self, path: str) -> str:
        """The digest of a file of the tree as it is now."""
        return self._memory.digest(self._tree.root / path)

    def fingerprint(self, path: str) -> Artifact:
        """The artifact that a file or folder of the tree is now, links followed."""
        return fingerprint(self._tree.root / path, self._memory.digest, follow=True)

    def lies(self, path: str, artifact: Artifact) -> bool:
        """Whether an out lies in the tree as it was made."""
        try:
            return fingerprint(self._tree.root / path, self._memory.digest) == artifact
        except (OSError, StageError):
            return False

    # -- parameters -------------------------------------------------------------------

    def _parameters(self, cell: Cell) -> dict[str, Json]:
        """Values of the parameters the cell uses, by dotted path, subtrees flattened."""
        values: dict[str, Json] = {}
        for name in used_parameters(cell):
            try:
                values.update(_flatten(name, look_up(self._policy.params, name)))
            except KeyError:
                self._miss(cell, f"parameter {name} does not exist", "add it to the params file, or correct the name")
        return values

    # -- deps -------------------------------------------------------------------------

    def _add_dep(self, cell: Cell, dep: CellDep, found: _Found) -> None:
        if dep.path is None:
            return
        if dep.is_glob:
            matched = {path: value for path in self.match(dep.path) if (value := self._listed(path)) is not None}
            if not matched:
                self._miss(
                    cell, f"the glob {dep.path} matches nothing", "correct it; ignored files and outs are not matched"
                )
            found.watched.update({path: value for path, (value, _) in matched.items()})
            found.list_files(f"deps.{dep.name}", {path: entry for path, (_, entry) in matched.items()})
            found.paths[dep.name] = tuple(matched)
            found.globs.append(dep.path)
            return
        try:
            artifact = self.fingerprint(dep.path)
        except (FileNotFoundError, NotADirectoryError):
            self._miss(cell, f"dep {dep.path} does not exist", "create it (e.g. fetch the data), or correct the path")
            return
        except StageError as error:
            self._miss(cell, f"dep {dep.path}: {error}", error.next_step or "depend on a file or a folder")
            return
        found.watched[dep.path] = artifact.digest
        found.parts[f"deps.{dep.name}"] = dep_identity(cell, dep, artifact, dep.path)
        found.paths[dep.name] = (dep.path,)

    def match(self, pattern: str) -> tuple[str, ...]:
        """The files of the tree that a glob matches, outs left out."""
        expression = glob_pattern(pattern)
        return tuple(path for path in self._tree.files if path in self._sources and expression.match(path))

    def appeared(self, inputs: CellInputs) -> str | None:
        """A file that was added to, or removed from, what a cell's globs match (or the whole tree) since planning."""
        if self._tree.relist is None or not (inputs.globs or inputs.whole_tree):
            return None
        now = frozenset(path for path in self._tree.relist() if not _within(path, self._outs))
        different = sorted(now ^ self._sources)
        if inputs.whole_tree:
            return next(iter(different), None)
        expressions = [glob_pattern(glob) for glob in inputs.globs]
        return next((path for path in different if any(one.match(path) for one in expressions)), None)

    def stamp(self, path: str) -> tuple[int, ...]:
        """What changes when a file, or anything in a folder, is written, even if its bytes are then put back.

        Change times cannot be set by programs, unlike modification times.
        """
        target = self._tree.root / path
        status = target.stat()
        if not stat.S_ISDIR(status.st_mode):
            return (status.st_ctime_ns, status.st_ino)
        newest, entries = status.st_ctime_ns, 0
        for folder, folders, files in os.walk(target, followlinks=False):
            for name in (*folders, *files):
                newest = max(newest, os.lstat(f"{folder}/{name}").st_ctime_ns)
                entries += 1
        return (newest, entries)

    # -- code -------------------------------------------------------------------------

    def _closure(self, cell: Cell) -> Closure:
        named = roots.find(cell, self._sources, self._policy.sources, partial(self._names, cell), self._is_ignored_file)
        for missing in named.missing:
            self._miss(cell, f"root {missing} does not exist", "correct `roots:`")
        told = not named.unsure and (named.inline or any(map(_is_python, named.files)))
        if cell.deps is None and not cell.spec.roots and not told:
            # Nothing says what `bash run.sh` or `ruff check src` will read.
            return Closure(files=dict.fromkeys(sorted(self._sources), roots.WHOLE_TREE))
        starts = [*named.files, *roots.tool_configuration(self._sources, named.files)]
        if named.inline:
            starts.append(roots.INLINE)

        def facts(path: str) -> FileFacts:
            return read_imports(named.inline.encode()) if path == roots.INLINE else self._facts(path)

        return closure(starts, self._sources, self._policy.sources, facts, self._is_ignored_file)

    def _is_ignored_file(self, path: str) -> bool:
        """Whether a path that git does not list is a file of the tree all the same, and no out."""
        if path not in self._unlisted:
            inside = not path.startswith(("/", "../", f"{FOLDER}/", ".git/")) and path not in ("", ".", "..")
            there = inside and not _within(path, self._outs) and (self._tree.root / path).is_file()
            self._unlisted[path] = there
        return self._unlisted[path]

    def _names(self, cell: Cell, reference: template.Reference) -> str:
        """What a reference in a command names, so far as it can name code: outs and data cannot."""
        match reference.head:
            case "params":
                with contextlib.suppress(KeyError):  # reported where its value is needed
                    return template.show_value(look_up(self._policy.params, reference.name))
            case "matrix":
                return template.show_value(cell.values.get(reference.name))
            case "deps":
                paths = [dep.path for dep in cell.deps or () if dep.name == reference.name]
                if paths and paths[0] is not None and paths[0].endswith(".py"):
                    return paths[0]
        return str(reference)

    def _facts(self, path: str) -> FileFacts:
        content = self.digest(path)
        kind = f"imports/{VERSION}"
        remembered = self._memory.fact(kind, content)
        if remembered is not None:
            return _facts_from_json(remembered)
        facts = read_imports((self._tree.root / path).read_bytes())
        self._memory.remember(kind, content, _facts_to_json(facts))
        return facts

    def _listed(self, path: str) -> tuple[str, Json] | None:
        """The digest of an entry of the listing, and how it counts in a key (an executable file is marked).

        An entry is a file, or a folder that git lists as one (a submodule, a link to a folder elsewhere).
        None for what is gone, and for links to folders of this tree. Looked up once a plan.
        """
        if path not in self._entries:
            self._entries[path] = self._look_at(path)
        return self._entries[path]

    def _look_at(self, path: str) -> tuple[str, Json] | None:
        if path == roots.INLINE:
            return None
        target = self._tree.root / path
        try:
            status = target.stat()
            if not stat.S_ISDIR(status.st_mode):
                value = self._memory.digest(target, status)
                return value, f"{value}+x" if status.st_mode & 0o100 else value
            if target.is_symlink() and target.resolve().is_relative_to(self._tree.root.resolve()):
                return None  # what it leads to is listed itself
            folder = self.fingerprint(path).digest
        except (FileNotFoundError, NotADirectoryError):
            return None  # deleted since it was listed: its absence is in the listing
        return folder, folder

    def _miss(self, cell: Cell, message: str, next_step: str) -> None:
        place = cell.spec.place or Place(file="seatrial.yaml", key=f"stages.{cell.stage}")
        self.problems.append(Problem(message=f"stage {cell.name}: {message}", place=place, next_step=next_step))


def dep_identity(cell: Cell, dep: CellDep, artifact: Artifact, path: str) -> Json:
    """How a dep counts in a key: by content alone where the command takes it as `${deps.NAME}`
    (the path is then a detail of this machine), else by path and content."""
    content: dict[str, Json] = {"kind": artifact.kind, "digest": artifact.digest}
    if artifact.executable:
        content["executable"] = True
    taken = words.taken(cell.spec, "deps")
    return content if dep.named and dep.name in taken else {"path": path, **content}


def used_parameters(cell: Cell) -> tuple[str, ...]:
    """The parameters a cell declares or refers to."""
    return words.used_parameters(cell.spec)


def look_up(params: Mapping[str, object], name: str) -> object:
    """The value at a dotted path. Raises KeyError."""
    value: object = params
    for key in name.split("."):
        if not isinstance(value, Mapping):
            raise KeyError(name)
        value = value[key]
    return value


def _flatten(name: str, value: object) -> dict[str, Json]:
    if isinstance(value, Mapping) and value:
        return {path: leaf for key, below in value.items() for path, leaf in _flatten(f"{name}.{key}", below).items()}
    return {name: json.loads(json.dumps(value))}


def _is_python(path: str) -> bool:
    return path.endswith(".py")


def _within(path: str, folders: frozenset[str]) -> bool:
    while path:
        if path in folders:
            return True
        path = posixpath.dirname(path)
    return False


def _facts_to_json(facts: FileFacts) -> str:
    imports = [[found.module, found.level, list(found.names), found.line] for found in facts.imports]
    return json.dumps([imports, list(facts.computed), facts.broken])


def _facts_from_json(text: str) -> FileFacts:
    imports, computed, broken = json.loads(text)
    return FileFacts(
        imports=tuple(Import(module=row[0], level=row[1], names=tuple(row[2]), line=row[3]) for row in imports),
        computed=tuple(computed),
        broken=broken,
    )
