"""What a cell depends on, looked up in one tree: files, closure, parameters, environment.

Called by the planner, once a cell. Everything found becomes parts of the key; files are
remembered as `watched`, because they are looked at again when the command has ended. All that
is missing is collected and reported at once, before anything runs.
"""

from __future__ import annotations

import contextlib
import json
import posixpath
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from seatrial.change.closure import Closure, closure
from seatrial.change.imports import VERSION, FileFacts, Import, read_imports
from seatrial.digest import Json
from seatrial.environment.records import Environment
from seatrial.errors import Place, Problem, StageError
from seatrial.pipeline import roots, template
from seatrial.pipeline.expand import Cell, CellDep
from seatrial.pipeline.globs import glob_pattern
from seatrial.pipeline.policy import PipelinePolicy
from seatrial.store.blobs import Artifact
from seatrial.store.fingerprint import fingerprint
from seatrial.store.stat_cache import StatCache


@dataclass(frozen=True)
class Tree:
    """The files of one tree: its folder, and which of them count (tracked, or untracked and not ignored)."""

    root: Path
    files: tuple[str, ...]

    @cached_property
    def paths(self) -> frozenset[str]:
        return frozenset(self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellInputs:
    """What one cell depends on besides what other cells produce.

    `parts` go into the key. `watched` maps each file or folder that was looked at to its digest.
    `paths` gives the paths behind each dep that is not produced.
    """

    parts: Mapping[str, Json]
    watched: Mapping[str, str]
    paths: Mapping[str, tuple[str, ...]]
    closure: Closure


@dataclass(slots=True)
class _Found:
    parts: dict[str, Json] = field(default_factory=dict)
    watched: dict[str, str] = field(default_factory=dict)
    paths: dict[str, tuple[str, ...]] = field(default_factory=dict)


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
        self.problems: list[Problem] = []

    def inputs(self, cell: Cell) -> CellInputs:
        """Everything `cell` depends on that is already there."""
        found = _Found()
        found.parts["cmd"] = roots.arguments(cell.spec.cmd)
        found.parts["sources"] = list(self._policy.sources)
        found.parts["environment"] = self._environment.identity()
        found.parts["platform"] = self._environment.platform_class
        found.parts.update({f"matrix.{axis}": value for axis, value in cell.values.items()})
        found.parts.update({f"env.{name}": text for name, text in cell.spec.env.items()})
        found.parts.update({f"outs.{out.name}": out.pattern for out in cell.outs})
        found.parts.update({f"params.{name}": value for name, value in self._parameters(cell).items()})
        for dep in cell.deps or ():
            if dep.path is not None:
                self._add_dep(cell, dep, found)
        reached = self._closure(cell)
        for path in sorted(set(reached.files) - {roots.INLINE}):
            self._add_file(path, found)
        return CellInputs(parts=found.parts, watched=found.watched, paths=found.paths, closure=reached)

    def digest(self, path: str) -> str:
        """The digest of a file of the tree as it is now."""
        return self._memory.digest(self._tree.root / path)

    def fingerprint(self, path: str) -> Artifact:
        """The artifact that a file or folder of the tree is now, links followed."""
        return fingerprint(self._tree.root / path, self._memory.digest, follow=True)

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
            found.watched.update(matched)
            found.parts.update({f"deps.{dep.name}/{path}": value for path, value in matched.items()})
            found.paths[dep.name] = tuple(matched)
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

    # -- code -------------------------------------------------------------------------

    def _closure(self, cell: Cell) -> Closure:
        named = roots.find(cell, self._sources, self._policy.sources, partial(self._names, cell))
        for missing in named.missing:
            self._miss(cell, f"root {missing} does not exist", "correct `roots:`")
        if not named.files and not named.inline and cell.deps is None:
            return Closure(files=dict.fromkeys(sorted(self._sources), roots.WHOLE_TREE))
        starts = [*named.files, *roots.tool_configuration(self._sources, named.files)]
        if named.inline:
            starts.append(roots.INLINE)

        def facts(path: str) -> FileFacts:
            return read_imports(named.inline.encode()) if path == roots.INLINE else self._facts(path)

        return closure(starts, self._sources, self._policy.sources, facts)

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

    def _add_file(self, path: str, found: _Found) -> None:
        value = self._listed(path)
        if value is not None:
            found.watched[path] = value
            found.parts[f"files.{path}"] = value

    def _listed(self, path: str) -> str | None:
        """The digest of an entry of the listing: a file, or a folder that git lists as one entry (a submodule,
        a link to a folder elsewhere). None for what is gone, and for links to folders of this tree."""
        target = self._tree.root / path
        try:
            status = target.stat()
            if not stat.S_ISDIR(status.st_mode):
                return self._memory.digest(target, status)
            if target.is_symlink() and target.resolve().is_relative_to(self._tree.root.resolve()):
                return None  # what it leads to is listed itself
            return self.fingerprint(path).digest
        except (FileNotFoundError, NotADirectoryError):
            return None  # deleted since it was listed: its absence is in the listing

    def _miss(self, cell: Cell, message: str, next_step: str) -> None:
        place = cell.spec.place or Place(file="seatrial.yaml", key=f"stages.{cell.stage}")
        self.problems.append(Problem(message=f"stage {cell.name}: {message}", place=place, next_step=next_step))


def dep_identity(cell: Cell, dep: CellDep, artifact: Artifact, path: str) -> Json:
    """How a dep counts in a key: by content alone where the command takes it as `${deps.NAME}`
    (the path is then a detail of this machine), else by path and content."""
    content: dict[str, Json] = {"kind": artifact.kind, "digest": artifact.digest}
    taken = template.references(template.split(cell.spec.cmd), "deps")
    return content if dep.named and dep.name in taken else {"path": path, **content}


def used_parameters(cell: Cell) -> tuple[str, ...]:
    """The parameters a cell declares or refers to."""
    texts = [*template.split(cell.spec.cmd), *(template.parse(text) for text in cell.spec.env.values())]
    return tuple(dict.fromkeys((*cell.spec.params, *template.references(texts, "params"))))


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
