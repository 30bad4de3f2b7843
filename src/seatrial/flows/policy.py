"""What a user may declare that crosses slices: models, tiers and where the baseline comes from.

Called by `config/`, which fills these in, and by the flows, which follow them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from seatrial import digest
from seatrial.errors import Place
from seatrial.forge.channels import Channel
from seatrial.forge.policy import ForgePolicy
from seatrial.forge.workflows.policy import WorkflowsPolicy
from seatrial.gates.policy import GateSet
from seatrial.pipeline.policy import Budget, OutSource, PipelinePolicy
from seatrial.registry.approval_policy import ApprovalRule
from seatrial.serving.policy import Server

CONFIG_FILE = "seatrial.yaml"
MAIN = "main"
"""The baseline name that means the main branch; every other name is a version alias."""

LOCAL = "local"
"""The state in the repository's common git folder."""

RELEASE = "release"
"""The tier whose inputs must be pinned even when it says nothing about it."""


class OnPass(Struct, frozen=True, kw_only=True):
    """What a tier does when its decision is allow: register, and perhaps promote to an alias."""

    register: bool = False
    promote: str | None = None


class MergeWithDebt(StrEnum):
    """What becomes of a run that has deferred something, where nothing else speaks against it."""

    ALLOW = "allow"
    BLOCK = "block"
    """Held until some run has done what was deferred."""
    QUEUE = "queue"
    """The same; that run is expected to be the merge queue's."""


class WeakEvidence(StrEnum):
    """What becomes of a dear stage that a change reaches by nothing but a file it loads and, as far as names tell, does
    not use."""

    RUN = "run"
    DEFER = "defer"


class TierPolicy(Struct, frozen=True, kw_only=True):
    """A named selection of stages with parameters, a gate set and a baseline.

    `params` are overlay values by dotted path. `gates` names a set; None means the default
    (`promote`, or the only one). `baseline` is `main` or a version alias. `frozen`: inputs that are
    not pinned are refused; None means that it is so where the tier promotes, or is called `release`.
    `merge_with_debt` says what a run comes to that has deferred something, `weak_evidence` whether weak evidence
    defers a dear stage.
    """

    name: str
    params: Mapping[str, object] = field(default_factory=dict)
    gates: str | None = None
    baseline: str = "production"
    on_pass: OnPass = OnPass()
    budget: Budget | None = None
    frozen: bool | None = None
    merge_with_debt: MergeWithDebt = MergeWithDebt.ALLOW
    weak_evidence: WeakEvidence = WeakEvidence.RUN
    place: Place | None = None

    @property
    def refuses_floating(self) -> bool:
        """Whether every input must be pinned."""
        return self.frozen if self.frozen is not None else self.on_pass.promote is not None or self.name == RELEASE


class CachePolicy(Struct, frozen=True, kw_only=True):
    """Where results are shared, and how much of the local cache is kept.

    `remote` is `file:///...` or `s3://...`, None for none. `push`: whether this project's runs write to
    it. `keep` is the age in seconds, `size` the bytes, that `cache gc` leaves by default.
    """

    remote: str | None = None
    push: bool = True
    keep: float | None = None
    size: int | None = None


class DatasetPolicy(Struct, frozen=True, kw_only=True):
    """A named data path; `role` is `test` for held-out data, else None.

    `contract` says what it must be like, `reference` (a profile, or data) what it was like. `beside` are the other
    data that its contract names. `by_the_clock`: its contract asks how old the data is, so a verdict does not last.
    """

    name: str
    path: str
    role: str | None = None
    contract: str | None = None
    reference: str | None = None
    beside: tuple[str, ...] = ()
    by_the_clock: bool = False
    place: Place | None = None


class InputRef(Struct, frozen=True, kw_only=True):
    """The dep through which the evaluating stage takes the model: `evaluate.deps.model`."""

    stage: str
    dep: str


class Code(StrEnum):
    """Whose evaluating stage scores a baseline again: that of the tree, or the baseline's own."""

    CURRENT = "current"
    OWN = "own"


class ServingPolicy(Struct, frozen=True, kw_only=True):
    """How a model is started and asked where a gate needs what no out brings: times, memory, answers, a contract kept.

    `requests` is a file of inputs, one JSON value a line; without it the inputs of the test cases are sent. `starts`
    (and `warm_up` and `concurrency` of `server`) hold where no latency gate says how to measure. `env`, `pass_env` and
    `secrets` are those of a stage.
    """

    server: Server
    requests: str | None = None
    starts: int = 3
    env: Mapping[str, str] = field(default_factory=dict)
    pass_env: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    place: Place | None = None


class ModelPolicy(Struct, frozen=True, kw_only=True):
    """What makes up one model: its artifact, the rows it is judged on, and how to re-score it.

    `code: own` is for models that today's evaluating code cannot load: the baseline is then scored by
    the stage as it was at the baseline's commit, on today's data. `evidence` are further outs that gates read:
    answers, preferences, timings. `recipe` is one out of all cells of a matrix, the same training with other seeds.
    `approvals` are the rules of those aliases that ask for a person's word.
    """

    name: str
    artifact: OutSource
    predictions: OutSource | None = None
    input: InputRef | None = None
    code: Code = Code.CURRENT
    gates: Mapping[str, GateSet] = field(default_factory=dict)
    gates_file: str | None = None
    evidence: tuple[OutSource, ...] = ()
    recipe: OutSource | None = None
    serving: ServingPolicy | None = None
    approvals: Mapping[str, ApprovalRule] = field(default_factory=dict)
    place: Place | None = None


class ProjectPolicy(Struct, frozen=True, kw_only=True):
    """Everything `seatrial.yaml` says, handed to the flows as one value.

    `main` is the main branch's name, None for `origin/HEAD`. `state` is `local`, `file:///...` or
    `s3://...`. `notify` are those who are told, by name. `workflows` says how workflows are made. `digest` identifies
    the bytes of the configuration and of every file it reads.
    """

    project: str
    pipeline: PipelinePolicy
    tiers: Mapping[str, TierPolicy] = field(default_factory=dict)
    datasets: Mapping[str, DatasetPolicy] = field(default_factory=dict)
    models: Mapping[str, ModelPolicy] = field(default_factory=dict)
    main: str | None = None
    state: str = LOCAL
    cache: CachePolicy = CachePolicy()
    forge: ForgePolicy = ForgePolicy()
    params_file: str | None = None
    notify: Mapping[str, Channel] = field(default_factory=dict)
    workflows: WorkflowsPolicy = WorkflowsPolicy()
    digest: str = ""


def configuration_digest(files: Mapping[str, str], set_params: Mapping[str, str]) -> str:
    """The identity of a configuration: the digest of every file it was read from, and what was typed over it."""
    return digest.of_record("configuration/1", {"files": dict(files), "set_params": dict(set_params)})
