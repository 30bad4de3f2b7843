"""The code a cell reaches: its roots and their import closure, in one tree.

Called by the survey, once a cell.
"""

from __future__ import annotations

import contextlib
from functools import partial

from seatrial.change.closure import Closure, closure
from seatrial.change.extract.sources import extract, kind_of
from seatrial.change.facts import LinkFacts
from seatrial.change.graph import Graph
from seatrial.pipeline import roots, template
from seatrial.pipeline.cache import FOLDER
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.parameters import look_up
from seatrial.pipeline.policy import PipelinePolicy
from seatrial.pipeline.sight import CodeSight
from seatrial.pipeline.tree import within

_CODE = frozenset({"python", "notebook", "shell"})


def kind_of_code(path: str) -> bool:
    """Whether a file is code whose own words say what it loads."""
    return kind_of(path) in _CODE


class Code:
    """The code of one tree. `sources` are its files without outs."""

    def __init__(self, policy: PipelinePolicy, sources: frozenset[str], outs: frozenset[str], sight: CodeSight) -> None:
        self._policy = policy
        self._sources = sources
        self._outs = outs
        self._sight = sight
        self._unlisted: dict[str, bool] = {}
        also = self._is_ignored_file if sight.has_more else None
        self.graph = Graph(sources, policy.sources, sight.facts, also)
        """What each file of the tree leads to."""

    @property
    def unlisted(self) -> dict[str, bool]:
        """The paths outside of git's listing that were looked for, and whether a file was there."""
        return self._unlisted

    def reached(self, cell: Cell) -> tuple[Closure, tuple[str, ...]]:
        """What a cell's command reaches, and the declared roots that do not exist."""
        if cell.spec.apart:
            return Closure(files={}), ()  # it runs no code of the tree
        named = roots.find(cell, self._sources, self._policy.sources, partial(self._names, cell), self._is_ignored_file)
        told = not named.unsure and (named.inline or any(map(kind_of_code, named.files)))
        if cell.deps is None and not cell.spec.roots and not told:
            # Nothing says what `make train` or `ruff check src` will read.
            return Closure(files=dict.fromkeys(sorted(self._sources), roots.WHOLE_TREE)), named.missing
        tools = roots.tool_configuration(self._sources, named.files, self._policy.sources)
        starts = [*named.files, *filter(kind_of_code, tools)]
        inline: dict[str, LinkFacts] = {}
        if named.inline:
            starts.append(roots.INLINE)
            inline[roots.INLINE] = extract("python", named.inline.encode()).links
        leaves = dict.fromkeys(tools, roots.TOOL)
        return closure(starts, self.graph, inline=inline, leaves=leaves), named.missing

    def _is_ignored_file(self, path: str) -> bool:
        """Whether a path that git does not list is a file of the tree all the same, and no out."""
        inside = not path.startswith(("/", "../", f"{FOLDER}/", ".git/")) and path not in ("", ".", "..")
        if not inside or within(path, self._outs):
            return False  # whatever lies there
        if path not in self._unlisted:
            self._unlisted[path] = self._sight.is_ignored_file(path)
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
