"""What is proposed for a repository: stages, tiers, datasets, models and gates, each with why it was guessed.

Made by `proposing` from what `finding` saw, and by `dvc` from a `dvc.yaml`; written by `proposal_text`; told by
`cli/init`. Values only. What is subtle: a proposal is not a policy. It holds what stands in a file, names and texts
as they are written (`datasets.train`, `${outs.model}`), because the file that comes of it is read by our own loader
like everybody's, and nothing that init makes up passes by its checks. A record without notes is a fact; a guess has
one, and the note says where it was seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct, field

from seatrial.evidence.policy import Columns, OutKind

Value: TypeAlias = "str | int | float | bool | tuple[Value, ...] | Mapping[str, Value] | None"
"""What can stand in a configuration file. Texts are written as they are; numbers keep their kind."""


class Note(Struct, frozen=True, kw_only=True):
    """A comment: what was guessed or should be known, and where it was seen (`train.py:12`), if in one place."""

    text: str
    seen: str | None = None


class LeftOut(Struct, frozen=True, kw_only=True):
    """Something of the repository that no key was written for, and why."""

    what: str
    why: str
    seen: str | None = None


class ProposedDataset(Struct, frozen=True, kw_only=True):
    """An entry of `datasets:`."""

    name: str
    path: str
    role: str | None = None
    contract: str | None = None
    notes: tuple[Note, ...] = ()


class ProposedDep(Struct, frozen=True, kw_only=True):
    """An entry of `deps:`: a path, or a reference such as `datasets.train`. No name where the stage lists its deps;
    a stage's deps have names all together or not at all."""

    name: str | None = None
    source: str
    notes: tuple[Note, ...] = ()


class ProposedOut(Struct, frozen=True, kw_only=True):
    """An entry of `outs:`. As with deps, all outs of a stage have names, or none has. An out without a name that is
    more than a path is written as a mapping in the list."""

    name: str | None = None
    path: str
    kind: OutKind | None = None
    columns: Columns | None = None
    cache: bool = True
    persist: bool = False
    tolerance: float | None = None
    taken_from: str | None = None
    notes: tuple[Note, ...] = ()


class ProposedStage(Struct, frozen=True, kw_only=True):
    """An entry of `stages:`. One of `cmd`, `shell` and `uses`. `deps` None leaves the key out: the whole tree counts,
    or what the roots import. `more` holds whatever else a stage may have (`retries`, `fail_fast`, ...), as written."""

    name: str
    cmd: str = ""
    shell: str = ""
    uses: str | None = None
    arguments: Mapping[str, Value] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    deps: tuple[ProposedDep, ...] | None = None
    outs: tuple[ProposedOut, ...] = ()
    roots: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    pass_env: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    matrix: Mapping[str, Value] = field(default_factory=dict)
    tiers: tuple[str, ...] | None = None
    timeout: str | None = None
    resources: Mapping[str, Value] = field(default_factory=dict)
    always: bool = False
    more: Mapping[str, Value] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


class ProposedTier(Struct, frozen=True, kw_only=True):
    """An entry of `tiers:`."""

    name: str
    params: Mapping[str, Value] = field(default_factory=dict)
    gates: str | None = None
    baseline: str | None = None
    on_pass: Value = None
    budget: Value = None
    notes: tuple[Note, ...] = ()


class ProposedModel(Struct, frozen=True, kw_only=True):
    """An entry of `models:`. `gates` is the path of the file with the gate sets."""

    name: str
    artifact: str
    predictions: str | None = None
    input: str | None = None
    gates: str | None = None
    evidence: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


class ProposedGates(Struct, frozen=True, kw_only=True):
    """A set in the gates file. `rules` are the gates by kind, as written: `{performance: {accuracy: {min: 0.8}}}`."""

    name: str
    rules: Mapping[str, Value]
    on_inconclusive: str | None = None
    mode: str | None = None
    notes: tuple[Note, ...] = ()


class Snippet(Struct, frozen=True, kw_only=True):
    """Lines that the user may put into a file of theirs. Nothing of it is written by us."""

    file: str
    why: str
    lines: tuple[str, ...]


class Proposal(Struct, frozen=True, kw_only=True):
    """Everything that is proposed for one repository, or one folder of it.

    `gates` are by the path of their file. `ignore` are lines for .gitignore that the outs need and the repository
    does not have. `notes` open the file.
    """

    project: str
    main: str | None = None
    python: str | None = None
    sources: tuple[str, ...] = ()
    params: str | None = None
    tiers: tuple[ProposedTier, ...] = ()
    datasets: tuple[ProposedDataset, ...] = ()
    stages: tuple[ProposedStage, ...]
    models: tuple[ProposedModel, ...] = ()
    gates: Mapping[str, tuple[ProposedGates, ...]] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    key_notes: Mapping[str, tuple[Note, ...]] = field(default_factory=dict)
    """Comments of keys at the top of the file: `project`, `main`, `python`, `sources`, `params`, ..."""
    left_out: tuple[LeftOut, ...] = ()
    ignore: tuple[str, ...] = ()
    snippets: tuple[Snippet, ...] = ()
