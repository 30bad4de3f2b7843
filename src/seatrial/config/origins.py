"""Where every effective value came from: the facts behind `config --show`.

Called by `load` with a policy that holds. Each value is one `Origin`: its key as one would write
it, the value in use, and `seatrial.yaml:12:5`, `params.yaml:3:3`, `--set-param` or `default`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from seatrial.config.approvals_document import approval_values
from seatrial.config.document import flatten
from seatrial.config.gate_rules.showing import shown_rules
from seatrial.config.node import Node
from seatrial.config.params import SET_PARAM, Parameters, leaves
from seatrial.config.serving_document import serving_values
from seatrial.config.source import Source, shown
from seatrial.flows.policy import CachePolicy, DatasetPolicy, ModelPolicy, OnPass, ProjectPolicy, TierPolicy
from seatrial.gates.policy import GateSet
from seatrial.pipeline.policy import (
    BuiltIn,
    DepSpec,
    MachineLimits,
    OutSource,
    OutSpec,
    PathSource,
    Resources,
    Retries,
    StageSpec,
    UrlSource,
)
from seatrial.replacing import replace

DEFAULT = "default"
_MADE = ("cmd", "deps", "outs", "always")
"""What `uses:` comes to."""


class Origin(Struct, frozen=True, kw_only=True):
    """One value. `value` is JSON: text, number, true, false, None, or lists and mappings of them."""

    key: str
    value: object
    where: str


def origins_of(
    policy: ProjectPolicy, root: Node, parameters: Parameters, gates: Mapping[str, Source]
) -> tuple[Origin, ...]:
    """All values in the order of the reference page. `gates` gives each model's parsed gates file."""
    return (
        *_fields(root, "", _project_values(policy)),
        *_fields(root.at("selection"), "selection.", _selection_values(policy)),
        *_fields(root.at("forge"), "forge.", _forge_values(policy)),
        *_parameter_origins(policy, parameters),
        *(o for name, tier in policy.tiers.items() for o in _tier_origins(tier, root.at("tiers", name), parameters)),
        *(
            origin
            for name, dataset in policy.datasets.items()
            for origin in _section(root, "datasets", name, _dataset_values(dataset))
        ),
        *(origin for name, stage in policy.pipeline.stages.items() for origin in _stage_origins(root, name, stage)),
        *(o for name, model in policy.models.items() for o in _model_origins(model, root, gates.get(name))),
        *_notify_origins(policy, root),
    )


def _notify_origins(policy: ProjectPolicy, root: Node) -> Iterator[Origin]:
    if not policy.notify:
        return
    from seatrial.config.notify_document import notify_values  # only for projects that tell somebody

    for name, channel in policy.notify.items():
        yield from _section(root, "notify", name, notify_values(channel))


def _fields(node: Node, prefix: str, values: Mapping[str, object]) -> Iterator[Origin]:
    """One origin a key; a value under an absent key is a default, and shown unless it is nothing."""
    for key, value in values.items():
        child = node.child(key)
        if child is not None:
            yield Origin(key=f"{prefix}{key}", value=value, where=node.source.where(child.path))
        elif value not in (None, [], {}) and value is not False:
            yield Origin(key=f"{prefix}{key}", value=value, where=DEFAULT)


def _section(root: Node, section: str, name: str, values: Mapping[str, object]) -> Iterator[Origin]:
    return _fields(root.at(section, name), f"{shown((section, name))}.", values)


def _project_values(policy: ProjectPolicy) -> Mapping[str, object]:
    return {
        "project": policy.project,
        "python": policy.pipeline.python,
        "sources": list(policy.pipeline.sources),
        "params": policy.params_file,
        "main": policy.main or "origin/HEAD",
        "state": policy.state,
        "cache": _given(policy.cache, CachePolicy()),
        "resources": _given(policy.pipeline.machine, MachineLimits()),
    }


def _selection_values(policy: ProjectPolicy) -> Mapping[str, object]:
    selection = policy.pipeline.selection
    return {
        "dear": selection.dear,
        "irrelevant": dict(selection.irrelevant),
        "fallback": None if selection.fallback is None else list(selection.fallback),
    }


def _forge_values(policy: ProjectPolicy) -> Mapping[str, object]:
    forge = policy.forge
    return {
        "kind": forge.kind.value,
        "check": forge.check_of(policy.project, None),
        "token_from": forge.token_from,
        "environments": dict(forge.environments),
        "maintainers": None if forge.maintainers is None else list(forge.maintainers),
    }


def _parameter_origins(policy: ProjectPolicy, parameters: Parameters) -> Iterator[Origin]:
    for name, value in leaves(policy.pipeline.params):
        yield Origin(key=f"params.{name}", value=value, where=parameters.where(name))


def _tier_origins(tier: TierPolicy, node: Node, parameters: Parameters) -> Iterator[Origin]:
    prefix = f"{shown(('tiers', tier.name))}."
    overlay = node.child("params")
    places = {} if overlay is None else flatten(overlay)
    for name, value in tier.params.items():
        where = SET_PARAM if name in parameters.overrides else node.source.where(places[name].path)
        yield Origin(key=f"{prefix}params.{name}", value=value, where=where)
    budget = None if tier.budget is None else {"time": tier.budget.time, "over": tier.budget.over.value}
    values = {
        "gates": tier.gates,
        "baseline": tier.baseline,
        "on_pass": _on_pass(tier.on_pass),
        "budget": budget,
        "frozen": tier.refuses_floating,
        "merge_with_debt": tier.merge_with_debt.value,
        "weak_evidence": tier.weak_evidence.value,
    }
    yield from _fields(node, prefix, values)


def _on_pass(on_pass: OnPass) -> object:
    if on_pass.promote is not None:
        return {"promote": on_pass.promote}
    return "register" if on_pass.register else None


def _dataset_values(dataset: DatasetPolicy) -> Mapping[str, object]:
    return {
        "path": dataset.path,
        "role": dataset.role,
        "contract": dataset.contract,
        "reference": dataset.reference,
    }


def _stage_origins(root: Node, name: str, stage: StageSpec) -> Iterator[Origin]:
    """The values of a stage. What a built-in one comes to was written nowhere but at its `uses:`."""
    node = root.at("stages", name)
    used = node.child("uses")
    if stage.uses is None or used is None:
        yield from _section(root, "stages", name, _stage_values(stage))
        return
    prefix, where = f"{shown(('stages', name))}.", node.source.where(used.path)
    yield Origin(key=f"{prefix}uses", value=stage.uses.kind, where=where)
    yield from _fields(node, prefix, {"with": _with(stage.uses)})
    for origin in _section(root, "stages", name, _stage_values(stage)):
        made = origin.where == DEFAULT and origin.key.removeprefix(prefix) in _MADE
        yield replace(origin, where=where) if made else origin


def _with(used: BuiltIn) -> Mapping[str, object]:
    if used.trial is None:
        return {"dataset": used.dataset}
    return {"target": used.trial.target, "max_loss": used.trial.max_loss, "steps": used.trial.steps}


def _stage_values(stage: StageSpec) -> Mapping[str, object]:
    return {
        "cmd": stage.cmd or None,
        "shell": stage.shell or None,
        "needs": list(stage.needs),
        "deps": None if stage.deps is None else _deps(stage.deps),
        "outs": _outs(stage.outs),
        "roots": list(stage.roots),
        "params": list(stage.params),
        "env": dict(stage.env),
        "pass_env": list(stage.pass_env),
        "secrets": list(stage.secrets),
        "matrix": _matrix(stage),
        "fail_fast": stage.fail_fast,
        "resources": _given(stage.resources, Resources()),
        "retries": _given(stage.retries, Retries()),
        "timeout": stage.timeout,
        "always": stage.always,
        "effects": stage.effects,
        "tiers": None if stage.tiers is None else list(stage.tiers),
    }


def _matrix(stage: StageSpec) -> Mapping[str, object]:
    axes: dict[str, object] = {axis: list(values) for axis, values in stage.matrix.items()}
    more = {"include": [dict(cell) for cell in stage.include], "exclude": [dict(cell) for cell in stage.exclude]}
    return axes | {key: cells for key, cells in more.items() if cells}


def _given(value: Struct, default: Struct) -> Mapping[str, object]:
    """The fields of a record that differ from their defaults."""
    pairs = ((name, getattr(value, name), getattr(default, name)) for name in value.__struct_fields__)
    return {name: dict(one) if isinstance(one, Mapping) else one for name, one, usual in pairs if one != usual}


def _deps(deps: tuple[DepSpec, ...]) -> object:
    sources = {dep.name: _source(dep.source) for dep in deps}
    return sources if any(dep.named for dep in deps) else list(sources.values())


def _source(source: PathSource | OutSource | UrlSource) -> str:
    match source:
        case PathSource(path=path):
            return path
        case UrlSource(url=url):
            return url
        case OutSource():
            return str(source)


def _outs(outs: tuple[OutSpec, ...]) -> object:
    named = any(out.named for out in outs)
    values = [_out(out) for out in outs]
    return dict(zip((out.name for out in outs), values, strict=True)) if named else values


def _out(out: OutSpec) -> object:
    value: dict[str, object] = {"path": out.path}
    if out.kind is not None:
        value["as"] = out.kind.value
    value |= {"cache": False} if not out.cache else {}
    value |= {"persist": True} if out.persist else {}
    value |= {"tolerance": out.tolerance} if out.tolerance is not None else {}
    value |= {"taken_from": out.taken_from} if out.taken_from is not None else {}
    if out.columns is not None:
        columns = out.columns
        value |= {"id": columns.id, "label": columns.label, "prediction": columns.prediction}
        value |= {"score": columns.score, "groups": list(columns.groups)}
        given: dict[str, object] = {
            "scores": dict(columns.scores),
            "values": list(columns.values),
            "threshold": columns.threshold,
        }
        given |= {"cluster": columns.cluster, "query": columns.query, "positive": columns.positive}
        value |= {key: said for key, said in given.items() if said}
    return out.path if len(value) == 1 else value


def _model_origins(model: ModelPolicy, root: Node, gates: Source | None) -> Iterator[Origin]:
    values = {
        "artifact": str(model.artifact),
        "predictions": None if model.predictions is None else str(model.predictions),
        "input": None if model.input is None else f"{model.input.stage}.deps.{model.input.dep}",
        "code": model.code.value,
        "gates": model.gates_file,
    } | ({"evidence": [str(source) for source in model.evidence]} if model.evidence else {})
    values |= {"recipe": str(model.recipe)} if model.recipe is not None else {}
    yield from _section(root, "models", model.name, values)
    for alias, rule in model.approvals.items():
        node = root.at("models", model.name, "approvals", alias)
        yield from _fields(node, f"{shown(('models', model.name, 'approvals', alias))}.", approval_values(rule))
    if model.serving is not None:
        node = root.at("models", model.name, "serving")
        yield from _fields(node, f"{shown(('models', model.name, 'serving'))}.", serving_values(model.serving))
    if gates is None:
        return
    prefix = f"{shown(('models', model.name))}.gates"
    for gate_set in model.gates.values():
        yield from _gate_set_origins(gate_set, f"{prefix}.{gate_set.name}", gates)


def _gate_set_origins(gate_set: GateSet, prefix: str, source: Source) -> Iterator[Origin]:
    top = source.value
    flat = not (isinstance(top, dict) and gate_set.name in top)
    path = () if flat else (gate_set.name,)
    for metric, bound in gate_set.performance.items():
        limits = {"min": bound.min, "max": bound.max, "confidence": bound.confidence}
        for key, value in limits.items():
            if value is not None:
                where = source.where((*path, "performance", metric, key))
                yield Origin(key=f"{prefix}.{shown(('performance', metric, key))}", value=value, where=where)
    for gate, values in shown_rules(gate_set).items():
        for key, shown_value in values.items():
            yield _gate_origin(source, (*path, gate, key), f"{prefix}.{gate}.{key}", shown_value)
    yield _gate_origin(source, (*path, "on_inconclusive"), f"{prefix}.on_inconclusive", gate_set.on_inconclusive.value)
    yield _gate_origin(source, (*path, "mode"), f"{prefix}.mode", gate_set.mode.value)


def _gate_origin(source: Source, path: tuple[str, ...], key: str, value: object) -> Origin:
    """A value of a set, or its default."""
    found: object = source.value
    for part in path:
        found = found.get(part) if isinstance(found, dict) else None
    return Origin(key=key, value=value, where=DEFAULT if found is None else source.where(path))
