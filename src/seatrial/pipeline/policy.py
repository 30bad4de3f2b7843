"""What a user may declare about stages, after `config/` has read it.

Frozen data only: `config/` fills these in, `expand.py` turns them into actions, one per
matrix cell. Text fields keep their `${...}` templates; `template.py` fills them in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from seatrial.errors import Place
from seatrial.evidence.policy import Columns, OutKind

Scalar = bool | int | float | str | None
"""A value of a parameter or of a matrix axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathSource:
    """A path or glob in the repository, relative to its root, perhaps with `${matrix.k}`."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutSource:
    """An out of another stage: `stage.out`, `stage[k=v].out` or `stage[*].out`.

    `cell` is None for a stage without a matrix; `every` is True for `[*]`.
    """

    stage: str
    out: str
    cell: Mapping[str, str] | None = None
    every: bool = False

    def __str__(self) -> str:
        if self.every:
            selector = "[*]"
        elif self.cell:
            selector = "[" + ",".join(f"{key}={value}" for key, value in self.cell.items()) + "]"
        else:
            selector = ""
        return f"{self.stage}{selector}.{self.out}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DepSpec:
    """One declared dependency. `named` is False for entries of a list, whose name is the path."""

    name: str
    named: bool
    source: PathSource | OutSource
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutSpec:
    """One declared out. `named` is False for entries of a list, whose name is the path."""

    name: str
    named: bool
    path: str
    kind: OutKind | None = None
    columns: Columns | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSpec:
    """One declared stage.

    `deps` is None when the key is absent (a stage with neither roots nor deps then depends
    on the whole tree) and empty when `deps: []` is written. `tiers` is None for every tier.
    `timeout` is in seconds.
    """

    name: str
    cmd: str
    needs: tuple[str, ...] = ()
    deps: tuple[DepSpec, ...] | None = None
    outs: tuple[OutSpec, ...] = ()
    roots: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    pass_env: tuple[str, ...] = ()
    matrix: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    timeout: float | None = None
    tiers: tuple[str, ...] | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelinePolicy:
    """All stages of a project and what they share.

    `params` are the effective parameter values as one nested mapping. `sources` come first
    in PYTHONPATH; `python` is the interpreter as written, None when the key is absent.
    """

    stages: Mapping[str, StageSpec]
    params: Mapping[str, object] = field(default_factory=dict)
    sources: tuple[str, ...] = (".",)
    python: str | None = None
