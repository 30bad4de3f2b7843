"""The environment of each cell, as one part of its key: Python x.y and the distributions that count for it.

Called by the survey, once a cell. All that is installed counts unless the cell's command is code of the tree whose
imports are all known; then what those reach counts. The interpreter is asked what its distributions provide
when the first such cell comes. A built-in stage runs in Seatrial's own environment: what it judges with counts, and
nothing of the project's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from importlib import metadata

from seatrial import __version__
from seatrial.change.closure import Closure
from seatrial.digest import Json
from seatrial.environment.reach import Installation, Reached, reached
from seatrial.environment.records import Environment
from seatrial.errors import OutsideError
from seatrial.pipeline import roots
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.key import PYTHON, listing
from seatrial.pipeline.own_code import runs_own_code

Part = tuple[Mapping[str, Json], Mapping[str, Json]]
"""The value of a part, and the listing behind it."""


_JUDGES_WITH = ("numpy", "polars")
"""What can change what a built-in stage says of the same data, beside Seatrial itself."""

Locked = Callable[[frozenset[str] | None, frozenset[str]], Mapping[str, Json]]
"""What is pinned of all that some imports, and some names in texts, can need."""


class Surroundings:
    """One interpreter, as the cells of a plan see it. `ask` tells what is installed in it, and may raise OutsideError;
    without it everything counts for every cell. `locked` stands for it where nobody knows what is installed. `notes`
    collects what the user should know."""

    def __init__(
        self,
        environment: Environment,
        sources: tuple[str, ...],
        ask: Callable[[], Installation] | None,
        notes: list[str],
        locked: Locked | None = None,
    ) -> None:
        self._locked = locked
        self._environment = environment
        self._sources = sources
        self._ask = ask
        self._notes = notes
        self._parts: dict[tuple[frozenset[str] | None, frozenset[str]], Part] = {}

    def part(self, cell: Cell, closure: Closure) -> Part:
        """What a cell's key says of its environment."""
        if cell.spec.apart:
            return self._own
        names = imports(cell, closure, self._sources)
        asked = (names, frozenset() if names is None else closure.mentioned)
        if asked not in self._parts:
            self._parts[asked] = self._made(*asked)
        return self._parts[asked]

    def _made(self, names: frozenset[str] | None, mentioned: frozenset[str]) -> Part:
        installed = None if names is None else self._installed
        found = (
            Reached(distributions=self._environment.distributions)
            if names is None or installed is None
            else reached(names, installed, mentioned=mentioned)
        )
        entries: dict[str, Json] = {
            **(self._locked(names, mentioned) if self._locked is not None else {}),
            **found.distributions,
            **{f"import {name}": "absent" for name in found.absent},
            PYTHON: f"{self._environment.implementation} {self._environment.minor}",
        }
        return listing(entries)[0], entries

    @cached_property
    def _own(self) -> Part:
        """The environment of this process, in which built-in stages run."""
        entries: dict[str, Json] = {name: metadata.version(name) for name in _JUDGES_WITH}
        entries["seatrial"] = __version__
        return listing(entries)[0], entries

    @cached_property
    def _installed(self) -> Installation | None:
        if self._ask is None:
            return None
        try:
            return self._ask()
        except OutsideError as error:
            self._notes.append(f"{error}; so all that is installed counts for every stage")
            return None


def imports(cell: Cell, closure: Closure, sources: tuple[str, ...]) -> frozenset[str] | None:
    """The top-level names that a cell imports from outside of the tree, None when they are not all known."""
    if cell.spec.apart:
        return frozenset()
    if closure.unknown or closure.marked or roots.WHOLE_TREE in closure.files.values():
        return None
    return closure.outside if runs_own_code(cell.spec, closure.files, sources) else None
