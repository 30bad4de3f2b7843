"""The code a cell reaches: its roots and their import closure, in one tree.

Called by the survey, once a cell. What each file imports is remembered by the digest of its bytes.
"""

from __future__ import annotations

import contextlib
import json
import os
from functools import partial

from seatrial.change.closure import Closure, closure
from seatrial.change.imports import VERSION, FileFacts, Import, read_imports
from seatrial.pipeline import roots, template
from seatrial.pipeline.cache import FOLDER
from seatrial.pipeline.contents import Contents
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.parameters import look_up
from seatrial.pipeline.policy import PipelinePolicy
from seatrial.pipeline.tree import Tree, within
from seatrial.store.stat_cache import StatCache


class Code:
    """The code of one tree. `sources` are its files without outs."""

    def __init__(
        self,
        tree: Tree,
        policy: PipelinePolicy,
        memory: StatCache,
        sources: frozenset[str],
        outs: frozenset[str],
        contents: Contents,
    ) -> None:
        self._tree = tree
        self._policy = policy
        self._memory = memory
        self._sources = sources
        self._outs = outs
        self._contents = contents
        self._unlisted: dict[str, bool] = {}

    @property
    def unlisted(self) -> dict[str, bool]:
        """The paths outside of git's listing that were looked for, and whether a file was there."""
        return self._unlisted

    def reached(self, cell: Cell) -> tuple[Closure, tuple[str, ...]]:
        """What a cell's command reaches, and the declared roots that do not exist."""
        named = roots.find(cell, self._sources, self._policy.sources, partial(self._names, cell), self._is_ignored_file)
        told = not named.unsure and (named.inline or any(map(_is_python, named.files)))
        if cell.deps is None and not cell.spec.roots and not told:
            # Nothing says what `bash run.sh` or `ruff check src` will read.
            return Closure(files=dict.fromkeys(sorted(self._sources), roots.WHOLE_TREE)), named.missing
        starts = [*named.files, *roots.tool_configuration(self._sources, named.files)]
        if named.inline:
            starts.append(roots.INLINE)

        def facts(path: str) -> FileFacts:
            return read_imports(named.inline.encode()) if path == roots.INLINE else self._facts(path)

        return closure(starts, self._sources, self._policy.sources, facts, self._is_ignored_file), named.missing

    def _is_ignored_file(self, path: str) -> bool:
        """Whether a path that git does not list is a file of the tree all the same, and no out.

        Data that DVC keeps is one before it is fetched too, so that the key does not change by that.
        """
        inside = not path.startswith(("/", "../", f"{FOLDER}/", ".git/")) and path not in ("", ".", "..")
        if not inside or within(path, self._outs):
            return False  # whatever lies there
        if path not in self._unlisted:
            data = not _is_python(path) and self._contents.promises_file(path)
            self._unlisted[path] = data or os.path.isfile(f"{self._tree.root}/{path}")  # noqa: PTH113 - for every word
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
        content = self._memory.digest(self._tree.root / path)
        kind = f"imports/{VERSION}"
        remembered = self._memory.fact(kind, content)
        if remembered is not None:
            return _facts_from_json(remembered)
        facts = read_imports((self._tree.root / path).read_bytes())
        self._memory.remember(kind, content, _facts_to_json(facts))
        return facts


def _is_python(path: str) -> bool:
    return path.endswith(".py")


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
