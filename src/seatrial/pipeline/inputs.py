"""What a cell depends on, looked up in one tree: files, closure, parameters, environment.

Called by the planner, once a cell. Everything found becomes parts of the key; files are
remembered as `watched`, because they are looked at again when the command has ended. All that
is missing is collected and reported at once, before anything runs.
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from msgspec import Struct, field

from seatrial.change.closure import Closure
from seatrial.digest import Json
from seatrial.environment.reach import Installation
from seatrial.environment.records import Environment
from seatrial.errors import ConfigError, OutsideError, Place, Problem, StageError
from seatrial.pipeline import roots, words
from seatrial.pipeline.addresses import Addresses, Standing, unreachable
from seatrial.pipeline.code import Code
from seatrial.pipeline.contents import Absent, Contents
from seatrial.pipeline.definition import definition_parts
from seatrial.pipeline.expand import Cell, CellDep
from seatrial.pipeline.globs import glob_pattern
from seatrial.pipeline.key import ENVIRONMENT, FILES, TAKEN, listing
from seatrial.pipeline.policy import PipelinePolicy
from seatrial.pipeline.reads import ReadsNow, ReadsOfCommit
from seatrial.pipeline.sight import Sight
from seatrial.pipeline.surroundings import Locked, Surroundings
from seatrial.pipeline.taken import is_current
from seatrial.pipeline.tree import Tree, within
from seatrial.store.blobs import Artifact
from seatrial.store.fingerprint import fingerprint, seen_lately, still
from seatrial.store.stat_cache import StatCache


class CellInputs(Struct, frozen=True, kw_only=True):
    """What one cell depends on besides what other cells produce.

    `parts` go into the key; where one is a listing, `listings` has it by its digest. `watched` maps
    each file or folder that was looked at to what it counts as. `paths` gives the paths (or the address)
    behind each dep that is not produced. `globs` are those whose matches are part of the key,
    `whole_tree` whether all files are. `kept` are the watched paths whose bytes Git LFS or DVC keeps,
    perhaps elsewhere. `addresses` has what each address stood for. `absent` are deps that a commit does not hold,
    though they may lie where the cell runs. `taken` are the files, by the name of an out, that stand for the command.
    """

    parts: Mapping[str, Json]
    watched: Mapping[str, str]
    paths: Mapping[str, tuple[str, ...]]
    closure: Closure
    listings: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    globs: tuple[str, ...] = ()
    whole_tree: bool = False
    kept: tuple[str, ...] = ()
    addresses: Mapping[str, Standing] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    taken: Mapping[str, str] = field(default_factory=dict)

    @property
    def files(self) -> Iterator[Mapping[str, Json]]:
        """The listings of files: all but the environment's."""
        value = self.parts.get(ENVIRONMENT)
        installed = value.get("listing") if isinstance(value, Mapping) else None
        return (entries for name, entries in self.listings.items() if name != installed)


class _Found(Struct):
    parts: dict[str, Json] = field(default_factory=dict)
    watched: dict[str, str] = field(default_factory=dict)
    paths: dict[str, tuple[str, ...]] = field(default_factory=dict)
    listings: dict[str, Mapping[str, Json]] = field(default_factory=dict)
    globs: list[str] = field(default_factory=list)
    addresses: dict[str, Standing] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)

    def list_files(self, part: str, entries: Mapping[str, Json]) -> None:
        """Take many files in as one part."""
        self.list_named(part, listing(entries)[0], entries)

    def list_named(self, part: str, value: Mapping[str, Json], entries: Mapping[str, Json]) -> None:
        """Take a part whose listing was made before."""
        self.parts[part] = value
        self.listings[str(value["listing"])] = entries


class Survey:
    """One look at one tree for all cells of a plan. `problems` collects what is missing, `notes` what the
    user should know of what was found."""

    def __init__(
        self,
        tree: Tree,
        policy: PipelinePolicy,
        environment: Environment,
        memory: StatCache,
        outs: frozenset[str],
        addresses: Addresses,
        installed: Callable[[], Installation] | None = None,
        *,
        sight: Sight | None = None,
        locked: Locked | None = None,
    ) -> None:
        """`sight` looks at a tree that is no work tree; `locked` stands for an environment that nobody knows."""
        self._tree = tree
        self._policy = policy
        self._environment = environment
        self.environment = environment.identity()
        """The identity of everything that is installed where the commands of these cells run."""
        self._memory = memory
        self._outs = outs
        self._sources = frozenset(path for path in tree.paths if not within(path, outs))
        self._contents = Contents(tree, memory)
        self.sight: Sight = sight or self._contents
        self.code = Code(policy, self._sources, outs, self.sight)
        self._addresses = addresses
        self._standings: dict[tuple[str, str], Standing] = {}
        self._entries: dict[str, tuple[str, Json] | None] = {}
        self.reads = ReadsOfCommit(tree.paths, outs, sight) if sight else ReadsNow(str(tree.root), outs, memory)
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self._surroundings = Surroundings(environment, tuple(policy.sources), installed, self.notes, locked)

    @property
    def installed_here(self) -> Environment:
        """What `environment` is the identity of."""
        return self._environment

    def inputs(self, cell: Cell) -> CellInputs:
        """Everything `cell` depends on that is already there."""
        found = _Found()
        found.parts.update(definition_parts(cell, self._policy, partial(self._miss_parameter, cell)))
        found.parts["platform"] = self._environment.platform_for(cell.spec.resources.gpus)
        for dep in cell.deps or ():
            if dep.url is not None:
                self._add_address(cell, dep, dep.url, found)
            elif dep.path is not None:
                self._add_dep(cell, dep, dep.path, found)
        reached, missing = self.code.reached(cell)
        for root in missing:
            self._miss(cell, f"root {root} does not exist", "correct `roots:`")
        # What a command names inside such a folder is known by the folder's pointer before it is there.
        fetched = frozenset(
            path for dep in cell.deps or () if (path := dep.path) and self.sight.is_fetched_by_dvc(path)
        )
        known = self._entries
        code = {
            path: value
            for path in sorted(reached.files)
            if not (fetched and within(posixpath.dirname(path), fetched))
            and (value := known.get(path) or self._listed(path)) is not None
        }
        found.watched.update({path: value for path, (value, _) in code.items()})
        found.list_files(FILES, {path: entry for path, (_, entry) in code.items()})
        found.list_named(ENVIRONMENT, *self._surroundings.part(cell, reached))
        taken = self._take(cell, found)
        return CellInputs(
            parts=found.parts,
            watched=found.watched,
            paths=found.paths,
            closure=reached,
            listings=found.listings,
            globs=tuple(found.globs),
            whole_tree=roots.WHOLE_TREE in reached.files.values(),
            kept=tuple(path for path in found.watched if self.sight.is_kept(path)),
            addresses=found.addresses,
            absent=tuple(found.absent),
            taken=taken,
        )

    def _take(self, cell: Cell, found: _Found) -> dict[str, str]:
        """The files that stand for the command of a cell, which now depends on them."""
        if not self.sight.complete:  # a tree of git's objects has no such files, and no times
            return {}
        taken = {out.name: out.taken_from for out in cell.outs if out.taken_from is not None}
        for name, path in tuple(taken.items()):
            if not is_current(self._tree.root, path, tuple(found.watched)):
                del taken[name]
                continue
            artifact = self.look(path)
            found.parts[f"{TAKEN}.{name}"] = {"path": path, "digest": artifact.digest}
            found.watched[path] = artifact.digest
        return taken

    @property
    def unlisted(self) -> Mapping[str, bool]:
        """The paths outside of git's listing that were looked for as code, and whether a file was there."""
        return self.code.unlisted

    @property
    def not_counted(self) -> tuple[str, ...]:
        """Listed paths that were looked at and hold nothing that counts: gone, or a link to a folder of the tree."""
        return tuple(path for path, entry in self._entries.items() if entry is None and path != roots.INLINE)

    def entry_now(self, path: str) -> Json:
        """How a path counts in a listing as it is now, None when it does not."""
        found = self._look_at(path)
        return None if found is None else found[1]

    def fingerprint(self, path: str) -> Artifact:
        """The artifact that a file or folder of the tree is now, links followed."""
        return fingerprint(self._tree.at(path), self._memory, follow=True)

    def look(self, path: str) -> Artifact:
        """What a file or folder of the tree counts as now. Raises OSError when there is nothing."""
        return self.sight.look(path)

    def absent(self, path: str) -> Absent:
        """What of a kept file or folder has to be fetched before a command can read it."""
        return self._contents.absent(path)

    def is_elsewhere(self, path: str) -> bool:
        """Whether anything of a file or folder has not been fetched yet."""
        return self._contents.absent(path) != Absent()

    def moved(self, cell: Cell, inputs: CellInputs) -> str | None:
        """The first address of a cell that stands for something else by now, or can no longer be asked."""
        for url, before in inputs.addresses.items():
            try:
                if before.known and self._addresses.look(url, cell) != before:
                    return url
            except OutsideError:
                return url
        return None

    def stamp(self, path: str, *, since: float | None = None) -> bytes:
        """What changes when a file, or anything in a folder, is written, even if its bytes are then put back.

        Change times cannot be set by programs, unlike modification times. A look that somebody took since the
        instant `since` (monotonic; by default some seconds ago) is not taken again. Raises OSError when it is gone.
        """
        return seen_lately(self._tree.at(path), self._memory, since=since)

    def still(self, path: str, value: str, stamp: bytes | None) -> bool:
        """Whether a folder is known to be what it was, and nothing in it to be written, since it had this stamp. False
        says nothing."""
        return stamp is not None and still(self._tree.at(path), self._memory, value, stamp)

    def lies(self, path: str, artifact: Artifact) -> bool:
        """Whether an out lies in the tree as it was made."""
        try:
            return fingerprint(self._tree.at(path), self._memory) == artifact
        except (OSError, StageError):
            return False

    # -- deps -------------------------------------------------------------------------

    def _add_dep(self, cell: Cell, dep: CellDep, path: str, found: _Found) -> None:
        if dep.is_glob:
            matched = {name: value for name in self.match(path) if (value := self._listed(name)) is not None}
            if not matched:
                self._lack(
                    cell,
                    path,
                    found,
                    f"the glob {path} matches nothing",
                    "correct it; ignored files and outs are not matched",
                )
            found.watched.update({name: value for name, (value, _) in matched.items()})
            found.list_files(f"deps.{dep.name}", {name: entry for name, (_, entry) in matched.items()})
            found.paths[dep.name] = tuple(matched)
            found.globs.append(path)
            return
        try:
            artifact = self.look(path)
        except (FileNotFoundError, NotADirectoryError):
            self._lack(cell, path, found, f"dep {path} does not exist", self._how_to_get(path))
            found.parts[f"deps.{dep.name}"] = {"path": path, "absent": True}
            return
        except StageError as error:
            self._miss(cell, f"dep {path}: {error}", error.next_step or "depend on a file or a folder")
            return
        found.watched[path] = artifact.digest
        found.parts[f"deps.{dep.name}"] = dep_identity(cell, dep, artifact, path)
        found.paths[dep.name] = (path,)

    def _lack(self, cell: Cell, path: str, found: _Found, message: str, next_step: str) -> None:
        """A dep that is not in sight: missing where all is in sight, else unknown."""
        if self.sight.complete:
            self._miss(cell, message, next_step)
        else:
            found.absent.append(path)

    def _how_to_get(self, path: str) -> str:
        kept = self.sight.kept_by_dvc(path)
        return f"dvc pull {shlex.quote(kept)}" if kept else "create it (e.g. fetch the data), or correct the path"

    def _add_address(self, cell: Cell, dep: CellDep, url: str, found: _Found) -> None:
        try:
            standing = self._standing(url, cell)
        except ConfigError as error:
            self._miss(cell, f"dep {dep.name}: {error}", error.next_step or "correct the address")
            return
        except OutsideError as error:
            raise unreachable(cell.name, dep.name, url, error) from error
        if standing.identity is None:
            self._miss(cell, f"there is nothing at {url} (dep {dep.name})", "put it there, or correct the address")
            return
        if standing.note:
            self.notes.append(f"stage {cell.name}, dep {dep.name}: {standing.note}")
        part = f"deps.{dep.name}"
        if standing.entries:
            found.list_files(part, standing.entries)
        else:
            found.parts[part] = {"url": url, "identity": standing.identity}
        found.addresses[url] = standing
        found.paths[dep.name] = (url,)

    def _standing(self, url: str, cell: Cell) -> Standing:
        """What an address stands for in this plan: asked once, so all cells of a plan mean the same."""
        asked = (url, "" if url.startswith("s3:") else cell.name)  # where a model is cached depends on the stage
        if asked not in self._standings:
            self._standings[asked] = self._addresses.look(url, cell)
        return self._standings[asked]

    def match(self, pattern: str) -> tuple[str, ...]:
        """The files of the tree that a glob matches, outs left out."""
        expression = glob_pattern(pattern)
        return tuple(path for path in self._tree.files if path in self._sources and expression.match(path))

    def appeared(self, inputs: CellInputs) -> str | None:
        """A file that was added to, or removed from, what a cell's globs match (or the whole tree) since planning."""
        if self._tree.relist is None or not (inputs.globs or inputs.whole_tree):
            return None
        now = frozenset(path for path in self._tree.relist() if not within(path, self._outs))
        different = sorted(now ^ self._sources)
        if inputs.whole_tree:
            return next(iter(different), None)
        expressions = [glob_pattern(glob) for glob in inputs.globs]
        return next((path for path in different if any(one.match(path) for one in expressions)), None)

    def _listed(self, path: str) -> tuple[str, Json] | None:
        """The digest of an entry of the listing, and how it counts in a key (an executable file is marked).

        An entry is a file, or a folder that git lists as one (a submodule, a link to a folder elsewhere).
        None for what is gone, and for links to folders of this tree. Looked up once a plan.
        """
        if path not in self._entries:
            self._entries[path] = self._look_at(path)
        return self._entries[path]

    def _look_at(self, path: str) -> tuple[str, Json] | None:
        return None if path == roots.INLINE else self.sight.entry(path)

    def _miss_parameter(self, cell: Cell, name: str) -> None:
        self._miss(cell, f"parameter {name} does not exist", "add it to the params file, or correct the name")

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
