"""What a user may declare about stages, after `config/` has read it.

Frozen data only: `config/` fills these in, `expand.py` turns them into actions, one per
matrix cell. Text fields keep their `${...}` templates; `template.py` fills them in.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from seatrial.errors import Place
from seatrial.evidence.policy import Columns, OutKind

Scalar = bool | int | float | str | None
"""A value of a parameter or of a matrix axis."""


class PathSource(Struct, frozen=True, kw_only=True):
    """A path or glob in the repository, relative to its root, perhaps with `${matrix.k}`."""

    path: str


class OutSource(Struct, frozen=True, kw_only=True):
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


class UrlSource(Struct, frozen=True, kw_only=True):
    """Something outside of the repository that has an identity of its own: `s3://bucket/key`,
    `s3://bucket/prefix/` or `hf://org/name@revision`. A command gets the address, not the bytes."""

    url: str


class DepSpec(Struct, frozen=True, kw_only=True):
    """One declared dependency. `named` is False for entries of a list, whose name is the path."""

    name: str
    named: bool
    source: PathSource | OutSource | UrlSource
    place: Place | None = None


class OutSpec(Struct, frozen=True, kw_only=True):
    """One declared out. `named` is False for entries of a list, whose name is the path.

    `cache` False: only its digest is kept, never its bytes; when it is gone its stage runs again.
    `persist`: it is not removed before its stage starts (a checkpoint, a growing log). `tolerance`
    is how far numbers in it may differ between two runs of the same work (`run --twice`), both
    relative and absolute, None for byte equality. `taken_from`: a file that others write, which stands for the
    command where it is there and no older than what the stage depends on.
    """

    name: str
    named: bool
    path: str
    kind: OutKind | None = None
    columns: Columns | None = None
    cache: bool = True
    persist: bool = False
    tolerance: float | None = None
    taken_from: str | None = None
    place: Place | None = None


class Resources(Struct, frozen=True, kw_only=True):
    """What a cell needs while it runs. `memory` is in bytes, None for unknown; `gpus` whole devices;
    `tokens` counts of named things a machine has few of (licences, a test rig)."""

    cpus: float = 1.0
    memory: int | None = None
    gpus: int = 0
    tokens: Mapping[str, int] = field(default_factory=dict)


class MachineLimits(Struct, frozen=True, kw_only=True):
    """What the project lets runs use on one machine; None for what the machine has.

    `tokens` says how many there are of each named token on a machine; a stage can ask only for these.
    """

    cpus: float | None = None
    memory: int | None = None
    gpus: int | None = None
    tokens: Mapping[str, int] = field(default_factory=dict)


class SelectionPolicy(Struct, frozen=True, kw_only=True):
    """What the project says about which stages run, and which of them first.

    `dear` is how many seconds a cell must usually take to wait for the others; one that asks for a device waits
    in any case. `irrelevant` are globs of files that no stage is reached through, each with the reason. `fallback`
    names the stages that run where a change cannot be classified, None for all that are selected.
    """

    dear: float = 600.0
    irrelevant: Mapping[str, str] = field(default_factory=dict)
    fallback: tuple[str, ...] | None = None
    places: Mapping[str, Place] = field(default_factory=dict)
    """Where each glob stands."""

    def is_dear(self, resources: Resources, seconds: float | None) -> bool:
        """Whether a cell is dear that asks for these resources and usually takes so long, as far as that is known."""
        return resources.gpus > 0 or (seconds or 0.0) >= self.dear


class Retries(Struct, frozen=True, kw_only=True):
    """How often a failed command is started again. `delay` is seconds before the first retry; each
    further one waits `factor` times longer, at most `longest` seconds."""

    count: int = 0
    delay: float = 1.0
    factor: float = 2.0
    longest: float = 300.0


class Over(StrEnum):
    """What happens when a tier does not fit its time budget."""

    DEFER = "defer"
    """What does not fit is put off, and owed; nothing is begun once the time is used up."""
    REPORT = "report"
    STOP = "stop"


class Budget(Struct, frozen=True, kw_only=True):
    """How long a tier may take, in seconds of wall time."""

    time: float
    over: Over = Over.DEFER


class Trial(Struct, frozen=True, kw_only=True):
    """Training on one batch: `target` (`package.module:name`) yields losses, and one of the first `steps` must fall
    below `max_loss`."""

    target: str
    max_loss: float
    steps: int = 200

    @property
    def code(self) -> str:
        """Python text that loads and uses the target, by which its imports are found. It is never run."""
        module, _, name = self.target.partition(":")
        first = name.partition(".")[0]
        return f"from {module} import {first}\n{name}()\n"


class BuiltIn(Struct, frozen=True, kw_only=True):
    """What a stage with `uses:` does: `data` judges a dataset, `overfit-one-batch` makes a `trial` of a training. Its
    command, deps and outs are made of that.

    `revision` says how it judges: a check that was made by other rules is not reused.
    """

    kind: str
    dataset: str = ""
    trial: Trial | None = None
    revision: int = 0


class StageSpec(Struct, frozen=True, kw_only=True):
    """One declared stage.

    Exactly one of `cmd` and `shell` is written; the other is empty. `deps` is None when the key is
    absent (a stage with neither roots nor deps then depends on the whole tree) and empty when
    `deps: []` is written. `tiers` is None for every tier. `timeout` is in seconds, for each attempt.
    `include` adds cells, each with a value for every axis, after `exclude` has taken away those
    that match all values of one of its entries. `fail_fast`: one failed cell stops the stage's others.
    `always`: never reused. `effects`: acts on the world outside, so never reused nor restored.
    `secrets` names variables of the caller's environment that only this stage sees. `lines` says where each part
    of the declaration stands, by the names that parts have in a key: `cmd`, `deps.data`, `env.SEED`, `roots.tests`.
    """

    name: str
    cmd: str = ""
    shell: str = ""
    needs: tuple[str, ...] = ()
    deps: tuple[DepSpec, ...] | None = None
    outs: tuple[OutSpec, ...] = ()
    roots: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    pass_env: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    matrix: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    include: tuple[Mapping[str, Scalar], ...] = ()
    exclude: tuple[Mapping[str, Scalar], ...] = ()
    fail_fast: bool = False
    resources: Resources = Resources()
    retries: Retries = Retries()
    timeout: float | None = None
    always: bool = False
    effects: bool = False
    tiers: tuple[str, ...] | None = None
    uses: BuiltIn | None = None
    place: Place | None = None
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def apart(self) -> bool:
        """Whether it runs in Seatrial's own interpreter and sees nothing of the project but its data."""
        return self.uses is not None and self.uses.trial is None


class PipelinePolicy(Struct, frozen=True, kw_only=True, dict=True):
    """All stages of a project and what they share.

    `params` are the effective parameter values as one nested mapping. `sources` come first
    in PYTHONPATH; `python` is the interpreter as written, None when the key is absent. `machine`
    is what runs may use on one machine, `selection` what runs at all, and what of it first. `param_places` says where
    each parameter has its value from, by dotted name.
    """

    stages: Mapping[str, StageSpec]
    params: Mapping[str, object] = field(default_factory=dict)
    sources: tuple[str, ...] = (".",)
    python: str | None = None
    machine: MachineLimits = MachineLimits()
    selection: SelectionPolicy = SelectionPolicy()
    param_places: Mapping[str, Place] = field(default_factory=dict)

    @functools.cached_property
    def secrets(self) -> frozenset[str]:
        """The names that are a secret of any stage: `pass_env:` of another one does not get round it."""
        return frozenset(name for spec in self.stages.values() for name in spec.secrets)
