"""The shape of `seatrial.yaml`: what each key holds, before anything is looked up.

Called by `load`. One pass notes every mistake of type, key and name; references between
objects are checked afterwards. The keys listed here are all there are: keys of later releases
are refused by name through `later`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from msgspec import Struct, field

from seatrial.config import later
from seatrial.config.amounts import duration, flag, size
from seatrial.config.approvals_document import read_approvals
from seatrial.config.forge_document import read_forge
from seatrial.config.names import NAME_RULE, address_fault, branch_fault, is_alias, is_name, path_fault
from seatrial.config.node import Node, kind, readable
from seatrial.config.resources_document import read_budget, read_limits
from seatrial.config.selection_document import read_selection
from seatrial.config.serving_document import read_serving
from seatrial.config.stage_document import StageDraft, read_stage
from seatrial.errors import Place
from seatrial.flows.policy import (
    LOCAL,
    MAIN,
    CachePolicy,
    Code,
    DatasetPolicy,
    MergeWithDebt,
    OnPass,
    ServingPolicy,
    TierPolicy,
    WeakEvidence,
)
from seatrial.forge.channels import Channel
from seatrial.forge.policy import ForgePolicy
from seatrial.forge.workflows.policy import WorkflowsPolicy
from seatrial.pipeline.policy import MachineLimits, SelectionPolicy
from seatrial.registry.approval_policy import ApprovalRule
from seatrial.store.git_names import RULE as GIT_RULE
from seatrial.store.git_names import is_git, remote_of

PROJECT_KEYS = (
    "project", "python", "sources", "params", "tiers", "datasets", "stages", "models", "state", "cache", "resources",
    "main", "selection", "forge", "notify", "workflows",
)  # fmt: skip
TIER_KEYS = ("params", "gates", "baseline", "on_pass", "budget", "frozen", "merge_with_debt", "weak_evidence")
CACHE_KEYS = ("remote", "push", "keep", "size")
DATASET_KEYS = ("path", "role", "contract", "reference")
MODEL_KEYS = ("artifact", "predictions", "input", "code", "gates", "evidence", "recipe", "serving", "approvals")
ROLES = ("test",)
SCHEMES = ("file", "s3")
DATASETS = "datasets"
"""The head of a reference to a dataset, and therefore no name for a stage."""

_Made = TypeVar("_Made")


class ModelDraft(Struct, frozen=True, kw_only=True):
    """A model as written: references are text still."""

    name: str
    node: Node
    artifact: str = ""
    predictions: str | None = None
    input: str | None = None
    code: Code = Code.CURRENT
    gates_file: str | None = None
    evidence: tuple[str, ...] = ()
    recipe: str | None = None
    serving: ServingPolicy | None = None
    approvals: Mapping[str, ApprovalRule] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        return self.node.key_place


class Document(Struct, frozen=True, kw_only=True):
    """`seatrial.yaml` as written, with where each object stood. None means the key is absent."""

    root: Node
    project: str = ""
    python: str | None = None
    sources: tuple[str, ...] | None = None
    params_file: str | None = None
    tiers: Mapping[str, TierPolicy] = field(default_factory=dict)
    datasets: Mapping[str, DatasetPolicy] = field(default_factory=dict)
    stages: Mapping[str, StageDraft] = field(default_factory=dict)
    models: Mapping[str, ModelDraft] = field(default_factory=dict)
    state: str | None = None
    cache: CachePolicy = field(default_factory=CachePolicy)
    machine: MachineLimits = field(default_factory=MachineLimits)
    selection: SelectionPolicy = field(default_factory=SelectionPolicy)
    forge: ForgePolicy = field(default_factory=ForgePolicy)
    main: str | None = None
    notify: Mapping[str, Channel] = field(default_factory=dict)
    workflows: WorkflowsPolicy = field(default_factory=WorkflowsPolicy)


def read_document(root: Node) -> Document:
    """The whole file; mistakes are noted."""
    if not root.fields(PROJECT_KEYS, later.PROJECT):
        return Document(root=root)
    project = root.required("project", "name the project, e.g. `project: digits`")
    root.required("stages", "declare at least one stage; `seatrial demo` shows a whole project")
    return Document(
        root=root,
        project="" if project is None else _named(project, project.text("project"), "project"),
        python=_optional(root, "python"),
        sources=_sources(root.child("sources")),
        params_file=_file(root.child("params"), "params"),
        tiers=_each(root, "tiers", "tier", _tier),
        datasets=_each(root, DATASETS, "dataset", _dataset),
        stages=_each(root, "stages", "stage", read_stage),
        models=_each(root, "models", "model", _model),
        state=_state(root.child("state")),
        cache=_cache(root.child("cache")),
        machine=read_limits(root.child("resources")),
        selection=read_selection(root.child("selection")),
        forge=read_forge(root.child("forge")),
        main=_branch(root.child("main")),
        notify=_notify(root),
        workflows=_workflows(root),
    )


def _notify(root: Node) -> Mapping[str, Channel]:
    section = root.child("notify")
    if section is None:
        return {}
    from seatrial.config.notify_document import read_notify  # only for projects that tell somebody

    return read_notify(section, tiers=_declared(root, "tiers"), models=_declared(root, "models"))


def _workflows(root: Node) -> WorkflowsPolicy:
    section = root.child("workflows")
    if section is None:
        return WorkflowsPolicy()
    from seatrial.config.workflows_document import read_workflows  # only for projects that say something of them

    return read_workflows(section, tiers=_declared(root, "tiers"), stages=_declared(root, "stages"))


def _declared(root: Node, key: str) -> Collection[str]:
    """The names that a section declares, well formed or not."""
    value = root.at(key).value if root.child(key) is not None else None
    return tuple(value) if isinstance(value, dict) else ()


def _each(root: Node, key: str, what: str, read: Callable[[str, Node], _Made]) -> Mapping[str, _Made]:
    """The objects of one section, each under its name."""
    section = root.child(key)
    if section is None:
        return {}
    made: dict[str, _Made] = {}
    for name, node in section.items(f"{what}s by name"):
        if not is_name(name):
            node.complain(f"`{readable(name)}` cannot name a {what}", NAME_RULE, at_key=True)
        elif what == "stage" and name == DATASETS:
            node.complain(
                "a stage cannot be called `datasets`", "rename it: deps refer to datasets by that word", at_key=True
            )
        made[name] = read(name, node)
    if isinstance(section.value, dict) and not made and key == "stages":
        section.complain("no stage is declared", "declare at least one", at_key=True)
    return made


def _named(node: Node, text: str, what: str) -> str:
    if text and not is_name(text):
        node.complain(f"`{readable(text)}` cannot name a {what}", NAME_RULE)
    return text


def _optional(node: Node, key: str) -> str | None:
    child = node.child(key)
    return None if child is None else child.text(key)


def _branch(node: Node | None) -> str | None:
    """The name of the main branch."""
    if node is None:
        return None
    text = node.text("main")
    fault = branch_fault(text) if text else None
    if fault is not None:
        node.complain(f"`{readable(text)}` {fault}", "name the branch that changes go into, e.g. `main: main`")
    return text


def _file(node: Node | None, what: str) -> str | None:
    """A path of a file in the repository."""
    if node is None:
        return None
    text = node.text(what)
    fault = path_fault(text)
    if fault is not None:
        node.complain(f"`{text}` {fault}", "name a file of this repository, relative to its root")
    return text


def _sources(node: Node | None) -> tuple[str, ...] | None:
    if node is None:
        return None
    for entry in node.entries("paths"):
        if isinstance(entry.value, str):
            _file(entry, "a source folder")
    return node.texts("paths")


def _state(node: Node | None) -> str | None:
    if node is None:
        return None
    if node.value == LOCAL:
        return LOCAL
    if isinstance(node.value, str) and is_git(node.value):
        if remote_of(node.value) is None:
            node.complain(f"state `{readable(node.value)}` names no remote of git; {GIT_RULE}", "write `state: git`")
        return node.value
    return _address(node, "state", f"write `state: {LOCAL}`, `git`, `file:///...` or `s3://...`")


def _cache(node: Node | None) -> CachePolicy:
    default = CachePolicy()
    if node is None or not node.fields(CACHE_KEYS):
        return default
    remote, keep, most = node.child("remote"), node.child("keep"), node.child("size")
    return CachePolicy(
        remote=None if remote is None else _remote(remote),
        push=flag(node, "push", default.push),
        keep=None if keep is None else duration(keep, "keep"),
        size=None if most is None else size(most, "size"),
    )


def _remote(node: Node) -> str | None:
    if isinstance(node.value, str) and is_git(node.value):
        node.complain(
            "results are not kept on git refs: a repository never shrinks, and what stages make can be made again",
            "keep `state: git`, and share results through a folder or a bucket: `file:///...` or `s3://...`",
        )
        return None
    return _address(node, "remote", "write `file:///...` or `s3://...`")


def _address(node: Node, what: str, step: str) -> str | None:
    """`file:///absolute/folder` or `s3://bucket/prefix`."""
    text = node.text(what)
    fault = text and address_fault(text, SCHEMES)
    if fault:
        node.complain(f"{what} `{readable(text)}` {fault}", step)
    return text or None


def _dataset(name: str, node: Node) -> DatasetPolicy:
    if not node.fields(DATASET_KEYS, later.DATASET):
        return DatasetPolicy(name=name, path="")
    at = node.required("path", "say where the data is, e.g. `path: data/train.csv`")
    role = node.child("role")
    return DatasetPolicy(
        name=name,
        path=_file(at, "path") or "",
        role=None if role is None else role.choice(ROLES, "role"),
        contract=_file(node.child("contract"), "contract"),
        reference=_file(node.child("reference"), "reference"),
        place=node.key_place,
    )


def _tier(name: str, node: Node) -> TierPolicy:
    default = TierPolicy(name=name)
    if node.value is None:
        return TierPolicy(name=name, place=node.key_place)  # `nightly:` alone is a tier with every default
    if not node.fields(TIER_KEYS, later.TIER):
        return default
    params, baseline = node.child("params"), node.child("baseline")
    return TierPolicy(
        name=name,
        params={} if params is None else {key: at.value for key, at in flatten(params).items()},
        gates=_optional(node, "gates"),
        baseline=default.baseline if baseline is None else _alias(baseline, "baseline"),
        on_pass=_on_pass(node.child("on_pass")),
        budget=read_budget(node.child("budget")),
        frozen=flag(node, "frozen", False) if node.child("frozen") is not None else None,
        merge_with_debt=_merge_with_debt(node.child("merge_with_debt")),
        weak_evidence=_weak_evidence(node.child("weak_evidence")),
        place=node.key_place,
    )


def _merge_with_debt(node: Node | None) -> MergeWithDebt:
    word = None if node is None else node.choice(tuple(MergeWithDebt), "merge_with_debt")
    return MergeWithDebt(word) if word else TierPolicy(name="").merge_with_debt


def _weak_evidence(node: Node | None) -> WeakEvidence:
    word = None if node is None else node.choice(tuple(WeakEvidence), "weak_evidence")
    return WeakEvidence(word) if word else TierPolicy(name="").weak_evidence


def flatten(node: Node, prefix: str = "") -> Mapping[str, Node]:
    """Overlay values by dotted parameter name, whether written dotted, nested or both."""
    found: dict[str, Node] = {}
    for key, child in node.items("parameter values"):
        name = f"{prefix}{key}"
        inner = flatten(child, f"{name}.") if isinstance(child.value, dict) else {name: child}
        for dotted, at in inner.items():
            if dotted in found:
                at.complain(f"the parameter {dotted} is set twice", "keep one of the two", at_key=True)
            found[dotted] = at
    return found


def _alias(node: Node, key: str) -> str:
    text = node.text(key)
    if text and not is_alias(text):
        step = f"{NAME_RULE}; digits alone are a version number"
        node.complain(f"`{readable(text)}` cannot name an alias", step)
    return text


def _on_pass(node: Node | None) -> OnPass:
    """`register`, or `{promote: ALIAS}`, which registers first."""
    if node is None:
        return OnPass()
    if not isinstance(node.value, dict):
        word = node.choice(("register",), "on_pass")
        return OnPass(register=word is not None)
    node.fields(("promote",))
    alias = node.required("promote", "write `on_pass: {promote: staging}`")
    if alias is None:
        return OnPass()
    name = _alias(alias, "promote")
    if name == MAIN:
        alias.complain(f"`{MAIN}` is the main branch and no alias", "promote to e.g. `staging`")
    return OnPass(register=True, promote=name)


def _model(name: str, node: Node) -> ModelDraft:
    if not node.fields(MODEL_KEYS, later.MODEL):
        return ModelDraft(name=name, node=node)
    artifact = node.required("artifact", "name the out that is the model, e.g. `artifact: train.model`")
    if artifact is not None and isinstance(artifact.value, dict):
        if not artifact.refused(later.MODEL):
            artifact.complain(
                f"artifact must be a reference such as `train.model`, not {kind(artifact.value)}", "write one reference"
            )
        artifact = None
    code = node.child("code")
    if code is not None and node.child("input") is None:
        code.complain("`code` without `input` has no use", "add `input: STAGE.deps.NAME`", at_key=True)
    return ModelDraft(
        name=name,
        node=node,
        artifact="" if artifact is None else artifact.text("artifact"),
        predictions=_optional(node, "predictions"),
        input=_optional(node, "input"),
        code=Code.CURRENT if code is None else Code(code.choice(tuple(Code), "code") or Code.CURRENT),
        gates_file=_file(node.child("gates"), "gates"),
        recipe=_optional(node, "recipe"),
        evidence=() if (evidence := node.child("evidence")) is None else evidence.texts("outs"),
        serving=None if (serving := node.child("serving")) is None else read_serving(serving),
        approvals={} if (approvals := node.child("approvals")) is None else read_approvals(approvals),
    )
