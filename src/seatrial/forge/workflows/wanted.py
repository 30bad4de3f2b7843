"""What the workflows of a project must do, said without a word of any forge.

Filled in by `flows.workflow_wants` from the configuration and the tree; written down as files by one renderer for each
forge. Everything that needs thought is decided before a renderer sees it: which tiers there are, whether the cells of
a tier may be done by several jobs, what is installed, which secrets a job needs. So two forges cannot come to different
answers, and a renderer only spells.

What is subtle: names in here are the project's own and therefore hostile. A renderer quotes every one of them.
"""

from __future__ import annotations

import graphlib
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

OWN_VARIABLES = frozenset({"BASE", "CELLS", "NOTHING", "PARANOID", "RUN"})
"""Variables of steps that run stages; what a project hands to its stages may not be called so."""


class Role(StrEnum):
    """What a tier is for, in workflows. A project's tiers may be called otherwise."""

    FAST = "fast"
    """Each pull request, on a small machine, within minutes."""
    SLOW = "slow"
    """Each pull request, what its change reaches, on the machines that takes."""
    MERGE = "merge"
    """What waits in the merge queue, beside the two above."""
    NIGHTLY = "nightly"
    RELEASE = "release"


class Reach(StrEnum):
    """Who sees the records (`state:`) that a job writes."""

    JOB = "job"
    """Nobody else: they lie on the machine, which is thrown away."""
    FOLDER = "folder"
    """Jobs on machines that have the same folder, so none that a forge rents out."""
    EVERY_JOB = "every_job"


class WantedStage(Struct, frozen=True, kw_only=True):
    """One stage of a tier. `gpus` are those that each of its cells asks for, `timeout` seconds."""

    name: str
    cells: tuple[str, ...]
    gpus: int = 0
    timeout: float | None = None


class Wave(Struct, frozen=True, kw_only=True):
    """Stages that may run side by side once all waves before are done."""

    stages: tuple[WantedStage, ...]

    @property
    def gpus(self) -> bool:
        """Whether any cell of it needs a device."""
        return any(stage.gpus for stage in self.stages)


class WantedTier(Struct, frozen=True, kw_only=True):
    """One tier that a workflow runs.

    `check` is the name that branch protection asks for. `minutes` is after how long a job that runs all of it is given
    up. `apart`: each cell may have a job of its own, wave after wave; where not, `together` says why, as a sentence for
    a comment. `promotes` is the alias that a pass takes, `environment` what the forge calls it. `secrets` are those of
    its stages, `pass_env` the plain variables that its stages are handed.
    """

    role: Role
    name: str
    check: str
    minutes: int
    waves: tuple[Wave, ...]
    apart: bool = False
    together: str = ""
    baseline_main: bool = False
    registers: bool = False
    promotes: str | None = None
    environment: str | None = None
    secrets: tuple[str, ...] = ()
    pass_env: tuple[str, ...] = ()

    @property
    def gpus(self) -> bool:
        """Whether any of its stages needs a device."""
        return any(wave.gpus for wave in self.waves)


class Installer(StrEnum):
    """Which tool makes the project's environment."""

    PIP = "pip"
    UV = "uv"
    OWN = "own"
    """The project's own lines, `workflows.install`."""
    NONE = "none"


class Install(Struct, frozen=True, kw_only=True):
    """How a machine is made ready.

    `seatrial` is a requirement for pip; it goes into an environment of its own, together with `tools`, which `lines`
    call. `chosen`: the project has named that requirement itself. `environment` is the folder of the
    project's environment, where the interpreter that `python:` names lies. `lines` are shell lines that fill it, run at
    the root of the repository with that environment first in PATH; they hold nothing but fixed words and the quoted
    names of files, or what the project itself says. `locks` are the files whose digests are the key of what was
    downloaded. `hashed`: pip checks a hash of everything.
    """

    seatrial: str
    chosen: bool
    installer: Installer
    lines: tuple[str, ...]
    tools: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    environment: str = ".venv"
    hashed: bool = False


class Tests(Struct, frozen=True, kw_only=True):
    """Stages that run for each Python with each set of frameworks. `frameworks` are requirements for pip, by name;
    none means: for each Python as it is installed."""

    __test__ = False

    stages: tuple[str, ...]
    tier: str
    pythons: tuple[str, ...]
    frameworks: Mapping[str, str] = field(default_factory=dict)


class Downloads(Struct, frozen=True, kw_only=True):
    """What stages fetch (models, tokenizers) and a forge may keep: folders, by the digest of the files that name it."""

    paths: tuple[str, ...]
    by: tuple[str, ...]


class Runners(Struct, frozen=True, kw_only=True):
    """Labels (GitHub) or tags (GitLab) of machines; None is the forge's own default. `gpu` has no default: a forge
    has no such machine for everybody."""

    default: tuple[str, ...] | None = None
    gpu: tuple[str, ...] | None = None


class Wanted(Struct, frozen=True, kw_only=True):
    """Everything that the workflows of one project must do.

    `tiers` holds those that exist, `main` is the main branch. `python` is the version that tiers run with. `secrets`
    and `variables` are those that every job of ours needs, as names: for the state, the shared cache, and people who
    are told. `contents`: the records are kept in the repository itself, so a job that writes them must write to it.
    `shares_results`: what stages made lies where every job reaches it (`cache.remote`), so no cache of the forge is
    needed for it. `version` is that of the Seatrial that asks.
    """

    project: str
    main: str
    tiers: Mapping[Role, WantedTier]
    reach: Reach
    install: Install
    python: str
    runners: Runners = Runners()
    schedule: str = "0 6 * * *"
    tests: Tests | None = None
    downloads: Downloads | None = None
    secrets: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    token_from: str | None = None
    contents: bool = False
    shares_results: bool = False
    version: str = ""

    @property
    def promoting(self) -> tuple[WantedTier, ...]:
        """The tiers that move an alias."""
        return tuple(tier for tier in self.tiers.values() if tier.promotes is not None)


def waves_of(before: Mapping[str, frozenset[str]]) -> tuple[tuple[str, ...], ...]:
    """Stages in waves: each stands in the first one after all that must be done before it. `before` has every stage,
    and no circle; the order within a wave is that of `before`."""
    sorter = graphlib.TopologicalSorter(before)
    sorter.prepare()
    waves: list[tuple[str, ...]] = []
    while sorter.is_active():
        ready = frozenset(sorter.get_ready())
        waves.append(tuple(stage for stage in before if stage in ready))
        sorter.done(*ready)
    return tuple(waves)
