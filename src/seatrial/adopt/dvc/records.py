"""What a conversion from DVC comes to: stages as they will stand in `seatrial.yaml`, and what has to be said.

Made by `lowering`, written by `render`, told by the command. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from seatrial.adopt.dvc.command import Command
from seatrial.adopt.dvc.grammar import Fate
from seatrial.errors import Place


class Note(Struct, frozen=True, kw_only=True):
    """One thing that is not as it was in DVC. `key` is as in `grammar.every_key`, or names another file of DVC's."""

    key: str
    fate: Fate
    message: str
    next_step: str
    place: Place


class LoweredOut(Struct, frozen=True, kw_only=True):
    """One entry under `outs:`."""

    name: str
    path: str
    kind: str = ""
    cache: bool = True
    persist: bool = False
    comment: str = ""


class LoweredStage(Struct, frozen=True, kw_only=True):
    """One stage. `label` is what DVC calls it; `frozen` ones are written as comments."""

    name: str
    label: str
    command: Command
    comment: str = ""
    deps: Mapping[str, str] = {}
    outs: tuple[LoweredOut, ...] = ()
    params: tuple[str, ...] = ()
    axes: Mapping[str, tuple[object, ...]] = {}
    include: tuple[Mapping[str, object], ...] = ()
    always: bool = False
    effects: bool = False
    frozen: bool = False


class LoweredModel(Struct, frozen=True, kw_only=True):
    """A model that artifacts, or an out's name, tell of."""

    name: str
    artifact: str
    why: str


class Conversion(Struct, frozen=True, kw_only=True):
    """All of it. `files` are the dvc.yaml files that were read."""

    files: tuple[str, ...]
    params: str | None
    stages: tuple[LoweredStage, ...]
    models: tuple[LoweredModel, ...]
    notes: tuple[Note, ...]


class Facts(Struct, frozen=True, kw_only=True):
    """What the repository is like, as far as it matters here.

    `parameters` are the dotted names in the main parameters file; `unfit` says of files that lie in the work tree why
    they cannot be read as what DVC calls them (metrics, plots); a file that is absent is not in it. `present` are
    those that lie there, `tracked` those that git tracks, `files` (sorted) those that git does not ignore.
    """

    main: str | None = None
    parameters: Collection[str] = frozenset()
    main_trouble: str | None = None
    unfit: Mapping[str, str] = {}
    present: Collection[str] = frozenset()
    tracked: Collection[str] = frozenset()
    files: Sequence[str] = ()
